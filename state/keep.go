package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Kept is the copy of what can be rebuilt from neither side.
type Kept struct {
	Mirror  string            `json:"mirror"`
	Epoch   uint64            `json:"epoch"`
	When    time.Time         `json:"when"`
	Heads   []Head            `json:"heads"` // of the record, one a day, the latest last
	Ledgers map[string][]byte `json:"ledgers,omitempty"`
}

// keptHeads is how many heads a copy holds: three years of days.
const keptHeads = 1100

// Keep writes the copy to <dir>/<mirror>.kept.json, and gives its path. The heads of earlier copies stay in it. It is meant to be
// called daily, with a directory that does not share the state's fate.
func (c *Client) Keep(dir string) (string, error) {
	var k Kept
	err := c.View(func(tx *Tx) error {
		m := tx.Meta()
		k = Kept{Mirror: m.Mirror, Epoch: m.Epoch, When: tx.Now(), Heads: []Head{tx.Head()}, Ledgers: tx.ledgers()}
		return nil
	})
	if err != nil {
		return "", err
	}
	if k.Mirror == "" || filepath.Base(k.Mirror) != k.Mirror {
		return "", fmt.Errorf("keep a copy: %w: mirror id %q is no file name", ErrInvalid, k.Mirror)
	}
	path := filepath.Join(dir, k.Mirror+".kept.json")
	earlier, err := ReadKept(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	k.Heads = mergeHeads(earlier.Heads, k.Heads[0])
	text, err := json.MarshalIndent(k, "", "\t")
	if err != nil {
		return "", fmt.Errorf("keep a copy: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("keep a copy: %w", err)
	}
	return path, writeDurably(path, text)
}

func mergeHeads(earlier []Head, now Head) []Head {
	if n := len(earlier); n > 0 && earlier[n-1] == now {
		return earlier
	}
	all := append(earlier, now)
	return all[max(0, len(all)-keptHeads):]
}

// ReadKept reads a copy that Keep wrote.
func ReadKept(path string) (k Kept, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return k, fmt.Errorf("read kept copy: %w", err)
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return k, fmt.Errorf("read kept copy %q: %v", path, err)
	}
	return k, nil
}

func (tx *Tx) ledgers() map[string][]byte {
	all := make(map[string][]byte)
	c := tx.in(ledgerBucket).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		all[string(k)] = tx.Ledger(string(k))
	}
	return all
}
