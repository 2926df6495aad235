package state

import (
	"encoding/binary"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// bbolt trusts the numbers in its branch pages: one that points back up makes it walk for ever. So the branch pages, one in a hundred, are
// read when a file is opened, and each must be a node of one tree.
//
// BUG(state): the tree of the buckets' names is not looked at; it is one leaf page, unless damage says otherwise.

// bbolt's format: a page begins with its number, flags, a count of elements, and how many pages it runs on; a branch's elements are an
// offset, a key's length and a child's number.
const (
	pageHeader = 16
	branchSize = 16
	branchFlag = 0x01
	leafFlag   = 0x02
	deepest    = 24 // levels: more than a file of any size has
)

type pageWalk struct {
	file   io.ReaderAt
	size   uint64 // of a page
	pages  uint64 // in the file
	branch map[uint64]bool
	leaves []uint64
}

// soundPages tells, as a *CorruptError, if the branch pages are no trees.
func (f *file) soundPages() error {
	info, err := f.raw.Stat()
	if err != nil {
		return fmt.Errorf("read state %q: %w", f.path, err)
	}
	size := uint64(f.db.Info().PageSize)
	w := pageWalk{file: f.raw, size: size, pages: uint64(info.Size()) / size, branch: make(map[uint64]bool)}
	return f.transact(false, func(tx *bbolt.Tx) error {
		err := tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
			if root := uint64(b.Root()); root != 0 { // else the bucket lies in its parent's page
				return w.tree(root)
			}
			return nil
		})
		for _, leaf := range w.leaves {
			if err == nil && w.branch[leaf] {
				err = fmt.Errorf("page %d is on two levels", leaf)
			}
		}
		if err != nil {
			panic(&CorruptError{Path: f.path, Where: "page", Cause: err.Error()})
		}
		return nil
	})
}

// tree reads a bucket's branch pages level by level. All leaves lie on one level: the first page of a level tells for all.
func (w *pageWalk) tree(root uint64) error {
	level := []uint64{root}
	for range deepest {
		flags, _, err := w.header(level[0])
		if err != nil {
			return err
		}
		if flags == leafFlag {
			w.leaves = append(w.leaves, level...)
			return nil
		}
		if level, err = w.below(level); err != nil {
			return err
		}
	}
	return fmt.Errorf("the tree at page %d is more than %d levels deep", root, deepest)
}

func (w *pageWalk) below(level []uint64) (next []uint64, err error) {
	for _, page := range level {
		children, err := w.children(page)
		if err != nil {
			return nil, err
		}
		next = append(next, children...)
	}
	return next, nil
}

func (w *pageWalk) children(page uint64) ([]uint64, error) {
	flags, count, err := w.header(page)
	switch {
	case err != nil:
		return nil, err
	case flags != branchFlag || count == 0:
		return nil, fmt.Errorf("page %d is no branch", page)
	case w.branch[page]:
		return nil, fmt.Errorf("page %d is in two places", page)
	}
	w.branch[page] = true
	elements := make([]byte, count*branchSize)
	if _, err := w.file.ReadAt(elements, int64(page*w.size+pageHeader)); err != nil {
		return nil, fmt.Errorf("page %d: %v", page, err)
	}
	children := make([]uint64, count)
	for i := range children {
		children[i] = binary.NativeEndian.Uint64(elements[i*branchSize+8:])
		if children[i] < 2 || children[i] >= w.pages {
			return nil, fmt.Errorf("page %d is outside the file", children[i])
		}
	}
	return children, nil
}

func (w *pageWalk) header(page uint64) (flags, count uint16, err error) {
	if page < 2 || page >= w.pages {
		return 0, 0, fmt.Errorf("page %d is outside the file", page)
	}
	var h [pageHeader]byte
	if _, err := w.file.ReadAt(h[:], int64(page*w.size)); err != nil {
		return 0, 0, fmt.Errorf("page %d: %v", page, err)
	}
	if id := binary.NativeEndian.Uint64(h[:]); id != page {
		return 0, 0, fmt.Errorf("page %d says that it is page %d", page, id)
	}
	return binary.NativeEndian.Uint16(h[8:]), binary.NativeEndian.Uint16(h[10:]), nil
}
