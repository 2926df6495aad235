package state

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Options of OpenClient and OpenAccount. The zero value is good.
type Options struct {
	ReadOnly bool             // change nothing: a file that is missing, damaged or of an older schema is an error
	Log      *slog.Logger     // nil: no log
	Now      func() time.Time // nil: time.Now
	LockWait time.Duration    // how long to wait for another process before ErrLocked; 0: one second
	NoSync   bool             // no fsync: for tests that crash between commits only

	// Commit wraps each commit, so that a test can hold it, fail it before (commit not called), or lose its answer (commit called,
	// an error returned). Nil: commit.
	Commit func(commit func() error) error

	driveKind func(dir string) (kind string, network bool, err error) // tests; nil: ask the system
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LockWait == 0 {
		o.LockWait = time.Second
	}
	if o.Commit == nil {
		o.Commit = func(commit func() error) error { return commit() }
	}
	if o.driveKind == nil {
		o.driveKind = driveKind
	}
	return o
}

func (o Options) syncDir(dir string) error {
	if o.NoSync {
		return nil
	}
	return syncDir(dir)
}

// file is one bbolt file whose damage never gets out as a panic.
type file struct {
	path string
	opt  Options
	db   *bbolt.DB
	raw  *os.File // bbolt's own handle, to let go of the lock when bbolt no longer can

	mu     sync.Mutex // guards what follows
	damage *CorruptError
	stuck  bool // bbolt panicked and may hold its locks for ever
}

// openBolt opens or creates the file. Damage is a *CorruptError.
func openBolt(path string, opt Options) (opened *file, err error) {
	f := &file{path: path, opt: opt}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = f.caught("file", p)
		}
		if err != nil && f.raw != nil {
			_ = f.raw.Close() // closed already, unless bbolt panicked
		}
	}()
	f.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      opt.LockWait,
		ReadOnly:     opt.ReadOnly,
		NoSync:       opt.NoSync,
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
		OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
			raw, err := os.OpenFile(name, flag, perm)
			f.raw = raw
			return raw, err
		},
	})
	if err != nil {
		return nil, openFault(path, err)
	}
	f.db.AllocSize = 1 << 20
	if !f.inPlace() {
		return nil, errors.Join(errReplaced, f.close())
	}
	return f, nil
}

// errReplaced: another process put a new file in the place of the one that we waited for.
var errReplaced = errors.New("replaced meanwhile")

func (f *file) inPlace() bool {
	ours, err := f.raw.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(f.path)
	return err == nil && os.SameFile(ours, there)
}

// openFault tells damage from what another process or the system is the cause of.
func openFault(path string, err error) error {
	var sys *os.PathError
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("open state %q: %w", path, ErrLocked)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch),
		strings.HasPrefix(err.Error(), "file size too small"):
		return &CorruptError{Path: path, Where: "file", Cause: err.Error()}
	case errors.As(err, &sys):
		return fmt.Errorf("open state %q: %w", path, sys.Err)
	}
	return fmt.Errorf("open state %q: %w", path, err)
}

// transact runs fn in one transaction. If the caller's own code panics, so does transact; what damage causes becomes ErrCorrupt.
func (f *file) transact(write bool, fn func(*bbolt.Tx) error) (err error) {
	if d := f.damaged(); d != nil {
		return d
	}
	if write && f.opt.ReadOnly {
		return fmt.Errorf("write state %q: %w", f.path, ErrReadOnly)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var tx *bbolt.Tx
	defer func() {
		if p := recover(); p != nil {
			err = f.caught("page", p) // goes on panicking if it was not damage
		}
	}()
	defer func() { f.rollback(tx) }() // runs first: bbolt's locks are free when the panic goes on
	if tx, err = f.db.Begin(write); err != nil {
		return fmt.Errorf("read state %q: %w", f.path, err)
	}
	if err := fn(tx); err != nil || !write {
		return err
	}
	return f.opt.Commit(func() error {
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("write state %q: %w", f.path, err)
		}
		return nil
	})
}

// guarded runs what reads pages outside of transact.
func (f *file) guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = f.caught("page", p)
		}
	}()
	return fn()
}

// rollback ends a transaction that was not committed. On a damaged file bbolt may panic in it, with its locks held.
func (f *file) rollback(tx *bbolt.Tx) {
	if tx == nil || tx.DB() == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			f.note(&CorruptError{Path: f.path, Where: "page", Cause: fmt.Sprint(p)})
			f.mu.Lock()
			f.stuck = true
			f.mu.Unlock()
		}
	}()
	_ = tx.Rollback()
}

// caught turns a panic that damage caused into an error, and passes on any other.
func (f *file) caught(where string, p any) error {
	err := f.damageOf(where, p)
	if err == nil {
		panic(p)
	}
	return err
}

// damageOf tells, and notes, whether damage caused a panic; nil: it did not. The deferred function that recovered must call it.
func (f *file) damageOf(where string, p any) error {
	damage, ok := p.(*CorruptError)
	if !ok {
		if !fromDamage(p) {
			return nil
		}
		damage = &CorruptError{Path: f.path, Where: where, Cause: fmt.Sprint(p)}
	}
	f.note(damage)
	return damage
}

// fromDamage tells a fault in mapped memory, or a panic raised inside bbolt, from a mistake in our callers' code. The frames that
// panicked are still on the stack while the deferred function that recovered runs.
func fromDamage(p any) bool {
	if _, fault := p.(interface{ Addr() uintptr }); fault {
		return true
	}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicking := false
	for {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			panicking = true
		case panicking && !strings.HasPrefix(frame.Function, "runtime."):
			return strings.HasPrefix(frame.Function, "go.etcd.io/bbolt")
		}
		if !more {
			return false
		}
	}
}

// note remembers damage: the file is not used further, and set aside when it is opened next.
func (f *file) note(d *CorruptError) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.damage != nil {
		return
	}
	f.damage = d
	f.opt.Log.Error("state is damaged", "path", d.Path, "where", d.Where, "cause", d.Cause)
	if err := os.WriteFile(damagedMark(f.path), []byte(d.Error()), 0o600); err != nil {
		f.opt.Log.Error("damage not marked", "path", d.Path, "err", err)
	}
}

func (f *file) damaged() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.damage == nil {
		return nil
	}
	return f.damage
}

func (f *file) close() error {
	f.mu.Lock()
	stuck := f.stuck
	f.mu.Unlock()
	if stuck {
		return f.raw.Close()
	}
	if err := f.db.Close(); err != nil {
		return fmt.Errorf("close state %q: %w", f.path, err)
	}
	return nil
}

func damagedMark(path string) string { return path + ".damaged" }
