package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"go.etcd.io/bbolt"
)

// bbolt never gives pages back, and pages that fill in no order stay a third empty: so a file that has grown much since it was last
// written anew is written anew when it is opened.
const (
	compactFrom   = 4 << 20 // bytes; smaller files are left alone
	compactFactor = 2       // how much larger than after the last time
)

// bloated tells whether the file should be written anew.
func (f *file) bloated() (yes bool, err error) {
	info, err := f.raw.Stat()
	if err != nil || info.Size() < compactFrom {
		return false, err
	}
	err = f.transact(false, func(tx *bbolt.Tx) error {
		_, text, _ := unseal(compactKey, tx.Bucket([]byte(metaBucket)).Get(compactKey))
		d := decoder{rest: text}
		yes = uint64(info.Size()) > compactFactor*d.uint()
		return nil
	})
	return yes, err
}

// compact writes the file anew and puts the new one in its place. It closes the file. If it fails for want of space, say, the old one is
// still there and good.
func (f *file) compact() error {
	to := f.path + ".compact"
	err := f.copyTo(to)
	if runtime.GOOS == "windows" { // an open file cannot be replaced there
		err = errors.Join(err, f.close())
	}
	if err == nil {
		err = os.Rename(to, f.path)
	}
	if runtime.GOOS != "windows" { // until here nobody else can have opened it; see openBolt for those who wait
		err = errors.Join(err, f.close())
	}
	if err != nil {
		_ = os.Remove(to)
		return fmt.Errorf("compact state %q: %w", f.path, err)
	}
	return f.opt.syncDir(filepath.Dir(f.path))
}

// copyTo writes a compacted copy, durably.
func (f *file) copyTo(to string) (err error) {
	if err := os.Remove(to); err != nil && !os.IsNotExist(err) { // of a process that was killed
		return err
	}
	copied, err := bbolt.Open(to, 0o600, &bbolt.Options{NoSync: true, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	copied.AllocSize = f.db.AllocSize
	const perCommit = 4 << 20
	err = f.guarded(func() error { return bbolt.Compact(copied, f.db, perCommit) })
	if err != nil {
		return err
	}
	info, err := os.Stat(to)
	if err != nil {
		return err
	}
	err = copied.Update(func(tx *bbolt.Tx) error {
		row := seal(compactKey, 1, binary.AppendUvarint(nil, uint64(info.Size())))
		return tx.Bucket([]byte(metaBucket)).Put(compactKey, row)
	})
	if err != nil {
		return err
	}
	if f.opt.NoSync {
		return nil
	}
	return copied.Sync()
}
