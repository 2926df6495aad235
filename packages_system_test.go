//go:build system && linux

package main_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// thrownAway runs a script as root of a copy of this computer that keeps nothing: in namespaces of its own, over an overlay in memory.
const thrownAway = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/up" "$1/work" "$1/root" "$1/in"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"
mount -t tmpfs tmpfs "$1/root/tmp"
mount -t tmpfs tmpfs "$1/root/run"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
cp "$2" "$1/root/tmp/script"
cp "$3" "$1/root/tmp/old.deb"
cp "$4" "$1/root/tmp/new.deb"
ip link set lo up
exec chroot "$1/root" /bin/sh /tmp/script /tmp/old.deb /tmp/new.deb`

func TestSystemThePackageIsInstalledUsedUpgradedRemovedAndPurged(t *testing.T) {
	seen(t, "packaging", "testdata", ".ci/tools")
	old, upgrade := deb(t, "1.0.0"), deb(t, "1.1.0")
	script, err := filepath.Abs("testdata/packages.sh")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", thrownAway, "sh", t.TempDir(), script, old, upgrade)
	c.Env = append(os.Environ(), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// seen opens all files of folders: go test keeps a result until a file that the test itself has opened changes, and these are read by others.
func seen(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				_, err = os.ReadFile(name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// deb builds the package of this computer's architecture.
func deb(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	c := exec.Command("packaging/build", "-o", dir, "linux/"+runtime.GOARCH)
	c.Env = append(os.Environ(), "VERSION="+version)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("packaging/build: %v\n%s", err, out)
	}
	return filepath.Join(dir, "dossier_linux_"+runtime.GOARCH+".deb")
}
