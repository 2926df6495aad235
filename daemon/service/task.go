package service

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	kardianos "github.com/kardianos/service"
	"golang.org/x/text/encoding/unicode"
)

// task is a service of one user on Windows: a task of the scheduler that begins when he signs in. Windows has no services of users.
//
// BUG(task): the scheduler ends a task by force. That loses nothing, but the next start has to look at more.
type task struct{ Definition }

func (t task) Install() (err error) {
	text, err := t.Text(Windows)
	if err != nil {
		return err
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(text, "\n", "\r\n"))
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "dossier-*.xml")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(wide)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return schtasks("/Create", "/TN", t.Name, "/XML", f.Name())
}

func (t task) Uninstall() error { return schtasks("/Delete", "/TN", t.Name, "/F") }
func (t task) Start() error     { return schtasks("/Run", "/TN", t.Name) }
func (t task) Stop() error      { return schtasks("/End", "/TN", t.Name) }
func (t task) Restart() error   { return errors.Join(t.Stop(), t.Start()) }

// Status asks for the state's number: its name is in the language of the computer.
func (t task) Status() (kardianos.Status, error) {
	out, err := exec.Command("powershell.exe", "-NoProfile", "-NonInteractive", "-Command",
		"$t = Get-ScheduledTask -TaskPath '\\' -TaskName '"+t.Name+"' -ErrorAction SilentlyContinue; if ($t) { [int]$t.State } else { 'none' }").Output()
	if err != nil {
		return kardianos.StatusUnknown, err
	}
	switch strings.TrimSpace(string(out)) {
	case "none":
		return kardianos.StatusUnknown, kardianos.ErrNotInstalled
	case "4":
		return kardianos.StatusRunning, nil
	}
	return kardianos.StatusStopped, nil
}

func schtasks(args ...string) error {
	if out, err := exec.Command("schtasks.exe", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("schtasks %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}
