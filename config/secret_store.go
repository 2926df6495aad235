package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"
)

// ErrNotStorable is the error of storing a secret where only others can put it: in an environment variable, in a credential of systemd.
var ErrNotStorable = errors.New("dossier cannot put a secret there")

// Place says in words where the secret lies, such as "keyring entry office". It is no secret.
func (s Secret) Place() string {
	if s.IsZero() {
		return "nowhere"
	}
	return s.place()
}

// Scheme is keyring, env, file or credential; empty: there is no reference.
func (s Secret) Scheme() string { return s.scheme }

// Name is what the reference names: the keyring's entry, the variable, the credential, the file as it is written. It is no secret.
func (s Secret) Name() string { return s.name }

// FilePath is the file of a file: reference, whole; empty: it is another.
func (s Secret) FilePath() string {
	if s.scheme != "file" {
		return ""
	}
	path, err := expandHome(s.name, os.UserHomeDir)
	if err != nil {
		return s.name
	}
	return path
}

// ParseSecret reads a reference, as it stands in the file.
func ParseSecret(reference string) (Secret, error) {
	var s Secret
	err := s.UnmarshalText([]byte(reference))
	return s, err
}

// Storable tells whether Store can put a secret there; if not, the text says how a person does.
func (s Secret) Storable() (ok bool, how string) {
	switch s.scheme {
	case "keyring", "file":
		return true, ""
	case "env":
		return false, fmt.Sprintf("set the environment variable %s where dossier runs: for a shell, export %s=…; for a systemd service, Environment= or EnvironmentFile=", s.name, s.name)
	case "credential":
		return false, fmt.Sprintf("give the service the credential: LoadCredential=%s:/PATH in its unit, or systemd-creds encrypt", s.name)
	}
	return false, "name a place for it in the configuration, such as \"keyring:office\""
}

// Store puts a secret where the reference points: into the user's keyring, or into a file that only its owner may read. What was there
// is replaced. It is read back, so that what is stored is known to be found again.
func (s Secret) Store(ctx context.Context, value string) error {
	if err := s.store(value); err != nil {
		return fmt.Errorf("store secret in %s: %w", s.Place(), err)
	}
	if back, err := s.Resolve(ctx); err != nil || back != value {
		return errors.Join(fmt.Errorf("store secret in %s: what was stored is not what is read", s.Place()), err)
	}
	return nil
}

func (s Secret) store(value string) error {
	switch s.scheme {
	case "keyring":
		return keyring.Set(KeyringService, s.name, value)
	case "file":
		return storeFile(s.FilePath(), value)
	}
	return ErrNotStorable
}

// storeFile writes a secret's file, mode 0600 from its first moment on. The folder is made if it is not there.
func storeFile(path, value string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*.new") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	_, err = f.WriteString(value + "\n")
	if info, there := os.Stat(path); there == nil {
		err = errors.Join(err, keepOwner(f, info))
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// TryKeyring tells why the keyring of this user cannot be asked; nil: it can.
func TryKeyring() error {
	_, err := keyring.Get(KeyringService, "is there a keyring")
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

// SecretKeys are the keys of the secrets that a way to sign in needs, in the order in which they are asked for.
func (w SignIn) SecretKeys() []string {
	switch w {
	case SignInToken:
		return []string{"token"}
	case SignInRefresh:
		return []string{"client_secret", "token"}
	case SignInApp:
		return []string{"client_secret"}
	case SignInPassword:
		return []string{"password"}
	}
	return nil
}

// Secret is the reference at one of the keys token, client_secret and password.
func (p Portal) Secret(key string) Secret {
	switch key {
	case "token":
		return p.Token
	case "client_secret":
		return p.ClientSecret
	case "password":
		return p.Password
	}
	return Secret{}
}

// Ways are the ways to sign in of a kind of portal, each with the keys that it needs; the usual one first.
func (k Kind) Ways() []Way {
	var ways []Way
	for _, s := range signIns[k] {
		ways = append(ways, Way{SignIn: s.way, Keys: s.keys})
	}
	return ways
}

// Way is a way to sign in, with the keys of a portal's section that it needs.
type Way struct {
	SignIn SignIn
	Keys   []string
}

// Kinds are all kinds of portals.
var Kinds = []Kind{Box, MijnKlantportaal, FilesRo, BackOffice}
