package filesro

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"

	"dossier/remote"
	"dossier/remote/rest"
)

// logIn exchanges e-mail and password for a token of our own, which can be told from others in the portal's settings, and be
// revoked there. The password is never kept. How often that may be tried is for rest.Exchanged to say.
func (d *Driver) logIn(c *rest.Client) func(context.Context, rest.Tokens) (rest.Tokens, error) {
	return func(ctx context.Context, _ rest.Tokens) (rest.Tokens, error) {
		l := &login{d: d, c: c}
		session, err := l.session(ctx)
		if err != nil {
			return rest.Tokens{}, err
		}
		token, err := l.named(ctx, session)
		if err != nil {
			return rest.Tokens{}, err
		}
		l.end(ctx, session, token)
		return rest.Tokens{Access: token}, nil
	}
}

// login is one exchange.
type login struct {
	d *Driver
	c *rest.Client
}

// session is a token for the portal's own pages.
func (l *login) session(ctx context.Context) (rest.Secret, error) {
	o := l.d.options
	var answer struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Data    struct {
			Token rest.Secret `json:"token"`
		} `json:"data"`
	}
	err := l.ask(ctx, "", http.MethodPost, pathLogin, map[string]string{"email": o.Email, "password": o.Password.Reveal()}, &answer)
	token := answer.Data.Token
	l.c.Conceal(token)
	switch {
	case err != nil:
		return "", plainly(err)
	case answer.Type == "error":
		return "", &remote.Error{Op: "sign in", Code: remote.SignIn, Err: errors.New("the portal does not let this account in: has its e-mail address been confirmed?")}
	case token == "":
		return "", corrupt("sign in", "an answer without a token")
	}
	return token, nil
}

// plainly says in plain words why a log-in was refused. (§2)
func plainly(err error) error {
	e, ok := errors.AsType[*remote.Error](err)
	if !ok || e.Code != remote.SignIn {
		return err
	}
	switch e.Status {
	case http.StatusNotFound:
		e.Err = errors.New("the portal knows no account with this e-mail address")
	case http.StatusUnprocessableEntity:
		e.Err = errors.New("the portal does not accept this e-mail address and password")
	}
	return e
}

// named makes a token under our own name.
func (l *login) named(ctx context.Context, session rest.Secret) (rest.Secret, error) {
	var answer struct {
		Token rest.Secret `json:"plainTextToken"`
	}
	err := l.ask(ctx, session, http.MethodPost, pathTokens, map[string]string{"name": tokenLabel()}, &answer)
	l.c.Conceal(answer.Token)
	if err == nil && answer.Token == "" {
		err = corrupt("sign in", "an answer without a token")
	}
	return answer.Token, err
}

// tokenLabel is what the token is called in the account's settings.
func tokenLabel() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "an unnamed machine"
	}
	return "dossier on " + host
}

// end revokes the session's token, which would be good for ever. Its number is the part before the bar. Whether that succeeds
// changes nothing for us.
func (l *login) end(ctx context.Context, session, token rest.Secret) {
	id, _, ok := strings.Cut(session.Reveal(), "|")
	if ok && id != "" && strings.Trim(id, "0123456789") == "" {
		_ = l.ask(ctx, token, http.MethodDelete, pathTokens+"/"+id, nil, nil)
	}
}

// ask sends a call with a token that is not the account's yet; empty: with none.
func (l *login) ask(ctx context.Context, token rest.Secret, method, path string, body, out any) error {
	call := dressed(rest.Call{Op: "sign in", Method: method, URL: l.d.api(path), Write: true})
	if token != "" {
		call.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	if body != nil {
		call.Body = rest.JSONBody(body)
	}
	resp, err := l.c.JSON(ctx, call, out)
	if err == nil && out != nil && !isJSON(resp.Header) {
		err = corrupt("sign in", "the answer does not say that it is JSON")
	}
	return err
}
