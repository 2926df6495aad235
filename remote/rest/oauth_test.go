package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
)

// shelf is a store in memory that several clients share.
type shelf struct {
	memoryStore
	saves int
	fails error
	spied func()
}

func newShelf(t Tokens) *shelf { return &shelf{memoryStore: memoryStore{turn: newTurn(), tokens: t}} }

func (s *shelf) Exchange(ctx context.Context, fn func(Tokens) (Tokens, error)) error {
	return s.memoryStore.Exchange(ctx, func(old Tokens) (Tokens, error) {
		t, err := fn(old)
		switch {
		case err != nil || t == old:
			return t, err
		case s.fails != nil:
			return t, s.fails
		case s.spied != nil:
			s.spied()
		}
		s.saves++
		return t, nil
	})
}

// office is a portal with single-use refresh tokens.
type office struct {
	mu      sync.Mutex
	n       int // tokens issued
	access  string
	refresh string
	grants  int // token calls
	denied  int // 401 answers
	served  int
}

func (o *office) answer(_ int, r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.URL.Path == "/oauth2/token" {
		o.grants++
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		f := r.PostForm
		if r.Header.Get("Authorization") != "" || f.Get("client_id") != "app" || f.Get("client_secret") != "appsecret1" {
			return answer(400, `{"error":"invalid_client"}`), nil
		}
		if f.Get("grant_type") == "refresh_token" && f.Get("refresh_token") != o.refresh {
			return answer(400, `{"error":"invalid_grant","error_description":"Invalid refresh token `+f.Get("refresh_token")+`"}`), nil
		}
		o.n++
		o.access, o.refresh = fmt.Sprintf("access-%d", o.n), fmt.Sprintf("refresh-%d", o.n)
		return answer(200, fmt.Sprintf(`{"access_token":%q,"refresh_token":%q,"expires_in":3600,"token_type":"bearer"}`, o.access, o.refresh)), nil
	}
	if r.Header.Get("Authorization") != "Bearer "+o.access {
		o.denied++
		return answer(401, `{}`), nil
	}
	o.served++
	return answer(200, `{}`), nil
}

func (o *office) options(s *shelf) Options {
	return Options{ClientID: "app", ClientSecret: "appsecret1", RefreshToken: Secret(o.refresh), Store: s}
}

// A new refresh token is durable before anything of it is used: the one before it is void by then.
func TestRefreshTokenIsSavedBeforeUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "refresh-0"}, newShelf(Tokens{})
		r := newRig(t, o.options(s), o.answer)
		s.spied = func() {
			if o.served != 0 {
				t.Error("a token was used before it was saved")
			}
		}
		if _, err := r.JSON(t.Context(), get("/x"), nil); err != nil {
			t.Fatal(err)
		}
		if s.tokens.Refresh.Reveal() != "refresh-1" || s.tokens.Access.Reveal() != "access-1" || !s.tokens.Expiry.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("saved %s, %s until %v", s.tokens.Refresh.Reveal(), s.tokens.Access.Reveal(), s.tokens.Expiry)
		}
	})
}

func TestTokensThatCannotBeSavedAreNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "refresh-0"}, newShelf(Tokens{})
		s.fails = errors.New("disk full")
		r := newRig(t, o.options(s), o.answer)
		for range 3 {
			_, err := r.JSON(t.Context(), post("/x"), nil)
			if e := asError(t, err); !errors.Is(err, s.fails) || e.Outcome != remote.NotDone {
				t.Fatalf("got %v", err)
			}
		}
		if o.grants != 1 || o.served+o.denied != 0 {
			t.Errorf("%d refreshes, %d calls; want 1 and none", o.grants, o.served+o.denied)
		}
		s.fails = nil // there is room again: nothing was lost
		if _, err := r.JSON(t.Context(), post("/x"), nil); err != nil || o.grants != 1 || s.tokens.Refresh.Reveal() != "refresh-1" {
			t.Errorf("%v, %d refreshes", err, o.grants)
		}
	})
}

func TestManyRefusedAtOnceRefreshOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{refresh: "refresh-0"}
		s := newShelf(Tokens{Access: "revoked-long-ago", Refresh: "refresh-0", Expiry: time.Now().Add(time.Hour)})
		r := newRig(t, o.options(s), o.answer)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				call := get("/x")
				if i%2 == 0 {
					call = post("/x")
				}
				if _, err := r.JSON(t.Context(), call, nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if o.grants != 1 || o.served != 20 {
			t.Errorf("%d refreshes, %d served, %d denied", o.grants, o.served, o.denied)
		}
	})
}

func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "refresh-0"}, newShelf(Tokens{})
		r := newRig(t, o.options(s), o.answer)
		for range 4 {
			if _, err := r.JSON(t.Context(), get("/x"), nil); err != nil {
				t.Fatal(err)
			}
			_ = Sleep(t.Context(), 40*time.Minute)
		}
		if o.grants != 2 || o.denied != 0 { // at the beginning and after 80 minutes
			t.Errorf("%d refreshes, %d denied", o.grants, o.denied)
		}
	})
}

func TestVoidRefreshTokenNeedsAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "another"}, newShelf(Tokens{Refresh: "refresh-void"})
		opts := o.options(s)
		opts.RefreshToken = "seed-void"
		r := newRig(t, opts, o.answer)
		_, err := r.JSON(t.Context(), post("/x"), nil)
		e := asError(t, err)
		if e.Code != remote.SignIn || e.Outcome != remote.NotDone || e.Reason != "invalid_grant" || o.grants != 2 {
			t.Errorf("got %v after %d token calls", e, o.grants)
		}
		for _, secret := range []string{"refresh-void", "seed-void"} {
			if strings.Contains(err.Error()+r.log.String(), secret) {
				t.Errorf("%s is told: %v\n%s", secret, err, r.log)
			}
		}
	})
}

func TestNewSeedReplacesVoidChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "seed-new"}, newShelf(Tokens{Refresh: "refresh-void"})
		r := newRig(t, o.options(s), o.answer)
		if _, err := r.JSON(t.Context(), get("/x"), nil); err != nil || s.tokens.Refresh.Reveal() != "refresh-1" {
			t.Errorf("%v; saved %s", err, s.tokens.Refresh.Reveal())
		}
	})
}

func TestClientCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{}
		opts := o.options(nil)
		opts.Store = nil
		r := newRig(t, opts, o.answer)
		for range 3 {
			if _, err := r.JSON(t.Context(), get("/x"), nil); err != nil {
				t.Fatal(err)
			}
		}
		o.access = "revoked" // the portal forgets it
		if _, err := r.JSON(t.Context(), post("/x"), nil); err != nil {
			t.Fatal(err)
		}
		if o.grants != 2 || o.denied != 1 || r.Calls()["sign in"] != 2 {
			t.Errorf("%d token calls, %d denied, counted %v", o.grants, o.denied, r.Calls())
		}
		if f := r.seen[0].PostForm; f.Get("grant_type") != "client_credentials" || f.Get("box_subject_id") != "7" {
			t.Errorf("asked with %v", f)
		}
	})
}

func TestRefusedTokenIsTriedTwiceAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{}
		opts := o.options(nil)
		opts.Store = nil
		r := newRig(t, opts, func(n int, req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/oauth2/token" {
				return o.answer(n, req)
			}
			return answer(401, `{}`), nil
		})
		_, err := r.JSON(t.Context(), post("/x"), nil)
		if e := asError(t, err); e.Code != remote.SignIn || e.Outcome != remote.NotDone || r.Calls()["make"] != 2 {
			t.Errorf("got %v; calls %v", e, r.Calls())
		}
	})
}

func TestStaticTokenIsNotRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) { return answer(401, `{}`), nil })
		_, err := r.JSON(t.Context(), post("/x"), nil)
		if e := asError(t, err); e.Code != remote.SignIn || r.sent() != 1 {
			t.Errorf("got %v after %d calls", e, r.sent())
		}
	})
}

func TestSignInThatFailsForNowIsNoSignOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "refresh-0"}, newShelf(Tokens{})
		r := newRig(t, o.options(s), func(n int, req *http.Request) (*http.Response, error) {
			return answer(503, `{"access_token":"leak-me-not"}`), nil
		})
		_, err := r.JSON(t.Context(), get("/x"), nil)
		if e := asError(t, err); e.Code != remote.Unavailable || r.sent() != 1 || strings.Contains(err.Error(), "leak-me-not") {
			t.Errorf("got %v after %d calls", e, r.sent())
		}
	})
}
