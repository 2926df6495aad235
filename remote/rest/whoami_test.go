package rest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dossier/remote"
)

// renewing counts how often another token was asked for, and has one more.
type renewing struct{ token, next Secret }

func (r *renewing) Token(context.Context) (Secret, error) { return r.token, nil }

func (r *renewing) Renew(context.Context, Secret) (Secret, error) {
	if r.next == "" {
		return "", &remote.Error{Op: "sign in", Code: remote.SignIn}
	}
	r.token, r.next = r.next, ""
	return r.token, nil
}

// doubting is a client of a portal that refuses calls with 401 for several reasons.
func doubting(t *testing.T, tokens TokenSource, portal func(*http.Request) int) *Client {
	t.Helper()
	c, err := New(Options{URL: portalURL, Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		resp := answer(portal(r), `{"data":1}`)
		resp.Request = r
		return resp, nil
	}), Attempts: 1}, Portal{
		Trusted: func(u *url.URL) bool { return strings.HasPrefix(u.String(), portalURL+"/") },
		SignIn:  func(*Client) (TokenSource, error) { return tokens, nil },
		Whoami:  portalURL + "/me",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestA401WithAGoodTokenIsTheCallsOwn(t *testing.T) {
	tokens := &renewing{token: "tok-good-1234", next: "tok-other-1234"}
	c := doubting(t, tokens, func(r *http.Request) int {
		if r.URL.Path == "/me" {
			return 200
		}
		return 401
	})
	for _, call := range []Call{get("/x"), post("/x")} {
		_, err := c.JSON(t.Context(), call, nil)
		if e := asError(t, err); e.Code != remote.Denied || e.Status != 401 || e.Outcome != remote.NotDone {
			t.Errorf("%s: %v, want denied, not done", call.Method, err)
		}
	}
	if tokens.next == "" {
		t.Error("another token was asked for")
	}
	if got := c.Calls()["check token"]; got != 2 {
		t.Errorf("the token was checked %d times", got)
	}
}

func TestA401WithABadTokenSignsInAgain(t *testing.T) {
	tokens := &renewing{token: "tok-bad-12345", next: "tok-good-1234"}
	c := doubting(t, tokens, func(r *http.Request) int {
		if r.Header.Get("Authorization") == "Bearer tok-good-1234" {
			return 200
		}
		return 401
	})
	if _, err := c.JSON(t.Context(), post("/x"), nil); err != nil {
		t.Error(err)
	}
	tokens.token = "tok-bad-again"
	_, err := c.JSON(t.Context(), post("/x"), nil)
	if e := asError(t, err); e.Code != remote.SignIn || e.Outcome != remote.NotDone {
		t.Errorf("%v, want sign-in needed, not done", err)
	}
	if _, err = c.JSON(t.Context(), Call{Op: "account", Method: http.MethodGet, URL: portalURL + "/me"}, nil); remote.CodeOf(err) != remote.SignIn {
		t.Errorf("%v, want sign-in needed", err)
	}
}

// A token that was renewed may still be refused: for the call's own reason.
func TestA401AfterANewTokenIsLookedIntoAgain(t *testing.T) {
	c := doubting(t, &renewing{token: "tok-bad-12345", next: "tok-good-1234"}, func(r *http.Request) int {
		if r.URL.Path == "/me" && r.Header.Get("Authorization") == "Bearer tok-good-1234" {
			return 200
		}
		return 401
	})
	_, err := c.JSON(t.Context(), post("/x"), nil)
	if e := asError(t, err); e.Code != remote.Denied {
		t.Errorf("%v, want denied", err)
	}
}

// If the token cannot be checked, nothing is concluded from the 401, but that the call was not done.
func TestA401WhoseTokenCannotBeCheckedTellsNothing(t *testing.T) {
	tokens := &renewing{token: "tok-good-1234", next: "tok-other-1234"}
	c := doubting(t, tokens, func(r *http.Request) int {
		if r.URL.Path == "/me" {
			return 503
		}
		return 401
	})
	_, err := c.JSON(t.Context(), post("/x"), nil)
	if e := asError(t, err); e.Code != remote.Unavailable || e.Outcome != remote.NotDone || tokens.next == "" {
		t.Errorf("%v, want unavailable, not done, and no other token", err)
	}
}
