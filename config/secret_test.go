package config

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/zalando/go-keyring"
)

func TestALiteralSecretIsRefusedAndNotRepeated(t *testing.T) {
	for _, literal := range []string{"hunter2-hunter2", "sk:hunter2", "12|hunter2", "Bearer hunter2", "", "KEYRING:hunter2"} {
		for _, line := range []string{"token = '%s'", "client_secret = '%s'", "password = '%s'", `token = "%s" x`} {
			faults := faultsOf(t, "[portal.p]\nkind = \"box\"\n"+fmt.Sprintf(line, literal)+"\n")
			if len(faults) == 0 || faults[0].Line != 3 {
				t.Errorf("%s with %q: %v, want a fault on line 3", line, literal, faults)
			}
			if strings.Contains(faults.Error(), "hunter2") {
				t.Errorf("the secret is repeated: %v", faults)
			}
		}
	}
	faults := faultsOf(t, "[portal.p]\nkind = \"box\"\ntoken = 'hunter2'\n")
	if want := `"keyring:NAME" (the keyring's service "dossier", user NAME), "env:NAME", "file:/PATH" (mode 0600) or "credential:NAME" (systemd)`; !strings.Contains(faults.Error(), want) {
		t.Errorf("faults: %v, want the cure %s", faults, want)
	}
}

func parseSecret(text string) (s Secret, err error) {
	err = s.UnmarshalText([]byte(text))
	return s, err
}

func TestReferencesThatLeadAstrayAreRefused(t *testing.T) {
	for _, text := range []string{"env:", "env:A=B", "keyring:", "credential:../x", "credential:..", "credential:a/b", "file:", "file:relative", "file:/a\x00b"} {
		if s, err := parseSecret(text); err == nil || !s.IsZero() {
			t.Errorf("parseSecret(%q) = %#v, %v; want an error", text, s, err)
		}
	}
}

func TestSecretsComeFromWhereTheReferencePoints(t *testing.T) {
	keyring.MockInit()
	dir := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	t.Setenv("DOSSIER_TEST_SECRET", "from env")
	path := filepath.Join(dir, "name")
	if err := os.WriteFile(path, []byte("from file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := keyring.Set(KeyringService, "office", "from keyring"); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"env:DOSSIER_TEST_SECRET": "from env",
		"file:" + path:            "from file",
		"credential:name":         "from file",
		"keyring:office":          "from keyring",
	} {
		s, err := parseSecret(ref)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Resolve(t.Context()); got != want || err != nil {
			t.Errorf("%s resolves to %q, %v; want %q", ref, got, err, want)
		}
	}
}

func TestASecretThatCannotBeHadSaysWhereItWasSoughtAndTheCure(t *testing.T) {
	keyring.MockInit()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	empty, long := write("empty", "\n", 0o600), write("long", strings.Repeat("x", maxSecret+1), 0o600)
	cases := map[string]string{
		"env:DOSSIER_TEST_ABSENT":      "environment variable DOSSIER_TEST_ABSENT: it is not set",
		"keyring:absent":               `under the service "dossier" and the user "absent"`,
		"file:" + dir + "/absent":      "no such file",
		"file:" + dir:                  "no ordinary file",
		"file:" + filepath.Clean(long): "longer than",
		"file:" + empty:                "it is empty",
		"credential:absent":            "LoadCredential=",
	}
	if runtime.GOOS != "windows" {
		cases["file:"+write("group", "hunter2", 0o640)] = "chmod 600"
		cases["file:"+write("world", "hunter2", 0o604)] = "mode 0604"
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	for ref, want := range cases {
		s, err := parseSecret(ref)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Resolve(t.Context())
		if err == nil || got != "" || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %q, %v; want an error that says %q", ref, got, err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Secret{scheme: "env", name: "PATH"}).Resolve(ended); err == nil {
		t.Error("resolved after cancel")
	}
	if _, err := (Secret{}).Resolve(t.Context()); err == nil {
		t.Error("nothing resolved to something")
	}
}

func TestASecretNeverPrints(t *testing.T) {
	s := Secret{scheme: "env", name: "hunter2"}
	p := Portal{Token: s, Password: s}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "portal", p)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "portal", p)
	j, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	back, err := toml.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		string(back), s.String(), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s), fmt.Sprintf("%v %+v %#v", p, p, &p), string(j), log.String(),
	} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") || !strings.Contains(text, redacted) {
			t.Errorf("printed %s", text)
		}
	}
}
