package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheConfigurationIsSoughtInOrder(t *testing.T) {
	dir := t.TempDir()
	user, system := filepath.Join(dir, "user.toml"), filepath.Join(dir, "system.toml")
	t.Setenv(EnvFile, "")
	if got, err := find("", []string{user, system}); !errors.Is(err, ErrNone) || got != "" || !strings.Contains(err.Error(), user+" or "+system) {
		t.Errorf("found %q, %v; want ErrNone and where it was sought", got, err)
	}
	touch := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := func(flag, want string) {
		t.Helper()
		if got, err := find(flag, []string{user, system}); got != want || err != nil {
			t.Errorf("find(%q) = %q, %v; want %q", flag, got, err, want)
		}
	}
	touch(system)
	found("", system)
	touch(user)
	found("", user)
	t.Setenv(EnvFile, "from env")
	found("", "from env")
	found("from flag", "from flag")
}
