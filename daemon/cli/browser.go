package cli

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"dossier/config"
	"dossier/daemon"
)

// browserOptions are for a sign-in that a person agrees to in his browser.
type browserOptions struct {
	use      bool
	redirect string // where the portal sends the browser afterwards: an address of this computer
}

// defaultRedirect is an address that nobody else is likely to listen on. The application must be registered with it.
const defaultRedirect = "http://127.0.0.1:41414/"

// agreement is how long a person may take to agree.
const agreement = 10 * time.Minute

// browse has a person agree in his browser, and returns the refresh token that comes of it.
func (a *app) browse(ctx context.Context, cfg *config.Config, p config.Portal, given map[string]string, redirect string) (string, error) {
	c, can, err := daemon.OpenConsent(ctx, daemon.AskOptions{Config: cfg, Portal: p.Name, Drivers: a.drivers, Given: given, Log: a.log()})
	if err != nil {
		return "", err
	}
	if !can {
		return "", errNoBrowser(p.Name)
	}
	defer c.Close() // connections only
	ctx, cancel := context.WithTimeoutCause(ctx, agreement, errors.New("nobody agreed in time"))
	defer cancel()
	code, err := agreed(ctx, redirect, func(state string) {
		fmt.Fprintf(a.Err, "Open this address in a browser on this computer, and agree:\n\n  %s\n\nThe application must be registered with the redirect %s.\n", c.Page(redirect, state), redirect)
	})
	if err != nil {
		return "", err
	}
	token, err := c.Redeem(ctx, code, redirect)
	if err != nil {
		return "", refused(p.Name, err)
	}
	return token, nil
}

func errNoBrowser(portal string) error {
	return usagef("portal %q has no sign-in with a browser: that takes client_id, client_secret and a token in its section, and a portal that knows it", portal)
}

// agreed waits at an address of this computer for the browser that comes back from the portal, and returns the code that it brings.
// ready is told the state by which the browser is known, as soon as somebody listens.
func agreed(ctx context.Context, redirect string, ready func(state string)) (code string, err error) {
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || !ownHost(u.Hostname()) || u.Port() == "" || u.RawQuery != "" {
		return "", usagef("--redirect %q: write an address of this computer with a port, such as %s", redirect, defaultRedirect)
	}
	l, err := net.Listen("tcp", u.Host)
	if err != nil {
		return "", fmt.Errorf("wait for the browser: %w; name another address with --redirect", err)
	}
	back := &comeback{path: orElse(u.Path, "/"), state: rand.Text(), came: make(chan cameBack, 1)}
	s := &http.Server{Handler: back, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	served := make(chan struct{})
	go func() {
		_ = s.Serve(l) // ends with Shutdown
		close(served)
	}()
	defer func() {
		err = errors.Join(err, s.Shutdown(context.WithoutCancel(ctx)))
		<-served
	}()
	ready(back.state)
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case c := <-back.came:
		return c.code, c.err
	}
}

func ownHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// comeback answers the browser. Whoever does not know the state is sent away, and changes nothing.
type comeback struct {
	path, state string
	came        chan cameBack
}

type cameBack struct {
	code string
	err  error
}

func (b *comeback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	known := subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(b.state)) == 1
	if r.Method != http.MethodGet || r.URL.Path != b.path || !known {
		http.Error(w, "This is not the sign-in that dossier waits for.", http.StatusBadRequest)
		return
	}
	c := cameBack{code: q.Get("code")}
	text := "You are signed in. Close this page, and go back to dossier."
	if c.code == "" {
		c.err = &codeError{daemon.ExitSignIn, fmt.Errorf("the portal did not let us in: %s", plain(clip(orElse(q.Get("error"), "no code came back"), 100)))}
		text = "You are not signed in. Close this page, and go back to dossier."
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Referrer-Policy", "no-referrer")
	fmt.Fprintln(w, text)
	select {
	case b.came <- c:
	default: // it came twice
	}
}
