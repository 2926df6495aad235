package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
)

// backOffice is a portal with a JSON sign-in of its own, whose refresh tokens are good for one use.
type backOffice struct {
	mu       sync.Mutex
	password string
	n        int // token pairs given
	signIns  int
	refusals int
	refresh  string
	access   string
	status   int           // of every sign-in; 0: as it should be
	slow     time.Duration // a sign-in takes so long
	served   int
	bare     bool // a sign-in call brought a token
}

func (b *backOffice) answer(_ int, r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/signin" || r.URL.Path == "/refresh" {
		_ = Sleep(context.Background(), b.slow)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	resp, err := b.does(r)
	if r.Context().Err() != nil { // it is done all the same
		return nil, r.Context().Err()
	}
	return resp, err
}

func (b *backOffice) does(r *http.Request) (*http.Response, error) {
	body := readAll(r)
	switch {
	case r.URL.Path == "/signin":
		b.signIns++
		b.bare = b.bare || r.Header.Get("Authorization") != ""
		if b.status != 0 {
			return answer(b.status, `{}`), nil
		}
		if !strings.Contains(body, b.password) {
			b.refusals++
			return answer(422, `{"message":"wrong"}`), nil
		}
	case r.URL.Path == "/refresh":
		b.signIns++
		if b.refresh == "" || !strings.Contains(body, b.refresh) {
			return answer(400, `{}`), nil
		}
	case r.Header.Get("Authorization") == "Bearer "+b.access && b.access != "":
		b.served++
		return answer(200, `{}`), nil
	default:
		return answer(401, `{}`), nil
	}
	b.n++
	b.access, b.refresh = fmt.Sprintf("access-%d", b.n), fmt.Sprintf("refresh-%d", b.n)
	return answer(200, fmt.Sprintf(`{"access":%q,"refresh":%q}`, b.access, b.refresh)), nil
}

func readAll(r *http.Request) string {
	if r.Body == nil {
		return ""
	}
	data, _ := io.ReadAll(r.Body)
	return string(data)
}

// signInAt is how a driver signs in: with the refresh token, failing that with the password.
func signInAt(c *Client) func(context.Context, Tokens) (Tokens, error) {
	return func(ctx context.Context, old Tokens) (Tokens, error) {
		var got struct{ Access, Refresh string }
		ask := func(path, secret string) error {
			_, err := c.JSON(ctx, Call{Op: "sign in", Method: http.MethodPost, URL: portalURL + path, Body: JSONBody(secret)}, &got)
			return err
		}
		err := error(&remote.Error{Code: remote.SignIn})
		if old.Refresh != "" {
			err = ask("/refresh", old.Refresh.Reveal())
		}
		if remote.CodeOf(err) == remote.SignIn {
			err = ask("/signin", c.options.Password.Reveal())
		}
		return Tokens{Access: Secret(got.Access), Refresh: Secret(got.Refresh), Expiry: time.Now().Add(time.Hour)}, err
	}
}

func exchangedRig(t *testing.T, b *backOffice, password Secret, s TokenStore) *rig {
	t.Helper()
	r := newRig(t, Options{Password: password}, b.answer)
	r.options.Store = s
	src, err := Exchanged(r.Client, signInAt(r.Client))
	if err != nil {
		t.Fatal(err)
	}
	r.tokens = src
	return r
}

func (r *rig) ask(t *testing.T) error {
	_, err := r.JSON(t.Context(), get("/x"), nil)
	return err
}

// Two clients on one store are two processes, as far as the store is concerned. daemon has the same with real ones.
func TestManyAtOnceExchangeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := &backOffice{password: "sesame-1", slow: time.Second}, newShelf(Tokens{})
		rigs := []*rig{exchangedRig(t, b, "sesame-1", s), exchangedRig(t, b, "sesame-1", s)}
		all := func() {
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					if err := rigs[i%2].ask(t); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		all()
		_ = Sleep(t.Context(), 2*time.Minute)
		b.access = "revoked"
		all()
		if b.signIns != 2 || b.served != 40 || b.bare || s.saves != 2 {
			t.Errorf("%d sign-ins, %d served, %d saved, with a token: %v", b.signIns, b.served, s.saves, b.bare)
		}
	})
}

func TestWithoutAStoreTokensLiveInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &backOffice{password: "sesame-1"}
		r := exchangedRig(t, b, "sesame-1", nil)
		for range 3 {
			if err := r.ask(t); err != nil {
				t.Fatal(err)
			}
		}
		if b.signIns != 1 {
			t.Errorf("signed in %d times", b.signIns)
		}
	})
}

func TestAWrongPasswordIsNotSentAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := &backOffice{password: "sesame-1"}, newShelf(Tokens{})
		storm := func(d, step time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); _ = Sleep(t.Context(), step) {
				err := exchangedRig(t, b, "sesame-0", s).ask(t) // each time another process
				if e := asError(t, err); e.Code != remote.SignIn || strings.Contains(err.Error(), "sesame") {
					t.Fatal(err)
				}
			}
		}
		storm(59*time.Second, time.Second)
		if b.signIns != 1 {
			t.Errorf("sent %d times within a minute", b.signIns)
		}
		storm(24*time.Hour, time.Minute)
		if b.signIns < 20 || b.signIns > 30 { // after 1, 3, 7, …, 63 minutes, then hourly
			t.Errorf("sent %d times within a day", b.signIns)
		}
		if err := exchangedRig(t, b, "sesame-1", newShelf(Tokens{})).ask(t); err != nil { // another secret: the store begins anew
			t.Error(err)
		}
	})
}

func TestARefusalIsForgottenOnceItWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := &backOffice{password: "not yet"}, newShelf(Tokens{})
		r := exchangedRig(t, b, "sesame-1", s)
		_ = r.ask(t)
		b.password = "sesame-1"
		e := asError(t, r.ask(t))
		if e.Code != remote.SignIn || e.RetryAfter != time.Minute {
			t.Fatalf("got %v, again after %v", e, e.RetryAfter)
		}
		_ = Sleep(t.Context(), e.RetryAfter)
		if err := r.ask(t); err != nil || s.tokens.Refusals != 0 {
			t.Errorf("%v; %d refusals are remembered", err, s.tokens.Refusals)
		}
	})
}

// A portal in trouble is no refusal, and no reason to send the password with each call.
func TestAPortalInTroubleIsSpared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &backOffice{password: "sesame-1", status: 503}
		r := exchangedRig(t, b, "sesame-1", newShelf(Tokens{}))
		for range 60 {
			if e := asError(t, r.ask(t)); e.Code != remote.Unavailable {
				t.Fatal(e)
			}
			_ = Sleep(t.Context(), time.Second)
		}
		b.status = 0
		_ = Sleep(t.Context(), failuresApart)
		if err := r.ask(t); err != nil || b.signIns != 5 {
			t.Errorf("%v after %d sign-ins", err, b.signIns)
		}
	})
}

func TestATokenThatIsRefusedAtOnceIsNotExchangedInALoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &backOffice{password: "sesame-1"}
		r := newRig(t, Options{Password: "sesame-1"}, func(n int, req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/x" {
				return answer(401, `{}`), nil
			}
			return b.answer(n, req)
		})
		r.tokens, _ = Exchanged(r.Client, signInAt(r.Client))
		for range 30 {
			if err := r.ask(t); err == nil {
				t.Fatal("it was served")
			}
			_ = Sleep(t.Context(), time.Second)
		}
		if b.signIns != 1 {
			t.Errorf("signed in %d times within half a minute", b.signIns)
		}
	})
}

// The portal has given a new refresh token away and voided the old one: whoever waited for it may be gone, but it is kept.
func TestACallThatIsCancelledLosesNoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := &backOffice{refresh: "refresh-0", slow: 10 * time.Second}, newShelf(Tokens{Refresh: "refresh-0"})
		r := exchangedRig(t, b, "unknown", s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.JSON(ctx, get("/x"), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if s.tokens.Refresh.Reveal() != "refresh-1" || b.served != 0 {
			t.Errorf("%q is on file; %d calls were served", s.tokens.Refresh.Reveal(), b.served)
		}
	})
}

func TestTokensThatCannotBeSavedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := &backOffice{refresh: "refresh-0"}, newShelf(Tokens{Refresh: "refresh-0"})
		s.fails = errors.New("disk full")
		r := exchangedRig(t, b, "unknown", s)
		for range 3 {
			if err := r.ask(t); !errors.Is(err, s.fails) {
				t.Fatal(err)
			}
		}
		s.fails = nil
		if err := r.ask(t); err != nil || b.signIns != 1 {
			t.Errorf("%v after %d sign-ins", err, b.signIns)
		}
	})
}

// Somebody else has signed in while our own tokens could not be saved: his are the newer ones.
func TestUnsavedTokensGiveWayToNewerOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := &backOffice{password: "sesame-1"}, newShelf(Tokens{})
		s.fails = errors.New("disk full")
		r := exchangedRig(t, b, "sesame-1", s)
		_ = r.ask(t)
		s.fails = nil
		if err := exchangedRig(t, b, "sesame-1", s).ask(t); err != nil {
			t.Fatal(err)
		}
		if err := r.ask(t); err != nil || s.tokens.Access.Reveal() != "access-2" {
			t.Errorf("%v; on file is %q", err, s.tokens.Access.Reveal())
		}
	})
}

func TestAnExchangeStaysAtThePortalsOwnHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) { return answer(200, `{}`), nil })
		r.tokens, _ = Exchanged(r.Client, func(ctx context.Context, _ Tokens) (Tokens, error) {
			_, err := r.JSON(ctx, Call{Op: "sign in", Method: http.MethodPost, URL: "https://elsewhere.test/signin", Body: JSONBody("sesame-1")}, nil)
			return Tokens{Access: "a"}, err
		})
		if e := asError(t, r.ask(t)); e.Code != remote.Corrupt || r.sent() != 0 {
			t.Errorf("got %v after %d calls", e, r.sent())
		}
	})
}

func TestAnExchangeThatGivesNothingIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) { return answer(200, `{}`), nil })
		r.tokens, _ = Exchanged(r.Client, func(context.Context, Tokens) (Tokens, error) { return Tokens{}, nil })
		if e := asError(t, r.ask(t)); e.Code != remote.Corrupt || r.sent() != 0 {
			t.Errorf("got %v after %d calls", e, r.sent())
		}
	})
}
