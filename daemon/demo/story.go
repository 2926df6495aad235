package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dossier/daemon"
	"dossier/remote/sandbox"
	"dossier/syncer"
)

// step is one part of the story. do acts, checks what came of it, and says what was seen.
type step struct {
	title string
	do    func(context.Context) error
}

// story tells all steps, and ends at the first that does not go as told.
func (s *show) story(ctx context.Context) error {
	began := time.Now()
	s.say("A portal lives in this process, at %s. It holds the folders of three clients.", s.serving.Info.Portals[sandbox.Box].URL)
	s.say("Each step is checked: both sides are compared, file by file, without dossier's help.\n")
	steps := []step{
		{"First sync: all that is on the portal comes down", s.firstSync},
		{"A second run does nothing", s.secondRun},
		{"An edit on disk goes up", s.editOnDisk},
		{"An edit on the portal comes down", s.editOnPortal},
		{"A file edited on both sides is kept twice", s.conflict},
		{"A renamed folder is one call", s.rename},
		{"A deleted file comes back from the vault", s.deletion},
	}
	for i, st := range steps {
		s.say("%d. %s", i+1, st.title)
		if err := st.do(ctx); err != nil {
			return fmt.Errorf("step %d of the demo did not go as told: %w", i+1, err)
		}
	}
	s.say("\nAll %d steps went as told, in %.1f s.", len(steps), time.Since(began).Seconds())
	if s.Dir != "" {
		s.say("What it left: %s (go on with it: dossier demo --dir %q)", s.dir, s.dir)
	}
	return nil
}

// saw says what was seen in a step.
func (s *show) saw(format string, args ...any) { s.say("     "+format, args...) }

// want runs clients and refuses any exit code but the expected one.
func (s *show) want(ctx context.Context, exit int, names ...string) (daemon.Run, error) {
	run := s.reconcile(ctx, s.config, names...)
	if run.Exit == exit {
		return run, nil
	}
	err := fmt.Errorf("dossier ended with exit code %d, not %d", run.Exit, exit)
	for _, c := range run.Clients {
		if c.State != syncer.InStep {
			err = errors.Join(err, fmt.Errorf("%s: %s %s %v %v", c.Name, c.State, c.Error, c.Problems, c.Halted))
		}
	}
	return run, errors.Join(err, run.Err())
}

// equal compares both sides of these clients and counts their files.
func (s *show) equal(clients ...string) (files int, err error) {
	for _, c := range clients {
		n, err := s.compare(c)
		if err != nil {
			return files, err
		}
		files += n
	}
	return files, nil
}

func (s *show) names() []string {
	var names []string
	for _, c := range s.clients {
		names = append(names, c.Name)
	}
	return names
}

func (s *show) firstSync(ctx context.Context) error {
	began := time.Now()
	run, err := s.want(ctx, daemon.ExitInStep)
	if err != nil {
		return err
	}
	var down int
	var bytes int64
	for _, c := range run.Clients {
		down, bytes = down+c.Downloaded, bytes+c.BytesDown
	}
	files, err := s.equal(s.names()...)
	if err != nil {
		return err
	}
	if made := countFiles(s.clients); down != made || files != made {
		return fmt.Errorf("%d files came down and %d are there, of %d", down, files, made)
	}
	s.saw("%d files came down (%s) in %.1f s, for %d clients.", down, size(bytes), time.Since(began).Seconds(), len(run.Clients))
	s.saw("Both sides are equal, byte for byte.")
	return nil
}

func countFiles(clients []Client) (n int) {
	for _, c := range clients {
		n += len(c.Files)
	}
	return n
}

func (s *show) secondRun(ctx context.Context) error {
	s.portal.ResetCalls()
	if _, err := s.want(ctx, daemon.ExitInStep); err != nil {
		return err
	}
	calls := s.portal.Calls(sandbox.Box)
	if calls.Mutating() != 0 || calls.Sum("/content") != 0 {
		return fmt.Errorf("it made calls that change or fetch something: %v", calls)
	}
	s.saw("%d calls to look, none that changes anything, no file moved.", calls.Total())
	return nil
}

func (s *show) editOnDisk(ctx context.Context) error {
	const client, paper = "Bakkerij Jansen", "2026/Bank/Statement 2026-09.csv"
	path := s.onDisk(client, paper)
	if err := appendLine(path, "2026-09-30,Bank,Interest,1.25,,EUR\n"); err != nil {
		return err
	}
	run, err := s.want(ctx, daemon.ExitInStep, client)
	if err != nil {
		return err
	}
	if _, err := s.equal(client); err != nil {
		return err
	}
	if up := run.Clients[0].Uploaded; up != 1 {
		return fmt.Errorf("%d files went up, not 1", up)
	}
	s.saw("A line was added to %q of %s.", paper, client)
	s.saw("1 file went up (%s); the portal has the new line.", size(run.Clients[0].BytesUp))
	return nil
}

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}

func (s *show) editOnPortal(ctx context.Context) error {
	const client, paper = "Garage De Vries", "2026/VAT/VAT return 2026 Q3.pdf"
	newer := pdf("VAT return 2026 Q3, corrected", []string{"Corrected on the portal by a colleague."}, day(2026, time.October, 28))
	if _, err := s.portal.Put(sandbox.Box, onPortal(client, paper), bytes.NewReader(newer), day(2026, time.October, 28)); err != nil {
		return err
	}
	run, err := s.want(ctx, daemon.ExitInStep, client)
	if err != nil {
		return err
	}
	if _, err := s.equal(client); err != nil {
		return err
	}
	if down := run.Clients[0].Downloaded; down != 1 {
		return fmt.Errorf("%d files came down, not 1", down)
	}
	if err := s.holds(s.onDisk(client, paper), newer); err != nil {
		return err
	}
	in, err := s.vaulted(ctx, client, paper)
	if err != nil {
		return err
	}
	s.saw("A colleague put a new %q of %s on the portal.", paper, client)
	s.saw("1 file came down (%s); the version before it is in the vault (%s).", size(run.Clients[0].BytesDown), size(in.Size))
	return nil
}

// holds checks that a file on disk has this content.
func (s *show) holds(path string, want []byte) error {
	got, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(got, want) {
		err = fmt.Errorf("%s does not hold what it should", path)
	}
	return err
}

func (s *show) conflict(ctx context.Context) error {
	const client, paper = "Popescu & Fiii SRL", "Engagement letter.pdf"
	ours := pdf("Engagement letter", []string{"Edited in the office."}, day(2026, time.November, 2))
	theirs := pdf("Engagement letter", []string{"Edited on the portal."}, day(2026, time.November, 3))
	if err := os.WriteFile(s.onDisk(client, paper), ours, 0o644); err != nil {
		return err
	}
	if _, err := s.portal.Put(sandbox.Box, onPortal(client, paper), bytes.NewReader(theirs), day(2026, time.November, 3)); err != nil {
		return err
	}
	run, err := s.want(ctx, daemon.ExitConflicts, client)
	if err != nil {
		return err
	}
	if n := len(run.Clients[0].Conflicts); n != 1 {
		return fmt.Errorf("%d conflicts are reported, not 1", n)
	}
	c := run.Clients[0].Conflicts[0]
	if _, err := s.equal(client); err != nil {
		return err
	}
	if err := errors.Join(s.holds(s.onDisk(client, paper), theirs), s.holds(s.onDisk(client, c.Copy), ours)); err != nil {
		return err
	}
	s.saw("%q of %s was edited in the office and on the portal.", paper, client)
	s.saw("Both versions are on both sides: the portal's keeps the name, the office's is")
	s.saw("%q.", c.Copy)
	if err := os.Remove(s.onDisk(client, c.Copy)); err != nil {
		return err
	}
	s.saw("The copy is looked at and removed; that is the end of the conflict.")
	_, err = s.want(ctx, daemon.ExitInStep, client)
	return err
}

func (s *show) rename(ctx context.Context) error {
	const client, from, to = "Bakkerij Jansen", "2026", "2026 (with the accountant)"
	inside := 0
	for path := range s.portalTree(client) {
		if strings.HasPrefix(path, from+"/") {
			inside++
		}
	}
	if err := os.Rename(s.onDisk(client, from), s.onDisk(client, to)); err != nil {
		return err
	}
	s.portal.ResetCalls()
	run, err := s.want(ctx, daemon.ExitInStep, client)
	if err != nil {
		return err
	}
	if _, err := s.equal(client); err != nil {
		return err
	}
	calls := s.portal.Calls(sandbox.Box)
	if run.Clients[0].Moved != 1 || calls.Mutating() != 1 || run.Clients[0].BytesUp+run.Clients[0].BytesDown != 0 {
		return fmt.Errorf("%d moves, %d changing calls (%v)", run.Clients[0].Moved, calls.Mutating(), calls)
	}
	s.saw("The folder %q of %s, with %d files and folders in it, was renamed on disk.", from, client, inside)
	s.saw("1 call renamed it on the portal; no file was sent again.")
	return nil
}

func (s *show) deletion(ctx context.Context) error {
	const client, paper = "Garage De Vries", "Annual accounts/2025/Annual accounts 2025.pdf"
	before, err := os.ReadFile(s.onDisk(client, paper))
	if err != nil {
		return err
	}
	if err := s.portal.Trash(sandbox.Box, onPortal(client, paper)); err != nil {
		return err
	}
	if _, err := s.want(ctx, daemon.ExitInStep, client); err != nil {
		return err
	}
	if _, err := os.Stat(s.onDisk(client, paper)); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the file is still on disk (%v)", err)
	}
	s.saw("Somebody deleted %q of %s on the portal.", filepath.Base(paper), client)
	if err := s.restore(ctx, client, paper); err != nil {
		return err
	}
	if err := s.holds(s.onDisk(client, paper), before); err != nil {
		return err
	}
	if _, err := s.want(ctx, daemon.ExitInStep, client); err != nil {
		return err
	}
	if _, err := s.equal(client); err != nil {
		return err
	}
	if s.portalTree(client)[paper] != digest(before) {
		return errors.New("the file is not on the portal again")
	}
	s.saw("It left the disk for the vault, was restored from there, and went up again: the same bytes.")
	return nil
}
