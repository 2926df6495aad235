package state

import (
	"fmt"
	"time"
)

// TombstoneAge is how long a deletion is remembered, so that what comes back is known to come back.
const TombstoneAge = 366 * 24 * time.Hour

// Tombstone is what was in base and is gone.
type Tombstone struct {
	Node     NodeID    `json:"node"`
	Parent   NodeID    `json:"parent"`
	Path     string    `json:"path"` // its last place on disk
	Dir      bool      `json:"dir,omitempty"`
	RemoteID string    `json:"remote_id,omitempty"`
	Content  string    `json:"content,omitempty"`
	Seq      int64     `json:"seq,omitempty"`
	Size     int64     `json:"size,omitempty"`
	SHA256   SHA256    `json:"sha256,omitzero"`
	SHA1     SHA1      `json:"sha1,omitzero"`
	When     time.Time `json:"when"`
	Why      string    `json:"why,omitempty"`
}

func (tx *Tx) bury(n Node, path, why string) error {
	return tx.Bury(Tombstone{Node: n.ID, Parent: n.Parent, Path: path, Dir: n.Dir, RemoteID: n.RemoteID, Content: n.Content, Seq: n.Seq,
		Size: n.Size, SHA256: n.SHA256, SHA1: n.SHA1, Why: why})
}

// Bury remembers something that never was a row of base, or is one no more. When is set.
func (tx *Tx) Bury(t Tombstone) error {
	seq, err := tx.next(tombBucket)
	if err != nil {
		return err
	}
	t.When = tx.Now()
	key := timeKey(t.When, seq)
	for bucket, text := range t.indexed() {
		if err := tx.in(bucket).Put(tombKey(text, key), nil); err != nil {
			return fmt.Errorf("write %s: %w", bucket, err)
		}
	}
	return tx.putJSON(tombBucket, key, t)
}

// indexed gives the texts by which a tombstone is found.
func (t Tombstone) indexed() map[string]string {
	texts := make(map[string]string, 2)
	if t.RemoteID != "" {
		texts[tombIDBucket] = t.RemoteID
	}
	if !t.SHA256.IsZero() {
		texts[tombHashBucket] = string(t.SHA256[:])
	}
	return texts
}

func tombKey(text string, key []byte) []byte {
	t := tagOf(text)
	return append(t[:], key...)
}

// BuriedRemote finds the tombstones of a remote id, oldest first: it came back.
func (tx *Tx) BuriedRemote(id string) []Tombstone {
	return tx.buried(tombIDBucket, id, func(t Tombstone) bool { return t.RemoteID == id })
}

// BuriedContent finds the tombstones of a content, oldest first.
func (tx *Tx) BuriedContent(sum SHA256) []Tombstone {
	return tx.buried(tombHashBucket, string(sum[:]), func(t Tombstone) bool { return t.SHA256 == sum })
}

func (tx *Tx) buried(bucket, text string, is func(Tombstone) bool) []Tombstone {
	var found []Tombstone
	for key := range tx.suffixes(bucket, tagOf(text)) {
		t, ok := getJSON[Tombstone](tx, tombBucket, key)
		if !ok {
			tx.corrupt(bucket, "tombstone %x is not there", key)
		}
		if is(t) {
			found = append(found, t)
		}
	}
	return found
}

// Tombstones lists what was deleted, oldest first.
func (tx *Tx) Tombstones() []Tombstone { return listJSON[Tombstone](tx, tombBucket) }

// ExpireTombstones forgets, oldest first, at most limit of those that are older than TombstoneAge, and tells how many they were.
func (tx *Tx) ExpireTombstones(limit int) (int, error) {
	end := timeKey(tx.Now().Add(-TombstoneAge), 0)
	old := tx.keysBefore(tombBucket, end, limit)
	for _, key := range old {
		t, _ := getJSON[Tombstone](tx, tombBucket, key)
		for bucket, text := range t.indexed() {
			if err := tx.drop(bucket, tombKey(text, key)); err != nil {
				return 0, err
			}
		}
		if err := tx.drop(tombBucket, key); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}
