package service

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Install writes the definition and has it start with the computer, or with the user's session. It starts nothing now. What fails halfway
// is taken back.
func (s *Service) Install() error {
	now, _, err := s.Status()
	if err != nil {
		return err
	}
	if now == Running || now != Absent && !s.packaged() {
		return fmt.Errorf("install service %q: it is there already; stop it, and take it away with `dossier service uninstall`, which takes nothing else", s.Name)
	}
	if err := s.prepare(); err != nil {
		return fmt.Errorf("install service %q: %w", s.Name, err)
	}
	if err := s.calls.Install(); err != nil {
		return fmt.Errorf("install service %q: %w", s.Name, errors.Join(err, s.sweep()))
	}
	return nil
}

// prepare makes what the service's user could not make himself.
func (s *Service) prepare() error {
	if !s.System || s.Kind == Windows {
		return nil
	}
	who, err := Lookup(s.User)
	if err != nil {
		return err
	}
	if _, err := os.Stat(s.Definition.State); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(s.Definition.State, 0o700); err != nil {
			return err
		}
		if err := who.own(s.Definition.State); err != nil {
			return err
		}
	}
	if s.Kind != Launchd {
		return nil
	}
	f, err := os.OpenFile(s.LogFile(), os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), who.own(s.LogFile()))
}

// Uninstall stops the service and takes its definition away, and nothing else.
func (s *Service) Uninstall() error {
	now, _, err := s.Status()
	if err != nil {
		return err
	}
	if now == Absent {
		return fmt.Errorf("uninstall service %q: %w", s.Name, ErrAbsent)
	}
	if s.packaged() {
		return fmt.Errorf("uninstall service %q: its unit belongs to a package; systemctl disable --now %s ends it, removing the package takes it away", s.Name, s.Name)
	}
	if now == Running {
		if err := s.Stop(); err != nil {
			return err
		}
	}
	if err := errors.Join(s.calls.Uninstall(), s.sweep()); err != nil {
		return fmt.Errorf("uninstall service %q: %w", s.Name, err)
	}
	return nil
}

// packaged tells whether the only unit is one that a package has brought. Ours goes before it.
func (s *Service) packaged() bool {
	return s.Kind == Systemd && s.System && !there(s.File(Systemd)) &&
		(there("/usr/lib/systemd/system/"+s.Name+".service") || there("/lib/systemd/system/"+s.Name+".service"))
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// sweep removes what kardianos leaves: a file half written, the links of the run levels, and what our script notes.
func (s *Service) sweep() error {
	file := s.File(s.Kind)
	if file == "" {
		return nil
	}
	err := os.Remove(file)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if s.Kind != SysV {
		return err
	}
	if pidErr := os.Remove("/run/" + s.Name + ".pid"); pidErr != nil && !errors.Is(pidErr, fs.ErrNotExist) {
		err = errors.Join(err, pidErr)
	}
	links, globErr := filepath.Glob("/etc/rc?.d/[SK][0-9][0-9]" + s.Name)
	for _, link := range links {
		if to, readErr := os.Readlink(link); readErr == nil && filepath.Join("/etc/rc0.d", to) != file && to != file {
			continue // somebody else's
		}
		err = errors.Join(err, os.Remove(link))
	}
	return errors.Join(err, globErr)
}
