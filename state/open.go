package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// Fresh says why a file holds nothing yet. The zero value: it was there and is good.
type Fresh struct {
	New    bool   // made by this call
	Reason string // of an earlier file's being set aside; empty: there was none
	Aside  string // where that file lies now
}

// layout is what the two kinds of file differ in.
type layout struct {
	schema  int
	buckets []string
	init    func(*bbolt.Tx) error         // a new file
	migrate map[int]func(*bbolt.Tx) error // from the schema to the next one
}

// openFile opens path, making, migrating or setting aside what it has to.
func openFile(path string, opt Options, l layout) (*file, Fresh, error) {
	opt = opt.filled()
	if err := refuseNetwork(path, opt); err != nil {
		return nil, Fresh{}, err
	}
	if opt.ReadOnly {
		f, err := openReadOnly(path, opt, l)
		return f, Fresh{}, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, Fresh{}, fmt.Errorf("open state %q: %w", path, err)
	}
	f, isNew, err := openSound(path, opt, l)
	if errors.Is(err, ErrCorrupt) {
		return openInstead(path, opt, l)
	}
	if err == nil && !isNew {
		f, err = openSlim(f, opt, l)
	}
	return f, Fresh{New: isNew}, err
}

// openSlim compacts a file that is bloated. Whether that succeeds or not, the file is good.
func openSlim(f *file, opt Options, l layout) (*file, error) {
	bloated, err := f.bloated()
	if err != nil || !bloated {
		return f, err
	}
	if err := f.compact(); err != nil {
		opt.Log.Warn("state not compacted", "path", f.path, "err", err)
	}
	f, _, err = openSound(f.path, opt, l)
	return f, err
}

// openInstead sets a damaged file aside and makes a new one, unless another process just did so.
func openInstead(path string, opt Options, l layout) (*file, Fresh, error) {
	ctx, cancel := context.WithTimeout(context.Background(), opt.LockWait)
	defer cancel()
	unlock, err := lockFile(ctx, path+".lock")
	if err != nil {
		return nil, Fresh{}, fmt.Errorf("open state %q: %w", path, ErrLocked)
	}
	defer unlock()
	f, isNew, err := openSound(path, opt, l)
	if !errors.Is(err, ErrCorrupt) {
		return f, Fresh{New: isNew}, err
	}
	fresh := Fresh{New: true, Reason: err.Error()}
	if fresh.Aside, err = setAside(path, opt); err != nil {
		return nil, Fresh{}, err
	}
	opt.Log.Error("state set aside", "path", path, "aside", fresh.Aside, "reason", fresh.Reason)
	f, _, err = openSound(path, opt, l)
	return f, fresh, err
}

// openSound opens a file that is new or good; it is a *CorruptError if it is neither.
func openSound(path string, opt Options, l layout) (f *file, isNew bool, err error) {
	if mark, err := os.ReadFile(damagedMark(path)); err == nil {
		return nil, false, &CorruptError{Path: path, Where: "found earlier", Cause: string(mark)}
	}
	for range 5 {
		if f, err = openBolt(path, opt); !errors.Is(err, errReplaced) {
			break
		}
	}
	if err != nil {
		return nil, false, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
			_ = os.Remove(damagedMark(path)) // the caller is told; the mark is for what is found later
			f = nil
		}
	}()
	if err = f.soundPages(); err != nil {
		return f, false, err
	}
	if isNew, err = f.prepare(l); err != nil {
		return f, isNew, err
	}
	if isNew {
		err = opt.syncDir(filepath.Dir(path))
	}
	return f, isNew, err
}

func openReadOnly(path string, opt Options, l layout) (*file, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open state %q: %w", path, ErrNotFound)
	}
	f, err := openBolt(path, opt)
	if err != nil {
		return nil, err
	}
	have := 0
	if err = f.soundPages(); err == nil {
		have, err = f.schema(l)
	}
	if err == nil && have != l.schema {
		err = fmt.Errorf("open state %q: schema %d has to be brought to %d first: %w", path, have, l.schema, ErrReadOnly)
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// prepare brings the file to the current schema, in one transaction.
func (f *file) prepare(l layout) (isNew bool, err error) {
	have, err := f.schema(l)
	if err != nil || have == l.schema {
		return false, err
	}
	err = f.transact(true, func(tx *bbolt.Tx) error {
		if have == 0 {
			return create(tx, l)
		}
		f.opt.Log.Info("state is migrated", "path", f.path, "from", have, "to", l.schema)
		return migrate(tx, l, have)
	})
	return have == 0, err
}

// schema reads the file's schema; 0: nothing is in it.
func (f *file) schema(l layout) (have int, err error) {
	err = f.transact(false, func(tx *bbolt.Tx) error {
		have, err = f.readSchema(tx, l)
		return err
	})
	return have, err
}

func (f *file) readSchema(tx *bbolt.Tx, l layout) (int, error) {
	corrupt := func(cause string) *CorruptError { return &CorruptError{Path: f.path, Where: "meta", Cause: cause} }
	meta := tx.Bucket([]byte(metaBucket))
	if meta == nil {
		if first, _ := tx.Cursor().First(); first == nil {
			return 0, nil
		}
		panic(corrupt("not there"))
	}
	_, text, ok := unseal(schemaKey, meta.Get(schemaKey))
	d := decoder{rest: text}
	have := int(d.uint())
	if !ok || !d.done() || have == 0 {
		panic(corrupt("the schema's number cannot be read"))
	}
	if have > l.schema {
		return 0, &NewerError{Path: f.path, Have: have, Known: l.schema}
	}
	if have == l.schema {
		for _, name := range l.buckets {
			if tx.Bucket([]byte(name)) == nil {
				panic(corrupt(name + " is not there"))
			}
		}
	}
	return have, nil
}

func create(tx *bbolt.Tx, l layout) error {
	if err := makeBuckets(tx, l.buckets); err != nil {
		return err
	}
	if err := l.init(tx); err != nil {
		return err
	}
	return putSchema(tx, l.schema)
}

func makeBuckets(tx *bbolt.Tx, names []string) error {
	for _, name := range names {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return fmt.Errorf("make bucket %q: %w", name, err)
		}
	}
	return nil
}

func putSchema(tx *bbolt.Tx, schema int) error {
	return tx.Bucket([]byte(metaBucket)).Put(schemaKey, seal(schemaKey, 1, []byte{byte(schema)}))
}

// setAside renames a damaged file to <name>.corrupt-<time>, and takes its mark away.
func setAside(path string, opt Options) (string, error) {
	stamp := opt.Now().UTC().Format("20060102-150405")
	to := path + ".corrupt-" + stamp
	for n := 2; exists(to); n++ {
		to = fmt.Sprintf("%s.corrupt-%s-%d", path, stamp, n)
	}
	err := os.Rename(path, to)
	if errors.Is(err, fs.ErrNotExist) { // somebody took the file away and left its mark
		to, err = "", nil
	}
	if err != nil {
		return "", fmt.Errorf("set damaged state aside: %w", err)
	}
	if err := os.Remove(damagedMark(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("set damaged state aside: %w", err)
	}
	return to, opt.syncDir(filepath.Dir(path))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func refuseNetwork(path string, opt Options) error {
	kind, network, err := opt.driveKind(nearest(filepath.Dir(path)))
	if err != nil {
		return fmt.Errorf("open state %q: ask the kind of its drive: %w", path, err)
	}
	if network {
		return &NetworkError{Path: path, Kind: kind}
	}
	return nil
}

// nearest is dir, or the closest directory above it that is there.
func nearest(dir string) string {
	for !exists(dir) && filepath.Dir(dir) != dir {
		dir = filepath.Dir(dir)
	}
	return dir
}

// DriveKind tells on what kind of drive a folder lies, or will lie, and whether that is a network drive. An empty kind has no name here.
func DriveKind(dir string) (kind string, network bool, err error) { return driveKind(nearest(dir)) }
