package daemon

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"dossier/config"
	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
)

var quiet = slog.New(slog.DiscardHandler)

// prober is an account of which dossier can find out whether it has a trash.
type prober struct {
	remote.Driver
	has   bool
	err   error
	asked *int
}

func (p *prober) HasTrash(context.Context, remote.ID) (bool, error) { *p.asked++; return p.has, p.err }

// The trash of an account is looked for once, only where dossier may write, and held to be none until it is known: then bytes go
// into our own vault before a deletion.
func TestTheTrashIsLookedForOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		has    bool
		err    error
		probe  remote.ID
		dryRun bool
		assume map[string]any
		asked  int // after two openings
		want   bool
	}{
		{name: "there is one", has: true, probe: "1", asked: 1, want: true},
		{name: "there is none", probe: "1", asked: 1},
		{name: "it cannot be told", has: true, err: errors.New("busy"), probe: "1", asked: 2},
		{name: "dossier must not write there", has: true},
		{name: "a dry run", has: true, probe: "1", dryRun: true},
		{name: "the configuration says so", has: false, probe: "1", assume: map[string]any{"trash": true}, want: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked int
			var opened []rest.Options
			open := func(o rest.Options) (remote.Driver, error) {
				opened = append(opened, o)
				return &prober{Driver: remotetest.NewMemory(remotetest.Full()), has: c.has, err: c.err, asked: &asked}, nil
			}
			path := filepath.Join(t.TempDir(), "account.db")
			for range 2 {
				a, err := openAccount(t.Context(), config.Portal{Name: "office", Kind: config.Box, Assume: c.assume},
					accountOptions{path: path, drivers: Drivers{config.Box: {Open: open, TrashVaries: true}}, dryRun: c.dryRun, probe: c.probe, log: quiet})
				if err != nil {
					t.Fatal(err)
				}
				if err := a.close(); err != nil {
					t.Fatal(err)
				}
			}
			if got := opened[len(opened)-1].Assume["trash"]; asked != c.asked || got != c.want {
				t.Errorf("asked %d times, and assumed %v", asked, got)
			}
		})
	}
}

// A driver whose portal always has a trash, or none, is told nothing of it, though a setting of its own may bear that name.
func TestATrashThatDoesNotVaryIsTheDriversMatter(t *testing.T) {
	var given rest.Options
	open := func(o rest.Options) (remote.Driver, error) {
		given = o
		return remotetest.NewMemory(remotetest.Full()), nil
	}
	kind := Kind{Open: open, Assumptions: []remote.Assumption{{ID: "F-5", Setting: "trash", Default: true}}}
	a, err := openAccount(t.Context(), config.Portal{Name: "office", Kind: config.FilesRo},
		accountOptions{path: filepath.Join(t.TempDir(), "account.db"), drivers: Drivers{config.FilesRo: kind}, probe: "1", log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	if set, told := given.Assume["trash"]; told {
		t.Errorf("it was told %v", set)
	}
}

func TestSecretsAreFetchedAndNotRepeated(t *testing.T) {
	t.Setenv("TEST_TOKEN", "s3cret-token")
	t.Setenv("TEST_SECRET", "s3cret-app")
	secret := func(ref string) config.Secret {
		var s config.Secret
		if err := s.UnmarshalText([]byte(ref)); err != nil {
			t.Fatal(err)
		}
		return s
	}
	p := config.Portal{Name: "office", Kind: config.Box, URL: "http://127.0.0.1:1", ClientID: "app", ClientSecret: secret("env:TEST_SECRET"), Token: secret("env:TEST_TOKEN")}
	o, err := restOptions(t.Context(), p, nil, quiet, nil)
	if err != nil || o.RefreshToken.Reveal() != "s3cret-token" || o.Token != "" || o.ClientSecret.Reveal() != "s3cret-app" || o.Store == nil {
		t.Errorf("with an app, the token is the first refresh token: %v, %v", o, err)
	}
	p = config.Portal{Name: "office", Kind: config.Box, Token: secret("env:TEST_NOT_SET")}
	if _, err = restOptions(t.Context(), p, nil, quiet, nil); err == nil || !strings.Contains(err.Error(), "TEST_NOT_SET") {
		t.Errorf("a secret that is not there: %v", err)
	}
}

// A driver that has no such setting is not told of a trash: it would refuse to open.
func TestADriverWithoutATrashSettingIsNotToldOfOne(t *testing.T) {
	var told rest.Assume
	open := func(o rest.Options) (remote.Driver, error) {
		told = o.Assume
		return remotetest.NewMemory(remotetest.Full()), nil
	}
	t.Setenv("TEST_TOKEN", "s3cret")
	var secret config.Secret
	if err := secret.UnmarshalText([]byte("env:TEST_TOKEN")); err != nil {
		t.Fatal(err)
	}
	a, err := openAccount(t.Context(), config.Portal{Name: "office", Kind: config.Box, Token: secret, Assume: map[string]any{"paging": true}},
		accountOptions{path: filepath.Join(t.TempDir(), "a.db"), drivers: Drivers{config.Box: {Open: open}}, probe: "0", log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	if len(told) != 1 || told["paging"] != true {
		t.Errorf("told %v, want paging alone", told)
	}
}
