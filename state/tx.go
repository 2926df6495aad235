package state

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"go.etcd.io/bbolt"
)

// Tx is one transaction on a client's file. Its reads need no error: see the package comment.
type Tx struct {
	b       *bbolt.Tx
	c       *Client
	counts  *Count   // as changed by this transaction; nil: not yet
	head    *Head    // likewise
	volumes []string // of file ids; nil: not read yet
	last    []byte   // the last key of base before this transaction; nil: not looked at
	order   int      // new rows of base that came after all others, less those that did not
	dir     NodeID   // a node known to be a directory: most rows come in runs of one parent
}

// Now is the client's clock.
func (tx *Tx) Now() time.Time { return tx.c.f.opt.Now() }

func (tx *Tx) in(name string) *bbolt.Bucket {
	b := tx.b.Bucket([]byte(name))
	if b == nil {
		tx.corrupt(name, "not there")
	}
	return b
}

// corrupt ends the transaction; see the package comment.
func (tx *Tx) corrupt(where, format string, args ...any) {
	panic(&CorruptError{Path: tx.b.DB().Path(), Where: where, Cause: fmt.Sprintf(format, args...)})
}

// put writes a sealed row.
func (tx *Tx) put(bucket string, key []byte, version byte, payload []byte) error {
	if err := tx.in(bucket).Put(key, seal(key, version, payload)); err != nil {
		return fmt.Errorf("write %s: %w", bucket, err)
	}
	return nil
}

func (tx *Tx) drop(bucket string, key []byte) error {
	if err := tx.in(bucket).Delete(key); err != nil {
		return fmt.Errorf("write %s: %w", bucket, err)
	}
	return nil
}

// open reads a sealed row of the given version.
func (tx *Tx) open(bucket string, key, row []byte, version byte) string {
	have, payload, ok := unseal(key, row)
	if !ok || have != version {
		tx.corrupt(bucket, "row %x does not decode", key)
	}
	return payload
}

// jsonVersion is the version byte of rows that are kept as JSON: few rows of many fields.
const jsonVersion = 1

func (tx *Tx) putJSON(bucket string, key []byte, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", bucket, err)
	}
	return tx.put(bucket, key, jsonVersion, payload)
}

func getJSON[T any](tx *Tx, bucket string, key []byte) (v T, ok bool) {
	row := tx.in(bucket).Get(key)
	if row == nil {
		return v, false
	}
	return openJSON[T](tx, bucket, key, row), true
}

func openJSON[T any](tx *Tx, bucket string, key, row []byte) (v T) {
	if err := json.Unmarshal([]byte(tx.open(bucket, key, row, jsonVersion)), &v); err != nil {
		tx.corrupt(bucket, "row %x: %v", key, err)
	}
	return v
}

// allJSON reads a bucket in key order. The bucket must not be changed meanwhile.
func allJSON[T any](tx *Tx, bucket string) iter.Seq2[[]byte, T] {
	return func(yield func([]byte, T) bool) {
		c := tx.in(bucket).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if !yield(k, openJSON[T](tx, bucket, k, v)) {
				return
			}
		}
	}
}

func listJSON[T any](tx *Tx, bucket string) []T {
	var all []T
	for _, v := range allJSON[T](tx, bucket) {
		all = append(all, v)
	}
	return all
}

// clear removes all rows of a bucket, and keeps its sequence.
func (tx *Tx) clear(bucket string) error {
	sequence := tx.in(bucket).Sequence()
	if err := tx.b.DeleteBucket([]byte(bucket)); err != nil {
		return fmt.Errorf("clear %s: %w", bucket, err)
	}
	b, err := tx.b.CreateBucket([]byte(bucket))
	if err != nil {
		return fmt.Errorf("clear %s: %w", bucket, err)
	}
	return b.SetSequence(sequence)
}

// next gives out a bucket's next number, 1 first. It is never given again.
func (tx *Tx) next(bucket string) (uint64, error) {
	n, err := tx.in(bucket).NextSequence()
	if err != nil {
		return 0, fmt.Errorf("number %s: %w", bucket, err)
	}
	return n, nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// timeKey sorts by time; what comes after breaks ties.
func timeKey(t time.Time, tie uint64) []byte {
	const sign = 1 << 63 // times before 1970 sort first
	return binary.BigEndian.AppendUint64(number(uint64(t.UnixNano())^sign), tie)
}
