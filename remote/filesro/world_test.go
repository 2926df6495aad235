package filesro

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// inWorld is a driver, signed in at a sandbox in memory, in a bubble of its own time.
func inWorld(t *testing.T, so sandbox.Options, options func(sandbox.PortalInfo) rest.Options, do func(t *testing.T, d *Driver, s *sandbox.Server, root remote.ID)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		so.Seed = 1
		server, err := sandbox.New(so)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		m, err := server.InMemory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		info := m.Info.Portals[sandbox.FilesRo]
		o := options(info)
		o.URL, o.Transport = info.URL, &http.Transport{DialContext: m.DialContext, MaxIdleConnsPerHost: 16}
		d, err := open(o)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		server.ResetCalls()
		do(t, d, server, remote.ID(info.Folder))
	})
}

// A portal that allows 60 calls a minute is never asked more of where that is known, and obeyed where it is not.
func TestTheBudgetIsKept(t *testing.T) {
	for name, limits := range map[string]rest.Limits{"known": {Calls: vendorCalls}, "not known": {}} {
		inWorld(t, sandbox.Options{Limits: true, Quirks: []string{"filesro-60-a-minute"}}, func(i sandbox.PortalInfo) rest.Options {
			return rest.Options{Token: rest.Secret(i.Token), Limits: limits}
		}, func(t *testing.T, d *Driver, s *sandbox.Server, root remote.ID) {
			began := time.Now()
			for i := range 90 {
				for {
					_, err := d.Create(t.Context(), uploadTo(root, fmt.Sprint(i), "x"))
					if err == nil {
						break
					}
					if remote.CodeOf(err) != remote.Throttled {
						t.Fatal(err)
					}
				}
			}
			listed, err := 0, error(nil)
			for _, err = range d.Children(t.Context(), root) {
				listed++
			}
			calls := s.Calls(sandbox.FilesRo).Total()
			if listed < 90 || err != nil || time.Since(began) < 2*time.Minute {
				t.Errorf("%s: %d files, %v, in %v", name, listed, err, time.Since(began))
			}
			if limits.Calls > 0 && calls > 181+2 {
				t.Errorf("%s: %d calls", name, calls)
			}
		})
	}
}

// A token that ends is exchanged for another, under way.
func TestATokenThatEndsIsExchanged(t *testing.T) {
	inWorld(t, sandbox.Options{Quirks: []string{"filesro-token-expires"}}, func(i sandbox.PortalInfo) rest.Options {
		return rest.Options{Email: i.Email, Password: rest.Secret(i.Password), Store: &shelf{}}
	}, func(t *testing.T, d *Driver, s *sandbox.Server, root remote.ID) {
		for i := range 3 {
			if _, err := d.Create(t.Context(), uploadTo(root, fmt.Sprint(i), "x")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(25 * time.Hour)
		}
		if n := s.Calls(sandbox.FilesRo)["POST /api/v1/login"]; n != 3 {
			t.Errorf("logged in %d times: %v", n, s.Calls(sandbox.FilesRo))
		}
	})
}

func TestAnUnverifiedAccountIsToldToAPerson(t *testing.T) {
	inWorld(t, sandbox.Options{Quirks: []string{"filesro-unverified"}}, func(i sandbox.PortalInfo) rest.Options {
		return rest.Options{Email: i.Email, Password: rest.Secret(i.Password), Store: &shelf{}}
	}, func(t *testing.T, d *Driver, _ *sandbox.Server, _ remote.ID) {
		_, err := d.Account(t.Context())
		codeIs(t, err, remote.SignIn)
	})
}

// An account that is full is told so, and its token is not blamed.
func TestAFullAccountIsNoReasonToSignIn(t *testing.T) {
	inWorld(t, sandbox.Options{Quota: 10}, func(i sandbox.PortalInfo) rest.Options { return rest.Options{Token: rest.Secret(i.Token)} },
		func(t *testing.T, d *Driver, s *sandbox.Server, root remote.ID) {
			_, err := d.Create(t.Context(), uploadTo(root, "a", "more than ten bytes"))
			if e := codeIs(t, err, remote.Quota); e.Outcome != remote.NotDone {
				t.Errorf("%v", err)
			}
			if names, _, err := collect(d.Children(t.Context(), root)); err != nil || len(names) > 0 {
				t.Errorf("%q, %v", names, err)
			}
		})
}
