//go:build !windows

package service

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// Account is a user of this computer.
type Account struct {
	Name, Group, Home string
	uid, gid          uint32
	groups            []uint32
}

// Lookup finds a user.
func Lookup(name string) (Account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return Account{}, fmt.Errorf("user %q: %w; name one that is there, or make one: useradd --system --create-home %s", name, err, name)
	}
	a := Account{Name: u.Username, Home: u.HomeDir, Group: u.Gid}
	if g, err := user.LookupGroupId(u.Gid); err == nil {
		a.Group = g.Name
	}
	ids := []string{u.Uid, u.Gid}
	groups, err := u.GroupIds()
	if err != nil {
		return Account{}, fmt.Errorf("groups of user %q: %w", name, err)
	}
	for i, id := range append(ids, groups...) {
		n, err := strconv.ParseUint(id, 10, 32)
		switch {
		case err != nil:
			return Account{}, fmt.Errorf("user %q: %w", name, err)
		case i == 0:
			a.uid = uint32(n)
		case i == 1:
			a.gid = uint32(n)
		default:
			a.groups = append(a.groups, uint32(n))
		}
	}
	return a, nil
}

// Root tells whether it is the one that may do everything.
func (a Account) Root() bool { return a.uid == 0 }

// Command runs a program as the user, as a service would: without anything of this process's environment. Only root can.
func (a Account) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, program, args...)
	c.Dir = "/"
	c.Env = []string{"HOME=" + a.Home, "USER=" + a.Name, "LOGNAME=" + a.Name, "PATH=/usr/local/bin:/usr/bin:/bin"}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: a.groups}}
	return c
}

// own makes a file or folder the user's.
func (a Account) own(path string) error { return os.Chown(path, int(a.uid), int(a.gid)) }
