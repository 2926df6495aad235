package state

import (
	"bytes"
	"fmt"
	"iter"
	"sort"

	"go.etcd.io/bbolt"
)

// entry is what the indexes of base hold: ten bytes that sort, a tag and a node, or a node and its parent.
type entry [tagSize + idSize]byte

// shelf is an index of base. A bbolt row costs 16 bytes before its first byte, so entries do not get a row each: those that begin
// alike share one, sorted, each without the bytes that the row's key has.
type shelf struct {
	bucket string
	keyed  int     // the row's key is so many bytes of the entry,
	mask   byte    // with the last one masked;
	from   int     // entries are kept from this byte on
	fill   float64 // how full bbolt leaves the pages it splits
}

// With 4,096 rows an index of a million ids has rows of 2 KB.
var (
	remoteShelf = shelf{bucket: remoteBucket, keyed: 2, mask: 0xf0, from: 1, fill: loose}
	fileShelf   = shelf{bucket: fileBucket, keyed: 2, mask: 0xf0, from: 1, fill: loose}
	placeShelf  = shelf{bucket: placeBucket, keyed: idSize - 1, mask: 0xff, from: idSize - 1, fill: tight}
)

const shelfVersion = 1

func (s shelf) width() int { return len(entry{}) - s.from }

func (s shelf) key(e entry) []byte {
	e[s.keyed-1] &= s.mask
	return e[:s.keyed:s.keyed]
}

// read gives a row's entries, good until the bucket is written.
func (s shelf) read(tx *Tx, key, row []byte) []byte {
	if row == nil {
		return nil
	}
	version, entries, ok := opened(key, row)
	if !ok || version != shelfVersion || len(entries)%s.width() != 0 || len(key) != s.keyed {
		tx.corrupt(s.bucket, "row %x does not decode", key)
	}
	return entries
}

// search gives the offset of the first entry that is not below what is sought.
func (s shelf) search(entries, sought []byte) int {
	w := s.width()
	return w * sort.Search(len(entries)/w, func(i int) bool { return bytes.Compare(entries[i*w:(i+1)*w], sought) >= 0 })
}

// add puts an entry; it may be there already.
func (s shelf) add(tx *Tx, e entry) error {
	key := s.key(e)
	entries := s.read(tx, key, tx.in(s.bucket).Get(key))
	at := s.search(entries, e[s.from:])
	if bytes.HasPrefix(entries[at:], e[s.from:]) {
		return nil
	}
	return s.write(tx, key, entries[:at], e[s.from:], entries[at:])
}

// remove takes an entry away. One that is not there is damage: whoever removes has read the row it stands for.
func (s shelf) remove(tx *Tx, e entry) error {
	key := s.key(e)
	entries := s.read(tx, key, tx.in(s.bucket).Get(key))
	at := s.search(entries, e[s.from:])
	if !bytes.HasPrefix(entries[at:], e[s.from:]) {
		tx.corrupt(s.bucket, "entry %x is not there", e)
	}
	if len(entries) == s.width() {
		return tx.drop(s.bucket, key)
	}
	return s.write(tx, key, entries[:at], nil, entries[at+s.width():])
}

func (s shelf) write(tx *Tx, key []byte, parts ...[]byte) error {
	b := tx.in(s.bucket)
	b.FillPercent = s.fill
	if err := b.Put(key, seal(key, shelfVersion, parts...)); err != nil {
		return fmt.Errorf("write %s: %w", s.bucket, err)
	}
	return nil
}

// with gives the last bytes of the entries that begin with a prefix of five bytes, a tag or a node: the nodes.
func (s shelf) with(tx *Tx, prefix [idSize]byte) iter.Seq[NodeID] {
	return func(yield func(NodeID) bool) {
		var e entry
		copy(e[:], prefix[:])
		key := s.key(e)
		entries := s.read(tx, key, tx.in(s.bucket).Get(key))
		for at := s.search(entries, e[s.from:]); at < len(entries); at += s.width() {
			found := entries[at : at+s.width()]
			if !bytes.HasPrefix(found, prefix[s.from:]) || !yield(readID(found[len(found)-idSize:])) {
				return
			}
		}
	}
}

// shelfCursor walks a shelf's entries in order. The shelf must not be written meanwhile.
type shelfCursor struct {
	shelf
	tx   *Tx
	c    *bbolt.Cursor
	now  entry
	rest []byte // entries of now's row that are still to come
}

// seek stands on the first entry that is not below start.
func (s shelf) seek(tx *Tx, start entry) (w *shelfCursor, ok bool) {
	w = &shelfCursor{shelf: s, tx: tx, c: tx.in(s.bucket).Cursor()}
	w.row(w.c.Seek(s.key(start)))
	for ok = w.next(); ok && bytes.Compare(w.now[:], start[:]) < 0; {
		ok = w.next()
	}
	return w, ok
}

func (w *shelfCursor) row(k, v []byte) {
	copy(w.now[:w.from], k)
	w.rest = w.read(w.tx, k, v)
}

func (w *shelfCursor) next() bool {
	if len(w.rest) == 0 {
		w.row(w.c.Next())
	}
	if len(w.rest) == 0 {
		return false
	}
	copy(w.now[w.from:], w.rest)
	w.rest = w.rest[w.width():]
	return true
}
