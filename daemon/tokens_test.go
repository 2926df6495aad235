package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"dossier/config"
	"dossier/remote/box"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/state"
)

func openState(t *testing.T) *state.Account {
	t.Helper()
	saved, err := state.OpenAccount(filepath.Join(t.TempDir(), "account.db"), state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// save puts tokens on file, and onFile reads them.
func save(t *testing.T, s *tokenStore, next rest.Tokens) {
	t.Helper()
	if err := s.Exchange(t.Context(), func(rest.Tokens) (rest.Tokens, error) { return next, nil }); err != nil {
		t.Fatal(err)
	}
}

func onFile(t *testing.T, s *tokenStore) (got rest.Tokens) {
	t.Helper()
	if err := s.Exchange(t.Context(), func(old rest.Tokens) (rest.Tokens, error) { got = old; return old, nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTokensThatRotateLiveInTheAccountsState(t *testing.T) {
	saved := openState(t)
	store := &tokenStore{account: saved, seed: fingerprint("refresh-1")}
	other := &tokenStore{account: saved, seed: fingerprint("a new refresh token")}
	tokens := rest.Tokens{Access: "access-1", Refresh: "refresh-2"}
	save(t, store, tokens)
	if onFile(t, store) != tokens {
		t.Error("got other tokens")
	}
	if onFile(t, other) != (rest.Tokens{}) {
		t.Error("another secret in the configuration does not begin anew")
	}
	path := saved.Path()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("others may read the tokens: %v, %v", info.Mode(), err)
	}
}

// A slip in the configuration: the secret is refused, which is remembered of that secret only, and the right one finds its tokens again.
func TestARefusedSecretCostsNoToken(t *testing.T) {
	saved := openState(t)
	right := &tokenStore{account: saved, seed: fingerprint("right")}
	wrong := &tokenStore{account: saved, seed: fingerprint("wrong")}
	tokens := rest.Tokens{Access: "access-1", Refresh: "refresh-2"}
	save(t, right, tokens)
	save(t, wrong, rest.Tokens{Refusals: 3})
	if onFile(t, wrong) != (rest.Tokens{Refusals: 3}) || onFile(t, right) != tokens {
		t.Error("a refusal is not kept beside the tokens")
	}
	save(t, wrong, rest.Tokens{Access: "access-9"})
	if onFile(t, right) != (rest.Tokens{}) || onFile(t, wrong) != (rest.Tokens{Access: "access-9"}) {
		t.Error("a sign-in with the new secret does not begin anew")
	}
}

func TestAnExchangeThatFailsChangesNothing(t *testing.T) {
	store := &tokenStore{account: openState(t), seed: "s"}
	tokens, down := rest.Tokens{Access: "access-1"}, errors.New("down")
	save(t, store, tokens)
	err := store.Exchange(t.Context(), func(rest.Tokens) (rest.Tokens, error) { return rest.Tokens{Access: "2"}, down })
	if !errors.Is(err, down) || onFile(t, store) != tokens {
		t.Errorf("got %v", err)
	}
}

// Each refresh token is good for one use: of processes and drivers that refresh at once, one does, and the others use what it got.
func TestProcessesThatSignInAtOnceExchangeOnce(t *testing.T) {
	server, err := sandbox.New(sandbox.Options{Quirks: []string{"refresh-ends-access"}})
	if err != nil {
		t.Fatal(err)
	}
	running, err := server.Serve(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	info := running.Info.Portals[sandbox.Box]
	saved := openState(t)
	t.Setenv("TOKEN_PORTAL", info.URL)
	t.Setenv("TOKEN_APP", info.ClientID)
	t.Setenv("TOKEN_SECRET", info.ClientSecret)
	t.Setenv("TOKEN_SEED", info.RefreshToken)
	t.Setenv("TOKEN_STATE", saved.Path())

	var g errgroup.Group
	for range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env, cmd.Stderr = append(os.Environ(), "DAEMON_CHILD=sign-in"), os.Stderr
		g.Go(cmd.Run)
	}
	for range 5 {
		g.Go(func() error { return signInAgainAndAgain(t.Context()) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	calls := server.Calls(sandbox.Box)
	if calls["POST /oauth2/token"] != 1 || calls["GET /2.0/users/me"] != 8*signIns {
		t.Errorf("calls: %v", calls)
	}
}

const signIns = 5

// signInAgainAndAgain is what one process does: each time it opens the account anew.
func signInAgainAndAgain(ctx context.Context) error {
	for range signIns {
		if err := signInOnce(ctx); err != nil {
			return err
		}
	}
	return nil
}

func signInOnce(ctx context.Context) error {
	secret := func(name string) (s config.Secret) {
		_ = s.UnmarshalText([]byte("env:" + name))
		return s
	}
	p := config.Portal{Name: "office", Kind: config.Box, URL: os.Getenv("TOKEN_PORTAL"), ClientID: os.Getenv("TOKEN_APP"),
		ClientSecret: secret("TOKEN_SECRET"), Token: secret("TOKEN_SEED")}
	a, err := openAccount(ctx, p, accountOptions{path: os.Getenv("TOKEN_STATE"), drivers: Drivers{config.Box: {Open: box.Open}}, log: quiet})
	if err != nil {
		return err
	}
	_, err = a.portal.Account(ctx)
	return errors.Join(err, a.close())
}

// TestMain lets a test run itself as another process.
func TestMain(m *testing.M) {
	if os.Getenv("DAEMON_CHILD") == "sign-in" {
		if err := signInAgainAndAgain(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
