package rest

import (
	"bytes"
	"context"
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
