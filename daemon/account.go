package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"sync"

	"dossier/config"
	"dossier/remote"
	"dossier/remote/rest"
	"dossier/state"
)

// account is one portal, ready to be spoken to. All clients of a run that live on it share its limits.
type account struct {
	portal *remote.Portal
	state  *state.Account
	hangUp func() error // closes the driver
	kept   keptLedger
	dryRun bool
	log    *slog.Logger

	stop context.CancelFunc // ends what notes
	note sync.WaitGroup
}

// openAccount makes the driver of a portal, with its secrets. probe names a folder in which dossier may find out whether the account
// has a trash; empty: it must not, and as long as nobody found out there is held to be none, so that bytes go into our vault first.
func openAccount(ctx context.Context, p config.Portal, opt accountOptions) (*account, error) {
	kind, ok := opt.drivers[p.Kind]
	if !ok {
		return nil, &KindError{Portal: p.Name, Kind: p.Kind}
	}
	saved, err := state.OpenAccount(opt.path, state.Options{Log: opt.log})
	if err != nil {
		return nil, err
	}
	a := &account{state: saved, kept: opt.kept, dryRun: opt.dryRun, log: opt.log.With("portal", p.Name)}
	if err := a.begin(ctx, p, kind, opt); err != nil {
		return nil, fmt.Errorf("portal %q: %w", p.Name, err)
	}
	return a, nil
}

func (a *account) begin(ctx context.Context, p config.Portal, kind Kind, opt accountOptions) error {
	if err := a.kept.restore(a.state, a.log); err != nil {
		return err
	}
	ro, err := restOptions(ctx, p, a.state, opt.log, nil)
	if err != nil {
		return err
	}
	if ro.Limiter, err = resumedLimiter(a.state); err != nil {
		return err
	}
	ro.Ledger = &ledger{a.state}
	if err := a.open(ctx, kind, ro, opt); err != nil {
		return err
	}
	noting, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = stop
	a.note.Go(func() { noteBudget(noting, a.state, ro.Limiter, a.log) })
	return nil
}

// close ends the account's use. Its budget and its ledger are written down.
func (a *account) close() error {
	err := a.hangUp()
	a.stop()
	a.note.Wait()
	if !a.dryRun {
		a.kept.keep(a.state, a.log)
	}
	return err
}

type accountOptions struct {
	path    string // of the account's state file
	drivers Drivers
	dryRun  bool
	probe   remote.ID
	kept    keptLedger
	log     *slog.Logger
}

// open opens the driver. If it may or may not have a trash, it is told what was found out, once.
func (a *account) open(ctx context.Context, kind Kind, ro rest.Options, opt accountOptions) error {
	driver := kind.Open
	if !kind.TrashVaries {
		return a.sign(driver, ro, opt.dryRun)
	}
	has, known, err := a.state.Trash()
	if err != nil {
		return err
	}
	if _, said := ro.Assume[assumeTrash]; !said {
		ro.Assume[assumeTrash] = known && has
		known = known || opt.dryRun || opt.probe == ""
	} else {
		known = true
	}
	if err := a.sign(driver, ro, opt.dryRun); err != nil || known {
		return err
	}
	if has, err = a.hasTrash(ctx, opt.probe); err != nil {
		opt.log.Debug("whether the account has a trash is not known", "error", err)
		return nil
	}
	if err := a.state.SetTrash(has); err != nil || !has {
		return err
	}
	ro.Assume[assumeTrash] = true
	return errors.Join(a.hangUp(), a.sign(driver, ro, opt.dryRun))
}

// assumeTrash is the setting by which a driver is told whether the account has a trash.
const assumeTrash = "trash"

// sign opens the driver. Nothing is sent yet.
func (a *account) sign(driver func(rest.Options) (remote.Driver, error), ro rest.Options, dryRun bool) error {
	d, err := driver(ro)
	if err != nil {
		return err
	}
	a.hangUp = func() error { return nil }
	if c, ok := d.(io.Closer); ok {
		a.hangUp = c.Close
	}
	a.portal = remote.NewPortal(d, remote.PortalOptions{DryRun: dryRun})
	return nil
}

func (a *account) hasTrash(ctx context.Context, folder remote.ID) (bool, error) {
	prober, ok := remote.AsProber(a.portal)
	if !ok {
		return a.portal.Features().Trash, nil
	}
	return prober.HasTrash(ctx, folder)
}

// restOptions fetches the secrets that a portal's section refers to, but for those that are given, by key.
func restOptions(ctx context.Context, p config.Portal, saved *state.Account, log *slog.Logger, given map[string]string) (rest.Options, error) {
	o := rest.Options{URL: p.URL, ClientID: p.ClientID, Subject: p.Subject, Email: p.Email, Proxy: p.Proxy, CA: p.CA,
		Limits: rest.Limits{Calls: p.Limits.Calls, Uploads: p.Limits.Uploads}, Assume: rest.Assume(maps.Clone(p.Assume)), Download: p.Download, Log: log.With("portal", p.Name)}
	if o.Assume == nil {
		o.Assume = rest.Assume{}
	}
	for _, s := range []struct {
		key string
		to  *rest.Secret
	}{{"token", &o.Token}, {"client_secret", &o.ClientSecret}, {"password", &o.Password}} {
		from, value := p.Secret(s.key), given[s.key]
		if from.IsZero() {
			continue
		}
		if value == "" {
			var err error
			if value, err = from.Resolve(ctx); err != nil {
				return o, &SecretError{Key: s.key, Err: err}
			}
		}
		*s.to = rest.Secret(value)
	}
	switch p.SignIn() {
	case config.SignInRefresh:
		o.RefreshToken, o.Token = o.Token, ""
		o.Store = &tokenStore{account: saved, seed: fingerprint(o.RefreshToken)}
	case config.SignInPassword:
		o.Store = &tokenStore{account: saved, seed: fingerprint(rest.Secret(o.Email + "\x00" + o.Password.Reveal()))}
	}
	return o, nil
}

// tokenStore keeps tokens that rotate in the account's state. Another secret in the configuration begins anew.
type tokenStore struct {
	account *state.Account
	seed    string
}

// Exchange holds the account's lock: no other process exchanges tokens meanwhile.
func (s *tokenStore) Exchange(ctx context.Context, fn func(rest.Tokens) (rest.Tokens, error)) error {
	_, err := s.account.WithTokens(ctx, func(saved state.Tokens) (state.Tokens, error) {
		old := s.read(saved)
		next, err := fn(old)
		if err != nil || next == old {
			return saved, err
		}
		return s.write(saved, old, next), nil
	})
	return err
}

// read is what was saved for the secret of the configuration.
func (s *tokenStore) read(saved state.Tokens) (t rest.Tokens) {
	if saved.Seed == s.seed {
		t = rest.Tokens{Access: rest.Secret(saved.Access), Refresh: rest.Secret(saved.Refresh), Expiry: saved.Expires, Got: saved.Got}
	}
	if saved.RefusedSeed == s.seed {
		t.Refused, t.Refusals = saved.Refused, saved.Refusals
	}
	return t
}

// write keeps the tokens of another secret as long as there are none of this one: a slip in the configuration costs nothing.
func (s *tokenStore) write(saved state.Tokens, old, next rest.Tokens) state.Tokens {
	if next.Access != old.Access || next.Refresh != old.Refresh {
		saved = state.Tokens{Access: next.Access.Reveal(), Refresh: next.Refresh.Reveal(), Expires: next.Expiry, Seed: s.seed, Got: next.Got}
	}
	saved.Refused, saved.Refusals, saved.RefusedSeed = next.Refused, next.Refusals, ""
	if next.Refusals > 0 {
		saved.RefusedSeed = s.seed
	}
	return saved
}

// fingerprint tells secrets apart without giving them away.
func fingerprint(s rest.Secret) string {
	sum := sha256.Sum256([]byte("dossier seed\x00" + s.Reveal()))
	return hex.EncodeToString(sum[:8])
}
