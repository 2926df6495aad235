//go:build system

package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestSystemABindMountHidesNothing(t *testing.T) {
	m := testMachine(t)
	first, mount := filepath.Join(m.home, "first"), filepath.Join(m.home, "mount")
	for _, dir := range []string{first, mount} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mount(first, mount, "", syscall.MS_BIND, ""); err != nil {
		t.Fatalf("bind mount (this test needs root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(mount, 0); err != nil {
			t.Error(err)
		}
	})
	for path, want := range map[string]string{
		filepath.Join(mount, "inside"): "which is mounted there",
		mount:                          `is the folder of client "A" already`,
	} {
		_, err := parse("dossier.toml", []byte(office+
			"[[client]]\nname = \"A\"\nportal = \"office\"\nfolder = \"1\"\npath = '"+first+"'\n"+
			"[[client]]\nname = \"B\"\nportal = \"office\"\nfolder = \"2\"\npath = '"+path+"'\n"), m)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error that says %q", path, err, want)
		}
	}
}
