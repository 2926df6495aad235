package notice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"dossier/config"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "tell" {
		tell()
		return
	}
	goleak.VerifyTestMain(m)
}

// tell is the command of a test: it writes what it was given into the file that it is told.
func tell() {
	if os.Args[2] == "hang" {
		select {}
	}
	input, _ := io.ReadAll(os.Stdin)
	text := string(input) + "\n" + strings.Join(os.Args[3:], "|") + "\n" + strings.Join(os.Environ(), "\n")
	if err := os.WriteFile(os.Args[2], []byte(text), 0o600); err != nil {
		os.Exit(1)
	}
}

// slow is a way that waits for its context, or to be let go.
type slow struct {
	sent chan Notice
	open chan struct{}
}

func (slow) name() string { return "slow" }

func (s slow) send(ctx context.Context, n Notice) error {
	select {
	case <-s.open:
		s.sent <- n
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func newSlow() slow { return slow{make(chan Notice, 100), make(chan struct{})} }

func TestSendNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs, works := newSlow(), newSlow()
		close(works.open)
		var log bytes.Buffer
		s := start(slog.New(slog.NewTextHandler(&log, nil)), hangs, works)
		for range queued {
			s.Send(Notice{Kind: Halted, Title: "one"})
			synctest.Wait()
		}
		if len(works.sent) != queued {
			t.Errorf("the way that works has sent %d, want %d", len(works.sent), queued)
		}
		for range 3 {
			s.Send(Notice{Title: "more"})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if s.Close(ctx); time.Since(began) > time.Second {
			t.Errorf("closed after %s, though its context ended after 1s", time.Since(began))
		}
		if n := strings.Count(log.String(), "the oldest was dropped"); n != 2 {
			t.Errorf("%d were dropped, want 2: one was under way\n%s", n, log.String())
		}
	})
}

func TestCloseSendsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSlow()
		s := start(slog.New(slog.DiscardHandler), w)
		s.Send(Notice{Title: "one"})
		s.Send(Notice{Title: "two"})
		close(w.open)
		s.Close(t.Context())
		if len(w.sent) != 2 {
			t.Errorf("%d were sent, want 2", len(w.sent))
		}
	})
}

func hook(t *testing.T, handler http.HandlerFunc) webhook {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	t.Setenv("HOOK_SECRET", "s3cret-of-the-hook")
	secret, err := config.ParseSecret("env:HOOK_SECRET")
	if err != nil {
		t.Fatal(err)
	}
	w := newWebhook(config.Notices{Webhook: server.URL + "/services/pErMiSsIoN", WebhookSecret: secret})
	w.client.RetryWaitMin, w.client.RetryWaitMax = time.Millisecond, time.Millisecond
	return w
}

func TestAWebhookIsTriedAgainAndGetsTheNotice(t *testing.T) {
	var calls atomic.Int32
	got := make(chan Notice, 1)
	w := hook(t, func(rw http.ResponseWriter, r *http.Request) {
		if calls.Add(1) < 3 {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		var n Notice
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil || r.Method != http.MethodPost ||
			r.Header.Get("Authorization") != "Bearer s3cret-of-the-hook" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("got %v %s %v", err, r.Method, r.Header)
		}
		got <- n
	})
	if err := w.send(t.Context(), Notice{Kind: Halted, Client: "Jansen", Title: "Jansen is halted"}); err != nil {
		t.Fatal(err)
	}
	if n := <-got; n.Kind != Halted || n.Client != "Jansen" {
		t.Errorf("got %+v", n)
	}
}

func TestAWebhookThatFailsSaysNothingSecret(t *testing.T) {
	var elsewhere atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Store(true) }))
	t.Cleanup(other.Close)
	for name, answer := range map[string]http.HandlerFunc{
		"a refusal": func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusForbidden) },
		"a redirect": func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, other.URL, http.StatusTemporaryRedirect)
		},
		"a cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			err := hook(t, answer).send(t.Context(), Notice{})
			if err == nil || strings.Contains(err.Error(), "pErMiSsIoN") || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error: %v", err)
			}
		})
	}
	if elsewhere.Load() {
		t.Error("a redirect was followed")
	}
}

func TestACommandGetsTheNoticeAndNoSecret(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOOK_SECRET", "s3cret")
	out := t.TempDir() + "/out"
	c := command{argv: []string{self, "tell", out, "$(id)", "; id"}, limit: time.Minute}
	if err := c.send(t.Context(), Notice{Kind: Halted, Client: "Jan\x00sen", Title: "it's halted", Next: "Run `dossier approve 7f3a91c2`."}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"kind":"halted"`, "$(id)|; id", "DOSSIER_NOTICE_TITLE=it's halted", "DOSSIER_NOTICE_CLIENT=Jan\ufffdsen", "DOSSIER_NOTICE_NEXT=Run `dossier approve 7f3a91c2`."} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%q is not in what the command got:\n%s", want, data)
		}
	}
	if strings.Contains(string(data), "s3cret") {
		t.Error("the command got a variable with a secret")
	}
}

func TestACommandThatHangsIsEnded(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	err = command{argv: []string{self, "tell", "hang"}, limit: 50 * time.Millisecond}.send(t.Context(), Notice{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error: %v, want that its time is over", err)
	}
}
