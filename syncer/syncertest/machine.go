package syncertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/state"
	"dossier/syncer"
	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

// machine is a computer with one client's folder, that mirrors the portal.
type machine struct {
	w    *world
	n    int
	host string
	disk *simdisk.Disk

	file    string   // of the state
	lives   int      // counts the files of the state
	backups [][]byte // of the state, after each run
	st      *state.Client
	m       *syncer.Mirror // lives on between runs where the kind says so
	g       *remotetest.Gate
	how     syncer.RunOptions
	died    bool
	kill    context.CancelCauseFunc

	report syncer.Report
	err    error // the mirror could not be opened
	panics string
	writes []string // calls of the last run that change the portal, or fetch content
}

var (
	errDead  = errors.New("the machine is dead")
	errFault = errors.New("input/output error")
)

// run opens the mirror, or goes on with the one that is open, and reconciles once.
func (m *machine) run() {
	ctx, kill := context.WithCancelCause(context.Background())
	defer kill(nil)
	m.kill, m.died, m.err, m.panics, m.report, m.writes = kill, false, nil, "", syncer.Report{}, nil
	defer func() {
		if p := recover(); p != nil {
			m.panics = fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
	}()
	if m.m == nil {
		if m.err = m.open(ctx); m.err != nil {
			return
		}
	}
	m.report = m.m.Reconcile(ctx, m.how)
}

func (m *machine) open(ctx context.Context) (err error) {
	if m.st == nil {
		if m.st, err = state.OpenClient(m.file, state.Options{NoSync: true}); err != nil {
			return err
		}
	}
	m.disk.SetHooks(m.beforeDisk, m.afterDisk)
	m.m, err = syncer.Open(ctx, syncer.Options{Name: "Jansen", Disk: m.disk, State: m.st, Portal: remote.NewPortal(m.portal(), remote.PortalOptions{}),
		Folder: remotetest.MemoryRoot, Guards: syncer.DefaultGuards, Host: m.host, Installation: "inst-" + m.host, Reserve: -1, Parallel: max(1, m.w.script.Kind.Parallel), Mode: m.w.script.Kind.Mode,
		Log: slog.New(slog.NewTextHandler(logTo{m}, &slog.HandlerOptions{ReplaceAttr: noTime}))})
	return err
}

func noTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == "client" {
		return slog.Attr{}
	}
	return a
}

// logTo puts a mirror's log into the world's trace.
type logTo struct{ m *machine }

func (l logTo) Write(b []byte) (int, error) {
	l.m.w.gate.mu.Lock()
	defer l.m.w.gate.mu.Unlock()
	l.m.w.note("    %s log: %s", l.m.host, b[:len(b)-1])
	return len(b), nil
}

var _ io.Writer = logTo{}

// ended closes what a run left open, and checks the state.
func (m *machine) ended() {
	w := m.w
	if m.panics != "" {
		w.wrong("%s: panic: %s", m.host, m.panics)
	}
	if m.died {
		m.reborn()
		return
	}
	w.note("%s ran: %s", m.host, m.told())
	if m.st != nil {
		if err := m.st.Check(); err != nil {
			w.wrong("%s: state: %v", m.host, err)
		}
	}
	if !w.script.Kind.Stay || m.err != nil {
		m.close()
	}
	if w.script.Kind.Forgets {
		if b, err := os.ReadFile(m.file); err == nil {
			m.backups = append(m.backups, b)
		}
	}
}

func (m *machine) told() string {
	if m.err != nil {
		return "not opened: " + m.err.Error()
	}
	r := m.report
	s := fmt.Sprintf("%s, up %d, down %d, moved %d, deleted %d, folders %d, adopted %d, conflicts %d", r.State, r.Uploaded, r.Downloaded, r.Moved, r.Deleted,
		r.Folders, r.Adopted, len(r.Conflicts))
	if r.Error != "" {
		s += ", error: " + r.Error
	}
	if r.Halted != nil {
		s += ", halted: " + r.Halted.Reason
	}
	for _, p := range r.Problems {
		s += fmt.Sprintf("; %q: %s (%s)", p.Path, p.Reason, p.Code)
	}
	return s
}

// crash lets the machine die: its disk forgets what was not durable, its state is as it was after the last commit, and the process
// that still runs reaches nothing any more.
func (m *machine) crash() {
	m.w.Crashes++
	m.w.note("%s crashes", m.host)
	b, _ := os.ReadFile(m.file) // there may be none yet
	m.putState(b)
	m.died = true
	m.disk.Crash(m.w.chance)
	m.kill(errDead)
}

// use ends the mirror, and lets the next one begin with a state; nil: with none.
func (m *machine) use(state []byte) {
	m.close()
	m.putState(state)
}

func (m *machine) putState(state []byte) {
	m.lives++
	m.file = filepath.Join(m.w.dir, fmt.Sprintf("%s-%d.db", m.host, m.lives))
	if state == nil {
		return
	}
	if err := os.WriteFile(m.file, state, 0o600); err != nil {
		panic(err)
	}
}

// reborn starts the machine again.
func (m *machine) reborn() { m.close() }

// close ends the mirror.
func (m *machine) close() {
	if m.st != nil {
		_ = m.st.Close()
	}
	m.st, m.m = nil, nil
	m.disk.SetHooks(nil, nil)
}

var reads = map[string]bool{"lstat": true, "readdir": true, "open": true, "read": true, "stat": true, "identity": true, "space": true, "inuse": true}

func (m *machine) beforeDisk(op string, p local.Path) error { return m.atDisk(op, p, false) }

// afterDisk lets calls that changed something wait once more before they are answered.
func (m *machine) afterDisk(op string, p local.Path) error {
	if reads[op] {
		return nil
	}
	return m.atDisk(op, p, true)
}

func (m *machine) atDisk(op string, p local.Path, done bool) error {
	e := &effect{mc: m, what: op + " " + p.String(), done: done, shown: p.Area == local.Client && op != "replace" || op == "rename", kinds: []When{AtEffect, AtWrite}}
	if reads[op] {
		e.kinds = e.kinds[:1]
	}
	switch m.w.gate.take(e) {
	case fail:
		return errFault
	case dead:
		return errDead
	}
	return nil
}

// portal is the portal as this machine reaches it.
func (m *machine) portal() remote.Driver {
	m.g = remotetest.Faulty(m.w.portal, m.beforeCall)
	after, during := m.g.After, m.g.During
	m.g.After = func(ctx context.Context, c remotetest.Call, err error) error {
		return m.afterCall(c, after(ctx, c, err))
	}
	m.g.During = func(ctx context.Context, c remotetest.Call, passed int64) error {
		if err := m.duringCall(c, passed); err != nil {
			return err
		}
		return during(ctx, c, passed)
	}
	return m.g
}

// faults are how calls of a portal fail that are not made.
var faults = []remotetest.Fault{{Code: remote.Unavailable}, {Code: remote.Throttled, RetryAfter: time.Minute}, {Code: remote.Unknown}}

func (m *machine) beforeCall(c remotetest.Call) *remotetest.Fault {
	if c.Verb.Writes() || c.Verb == remotetest.Download {
		m.writes = append(m.writes, fmt.Sprintf("%s %s", c.Verb, c.Object))
	}
	v := m.w.gate.take(&effect{mc: m, what: fmt.Sprintf("portal %s %s", c.Verb, c.Object), kinds: []When{AtEffect, AtCall}})
	switch v {
	case fail:
		return &faults[c.N%len(faults)]
	case dead:
		return &remotetest.Fault{Code: remote.Unavailable}
	}
	return nil
}

func (m *machine) afterCall(c remotetest.Call, err error) error {
	v := m.w.gate.take(&effect{mc: m, what: fmt.Sprintf("portal %s %s", c.Verb, c.Object), done: true, shown: c.Verb.Writes() || c.Verb == remotetest.Download, kinds: []When{AtEffect, AtCall}})
	if v == goOn || err != nil {
		return err
	}
	lost := &remote.Error{Code: remote.Unavailable, Err: errFault}
	if c.Verb.Writes() {
		lost.Outcome = remote.MaybeDone
	}
	return lost
}

// duringCall lets each entry of a listing, and each piece of a body, wait.
func (m *machine) duringCall(c remotetest.Call, passed int64) error {
	v := m.w.gate.take(&effect{mc: m, what: fmt.Sprintf("portal %s %s, at %d", c.Verb, c.Object, passed), kinds: []When{AtEffect}})
	if v == goOn {
		return nil
	}
	return &remote.Error{Code: remote.Unavailable, Err: errFault}
}
