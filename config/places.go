package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// FileName is the name of the configuration file.
const FileName = "dossier.toml"

// EnvFile is the environment variable that names the configuration file.
const EnvFile = "DOSSIER_CONFIG"

// ErrNone is the error of Find when there is no configuration anywhere.
var ErrNone = errors.New("no configuration found")

// Find tells which file holds the configuration: the one given with --config, the one named by $DOSSIER_CONFIG,
// the user's, or the system's. The first two are taken at their word; whether they exist shows when they are loaded.
func Find(flag string) (string, error) {
	return find(flag, Places())
}

func find(flag string, places []string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if env := os.Getenv(EnvFile); env != "" {
		return env, nil
	}
	for _, p := range places {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		} else if !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("look for the configuration: %w", err)
		}
	}
	return "", fmt.Errorf("%w in %s; `dossier init` makes one, `dossier config example` prints one to edit", ErrNone, strings.Join(places, " or "))
}

// Places lists where the configuration is looked for without being told: the user's place, then the system's.
func Places() []string {
	var places []string
	if dir, err := os.UserConfigDir(); err == nil {
		places = append(places, filepath.Join(dir, "dossier", FileName))
	}
	return append(places, filepath.Join(systemDir(), FileName))
}

// systemDir is the folder of the system's configuration.
func systemDir() string {
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(programData(), "dossier")
	case "darwin":
		return "/Library/Application Support/dossier"
	default:
		return "/etc/dossier"
	}
}

func programData() string {
	if dir := os.Getenv("ProgramData"); dir != "" {
		return dir
	}
	return `C:\ProgramData`
}

// systemState is where a system service keeps its state; systemd hands the folder over in $STATE_DIRECTORY.
func systemState() string {
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(programData(), "dossier", "state")
	case "darwin":
		return "/Library/Application Support/dossier/state"
	default:
		return "/var/lib/dossier"
	}
}

// userState is where a user's dossier keeps its state: local to the machine, never roaming.
func userState(home string) string {
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "dossier", "state")
		}
		return filepath.Join(home, "AppData", "Local", "dossier", "state")
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "dossier", "state")
	default:
		if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "dossier")
		}
		return filepath.Join(home, ".local", "state", "dossier")
	}
}

// defaultState chooses the state's folder for the configuration at file.
func defaultState(file, home string) string {
	if dir := os.Getenv("STATE_DIRECTORY"); filepath.IsAbs(dir) {
		return dir
	}
	if Fold(filepath.Dir(file)) == Fold(systemDir()) {
		return systemState()
	}
	if home == "" {
		return ""
	}
	return userState(home)
}

// IsSystem tells whether a configuration lies in the system's place: a service of the system reads it, and not its user.
func IsSystem(path string) bool {
	abs, err := filepath.Abs(path)
	return err == nil && Fold(filepath.Dir(abs)) == Fold(systemDir())
}
