// Package service makes dossier a service of the operating system: what is to be installed, the unit or script that says so, and the
// calls that install, start and stop it.
//
// What is written is decided by pure functions (Definition.Text, Refusals) and can be seen without being installed. The calls go through
// kardianos/service, and on Windows, for a service of one user, through the task scheduler.
package service

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	kardianos "github.com/kardianos/service"
)

// Kind is who runs services on a computer.
type Kind string

const (
	Systemd Kind = "systemd"
	Launchd Kind = "launchd"
	Windows Kind = "windows"
	SysV    Kind = "sysv"
	OpenRC  Kind = "openrc"
)

var kinds = map[string]Kind{
	"linux-systemd": Systemd, "darwin-launchd": Launchd, "windows-service": Windows, "unix-systemv": SysV, "linux-openrc": OpenRC,
}

// Here tells who runs services on this computer.
func Here() (Kind, error) {
	platform := kardianos.Platform()
	kind, known := kinds[platform]
	if !known {
		return "", fmt.Errorf("services of %q are not known to dossier; let your system run `dossier run --config FILE`", platform)
	}
	return kind, nil
}

// HasUserServices tells whether a user can have services of his own.
func (k Kind) HasUserServices() bool { return k != SysV && k != OpenRC }

// DefaultName is the name of the service if there is but one.
const DefaultName = "dossier"

// Definition is a service as it is to be installed.
type Definition struct {
	Name   string
	System bool   // of the system, as a named user; else of the user himself
	Exe    string // the program
	Config string // its configuration

	// As whom it runs.
	User, Group, Home string

	State   string   // what dossier remembers
	Houses  []string // the folders that hold clients' folders, and the vaults beside these
	Reads   []string // files that it reads besides: secrets, certificates
	Secrets []Credential
	Env     []Variable // what it has in its environment, on systemd and launchd
}

// Credential is a secret that systemd hands over.
type Credential struct {
	Name, File string
	Encrypted  bool // by systemd-creds
}

// Variable is one of the environment.
type Variable struct{ Name, Value string }

// Args are the arguments of the program.
func (d Definition) Args() []string { return []string{"run", "--config", d.Config} }

// Description is said of the service wherever services are listed.
func (d Definition) Description() string {
	return "dossier: client folders and client portals in step"
}

// File is where the unit or the script lies; empty: there is no file.
func (d Definition) File(k Kind) string {
	switch {
	case k == Systemd && d.System:
		return "/etc/systemd/system/" + d.Name + ".service"
	case k == Systemd:
		return filepath.Join(d.Home, ".config/systemd/user", d.Name+".service")
	case k == Launchd && d.System:
		return "/Library/LaunchDaemons/" + d.Name + ".plist"
	case k == Launchd:
		return filepath.Join(d.Home, "Library/LaunchAgents", d.Name+".plist")
	case k == SysV, k == OpenRC:
		return "/etc/init.d/" + d.Name
	}
	return ""
}

// Log is where a person finds what the service says.
func (d Definition) Log(k Kind) string {
	switch {
	case k == Systemd && d.System:
		return "journalctl -u " + d.Name
	case k == Systemd:
		return "journalctl --user -u " + d.Name
	case k == Launchd:
		return d.LogFile()
	case k == Windows:
		return "the Event Viewer"
	}
	return "/var/log/" + d.Name + ".log"
}

// LogFile is where launchd writes what the service says.
func (d Definition) LogFile() string {
	if d.System {
		return "/Library/Logs/" + d.Name + ".log"
	}
	return d.Home + "/Library/Logs/" + d.Name + ".log"
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// CheckName refuses a name that some system would read otherwise.
func CheckName(name string) error {
	if !plainName.MatchString(name) {
		return fmt.Errorf("name of a service %q: use letters, digits, - and _ only", name)
	}
	return nil
}

// check refuses what no unit or script can hold.
func (d Definition) check() error {
	if err := CheckName(d.Name); err != nil {
		return err
	}
	all := append([]string{d.Exe, d.Config, d.User, d.Group, d.Home, d.State}, d.Houses...)
	for _, v := range d.Env {
		all = append(all, v.Name, v.Value)
	}
	for _, c := range d.Secrets {
		all = append(all, c.Name, c.File)
	}
	for _, s := range all {
		if strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Errorf("%q holds a control character, which cannot be written into a service's definition; rename it", s)
		}
	}
	return nil
}
