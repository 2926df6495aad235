package service

import (
	"context"
	"os"
	"os/exec"
)

// Account is a user of this computer.
type Account struct{ Name, Group, Home string }

// Lookup takes the name at its word: virtual accounts of services come into being with their service.
func Lookup(name string) (Account, error) { return Account{Name: name}, nil }

// Root tells whether it is the one that may do everything.
func (a Account) Root() bool { return false }

// Command runs a program as this user: nobody else's sight can be had without his password.
func (a Account) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, program, args...)
	c.Env = os.Environ()
	return c
}

// own does nothing: folders of the system are made by hand.
func (a Account) own(string) error { return nil }
