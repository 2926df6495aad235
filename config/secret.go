package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/zalando/go-keyring"
)

// KeyringService is the service under which secrets stand in the user's keyring; the user name there is the
// reference's name.
const KeyringService = "dossier"

// maxSecret bounds what is read as a secret, in bytes. Tokens are far below it.
const maxSecret = 64 << 10

// Secret refers to a secret that lies elsewhere: "keyring:NAME", "env:NAME", "file:/PATH" or "credential:NAME".
// It never holds the secret, and prints as [redacted] all the same: what stands in its place in a
// file that was refused may be one.
type Secret struct {
	scheme string
	name   string
}

const secretCure = `write a reference instead: "keyring:NAME" (the keyring's service "dossier", user NAME), "env:NAME", "file:/PATH" (mode 0600) or "credential:NAME" (systemd)`

// UnmarshalText reads a reference. A literal secret is refused, and not repeated in the error.
func (s *Secret) UnmarshalText(text []byte) error {
	scheme, name, ok := strings.Cut(string(text), ":")
	if !ok {
		return errors.New("a secret must not stand in this file; " + secretCure)
	}
	read, known := secretSchemes[scheme]
	if !known {
		return errors.New("this is no reference to a secret, and a secret must not stand in this file; " + secretCure)
	}
	if err := read.check(name); err != nil {
		return err
	}
	*s = Secret{scheme: scheme, name: name}
	return nil
}

// IsZero tells whether no reference was given.
func (s Secret) IsZero() bool { return s == Secret{} }

// place says in words where the secret lies: the keyring's entry, the variable's name, the file's path.
func (s Secret) place() string {
	return secretSchemes[s.scheme].place + " " + s.name
}

const redacted = "[redacted]"

// String returns [redacted].
func (s Secret) String() string { return redacted }

// Format writes [redacted] whatever the verb, %#v included.
func (s Secret) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, redacted) }

// LogValue returns [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns [redacted]: it serves JSON and TOML alike.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Resolve fetches the secret, without a trailing line end. An empty one is an error. The keyring may ask its
// user to unlock it, which ctx cannot interrupt: it is looked at before.
func (s Secret) Resolve(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if s.IsZero() {
		return "", errors.New("read secret: none is configured")
	}
	value, err := secretSchemes[s.scheme].resolve(s.name)
	if err != nil {
		return "", fmt.Errorf("read secret from %s: %w", s.place(), err)
	}
	value = strings.TrimRight(value, "\r\n")
	if value == "" {
		return "", fmt.Errorf("read secret from %s: it is empty", s.place())
	}
	return value, nil
}

type secretScheme struct {
	place   string
	check   func(name string) error
	resolve func(name string) (string, error)
}

var secretSchemes = map[string]secretScheme{
	"keyring":    {"keyring entry", checkPlainName, fromKeyring},
	"env":        {"environment variable", checkPlainName, fromEnvironment},
	"file":       {"file", checkSecretPath, fromFile},
	"credential": {"systemd credential", checkPlainName, fromCredential},
}

// checkPlainName keeps references to names: no separators, so that a credential stays in its directory.
func checkPlainName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\=\x00\r\n") {
		return errors.New("the reference needs a plain name after the colon, without separators")
	}
	return nil
}

func checkSecretPath(path string) error {
	if strings.ContainsRune(path, 0) {
		return errors.New("the path after file: holds a NUL byte; write it without")
	}
	if !filepath.IsAbs(path) && !strings.HasPrefix(path, "~/") {
		return errors.New(`the path after file: must be absolute, or start with "~/"`)
	}
	return nil
}

func fromKeyring(name string) (string, error) {
	value, err := keyring.Get(KeyringService, name)
	if errors.Is(err, keyring.ErrNotFound) {
		return "", fmt.Errorf("there is no such entry; store it with `dossier login`, or by hand under the service %q and the user %q", KeyringService, name)
	}
	if err != nil {
		return "", fmt.Errorf("%w; a service that has no keyring needs a file: or credential: reference", err)
	}
	return value, nil
}

func fromEnvironment(name string) (string, error) {
	value, ok := os.LookupEnv(name)
	if !ok {
		return "", errors.New("it is not set")
	}
	return value, nil
}

func fromCredential(name string) (string, error) {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return "", errors.New("$CREDENTIALS_DIRECTORY is not set; add LoadCredential= to the service's unit")
	}
	return readBounded(filepath.Join(dir, name))
}

func fromFile(name string) (string, error) {
	path, err := expandHome(name, os.UserHomeDir)
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // read only
	// The open file is asked, not the path: what was checked is what is read.
	if err := checkOwnersOnly(f); err != nil {
		return "", err
	}
	return readSecret(f)
}

func readBounded(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // read only
	return readSecret(f)
}

func readSecret(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("it is longer than %d bytes", maxSecret)
	}
	return string(data), nil
}
