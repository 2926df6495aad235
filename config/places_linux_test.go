package config

import "testing"

func TestTheStateLiesWhereTheConfigurationBelongs(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("STATE_DIRECTORY", "")
	state := func(file, home, want string) {
		t.Helper()
		if got := defaultState(file, home); got != want {
			t.Errorf("state for %s = %q, want %q", file, got, want)
		}
	}
	state("/etc/dossier/dossier.toml", "/home/anna", "/var/lib/dossier")
	state("/home/anna/.config/dossier/dossier.toml", "/home/anna", "/home/anna/.local/state/dossier")
	state("/x.toml", "", "")
	t.Setenv("XDG_STATE_HOME", "relative") // the standard says: ignore it
	state("/x.toml", "/home/anna", "/home/anna/.local/state/dossier")
	t.Setenv("XDG_STATE_HOME", "/state")
	state("/x.toml", "/home/anna", "/state/dossier")
	t.Setenv("STATE_DIRECTORY", "/run/state")
	state("/x.toml", "/home/anna", "/run/state")
}
