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

// shelf is a store in memory.
type shelf struct {
	mu    sync.Mutex
	t     Tokens
	saves int
	fails error
	spied func()
}

func (s *shelf) Load(context.Context) (Tokens, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.t, nil
}

func (s *shelf) Save(_ context.Context, t Tokens) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return s.fails
	}
	if s.spied != nil {
		s.spied()
	}
	s.t, s.saves = t, s.saves+1
	return nil
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
		o, s := &office{refresh: "refresh-0"}, &shelf{}
		r := newRig(t, o.options(s), o.answer)
		s.spied = func() {
			if o.served != 0 {
				t.Error("a token was used before it was saved")
			}
		}
		if _, err := r.JSON(t.Context(), get("/x"), nil); err != nil {
			t.Fatal(err)
		}
		if s.t.Refresh.Reveal() != "refresh-1" || s.t.Access.Reveal() != "access-1" || !s.t.Expiry.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("saved %s, %s until %v", s.t.Refresh.Reveal(), s.t.Access.Reveal(), s.t.Expiry)
		}
	})
}

func TestTokensThatCannotBeSavedAreNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "refresh-0"}, &shelf{fails: errors.New("disk full")}
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
		if _, err := r.JSON(t.Context(), post("/x"), nil); err != nil || o.grants != 1 || s.t.Refresh.Reveal() != "refresh-1" {
			t.Errorf("%v, %d refreshes", err, o.grants)
		}
	})
}

func TestManyRefusedAtOnceRefreshOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{refresh: "refresh-0"}
		s := &shelf{t: Tokens{Access: "revoked-long-ago", Refresh: "refresh-0", Expiry: time.Now().Add(time.Hour)}}
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
		o, s := &office{refresh: "refresh-0"}, &shelf{}
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

// Two processes that share a store: the one that comes second finds its refresh token void, and the new one in the store.
func TestTwoProcessesOnOneStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "refresh-0"}, &shelf{}
		racing := &racingStore{shelf: s}
		first, second := newRig(t, o.options(s), o.answer), newRig(t, o.options(s), o.answer)
		second.tokens = mustRefresh(t, second.Client, racing)
		racing.before = func() { // the first refreshes between the second's look into the store and its call
			if _, err := first.JSON(t.Context(), get("/x"), nil); err != nil {
				t.Error(err)
			}
		}
		if _, err := second.JSON(t.Context(), get("/x"), nil); err != nil {
			t.Fatal(err)
		}
		if o.grants != 2 || o.served != 2 || o.n != 1 {
			t.Errorf("%d token calls, %d issued, %d served", o.grants, o.n, o.served)
		}
	})
}

// The other process may have used the refresh token up, and not have saved the next yet.
func TestOtherProcessSavesALittleLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "refresh-1", access: "access-1"}, &shelf{t: Tokens{Refresh: "refresh-0"}}
		r := newRig(t, o.options(s), o.answer)
		r.options.RefreshToken = ""
		time.AfterFunc(time.Second, func() {
			_ = s.Save(context.Background(), Tokens{Access: "access-1", Refresh: "refresh-1", Expiry: time.Now().Add(time.Hour)})
		})
		r.tokens = mustRefresh(t, r.Client, s)
		if _, err := r.JSON(t.Context(), get("/x"), nil); err != nil || o.grants != 1 {
			t.Errorf("%v after %d token calls", err, o.grants)
		}
	})
}

func mustRefresh(t *testing.T, c *Client, s TokenStore) TokenSource {
	t.Helper()
	c.options.Store = s
	src, err := Refreshed(c, portalURL+"/oauth2/token")
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// racingStore lets another process act right after its second Load.
type racingStore struct {
	*shelf
	loads  int
	before func()
}

func (r *racingStore) Load(ctx context.Context) (Tokens, error) {
	t, err := r.shelf.Load(ctx)
	if r.loads++; r.loads == 2 {
		r.before()
	}
	return t, err
}

func TestVoidRefreshTokenNeedsAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &office{refresh: "another"}, &shelf{t: Tokens{Refresh: "refresh-void"}}
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
		o, s := &office{refresh: "seed-new"}, &shelf{t: Tokens{Refresh: "refresh-void"}}
		r := newRig(t, o.options(s), o.answer)
		if _, err := r.JSON(t.Context(), get("/x"), nil); err != nil || s.t.Refresh.Reveal() != "refresh-1" {
			t.Errorf("%v; saved %s", err, s.t.Refresh.Reveal())
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
		o, s := &office{refresh: "refresh-0"}, &shelf{}
		r := newRig(t, o.options(s), func(n int, req *http.Request) (*http.Response, error) {
			return answer(503, `{"access_token":"leak-me-not"}`), nil
		})
		_, err := r.JSON(t.Context(), get("/x"), nil)
		if e := asError(t, err); e.Code != remote.Unavailable || r.sent() != 1 || strings.Contains(err.Error(), "leak-me-not") {
			t.Errorf("got %v after %d calls", e, r.sent())
		}
	})
}
