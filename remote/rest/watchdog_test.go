package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
)

// drip is a body that gives a byte now and then, and then nothing any more.
type drip struct {
	ctx   context.Context
	every time.Duration
	left  int
	hang  bool
}

func (d *drip) Read(p []byte) (int, error) {
	if d.left == 0 && !d.hang {
		return 0, io.EOF
	}
	wait := d.every
	if d.left == 0 {
		wait = time.Hour
	}
	if err := Sleep(d.ctx, wait); err != nil {
		return 0, err
	}
	d.left--
	p[0] = '0'
	return 1, nil
}

func (d *drip) Close() error { return nil }

// A transfer is given up when nothing moves, never because it takes long.
func TestStalledDownloadEndsAndSlowOneDoesNot(t *testing.T) {
	for name, c := range map[string]struct {
		hang bool
		took time.Duration
	}{
		"slow":    {hang: false, took: 100 * 50 * time.Second},
		"stalled": {hang: true, took: 100*50*time.Second + time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Options{}, func(_ int, req *http.Request) (*http.Response, error) {
					resp := answer(200, ``)
					resp.ContentLength = -1
					resp.Body = &drip{ctx: req.Context(), every: 50 * time.Second, left: 100, hang: c.hang}
					return resp, nil
				})
				began := time.Now()
				resp, err := r.Do(t.Context(), get("/x"))
				if err != nil {
					t.Fatal(err)
				}
				n, err := io.Copy(io.Discard, Exact(resp.Body, 100+b2i(c.hang)))
				_ = resp.Body.Close()
				if n != 100 || time.Since(began) != c.took || (remote.CodeOf(err) == remote.Unavailable) != c.hang {
					t.Errorf("%d bytes in %v: %v", n, time.Since(began), err)
				}
			})
		})
	}
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func TestStalledUploadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{Stall: 20 * time.Second}, func(_ int, req *http.Request) (*http.Response, error) {
			_, _ = io.CopyN(io.Discard, req.Body, 3)
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		began := time.Now()
		call := post("/x")
		call.Body = &Body{Length: 6, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte("abcdef"))), nil }}
		_, err := r.JSON(t.Context(), call, nil)
		e := asError(t, err)
		if e.Code != remote.Unavailable || e.Outcome != remote.MaybeDone || time.Since(began) != 20*time.Second || r.sent() != 1 {
			t.Errorf("after %v: %v", time.Since(began), e)
		}
	})
}

func TestAnswerThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{Attempts: 2, Jitter: func() float64 { return 0 }}, func(_ int, req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		began := time.Now()
		_, err := r.JSON(t.Context(), get("/x"), nil)
		if e := asError(t, err); e.Code != remote.Unavailable || r.sent() != 2 || time.Since(began) != 2*defaultStall+shortestBackoff/2 {
			t.Errorf("after %v and %d attempts: %v", time.Since(began), r.sent(), e)
		}
	})
}

func TestCallMayAskForMorePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(_ int, req *http.Request) (*http.Response, error) {
			if err := Sleep(req.Context(), 10*time.Minute); err != nil {
				return nil, err
			}
			return answer(200, `{}`), nil
		})
		call := post("/move")
		call.Silence = 11 * time.Minute
		if _, err := r.JSON(t.Context(), call, nil); err != nil {
			t.Error(err)
		}
	})
}

// Who is slow himself, in reading what has come or in his own file, is not cut off.
func TestOurOwnSlownessIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(_ int, req *http.Request) (*http.Response, error) {
			if _, err := io.ReadAll(req.Body); err != nil {
				return nil, err
			}
			if err := req.Context().Err(); err != nil {
				return nil, err
			}
			resp := answer(200, `0123456789`)
			resp.Body = &drip{ctx: req.Context(), every: time.Second, left: 10}
			return resp, nil
		})
		call := post("/x")
		call.Body = &Body{Length: 3, Open: func() (io.ReadCloser, error) {
			return &drip{ctx: t.Context(), every: time.Hour, left: 3}, nil
		}}
		resp, err := r.Do(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		for range 10 {
			if _, err := resp.Body.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			_ = Sleep(t.Context(), time.Hour)
		}
	})
}

func TestCancelledDownloadSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("the service stops")
		ctx, cancel := context.WithCancelCause(t.Context())
		r := newRig(t, Options{}, func(_ int, req *http.Request) (*http.Response, error) {
			resp := answer(200, `00000`)
			resp.Body = &drip{ctx: req.Context(), every: time.Second, left: 5}
			return resp, nil
		})
		resp, err := r.Do(ctx, get("/x"))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		time.AfterFunc(2500*time.Millisecond, func() { cancel(why) })
		n, err := io.Copy(io.Discard, Exact(resp.Body, 5))
		if n != 2 || !errors.Is(err, why) || !errors.Is(err, context.Canceled) {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

// A body that is here already, or comes faster than a transport notices, is not read on either.
func TestACancelledDownloadGivesNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) {
			resp := answer(200, "0123456789")
			resp.ContentLength = -1
			return resp, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := r.Do(ctx, get("/x"))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.ReadFull(resp.Body, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		cancel()
		if n, err := io.Copy(io.Discard, resp.Body); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("after cancel came %d bytes, and %v", n, err)
		}
	})
}
