package service

import (
	"errors"
	"fmt"
	"os/exec"

	kardianos "github.com/kardianos/service"
)

// State is how a service stands.
type State string

const (
	Running State = "running"
	Stopped State = "stopped"
	Failed  State = "failed"
	Absent  State = "not installed"
)

// ErrAbsent is the error of calls for a service that is not installed.
var ErrAbsent = errors.New("it is not installed; `dossier service install` does")

// Service is one service on this computer.
type Service struct {
	Kind Kind
	Definition
	calls calls
	Log   string // where it says what it does
}

// calls are what an operating system does for a service.
type calls interface {
	Install() error
	Uninstall() error
	Start() error
	Stop() error
	Restart() error
	Status() (kardianos.Status, error)
}

// On is the service of a definition on this computer. To ask for its state, or to start it, its name, scope and home will do.
func On(k Kind, d Definition, password string) (*Service, error) {
	if err := CheckName(d.Name); err != nil {
		return nil, err
	}
	s := &Service{Kind: k, Definition: d, Log: d.Log(k)}
	if k == Windows && !d.System {
		s.calls = task{d}
		return s, nil
	}
	c, err := settings(k, d, password)
	if err != nil {
		return nil, err
	}
	s.calls, err = kardianos.New(nil, c)
	return s, err
}

// scripts are the keys under which kardianos takes our text.
var scripts = map[Kind]string{Systemd: "SystemdScript", Launchd: "LaunchdConfig", SysV: "SysvScript", OpenRC: "OpenRCScript"}

// settings is the definition in kardianos' words. Our text goes through its templates as an argument that is repeated as it stands: in the
// text itself two braces in a path would be taken for a key.
func settings(k Kind, d Definition, password string) (*kardianos.Config, error) {
	c := &kardianos.Config{Name: d.Name, DisplayName: d.Description(), Description: d.Description(), Executable: d.Exe, Option: kardianos.KeyValue{}}
	if k == Windows {
		c.Arguments = d.Args()
		c.UserName = d.Account()
		c.Option = kardianos.KeyValue{
			"Password": password, "DelayedAutoStart": true,
			"OnFailure": "restart", "OnFailureDelayDuration": "10s", "OnFailureResetPeriod": 86400,
		}
		return c, nil
	}
	c.Option["UserService"] = !d.System
	if d.Exe == "" { // nothing is going to be written
		return c, nil
	}
	text, err := d.Text(k)
	if err != nil {
		return nil, err
	}
	c.Arguments = []string{text}
	c.Option[scripts[k]] = "{{range Arguments}}{{.}}{{end}}"
	return c, nil
}

// Start starts the service.
func (s *Service) Start() error { return s.do("start", s.calls.Start) }

// Stop ends it in order.
func (s *Service) Stop() error { return s.do("stop", s.calls.Stop) }

// Restart ends it in order and starts it.
func (s *Service) Restart() error { return s.do("restart", s.calls.Restart) }

func (s *Service) do(what string, call func() error) error {
	now, _, err := s.Status()
	if err != nil {
		return err
	}
	if now == Absent {
		return fmt.Errorf("%s service %q: %w", what, s.Name, ErrAbsent)
	}
	if err := call(); err != nil {
		return fmt.Errorf("%s service %q: %w; it says more in: %s", what, s.Name, err, s.Log)
	}
	return nil
}

// Status tells how the service stands, with what the system says of a failure.
func (s *Service) Status() (State, string, error) {
	if file := s.File(s.Kind); file != "" && !there(file) && !s.packaged() {
		return Absent, "", nil
	}
	now, err := s.calls.Status()
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case errors.Is(err, kardianos.ErrNotInstalled):
		if s.File(s.Kind) != "" {
			return Stopped, "", nil // the file is there, and the system has not read it yet
		}
		return Absent, "", nil
	case err == nil && now == kardianos.StatusRunning:
		return Running, "", nil
	case err == nil, s.Kind == SysV && exited && exit.ExitCode() == 3:
		return Stopped, "", nil
	case s.Kind == SysV && exited:
		return Failed, "it ended without having been told to", nil
	case s.Kind == Systemd:
		return Failed, err.Error(), nil
	}
	return "", "", fmt.Errorf("state of service %q: %w", s.Name, err)
}
