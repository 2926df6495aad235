package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"dossier/daemon"
	"dossier/remote/sandbox"
	"dossier/syncer"
)

const defaultEvery = 2 * time.Second

// goOn keeps both offices' folders in step until ctx ends, and says what it did whenever it did something.
func (s *show) goOn(ctx context.Context) error {
	runs := s.both(ctx)
	for _, run := range runs {
		if run.Err() != nil {
			return run.Err()
		}
	}
	s.welcome()
	every := s.Every
	if every == 0 {
		every = defaultEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	told := [2]string{}
	for {
		for i, run := range runs {
			told[i] = s.tell([]string{"you", "colleague"}[i], run, told[i])
		}
		select {
		case <-ctx.Done():
			s.say("\nEnded.")
			return nil
		case <-tick.C:
			runs = s.both(ctx)
		}
	}
}

// both runs one office after the other, so that what goes up from the first comes down at the second.
func (s *show) both(ctx context.Context) [2]daemon.Run {
	return [2]daemon.Run{s.reconcile(ctx, s.config), s.reconcile(ctx, s.colleague)}
}

func (s *show) welcome() {
	s.say("A portal lives in this process, at %s.", s.serving.Info.Portals[sandbox.Box].URL)
	s.say("Three clients' folders are kept in step with it, yours and those of a colleague elsewhere:\n")
	s.say("  yours        %s", filepath.Join(s.dir, clientsDir))
	s.say("  colleague's  %s", filepath.Join(s.dir, colleagueDir))
	s.say("\nTry it: edit, rename, add or delete a file in one, and see it come to the other. In another window:\n")
	s.say("  dossier -c %q status", s.configPath())
	s.say("  dossier -c %q vault list", s.configPath())
	s.say("  dossier -c %q log -n 10", s.configPath())
	s.say("  curl %s/tree        what the portal holds", s.serving.Info.Admin)
	s.say("\nCtrl-C ends it.%s\n", map[bool]string{true: " The folders are removed then; --dir keeps them."}[s.Dir == ""])
}

// tell says what an office's run did, and what is left if that is not what was told before. It returns what is left.
func (s *show) tell(office string, run daemon.Run, before string) (left string) {
	if run.Exit == daemon.ExitInterrupted {
		return before
	}
	var lines []string
	for _, c := range run.Clients {
		if did := didWords(c); did != "" {
			s.say("%s  %-9s  %s: %s", run.Finished.Local().Format(time.TimeOnly), office, c.Name, did)
		}
		if need := needWords(c); need != "" {
			lines = append(lines, fmt.Sprintf("%s: %s", c.Name, need))
		}
	}
	if left = strings.Join(lines, "\n"); left != before && left != "" {
		s.say("%s  %-9s  %s", run.Finished.Local().Format(time.TimeOnly), office, strings.ReplaceAll(left, "\n", "\n                     "))
	}
	return left
}

func didWords(c syncer.Report) string {
	var parts []string
	for _, n := range []struct {
		n          int
		noun, what string
	}{{c.Uploaded, "file", "up"}, {c.Downloaded, "file", "down"}, {c.Folders, "folder", "made"}, {c.Moved, "item", "moved"}, {c.Deleted, "item", "deleted"}} {
		if n.n > 0 {
			parts = append(parts, english.Plural(n.n, n.noun, "")+" "+n.what)
		}
	}
	return strings.Join(parts, ", ")
}

func needWords(c syncer.Report) string {
	switch {
	case c.Halted != nil:
		return "halted: " + c.Halted.Reason + "; dossier approve " + c.Halted.Plan
	case c.Error != "":
		return c.Error
	case len(c.Problems) > 0:
		return fmt.Sprintf("%s not in step; the first is %s: %s", english.Plural(len(c.Problems), "item", ""), c.Problems[0].Path, c.Problems[0].Reason)
	case len(c.Conflicts) > 0:
		return fmt.Sprintf("%s to look at; the first is %s", english.Plural(len(c.Conflicts), "conflict", ""), c.Conflicts[0].Copy)
	}
	return ""
}
