package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// outcome is what came of one client: its report, and the exit code of what a report has no word for.
type outcome struct {
	report syncer.Report
	code   int
}

// one runs one client. It never fails: what goes wrong is in the report.
func (h *house) one(ctx context.Context, c Client) outcome {
	report, err := h.mirror(ctx, c)
	if err != nil {
		return failed(c.Name, err)
	}
	return outcome{report: report}
}

// mirror opens all that a client's mirror needs, and runs it once.
func (h *house) mirror(ctx context.Context, c Client) (r syncer.Report, err error) {
	if err := h.runnable(ctx, c); err != nil {
		return r, err
	}
	own := h.held[c.Name]
	if own.err != nil {
		return r, own.err
	}
	if paused, why := h.paused(own.state); paused {
		return pausedReport(c, why), nil
	}
	m, err := h.openClient(ctx, c)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, m.disk.Close()) }()
	r = m.Reconcile(ctx, h.ro)
	if !h.ro.DryRun {
		h.keep(c, own.state)
	}
	return r, nil
}

func pausedReport(c Client, why string) syncer.Report {
	return syncer.Report{Name: c.Name, State: syncer.Paused, Conflicts: []syncer.Conflict{}, Problems: []syncer.Problem{}, Error: why}
}

// openedMirror is a mirror with its disk, which must be closed after it.
type openedMirror struct {
	*syncer.Mirror
	disk local.Disk
}

// openClient opens the mirror of a client that is runnable.
func (h *house) openClient(ctx context.Context, c Client) (*openedMirror, error) {
	own := h.held[c.Name]
	disk, err := openDisk(own.folder, own.state)
	if err != nil {
		return nil, err
	}
	space, err := disk.Space()
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	m, err := h.openMirror(ctx, syncer.Options{
		Name: c.Name, Path: c.Path, Disk: disk, State: own.state, Portal: h.account(c.Portal).portal, PortalName: c.Portal, Folder: c.folder(),
		Mode: planModes[c.Mode], Ignore: c.Ignore, Private: c.Private, NeverLive: c.Databases, Guards: planGuards(c.Guards), Windows: runtime.GOOS == "windows",
		Host: h.host, Installation: h.installation,
		VaultTerm: h.Config.Vault.Keep.Std(), VaultCap: space.Total / 100 * int64(h.Config.Vault.DiskPercent), Reserve: h.reserve(space),
		Neighbour: &neighbours{of: c.Name, all: h.clients, held: h.held}, Log: h.Log, Progress: h.Progress,
	})
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	return &openedMirror{m, disk}, nil
}

// keep copies, once a day, what can be rebuilt from neither side: beside the vault, which does not share the state's fate.
func (h *house) keep(c Client, st *state.Client) {
	dir := keptDir(c)
	err := st.View(func(tx *state.Tx) error {
		info, err := os.Stat(filepath.Join(dir, tx.Meta().Mirror+".kept.json"))
		if err == nil && time.Since(info.ModTime()) < 24*time.Hour {
			return errKept
		}
		return nil
	})
	if err == nil {
		_, err = st.Keep(dir)
	}
	if err != nil && !errors.Is(err, errKept) {
		h.Log.Warn("the daily copy of the state could not be written", "client", c.Name, "error", err)
	}
}

var errKept = errors.New("kept already")

// keptDir is where the daily copies of a client lie: in the house of its vault.
func keptDir(c Client) string {
	beside := filepath.Join(filepath.Dir(c.Path), local.HouseName)
	if missing(beside) {
		return filepath.Join(c.Path, local.HouseName, "kept")
	}
	return filepath.Join(beside, "kept")
}

// Kept is the last daily copy of a client's state; false: there is none.
func Kept(c Client, mirror string) (state.Kept, bool, error) {
	k, err := state.ReadKept(filepath.Join(keptDir(c), mirror+".kept.json"))
	if errors.Is(err, os.ErrNotExist) {
		return k, false, nil
	}
	return k, err == nil, err
}

// openMirror opens one mirror at a time: it probes the disk in a place that all clients under one root share.
func (h *house) openMirror(ctx context.Context, opt syncer.Options) (*syncer.Mirror, error) {
	h.opening.Lock()
	defer h.opening.Unlock()
	return syncer.Open(ctx, opt)
}

// runnable tells why a client cannot even be begun with.
func (h *house) runnable(ctx context.Context, c Client) error {
	if err := h.refusal(c.Portal); err != nil {
		return err
	}
	if c.lost != nil {
		return c.lost
	}
	if err := h.nested[c.Name]; err != nil {
		return err
	}
	if c.vanished {
		return &haltError{code: remote.NotFound.String(), text: fmt.Sprintf("its folder (id %s) is no longer among those of portal %q; nothing was removed here", c.Folder, c.Portal)}
	}
	return context.Cause(ctx)
}

// reserve is how much of the disk stays free; negative: none.
func (h *house) reserve(s local.Space) int64 {
	n := max(int64(h.Config.Disk.Reserve), s.Total/100*int64(h.Config.Disk.ReservePercent))
	if n == 0 {
		return -1
	}
	return n
}

func (h *house) paused(st *state.Client) (is bool, text string) {
	_ = st.View(func(tx *state.Tx) error { // damage is found by the mirror
		p, ok := tx.Pause()
		is = ok && (p.Until.IsZero() || tx.Now().Before(p.Until))
		text = p.Reason
		return nil
	})
	return is, text
}

func missing(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, os.ErrNotExist)
}

// openDisk opens the client's folder. It is made only where the client never had it: later, a folder that is not there is a disk
// that is not mounted, or worse (F1).
func openDisk(folder string, st *state.Client) (local.Disk, error) {
	var known bool
	err := st.View(func(tx *state.Tx) error {
		known = tx.Meta().Path == folder
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !known {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return nil, fmt.Errorf("make the client's folder: %w", err)
		}
	}
	disk, err := local.OSDisk(folder)
	if errors.Is(err, local.ErrRootMissing) {
		return nil, &haltError{code: plan.ReasonRoot, text: folder + " is not there"}
	}
	return disk, err
}

// failed is the report of a client that could not be run.
func failed(name string, err error) outcome {
	r := syncer.Report{Name: name, State: syncer.Failed, Conflicts: []syncer.Conflict{}, Problems: []syncer.Problem{}, Error: err.Error()}
	o := outcome{code: ExitOf(err)}
	switch halt, halted := errors.AsType[*haltError](err); {
	case halted:
		r.State, r.Error = syncer.Halted, ""
		r.Halted = &syncer.HaltedBy{Reason: halt.text, Code: halt.code}
	case o.code == ExitLocked:
		r.State = syncer.Locked
	case o.code == ExitSignIn:
		r.State = syncer.SignIn
	}
	o.report = r
	return o
}
