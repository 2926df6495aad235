package state

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Kind is what an item on the portal is.
type Kind uint8

const (
	// KindFile has content.
	KindFile Kind = iota + 1
	// KindFolder has children.
	KindFolder
	// KindOther has neither, and is never touched.
	KindOther
)

// Seen is an item on the portal as last observed. Rows are kept where that differs from base only: what base has and Seen has not is
// on the portal as base says.
type Seen struct {
	ID       string // remote id
	Parent   string // remote id; empty: outside what we may see
	Name     string
	Kind     Kind
	Size     int64 // bytes; -1: not told
	Content  string
	SHA1     SHA1
	SHA256   SHA256
	Guard    string
	Seq      int64
	Modified time.Time // zero: not told
	Uploader string
	Frozen   string // why it must not be fetched or changed
	Pinned   string // why it must not be replaced, moved or deleted
	Token    string // of our upload that made it, where the portal shows it

	Since     time.Time // when it was first observed, of what base does not have
	Gone      bool      // not there when last looked for
	GoneSince time.Time // when that was first so
	Looks     int       // complete looks that missed it since
	InTrash   bool      // a witness found it in the portal's trash
	Witness   string    // what the portal answered when asked for it (not_found, trashed …); empty: not asked
	At        time.Time // of this observation
}

const seenVersion = 1

const (
	seenGone uint64 = 1 << iota
	seenSHA256
	seenSHA1
	seenContentIsSHA1
	seenPinned
	seenToken
	seenSince
	seenInTrash
	seenFlags // all above
)

func (s *Seen) flags() (f uint64) {
	set := func(on bool, bit uint64) {
		if on {
			f |= bit
		}
	}
	set(s.Gone, seenGone)
	set(!s.SHA256.IsZero(), seenSHA256)
	set(!s.SHA1.IsZero(), seenSHA1)
	set(!s.SHA1.IsZero() && s.Content == s.SHA1.String(), seenContentIsSHA1)
	set(s.Pinned != "", seenPinned)
	set(s.Token != "", seenToken)
	set(!s.Since.IsZero(), seenSince)
	set(s.InTrash, seenInTrash)
	return f
}

// encode leaves out the id, which is in the key.
func (s *Seen) encode() []byte {
	f := s.flags()
	b := make([]byte, 0, 160)
	b = binary.AppendUvarint(b, f)
	b = append(b, byte(s.Kind))
	b = appendText(b, s.Parent)
	b = appendText(b, s.Name)
	b = binary.AppendVarint(b, s.Size)
	if f&seenSHA256 != 0 {
		b = append(b, s.SHA256[:]...)
	}
	if f&seenSHA1 != 0 {
		b = append(b, s.SHA1[:]...)
	}
	if f&seenContentIsSHA1 == 0 {
		b = appendText(b, s.Content)
	}
	b = appendText(b, s.Guard)
	b = binary.AppendVarint(b, s.Seq)
	b = appendTime(b, s.Modified)
	b = appendText(b, s.Uploader)
	b = appendText(b, s.Frozen)
	b = appendTime(b, s.GoneSince)
	b = binary.AppendVarint(b, int64(s.Looks))
	b = appendText(b, s.Witness)
	b = appendTime(b, s.At)
	if f&seenPinned != 0 {
		b = appendText(b, s.Pinned)
	}
	if f&seenToken != 0 {
		b = appendText(b, s.Token)
	}
	if f&seenSince != 0 {
		b = appendTime(b, s.Since)
	}
	return b
}

func decodeSeen(payload string) (s Seen, ok bool) {
	d := decoder{rest: payload}
	f := d.uint()
	s.Gone, s.InTrash = f&seenGone != 0, f&seenInTrash != 0
	if kind := d.take(1); !d.bad {
		s.Kind = Kind(kind[0])
	}
	s.Parent = d.text()
	s.Name = d.text()
	s.Size = d.int()
	if f&seenSHA256 != 0 {
		copy(s.SHA256[:], d.take(32))
	}
	if f&seenSHA1 != 0 {
		copy(s.SHA1[:], d.take(20))
	}
	if f&seenContentIsSHA1 == 0 {
		s.Content = d.text()
	} else {
		s.Content = s.SHA1.String()
	}
	s.Guard = d.text()
	s.Seq = d.int()
	s.Modified = d.time()
	s.Uploader = d.text()
	s.Frozen = d.text()
	s.GoneSince = d.time()
	s.Looks = int(d.int())
	s.Witness = d.text()
	s.At = d.time()
	if f&seenPinned != 0 {
		s.Pinned = d.text()
	}
	if f&seenToken != 0 {
		s.Token = d.text()
	}
	if f&seenSince != 0 {
		s.Since = d.time()
	}
	return s, d.done() && f < seenFlags
}

// appendTime keeps seconds and nanoseconds apart: a portal may say the year 9999, which 64 bits of nanoseconds cannot.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(t.Nanosecond())+1)
	return binary.AppendVarint(b, t.Unix())
}

func (d *decoder) time() time.Time {
	nsec := d.uint()
	if nsec == 0 {
		return time.Time{}
	}
	if nsec > 1e9 {
		d.fail()
	}
	t := time.Unix(d.int(), int64(nsec-1)).UTC()
	if d.bad {
		return time.Time{}
	}
	return t
}

func (s *Seen) fits() error {
	if s.ID == "" {
		return fmt.Errorf("%w: an item without an id", ErrInvalid)
	}
	for _, text := range []string{s.ID, s.Parent, s.Name, s.Content, s.Guard, s.Uploader, s.Frozen, s.Pinned, s.Token, s.Witness} {
		if len(text) > maxText {
			return fmt.Errorf("%w: item %.40q: a text of %d bytes", ErrInvalid, s.ID, len(text))
		}
	}
	return nil
}

func seenKey(id string) []byte {
	t := tagOf(id)
	return append(t[:], id...)
}

func seenInKey(parent, id string) []byte {
	t := tagOf(parent)
	return append(t[:], id...)
}

// Seen reads one row; false: the item is as base has it, or unknown.
func (tx *Tx) Seen(id string) (Seen, bool) { return tx.seenAt(seenBucket, id) }

func (tx *Tx) seenAt(bucket, id string) (Seen, bool) {
	key := seenKey(id)
	row := tx.in(bucket).Get(key)
	if row == nil {
		return Seen{}, false
	}
	return tx.seen(bucket, key, row), true
}

func (tx *Tx) seen(bucket string, key, row []byte) Seen {
	s, ok := decodeSeen(tx.open(bucket, key, row, seenVersion))
	if !ok || len(key) <= len(tag{}) {
		tx.corrupt(bucket, "row %x does not decode", key)
	}
	s.ID = string(key[len(tag{}):])
	return s
}

// SeenIn reads the rows whose last observed place is in one remote folder: what is there and not in base, or not so in base.
func (tx *Tx) SeenIn(parent string) []Seen {
	var items []Seen
	for id := range tx.suffixes(seenInBucket, tagOf(parent)) {
		s, ok := tx.Seen(string(id))
		if !ok {
			tx.corrupt(seenInBucket, "item %q is not there", id)
		}
		if s.Parent == parent {
			items = append(items, s)
		}
	}
	return items
}

// AllSeen reads every row, in no order that means anything. Nothing may be written meanwhile.
func (tx *Tx) AllSeen() func(yield func(Seen) bool) {
	return func(yield func(Seen) bool) {
		c := tx.in(seenBucket).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if !yield(tx.seen(seenBucket, k, v)) {
				return
			}
		}
	}
}

// PutSeen writes what was observed of an item.
func (tx *Tx) PutSeen(s Seen) error {
	if err := s.fits(); err != nil {
		return err
	}
	old, known := tx.Seen(s.ID)
	if known && old.Parent != s.Parent {
		if err := tx.drop(seenInBucket, seenInKey(old.Parent, s.ID)); err != nil {
			return err
		}
	}
	if !known || old.Parent != s.Parent {
		if err := tx.in(seenInBucket).Put(seenInKey(s.Parent, s.ID), nil); err != nil {
			return fmt.Errorf("write %s: %w", seenInBucket, err)
		}
	}
	return tx.put(seenBucket, seenKey(s.ID), seenVersion, s.encode())
}

// DropSeen forgets what was observed: the item is as base has it, or it is not ours to know. There is no error if nothing was kept.
func (tx *Tx) DropSeen(id string) error {
	old, known := tx.Seen(id)
	if !known {
		return nil
	}
	if err := tx.drop(seenInBucket, seenInKey(old.Parent, id)); err != nil {
		return err
	}
	return tx.drop(seenBucket, seenKey(id))
}

// ForgetSeen drops all rows and the feed's position: the next look is a crawl.
func (tx *Tx) ForgetSeen() error {
	for _, bucket := range []string{seenBucket, seenInBucket} {
		if err := tx.clear(bucket); err != nil {
			return err
		}
	}
	return tx.drop(metaBucket, feedKey)
}

// Feed is how far the portal has been observed. It is written in the same transaction as the rows it stands for.
type Feed struct {
	Cursor  string    `json:"cursor,omitempty"`  // position in the change feed
	Read    time.Time `json:"read,omitzero"`     // when the feed was last read to its end
	Crawled time.Time `json:"crawled,omitzero"`  // when the last complete crawl began
	Gen     uint64    `json:"gen,omitempty"`     // which crawl that was
	Highest int64     `json:"highest,omitempty"` // highest Seq or position ever seen: one that runs backwards is a restored portal
}

// Feed reads the position; zero: never observed.
func (tx *Tx) Feed() Feed {
	f, _ := getJSON[Feed](tx, metaBucket, feedKey)
	return f
}

// SetFeed writes the position.
func (tx *Tx) SetFeed(f Feed) error { return tx.putJSON(metaBucket, feedKey, f) }
