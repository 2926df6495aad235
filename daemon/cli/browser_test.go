package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
)

// free is an address of this computer that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String() + "/back"
}

func visit(t *testing.T, address string) (status int, text string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// Only the browser that brings our state is believed; others are sent away, and the wait goes on.
func TestTheBrowserThatComesBackIsKnownByItsState(t *testing.T) {
	redirect := free(t)
	code, err := agreed(t.Context(), redirect, func(state string) {
		for _, stranger := range []string{redirect, redirect + "?code=evil", redirect + "?code=evil&state=guess", strings.TrimSuffix(redirect, "back") + "?code=evil&state=" + state} {
			if status, _ := visit(t, stranger); status != http.StatusBadRequest {
				t.Errorf("%s: status %d", stranger, status)
			}
		}
		if status, text := visit(t, redirect+"?"+url.Values{"code": {"good"}, "state": {state}}.Encode()); status != http.StatusOK || strings.Contains(text, "good") {
			t.Errorf("status %d: %s", status, text)
		}
	})
	if code != "good" || err != nil {
		t.Errorf("%q, %v", code, err)
	}
}

func TestARefusalOnThePageIsToldAsOne(t *testing.T) {
	redirect := free(t)
	_, err := agreed(t.Context(), redirect, func(state string) {
		visit(t, redirect+"?error=access_denied&state="+state)
	})
	if err == nil || !strings.Contains(err.Error(), "access_denied") || exitOf(t.Context(), err) != daemon.ExitSignIn {
		t.Errorf("%v", err)
	}
}

func TestTheWaitForABrowserEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	late := errors.New("late")
	if _, err := agreed(ctx, free(t), func(string) { cancel(late) }); !errors.Is(err, late) {
		t.Errorf("it ended with %v", err)
	}
}

func TestOnlyAnAddressOfThisComputerIsListenedOn(t *testing.T) {
	for _, redirect := range []string{"https://127.0.0.1:1/", "http://0.0.0.0:41414/", "http://192.0.2.1:41414/", "http://office.example:41414/", "http://127.0.0.1/", "x", "http://127.0.0.1:41414/?a=b"} {
		if _, err := agreed(t.Context(), redirect, func(string) { t.Errorf("%s was listened on", redirect) }); exitOf(t.Context(), &workError{err}) != daemon.ExitUsage {
			t.Errorf("%s: %v", redirect, err)
		}
	}
}

// consenting is a portal whose page is agreed to at once, by a browser that goes where it is sent.
type consenting struct {
	*remotetest.Memory
	t    *testing.T
	code string // that the browser brings
}

func (c consenting) Consent(redirect, state string) string {
	visit(c.t, redirect+"?"+url.Values{"code": {c.code}, "state": {state}}.Encode())
	return "https://portal.example/agree"
}

func (c consenting) Redeem(_ context.Context, code rest.Secret, _ string) (rest.Tokens, error) {
	if code.Reveal() != "good" {
		return rest.Tokens{}, &remote.Error{Op: "sign in", Code: remote.SignIn}
	}
	return rest.Tokens{Refresh: "refresh-s3cret"}, nil
}

// login --browser stores the refresh token that comes of the page, and says nothing secret.
func TestARefreshTokenComesOfThePage(t *testing.T) {
	for code, want := range map[string]int{"good": daemon.ExitInStep, "bad": daemon.ExitSignIn} {
		dir := t.TempDir()
		path, token := filepath.Join(dir, "dossier.toml"), filepath.Join(dir, "token.secret")
		text := fmt.Sprintf("state = %q\n[portal.p]\nkind = \"box\"\nclient_id = \"app\"\nclient_secret = %q\ntoken = %q\n",
			filepath.ToSlash(filepath.Join(dir, "state")), "file:"+filepath.ToSlash(filepath.Join(dir, "app.secret")), "file:"+filepath.ToSlash(token))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		exit := Main(t.Context(), []string{"-c", path, "login", "p", "--browser", "--redirect", free(t)},
			Streams{In: strings.NewReader("app-s3cret\n"), Out: &out, Err: &out},
			daemon.Drivers{config.Box: {Open: func(rest.Options) (remote.Driver, error) {
				return consenting{remotetest.NewMemory(remotetest.Full()), t, code}, nil
			}}})
		stored, _ := os.ReadFile(token)
		if exit != want || (string(stored) == "refresh-s3cret\n") != (want == 0) || strings.Contains(out.String(), "s3cret") {
			t.Errorf("%s: exit %d, stored %q:\n%s", code, exit, stored, out.String())
		}
	}
}
