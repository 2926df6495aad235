//go:build system && linux

package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// service is a copy of the program in a folder that every user may enter, with an office whose service would run as nobody.
type service struct {
	dir, program string
}

func newService(t *testing.T) service {
	t.Helper()
	s := service{dir: t.TempDir()}
	for dir := s.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		ok(t, os.Chmod(dir, 0o755))
	}
	here, err := os.Executable()
	ok(t, err)
	program, err := os.ReadFile(here)
	ok(t, err)
	s.program = s.file(t, "dossier", string(program), 0o755)
	for _, sub := range []string{"clients", "state"} {
		ok(t, os.Mkdir(filepath.Join(s.dir, sub), 0o700))
	}
	s.configure(t, "file:"+s.file(t, "secret", "token", 0o600))
	return s
}

func (s service) file(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(s.dir, name)
	ok(t, os.WriteFile(path, []byte(text), mode))
	return path
}

func (s service) configure(t *testing.T, token string) {
	t.Helper()
	s.file(t, "dossier.toml", fmt.Sprintf("root = %q\nstate = %q\n[portal.office]\nkind = \"box\"\ntoken = %q\n[[client]]\nname = \"Jansen\"\nportal = \"office\"\nfolder = \"1\"\n",
		s.dir+"/clients", s.dir+"/state", token), 0o644)
}

// dry asks what would be installed, as root does.
func (s service) dry(as string) (code int, out, said string) {
	var stdout, stderr strings.Builder
	c := exec.Command(s.program, "service", "install", "--system", "--as", as, "--dry-run", "--config", s.dir+"/dossier.toml")
	c.Stdout, c.Stderr = &stdout, &stderr
	_ = c.Run() // the code tells
	return c.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSystemAServiceIsLookedAtAsItsUser(t *testing.T) {
	s := newService(t)
	code, _, said := s.dry("nobody")
	for _, want := range []string{"the root: user nobody cannot use it", "the state: user nobody", "portal.office.token: user nobody", "permission denied"} {
		if code != 2 || !strings.Contains(said, want) {
			t.Errorf("root's own folders: exit %d, %q is not in:\n%s", code, want, said)
		}
	}
	for _, name := range []string{"clients", "state", "secret"} {
		ok(t, os.Chown(filepath.Join(s.dir, name), 65534, 65534))
	}
	code, out, said := s.dry("nobody")
	if code != 0 || !strings.Contains(out, "user='nobody'") || !strings.Contains(out, "config='"+s.dir+"/dossier.toml'") || !strings.Contains(said, "/etc/init.d/dossier") {
		t.Errorf("nobody's folders: exit %d\n%s%s", code, out, said)
	}
	if _, err := os.Stat("/etc/init.d/dossier"); err == nil {
		t.Error("a dry run has installed it")
	}
	s.configure(t, "keyring:office")
	if code, _, said := s.dry("nobody"); code != 2 || !strings.Contains(said, "is in the keyring") || !strings.Contains(said, "file:/etc/dossier/office.secret") {
		t.Errorf("a keyring: exit %d\n%s", code, said)
	}
	if code, _, said := s.dry("root"); code != 2 || !strings.Contains(said, "runs as a named user") {
		t.Errorf("as root: exit %d\n%s", code, said)
	}
	ok(t, os.Chmod(s.dir, 0o700))
	if code, _, said := s.dry("nobody"); code == 0 || !strings.Contains(said, "put the program where every user may run it") {
		t.Errorf("a program that nobody may run: exit %d\n%s", code, said)
	}
}
