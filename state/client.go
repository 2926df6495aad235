package state

import (
	"fmt"
	"os"
	"sync"

	"go.etcd.io/bbolt"
)

// Client is one client's file. Its methods may be called from many goroutines; one writes at a time.
type Client struct {
	f     *file
	fresh Fresh
	group group

	mu   sync.Mutex
	more chan struct{} // closed and replaced when the record grew
}

// OpenClient opens the file, and makes it if it is not there. It is locked against other processes until Close: ErrLocked.
// A file of a later schema is left untouched: ErrNewer. One of an earlier schema is migrated in one transaction. A damaged one is
// renamed to <name>.corrupt-<time> and replaced by a new one: see Fresh. Its directory is made with mode 0700, the file has 0600.
func OpenClient(path string, opt Options) (*Client, error) {
	f, fresh, err := openFile(path, opt, clientLayout)
	if err != nil {
		return nil, err
	}
	return &Client{f: f, fresh: fresh, more: make(chan struct{})}, nil
}

// Fresh says whether the file was made by OpenClient, and why. A mirror whose state is fresh adopts: it deletes nothing (P19).
func (c *Client) Fresh() Fresh { return c.fresh }

// Path is where the file lies.
func (c *Client) Path() string { return c.f.path }

// Close waits for open transactions and lets go of the lock.
func (c *Client) Close() error { return c.f.close() }

// View runs fn in a transaction that reads one state of the file, as of the last commit.
func (c *Client) View(fn func(*Tx) error) error {
	return c.f.transact(false, func(b *bbolt.Tx) error { return fn(&Tx{b: b, c: c}) })
}

// Update runs fn in a transaction. If fn returns nil, all it wrote is on the disk when Update returns; else nothing is.
func (c *Client) Update(fn func(*Tx) error) error {
	return c.f.transact(true, func(b *bbolt.Tx) error {
		tx := &Tx{b: b, c: c}
		if err := fn(tx); err != nil {
			return err
		}
		return tx.flush()
	})
}

// flush writes what a transaction kept in memory.
func (tx *Tx) flush() error {
	if tx.order > 0 {
		tx.in(nodeBucket).FillPercent = tight
	}
	if tx.counts != nil {
		if err := tx.putJSON(metaBucket, countKey, tx.counts); err != nil {
			return err
		}
	}
	if tx.head == nil {
		return nil
	}
	tx.b.OnCommit(tx.c.grown)
	return tx.putJSON(metaBucket, headKey, tx.head)
}

// Backup writes a copy of the file, as of the last commit, while the file is in use. An earlier copy is replaced when the new one
// is complete and on the disk.
func (c *Client) Backup(to string) error {
	return c.f.transact(false, func(tx *bbolt.Tx) error {
		return replaceDurably(to, func(f *os.File) error {
			if _, err := tx.WriteTo(f); err != nil {
				return fmt.Errorf("copy state: %w", err)
			}
			return nil
		})
	})
}
