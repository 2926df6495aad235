package state

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// childRefresh exchanges a token whose number must be the next one: a token used twice would show.
func childRefresh(path string) {
	a, err := OpenAccount(path, Options{})
	for range 20 {
		if err == nil {
			_, err = a.WithTokens(context.Background(), nextToken)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func nextToken(old Tokens) (Tokens, error) {
	n, err := strconv.Atoi(old.Refresh)
	return Tokens{Access: "a", Refresh: strconv.Itoa(n + 1)}, err
}

func openAccount(t *testing.T) *Account {
	t.Helper()
	a, err := OpenAccount(filepath.Join(t.TempDir(), "office.db"), Options{LockWait: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func setTokens(t *testing.T, a *Account, tokens Tokens) {
	t.Helper()
	if _, err := a.WithTokens(t.Context(), func(Tokens) (Tokens, error) { return tokens, nil }); err != nil {
		t.Fatal(err)
	}
}

// TestATokenIsExchangedOnceAmongProcesses: three processes and four goroutines refresh at once; each gets the token of the one before.
func TestATokenIsExchangedOnceAmongProcesses(t *testing.T) {
	a := openAccount(t)
	setTokens(t, a, Tokens{Refresh: "0"})
	var g errgroup.Group
	for range 3 {
		cmd := child(t, "refresh", a.path)
		g.Go(cmd.Run)
	}
	for range 4 {
		g.Go(func() error {
			_, err := a.WithTokens(t.Context(), nextToken)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := must(a.Tokens()); got.Refresh != "64" {
		t.Errorf("after 64 exchanges the token is %q", got.Refresh)
	}
}

func TestAFailedExchangeWritesNothing(t *testing.T) {
	a := openAccount(t)
	setTokens(t, a, Tokens{Refresh: "1"})
	errDown := errors.New("down")
	_, err := a.WithTokens(t.Context(), func(Tokens) (Tokens, error) { return Tokens{Refresh: "2"}, errDown })
	if got := must(a.Tokens()); !errors.Is(err, errDown) || got.Refresh != "1" {
		t.Errorf("%v, token %q", err, got.Refresh)
	}
}

func TestWaitingForAnExchangeEndsWithItsContext(t *testing.T) {
	a := openAccount(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	errStop := errors.New("stop")
	_, err := a.WithTokens(t.Context(), func(Tokens) (Tokens, error) {
		cancel(errStop)
		_, err := a.WithTokens(ctx, nextToken)
		return Tokens{}, err
	})
	if !errors.Is(err, errStop) {
		t.Errorf("wait: %v", err)
	}
}

// TestTokensPrintNothing: no way of printing shows them.
func TestTokensPrintNothing(t *testing.T) {
	tokens := Tokens{Access: "sesame", Refresh: "open", Expires: noon()}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "tokens", tokens)
	if strings.Contains(log.String(), "sesame") {
		t.Errorf("a log says %s", &log)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, v := range []any{tokens, &tokens, []Tokens{tokens}, struct{ T Tokens }{tokens}} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "sesame") || strings.Contains(text, fmt.Sprintf("%x", "sesame")) {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
}

func TestAnAccountRemembers(t *testing.T) {
	a := openAccount(t)
	err := errors.Join(a.Pin(Identity{ID: "42", Login: "j@example.com"}), a.SetTrash(false),
		a.SetBudgets(map[string]Budget{"calls": {PerMinute: 60, Left: 12, Until: noon()}}), a.SetCursor("events", "c-1"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenAccount(a.path, Options{})
	if err != nil || b.Fresh() != (Fresh{}) {
		t.Fatalf("open again: %v, %+v", err, b.Fresh())
	}
	if id, ok, err := b.Identity(); id.ID != "42" || id.Pinned.IsZero() || !ok || err != nil {
		t.Errorf("identity: %+v, %v, %v", id, ok, err)
	}
	if has, known, err := b.Trash(); has || !known || err != nil {
		t.Errorf("trash: %v, %v, %v", has, known, err)
	}
	if got, ok, err := b.Budget("calls"); got.Left != 12 || got.PerMinute != 60 || got.Noted.IsZero() || !got.Until.Equal(noon()) || !ok || err != nil {
		t.Errorf("budget: %+v, %v, %v", got, ok, err)
	}
	if got, err := b.Cursor("events"); got != "c-1" || err != nil {
		t.Errorf("cursor: %q, %v", got, err)
	}
	if _, ok, err := b.Budget("uploads"); ok || err != nil {
		t.Errorf("a budget nobody noted: %v, %v", ok, err)
	}
}

func TestADamagedAccountIsSetAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "office.db")
	if err := os.WriteFile(path, make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := OpenAccount(path, Options{})
	if err != nil || a.Fresh().Aside == "" {
		t.Fatalf("open: %v, %+v", err, a.Fresh())
	}
	setTokens(t, a, Tokens{Access: "x"})
	if got := must(a.Tokens()); got.Access != "x" {
		t.Errorf("token %q", got.Access)
	}
}

// TestAnInstallationHasOneID, however many processes ask for it first.
func TestAnInstallationHasOneID(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var mu sync.Mutex
	ids := map[string]bool{}
	var g errgroup.Group
	for range 8 {
		g.Go(func() error {
			id, err := Installation(dir)
			mu.Lock()
			defer mu.Unlock()
			ids[id] = true
			return err
		})
	}
	if err := g.Wait(); err != nil || len(ids) != 1 {
		t.Errorf("%v: ids %v", err, ids)
	}
	path := filepath.Join(dir, "installation")
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if id, err := Installation(dir); err == nil {
		t.Errorf("nonsense was taken for id %q", id)
	}
}
