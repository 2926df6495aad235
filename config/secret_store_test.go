package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
)

func TestASecretIsStoredWhereItsReferencePoints(t *testing.T) {
	keyring.MockInit()
	file := filepath.Join(t.TempDir(), "deep", "office.secret")
	for _, ref := range []string{"keyring:office", "file:" + file} {
		s, err := ParseSecret(ref)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{"hunter2", "a new one"} {
			if err := s.Store(t.Context(), value); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Resolve(t.Context()); got != value || err != nil {
				t.Errorf("%s: %q, %v", s.Place(), got, err)
			}
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode: %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".secret*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhereASecretCannotBePutTheCureIsSaid(t *testing.T) {
	for ref, want := range map[string]string{"env:BOX_TOKEN": "export BOX_TOKEN=", "credential:box": "LoadCredential=box:"} {
		s, err := ParseSecret(ref)
		if err != nil {
			t.Fatal(err)
		}
		if ok, how := s.Storable(); ok || !strings.Contains(how, want) {
			t.Errorf("%s: %v, %q; want %q", ref, ok, how, want)
		}
		if err := s.Store(t.Context(), "hunter2"); !errors.Is(err, ErrNotStorable) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: stored: %v", ref, err)
		}
	}
}

func TestAKeyringThatIsNotThereIsTold(t *testing.T) {
	keyring.MockInit()
	if err := TryKeyring(); err != nil {
		t.Errorf("an empty keyring: %v", err)
	}
	keyring.MockInitWithError(errors.New("no bus"))
	defer keyring.MockInit()
	if err := TryKeyring(); err == nil {
		t.Error("a keyring that cannot be asked passes")
	}
	s, _ := ParseSecret("keyring:office")
	if err := s.Store(t.Context(), "hunter2"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("stored without a keyring: %v", err)
	}
}

// Every way to sign in names its secrets, and each of them is a key that the way needs.
func TestEveryWayNamesItsSecrets(t *testing.T) {
	for _, k := range Kinds {
		for _, w := range k.Ways() {
			if len(w.SignIn.SecretKeys()) == 0 {
				t.Errorf("%s, %s: no secret", k, w.SignIn)
			}
			for _, key := range w.SignIn.SecretKeys() {
				if !strings.Contains(strings.Join(w.Keys, " "), key) {
					t.Errorf("%s, %s: %s is none of its keys %v", k, w.SignIn, key, w.Keys)
				}
			}
		}
	}
}
