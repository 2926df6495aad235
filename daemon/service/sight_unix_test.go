//go:build !windows

package service

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// office makes a configuration with a root, a client elsewhere, and a secret in a file.
func office(t *testing.T, more string) (dir, file string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{"clients", "elsewhere", "elsewhere/Jansen"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "secret"), "token", 0o600)
	file = filepath.Join(dir, "dossier.toml")
	write(t, file, fmt.Sprintf("root = %q\nstate = %q\n[portal.office]\nkind = \"box\"\ntoken = \"file:%s\"\n"+
		"[[client]]\nname = \"Jansen\"\nportal = \"office\"\nfolder = \"1\"\npath = %q\n"+
		"[[client]]\nname = \"New\"\nportal = \"office\"\nfolder = \"2\"\n%s",
		dir+"/clients", dir+"/state", dir+"/secret", dir+"/elsewhere/Jansen", more), 0o644)
	return dir, file
}

func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func TestWhatAServiceNeedsIsSeen(t *testing.T) {
	dir, file := office(t, "")
	s := Look(context.Background(), file, true)
	if s.Fault != "" {
		t.Fatal(s.Fault)
	}
	d := Definition{Name: "dossier", System: true, User: "anna"}.With(s)
	// A client's own place is written to in the folder around it, where its vault is.
	if diff := cmp.Diff([]string{dir + "/clients", dir + "/elsewhere"}, d.Houses); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{dir + "/secret"}, d.Reads); diff != "" {
		t.Error(diff)
	}
	if d.Config != file || d.State != dir+"/state" {
		t.Errorf("configuration %s, state %s", d.Config, d.State)
	}
	if all := Refusals(Systemd, d, s, nil); len(all) > 0 {
		t.Errorf("refused: %v", all)
	}
}

func TestWhatIsMissingIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(dir string) error
		want string
	}{
		"the root":         {func(dir string) error { return os.Remove(dir + "/clients") }, "the root"},
		"a client's house": {func(dir string) error { return os.RemoveAll(dir + "/elsewhere") }, "client Jansen"},
		"a file instead":   {func(dir string) error { return os.WriteFile(dir+"/state", nil, 0o600) }, "is no folder"},
		"the secret":       {func(dir string) error { return os.Remove(dir + "/secret") }, "portal.office.token"},
		"an open secret":   {func(dir string) error { return os.Chmod(dir+"/secret", 0o644) }, "others may read"},
		"the file":         {func(dir string) error { return os.Remove(dir + "/dossier.toml") }, "cannot use the configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, file := office(t, "")
			if err := c.do(dir); err != nil {
				t.Fatal(err)
			}
			s := Look(context.Background(), file, true)
			all := Refusals(Systemd, Definition{System: true, User: "anna"}, s, nil)
			if len(all) != 1 || !strings.Contains(all[0].String(), c.want) {
				t.Errorf("refused: %v; want one that says %q", all, c.want)
			}
		})
	}
}

// OpenRC takes the line apart once more than sh does: the words must survive both.
func TestWordsForOpenRCSurvive(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	write(t, script, mustText(t, oddOne, OpenRC), 0o644)
	out, err := exec.Command("sh", "-c", `. "$0"; eval "printf '%s\n' $command $command_args"`, script).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/usr/bin/env", "HOME=/home/anna", "USER=anna", "LOGNAME=anna", oddOne.Exe, "run", "--config", oddOne.Config, ""}
	if diff := cmp.Diff(want, strings.Split(string(out), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestScriptsAreGoodShell(t *testing.T) {
	for _, name := range []string{"sysv.sh", "sysv-odd.sh", "openrc.sh", "openrc-odd.sh"} {
		if out, err := exec.Command("sh", "-n", "testdata/"+name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}
