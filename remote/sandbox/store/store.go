// Package store is what a sandbox portal keeps: folders, files and their versions, a trash, a change log, and
// documents of the portals' own.
//
// It knows no portal. Metadata is in memory and, unless the store is for tests only, in a journal that is read back
// at the next start; contents are files named after their digest. What was answered survives a kill of the process;
// it survives a power cut only with Options.Durable, for the sandbox must not slow a benchmark down.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say where and how a store is kept.
type Options struct {
	Dir     string           // empty: in memory
	Clock   func() time.Time // nil: time.Now
	Durable bool             // fsync before a change is answered
}

// A Store may be used by many goroutines at once. No lock is held while content is read or written.
type Store struct {
	opts  Options
	blobs blobs

	mu struct {
		sync.RWMutex
		x       *index
		journal *journal      // nil in memory
		broken  error         // the journal could not be written: no more changes
		changed chan struct{} // closed at the next change, nil if nobody waits
	}
}

// Open opens the store in opts.Dir, which is made if need be. Only one Store may have a directory open.
func Open(opts Options) (*Store, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	s := &Store{opts: opts, blobs: newMemory()}
	s.mu.x = newIndex()
	if opts.Dir == "" {
		return s, nil
	}
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return nil, err
	}
	disk, err := openDisk(filepath.Join(opts.Dir, "content"), opts.Durable)
	if err != nil {
		return nil, fmt.Errorf("open store %q: %w", opts.Dir, err)
	}
	s.blobs = disk
	if s.mu.journal, err = openJournal(opts.Dir, opts.Durable, s.mu.x); err != nil {
		return nil, fmt.Errorf("open store %q: %w", opts.Dir, err)
	}
	return s, nil
}

// Close ends the use of the store. Changes fail from then on.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.broken == nil {
		s.mu.broken = os.ErrClosed
	}
	if s.mu.journal == nil {
		return nil
	}
	err := errors.Join(s.mu.journal.close(s.mu.x), s.blobs.close())
	s.mu.journal = nil
	return err
}

// View calls f with the store as it is now. f must be quick and must not call the Store.
func (s *Store) View(f func(View)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f(View{s.mu.x})
}

// Update calls f, and makes the changes that f collected unless it returns an error, which Update returns. Updates
// run one after the other; f must be quick and must not call the Store.
func (s *Store) Update(f func(*Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.broken != nil {
		return fmt.Errorf("change store: %w", s.mu.broken)
	}
	tx := &Tx{View: View{s.mu.x}, Now: s.opts.Clock()}
	if err := f(tx); err != nil {
		return err
	}
	return s.commit(&tx.rec)
}

func (s *Store) commit(r *record) error {
	if j := s.mu.journal; j != nil {
		if err := j.append(r); err != nil {
			s.mu.broken = err
			return fmt.Errorf("change store: %w", err)
		}
	}
	s.mu.x.apply(r)
	if len(r.Changes) > 0 && s.mu.changed != nil {
		close(s.mu.changed)
		s.mu.changed = nil
	}
	return nil
}

// Changed returns a channel that is closed when the next change is logged.
func (s *Store) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.changed == nil {
		s.mu.changed = make(chan struct{})
	}
	return s.mu.changed
}

// Root returns the tree of this name, which is made at the first call.
func (s *Store) Root(name string) (ID, error) {
	var root ID
	err := s.Update(func(tx *Tx) error {
		if known := tx.Doc("roots", name); known != nil {
			return json.Unmarshal(known, &root)
		}
		root = tx.NewID()
		tx.Put(&Item{ID: root, Root: root, Kind: Folder, Created: tx.Now, Modified: tx.Now})
		id, err := json.Marshal(root)
		tx.SetDoc("roots", name, id)
		return err
	})
	return root, err
}

// A Snapshot is the items and the change log of a store at one moment.
type Snapshot struct {
	items   map[ID]*Item
	changes []*Change
	next    ID
}

// Snapshot notes the present state, to go back to it.
func (s *Store) Snapshot() *Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	x := s.mu.x
	snap := &Snapshot{items: make(map[ID]*Item, len(x.items)), changes: append([]*Change(nil), x.changes...), next: x.next}
	for id, it := range x.items {
		snap.items[id] = it
	}
	return snap
}

// Restore goes back to a snapshot, as when a portal is restored from a backup: items, ids and change numbers run
// backwards. Documents (accounts, tokens) stay as they are. The snapshot can be used again.
func (s *Store) Restore(snap *Snapshot) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := newIndex()
	x.docs, x.next = s.mu.x.docs, snap.next
	x.changes = append(x.changes, snap.changes...)
	r := record{}
	for _, it := range snap.items {
		r.Put = append(r.Put, it)
	}
	sortParentsFirst(r.Put)
	x.apply(&r)
	s.mu.x = x
	if s.mu.journal == nil {
		return nil
	}
	if err := s.mu.journal.compact(x); err != nil {
		s.mu.broken = err
		return fmt.Errorf("restore store: %w", err)
	}
	return nil
}
