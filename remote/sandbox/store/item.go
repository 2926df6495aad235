package store

import (
	"encoding/hex"
	"fmt"
	"time"
)

// An ID names an item or a version, on all portals of one store. It is given once and never again.
type ID uint64

// A Kind says what an item is. The order of the values is the order of listings.
type Kind uint8

const (
	Folder Kind = iota
	File
	Link // a bookmark: it has no content, but it occupies a name
	kinds
)

func (k Kind) String() string {
	return [...]string{"folder", "file", "link"}[k]
}

// SHA1 is the digest under which content is kept.
type SHA1 [20]byte

func (d SHA1) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes the digest as 40 lower-case hex digits.
func (d SHA1) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 40 hex digits.
func (d *SHA1) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(d) {
		return fmt.Errorf("digest of %d characters, want %d", len(text), hex.EncodedLen(len(d)))
	}
	_, err := hex.Decode(d[:], text)
	return err
}

// A Version is one content a file has, or had.
type Version struct {
	ID       ID        `json:"id"`
	SHA1     SHA1      `json:"sha1"`
	Size     int64     `json:"size"`
	Name     string    `json:"name"` // of the file, when the version was current
	By       string    `json:"by,omitempty"`
	At       time.Time `json:"at"`
	Modified time.Time `json:"modified,omitzero"` // time of the content, as the uploader told it
	Rev      int64     `json:"rev,omitempty"`     // of the file, when the version became current
}

// An Item is a folder, a file or a link. Items are values that never change once they are in the store: a change
// puts another Item with the same ID, so that a pointer can be read without a lock for as long as one likes.
type Item struct {
	ID     ID     `json:"id"`
	Root   ID     `json:"root"`   // the tree it is in; a root's own id
	Parent ID     `json:"parent"` // 0 for a root; a trashed item keeps the parent it had
	Kind   Kind   `json:"kind,omitempty"`
	Name   string `json:"name"`

	// Seq counts the changes of the item, from 0; Rev is what a portal offers as entity tag.
	Seq int64 `json:"seq,omitempty"`
	Rev int64 `json:"rev,omitempty"`

	// Content is the current content of a file; Past holds older ones, oldest first.
	Content Version   `json:"content,omitzero"`
	Past    []Version `json:"past,omitempty"`

	Created    time.Time `json:"created"`
	Modified   time.Time `json:"modified"`
	CreatedBy  string    `json:"created_by,omitempty"`
	ModifiedBy string    `json:"modified_by,omitempty"`
	// ContentCreated is the birth of the content, as the uploader told it.
	ContentCreated time.Time `json:"content_created,omitzero"`

	// Trashed is when the item itself was put into the trash; what lies below a trashed folder has none.
	Trashed time.Time `json:"trashed,omitzero"`

	Description string   `json:"description,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	URL         string   `json:"url,omitempty"`      // of a link
	Uploader    string   `json:"uploader,omitempty"` // who a visitor said he was
	Lock        *Lock    `json:"lock,omitempty"`
}

// A Lock keeps others from changing a file.
type Lock struct {
	ID        ID        `json:"id"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	Expires   time.Time `json:"expires,omitzero"`
	NoReading bool      `json:"no_reading,omitempty"`
}

// Changed returns a copy of it to work on, with Seq and Rev counted up and the hand that changed it noted.
func (it *Item) Changed(by string, at time.Time) *Item {
	next := *it
	next.Seq++
	next.Rev++
	next.Modified, next.ModifiedBy = at, by
	return &next
}

// A Verb says what happened to an item.
type Verb string

const (
	Created   Verb = "create"   // a folder or a link came to be
	Uploaded  Verb = "upload"   // a file came to be
	Versioned Verb = "version"  // a file has other content
	Renamed   Verb = "rename"   // in the same folder
	Moved     Verb = "move"     // to another folder, perhaps under another name
	Copied    Verb = "copy"     // an item came to be as a copy
	Edited    Verb = "edit"     // times, description, tags
	Locked    Verb = "lock"     // others may not change it
	Unlocked  Verb = "unlock"   // they may again
	Binned    Verb = "trash"    // into the trash
	Restored  Verb = "restore"  // out of the trash
	Purged    Verb = "purge"    // gone for good
	Promoted  Verb = "promote"  // an old version is current again
	Delivered Verb = "delivery" // a visitor uploaded a file
	Withdrawn Verb = "withdraw" // into a tree that its users do not see
	Granted   Verb = "grant"    // and back
)

// A Change is one entry of the change log.
type Change struct {
	Seq  uint64    `json:"seq"` // 1, 2, 3, …
	Verb Verb      `json:"verb"`
	Item *Item     `json:"item"` // as it was right after the change
	By   string    `json:"by,omitempty"`
	At   time.Time `json:"at"`
}
