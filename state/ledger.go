package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// LedgerFolder is a folder of a portal that cannot list its folders: nobody else knows of it.
type LedgerFolder struct {
	ID     string `json:"id"`
	Parent string `json:"parent,omitempty"`
	Name   string `json:"name"`
	Ours   bool   `json:"ours,omitempty"` // we made it
	Left   bool   `json:"left,omitempty"` // it is no longer mirrored
}

// LedgerFolders lists what is known of a client's folders, ordered by id.
func (a *Account) LedgerFolders(client string) (all []LedgerFolder, err error) {
	err = a.moment(false, func(tx *bbolt.Tx) error {
		all = a.ledgerRows(tx, ledgerKey(client, ""))[client]
		return nil
	})
	return all, err
}

// PutLedgerFolder adds a folder, or replaces the one with its id.
func (a *Account) PutLedgerFolder(client string, f LedgerFolder) error {
	return a.moment(true, func(tx *bbolt.Tx) error { return putLedger(tx, client, f) })
}

// RemoveLedgerFolder forgets a folder. One that is not known is no error.
func (a *Account) RemoveLedgerFolder(client, folder string) error {
	return a.moment(true, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(ledgerBucket)).Delete(ledgerKey(client, folder))
	})
}

func putLedger(tx *bbolt.Tx, client string, f LedgerFolder) error {
	if client == "" || f.ID == "" || strings.ContainsRune(client+f.ID, 0) {
		return fmt.Errorf("%w: folder %q of client %q has no usable id", ErrInvalid, f.ID, client)
	}
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	key := ledgerKey(client, f.ID)
	return tx.Bucket([]byte(ledgerBucket)).Put(key, seal(key, jsonVersion, text))
}

// ledgerKey is a client's id and a folder's, which hold no zero.
func ledgerKey(client, folder string) []byte { return []byte(client + "\x00" + folder) }

// ledgerRows reads the rows whose keys begin so, by client.
func (a *Account) ledgerRows(tx *bbolt.Tx, from []byte) map[string][]LedgerFolder {
	all := map[string][]LedgerFolder{}
	c := tx.Bucket([]byte(ledgerBucket)).Cursor()
	for key, row := c.Seek(from); key != nil && bytes.HasPrefix(key, from); key, row = c.Next() {
		var f LedgerFolder
		client, id, ok := strings.Cut(string(key), "\x00")
		_, text, sound := unseal(key, row)
		if !ok || !sound || json.Unmarshal([]byte(text), &f) != nil || f.ID != id {
			panic(&CorruptError{Path: a.path, Where: ledgerBucket, Cause: fmt.Sprintf("row %q does not decode", key)})
		}
		all[client] = append(all[client], f)
	}
	return all
}

// KeptAccount is the copy of what an account's file knows and can be rebuilt from nowhere.
type KeptAccount struct {
	Of     string                    `json:"of"` // which account it is, as the caller words it
	When   time.Time                 `json:"when"`
	Ledger map[string][]LedgerFolder `json:"ledger"` // by client
}

// Folders is how many the ledger has.
func (k KeptAccount) Folders() (n int) {
	for _, folders := range k.Ledger {
		n += len(folders)
	}
	return n
}

// Keep writes the copy to path, unless one of the same account with the same content and less than a day old is there. Its directory
// should not share the state's fate. Before Restored has been asked for, nothing is written: the copy may be all that is left.
func (a *Account) Keep(path, of string) error {
	now := KeptAccount{Of: of, When: a.opt.Now().UTC()}
	var known bool
	err := a.moment(false, func(tx *bbolt.Tx) error {
		known = tx.Bucket([]byte(metaBucket)).Get(restoredKey) != nil
		now.Ledger = a.ledgerRows(tx, nil)
		return nil
	})
	if err != nil || !known {
		return err
	}
	text, err := json.MarshalIndent(now, "", "\t")
	if err != nil {
		return fmt.Errorf("keep a copy: %w", err)
	}
	there, err := ReadKeptAccount(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil && now.Folders() == 0, err == nil && there.says(now) && now.When.Sub(there.When) < 24*time.Hour:
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep a copy: %w", err)
	}
	return writeDurably(path, text)
}

// says tells whether two copies say the same.
func (k KeptAccount) says(other KeptAccount) bool {
	a, errA := json.Marshal(k.Ledger)
	b, errB := json.Marshal(other.Ledger)
	return errA == nil && errB == nil && bytes.Equal(a, b) && k.Of == other.Of
}

// ReadKeptAccount reads a copy that Keep wrote.
func ReadKeptAccount(path string) (k KeptAccount, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return k, fmt.Errorf("read kept copy: %w", err)
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return k, fmt.Errorf("read kept copy %q: %v", path, err)
	}
	return k, nil
}

// Restored tells whether Restore was called since the file was made.
func (a *Account) Restored() (done bool, err error) {
	return a.get(metaBucket, restoredKey, new(time.Time))
}

// Restore takes back what an earlier file knew; the zero value: there was none. It is done once in a file's life: it adds to what was
// written since, and replaces none of it.
func (a *Account) Restore(k KeptAccount) error {
	when, err := json.Marshal(a.opt.Now())
	if err != nil {
		return fmt.Errorf("restore the ledger: %w", err)
	}
	return a.moment(true, func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte(metaBucket)).Get(restoredKey) != nil {
			return nil
		}
		for client, folders := range k.Ledger {
			for _, f := range folders {
				if tx.Bucket([]byte(ledgerBucket)).Get(ledgerKey(client, f.ID)) != nil {
					continue
				}
				if err := putLedger(tx, client, f); err != nil {
					return err
				}
			}
		}
		return tx.Bucket([]byte(metaBucket)).Put(restoredKey, seal(restoredKey, jsonVersion, when))
	})
}
