package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
)

// A write is sent once, whatever happens to it, and its error says what is known of its effect (E4).
func TestWriteIsSentOnce(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	for name, c := range map[string]struct {
		resp    *http.Response
		err     error
		code    remote.Code
		outcome remote.Outcome
	}{
		"refused with a reason":        {resp: answer(400, `{}`), code: remote.Unknown, outcome: remote.NotDone},
		"refused for now":              {resp: answer(429, `{}`, "Retry-After", "3"), code: remote.Throttled, outcome: remote.NotDone},
		"revision has changed":         {resp: answer(412, `{}`), code: remote.Stale, outcome: remote.NotDone},
		"server in trouble":            {resp: answer(500, `{}`), code: remote.Unavailable, outcome: remote.MaybeDone},
		"server overloaded":            {resp: answer(503, `{}`, "Retry-After", "1"), code: remote.Unavailable, outcome: remote.MaybeDone},
		"gateway gave up":              {resp: answer(504, `<html>`), code: remote.Unavailable, outcome: remote.MaybeDone},
		"reply lost":                   {err: reset, code: remote.Unavailable, outcome: remote.MaybeDone},
		"reply cut":                    {resp: answer(201, `{"id":"1`), code: remote.Corrupt, outcome: remote.MaybeDone},
		"reply is a web page":          {resp: answer(200, `<html>`, "Content-Type", "text/html; charset=utf-8"), code: remote.Corrupt, outcome: remote.MaybeDone},
		"sent elsewhere":               {resp: answer(302, ``, "Location", "https://else.test/"), code: remote.Corrupt, outcome: remote.MaybeDone},
		"no connection":                {err: dial, code: remote.Unavailable, outcome: remote.NotDone},
		"transport says it never left": {err: fmt.Errorf("fault: %w", ErrNotSent), code: remote.Unavailable, outcome: remote.NotDone},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) { return c.resp, c.err })
				var out map[string]any
				_, err := r.JSON(t.Context(), post("/2.0/folders"), &out)
				e := asError(t, err)
				if e.Code != c.code || e.Outcome != c.outcome {
					t.Errorf("got %v, outcome %d; want %v, outcome %d", e, e.Outcome, c.code, c.outcome)
				}
				if n := r.sent(); n != 1 || r.Calls()["make"] != 1 {
					t.Errorf("sent %d times, counted %v; want once", n, r.Calls())
				}
			})
		})
	}
}

func TestReadIsRepeatedUntilItSucceeds(t *testing.T) {
	for name, bad := range map[string]func() (*http.Response, error){
		"500":             func() (*http.Response, error) { return answer(500, ``), nil },
		"503":             func() (*http.Response, error) { return answer(503, ``), nil },
		"429":             func() (*http.Response, error) { return answer(429, ``), nil },
		"connection lost": func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"answer cut":      func() (*http.Response, error) { return answer(200, `{"a":`), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Options{}, func(n int, _ *http.Request) (*http.Response, error) {
					if n < 4 {
						return bad()
					}
					return answer(200, `{"a":1}`), nil
				})
				var out map[string]any
				if _, err := r.JSON(t.Context(), get("/x"), &out); err != nil || len(out) != 1 {
					t.Fatalf("got %v, %v", out, err)
				}
				if n := r.Calls()["list"]; n != 4 {
					t.Errorf("counted %d calls, want 4", n)
				}
			})
		})
	}
}

func TestReadGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) { return answer(502, `{}`), nil })
		_, err := r.JSON(t.Context(), get("/x"), nil)
		e := asError(t, err)
		if e.Code != remote.Unavailable || e.Status != 502 || e.Outcome != remote.NotDone || r.sent() != defaultAttempts {
			t.Errorf("got %v after %d attempts", e, r.sent())
		}
	})
}

func TestReadIsNotRepeatedInVain(t *testing.T) {
	for name, resp := range map[string]*http.Response{
		"refused":    answer(403, `{}`),
		"gone":       answer(404, `{}`),
		"a web page": answer(200, `<html>`, "Content-Type", "text/html"),
		"elsewhere":  answer(307, ``, "Location", "https://else.test/"),
		"wait long":  answer(429, ``, "Retry-After", "3600"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) { return resp, nil })
				began := time.Now()
				var out any
				if _, err := r.JSON(t.Context(), get("/x"), &out); err == nil {
					t.Fatal("no error")
				}
				if r.sent() != 1 || time.Since(began) > 0 {
					t.Errorf("sent %d times in %v", r.sent(), time.Since(began))
				}
			})
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now()
		r := newRig(t, Options{}, func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return answer(503, ``, "Retry-After", "17"), nil
			}
			return answer(200, `{}`), nil
		})
		if _, err := r.JSON(t.Context(), get("/x"), nil); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(at); waited < 17*time.Second || waited > 18*time.Second {
			t.Errorf("waited %v, want 17 s and a little", waited)
		}
	})
}

func TestRetryAfterForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for v, want := range map[string]time.Duration{
			"": 0, "5": 5 * time.Second, "-1": 0, "0": 0, "1.5": 1500 * time.Millisecond, "soon": 0, "NaN": 0, "99999999999999999999": longestAfter,
			time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat):  90 * time.Second,
			time.Now().Add(-90 * time.Second).UTC().Format(http.TimeFormat): 0,
			time.Now().Add(1000 * time.Hour).UTC().Format(http.TimeFormat):  longestAfter,
		} {
			if got := RetryAfter(http.Header{"Retry-After": {v}}); got != want {
				t.Errorf("%q: got %v, want %v", v, got, want)
			}
		}
	})
}

func TestBackoffIsSpreadAndBounded(t *testing.T) {
	for _, jitter := range []float64{0, 0.999} {
		c := &Client{options: Options{Jitter: func() float64 { return jitter }}}
		last := time.Duration(0)
		for attempt := range 40 {
			d := c.backoff(shortestBackoff, longestBackoff, attempt, nil)
			if d < last || d > longestBackoff || d < shortestBackoff/2 {
				t.Fatalf("attempt %d: %v after %v", attempt, d, last)
			}
			last = d
		}
	}
}

func TestNothingIsSentAfterCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("the service stops")
		r := newRig(t, Options{}, func(n int, _ *http.Request) (*http.Response, error) {
			cancel(why)
			return answer(500, ``), nil
		})
		_, err := r.JSON(ctx, get("/x"), nil)
		if !errors.Is(err, why) || !errors.Is(err, context.Canceled) || r.sent() != 1 {
			t.Errorf("sent %d times: %v", r.sent(), err)
		}
		_, err = r.JSON(ctx, post("/x"), nil)
		if r.sent() != 1 || asError(t, err).Outcome != remote.NotDone {
			t.Errorf("sent %d times: %v", r.sent(), err)
		}
	})
}

// A write whose source cannot be read, or has become shorter, was not done: the portal never got it whole (E11).
func TestOwnFailureIsToldAsSuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(_ int, req *http.Request) (*http.Response, error) {
			if _, err := io.ReadAll(req.Body); err != nil {
				return nil, errors.New("transport: some words of its own")
			}
			return answer(200, `{}`), nil
		})
		call := post("/upload")
		call.Body = &Body{Length: 10, Open: func() (io.ReadCloser, error) {
			return Sent(text("short"), 0, 10, nil, nil)
		}}
		_, err := r.JSON(t.Context(), call, nil)
		if e := asError(t, err); e.Code != remote.Changed || e.Outcome != remote.NotDone {
			t.Errorf("got %v, outcome %d", e, e.Outcome)
		}
	})
}

// text is a source.
type text string

func (s text) Open(offset int64) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(string(s[offset:]))), nil
}
func (s text) Size() int64  { return int64(len(s)) }
func (s text) Check() error { return nil }
