package boxapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

const refreshLife = 60 * 24 * time.Hour

// grant is what stands behind a token.
type grant struct {
	Account   string    `json:"account"`
	Developer bool      `json:"developer,omitempty"`
	Refresh   bool      `json:"refresh,omitempty"`
	Expires   time.Time `json:"expires,omitzero"`
	// Access is the access token that was given together with a refresh token.
	Access string `json:"access,omitempty"`
}

type app struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

func (a *API) app(tx *store.Tx) app {
	var known app
	if raw := tx.Doc(appBucket, "app"); raw != nil && json.Unmarshal(raw, &known) == nil {
		return known
	}
	known = app{ID: "client" + a.opts.Random.Text(26), Secret: "secret" + a.opts.Random.Text(26)}
	raw, _ := json.Marshal(known)
	tx.SetDoc(appBucket, "app", raw)
	return known
}

// issue makes a token for a grant.
func (a *API) issue(tx *store.Tx, g grant) string {
	token := "T" + a.opts.Random.Text(31)
	raw, _ := json.Marshal(g)
	tx.SetDoc(tokensBucket, token, raw)
	return token
}

func unauthorized(reason, description string) *problem {
	challenge := `Bearer realm="Service"`
	if reason != "" {
		challenge += `, error="` + reason + `", error_description="` + description + `"`
	}
	return &problem{status: 401, code: "unauthorized", message: "Unauthorized", header: map[string]string{"WWW-Authenticate": challenge}}
}

// authorize finds the account that a call is made for.
func (a *API) authorize(r *http.Request) (*Account, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, unauthorized("", "")
	}
	var raw json.RawMessage
	a.store.View(func(v store.View) { raw = v.Doc(tokensBucket, token) })
	var g grant
	if raw == nil || json.Unmarshal(raw, &g) != nil || g.Refresh {
		return nil, unauthorized("invalid_token", "The access token provided is invalid.")
	}
	if !g.Developer && !a.opts.Clock().Before(g.Expires) {
		return nil, unauthorized("expired_token", "The access token provided has expired.")
	}
	who := a.accountByID(g.Account)
	if as := r.Header.Get("As-User"); as != "" && as != who.ID {
		if who = a.asUser(who, as); who == nil {
			return nil, forbidden
		}
	}
	return who, nil
}

// unauthorizedAs gives a refused token the status that some of Box's descriptions have.
func (a *API) unauthorizedAs(err error) error {
	var p *problem
	if !a.has("bad-token-403") || !errors.As(err, &p) || p.status != http.StatusUnauthorized {
		return err
	}
	return &problem{status: http.StatusForbidden, code: "forbidden", message: p.message, header: p.header}
}

// asUser lets the service account, and nobody else, act for another.
func (a *API) asUser(who *Account, id string) *Account {
	if !who.Service {
		return nil
	}
	return a.accountByID(id)
}

// token answers POST /oauth2/token.
func (a *API) token(c *call) error {
	if err := c.r.ParseForm(); err != nil || c.r.PostForm.Get("grant_type") == "" {
		return a.oauthError(c, "invalid_request", "Invalid grant_type parameter or parameter missing")
	}
	form := c.r.PostForm
	var answer map[string]any
	var refusal [2]string
	err := a.store.Update(func(tx *store.Tx) error {
		if known := a.app(tx); form.Get("client_id") != known.ID || form.Get("client_secret") != known.Secret {
			refusal = [2]string{"invalid_client", "The client credentials are invalid"}
			return nil
		}
		switch form.Get("grant_type") {
		case "refresh_token":
			answer, refusal = a.refresh(tx, form.Get("refresh_token"))
		case "client_credentials":
			answer, refusal = a.clientCredentials(tx, form.Get("box_subject_type"), form.Get("box_subject_id"))
		default:
			refusal = [2]string{"unsupported_grant_type", "The grant type is not supported"}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if refusal[0] != "" {
		return a.oauthError(c, refusal[0], refusal[1])
	}
	c.w.Header().Set("Cache-Control", "no-store")
	return writeJSON(c.w, http.StatusOK, answer)
}

// oauthError has a shape of its own, not the one of ordinary calls.
func (a *API) oauthError(c *call, code, description string) error {
	return writeJSON(c.w, http.StatusBadRequest, map[string]string{"error": code, "error_description": description})
}

func (a *API) refresh(tx *store.Tx, token string) (answer map[string]any, refusal [2]string) {
	raw := tx.Doc(tokensBucket, token)
	var g grant
	if raw == nil || json.Unmarshal(raw, &g) != nil || !g.Refresh {
		return nil, [2]string{"invalid_grant", "Invalid refresh token"}
	}
	if !tx.Now.Before(g.Expires) {
		return nil, [2]string{"invalid_grant", "Refresh token has expired"}
	}
	if !a.has("refresh-reuse") {
		tx.SetDoc(tokensBucket, token, nil)
	}
	if g.Access != "" && a.has("refresh-ends-access") {
		tx.SetDoc(tokensBucket, g.Access, nil)
	}
	answer = a.access(tx, g.Account)
	next := grant{Account: g.Account, Refresh: true, Expires: tx.Now.Add(refreshLife), Access: answer["access_token"].(string)}
	answer["refresh_token"] = a.issue(tx, next)
	return answer, refusal
}

func (a *API) clientCredentials(tx *store.Tx, kind, id string) (answer map[string]any, refusal [2]string) {
	switch who := a.accountByID(id); {
	case kind == "enterprise" && id == enterpriseID:
		return a.access(tx, a.accountByKey(serviceAccount).ID), refusal
	case kind == "user" && who != nil:
		return a.access(tx, who.ID), refusal
	}
	return nil, [2]string{"invalid_grant", "Grant credentials are invalid"}
}

func (a *API) access(tx *store.Tx, account string) map[string]any {
	life := a.opts.TokenLife
	if a.has("short-tokens") {
		life = time.Minute
	}
	token := a.issue(tx, grant{Account: account, Expires: tx.Now.Add(life)})
	return map[string]any{"access_token": token, "expires_in": int(life.Seconds()), "token_type": "bearer", "restricted_to": []any{}}
}

// revoke answers POST /oauth2/revoke: the token, and what was given with it, is void.
func (a *API) revoke(c *call) error {
	if err := c.r.ParseForm(); err != nil {
		return a.oauthError(c, "invalid_request", "The form cannot be read")
	}
	form := c.r.PostForm
	ok := false
	err := a.store.Update(func(tx *store.Tx) error {
		known := a.app(tx)
		if ok = form.Get("client_id") == known.ID && form.Get("client_secret") == known.Secret; !ok {
			return nil
		}
		token := form.Get("token")
		tx.SetDoc(tokensBucket, token, nil)
		for other, raw := range tx.Docs(tokensBucket) {
			var g grant
			if json.Unmarshal(raw, &g) == nil && (g.Access == token || other == token && g.Access != "") {
				tx.SetDoc(tokensBucket, other, nil)
				tx.SetDoc(tokensBucket, g.Access, nil)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !ok {
		return a.oauthError(c, "invalid_client", "The client credentials are invalid")
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}
