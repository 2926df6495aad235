package backofficeapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

const (
	tokensBucket = "backoffice/tokens"
	refreshLife  = 7 * 24 * time.Hour
)

// grant is what stands behind a token.
type grant struct {
	Email   string    `json:"email"`
	Session string    `json:"session"` // all its tokens end together
	Refresh bool      `json:"refresh,omitempty"`
	Expires time.Time `json:"expires"`
}

// tokenBody is a token as the API gives it.
type tokenBody struct {
	Token     string `json:"token"`
	CreatedAt string `json:"createdAt"`
	ExpiresAt string `json:"expiresAt"`
}

// signedInBody is the answer to a sign-in.
type signedInBody struct {
	TwoFactor bool `json:"2faRequired"`
	tokensBody
}

type tokensBody struct {
	Access  tokenBody  `json:"accessToken"`
	Refresh *tokenBody `json:"refreshToken,omitempty"`
}

// stamp writes a time as the API does: ISO 8601 with an offset.
func (a *API) stamp(t time.Time) string {
	zone := time.UTC
	if a.has("bo-dates-zone") {
		zone = time.FixedZone("", 3*60*60)
	}
	return t.In(zone).Format("2006-01-02T15:04:05-07:00")
}

func (a *API) issue(tx *store.Tx, g grant, life time.Duration) tokenBody {
	g.Expires = tx.Now.Add(life)
	token := a.opts.Random.Text(40)
	raw, _ := json.Marshal(g)
	tx.SetDoc(tokensBucket, token, raw)
	return tokenBody{token, a.stamp(tx.Now), a.stamp(g.Expires)}
}

func (a *API) issueAccess(tx *store.Tx, email, session string) tokenBody {
	life := a.opts.TokenLife
	if a.has("bo-short-tokens") {
		life = time.Minute
	}
	return a.issue(tx, grant{Email: email, Session: session}, life)
}

func (a *API) issueRefresh(tx *store.Tx, email, session string) *tokenBody {
	body := a.issue(tx, grant{Email: email, Session: session, Refresh: true}, refreshLife)
	return &body
}

// begin begins a session.
func (a *API) begin(tx *store.Tx, email string) signedInBody {
	session := a.opts.Random.Text(16)
	return signedInBody{tokensBody: tokensBody{a.issueAccess(tx, email, session), a.issueRefresh(tx, email, session)}}
}

func grantOf(v store.View, token string) (g grant, known bool) {
	raw := v.Doc(tokensBucket, token)
	return g, raw != nil && json.Unmarshal(raw, &g) == nil
}

// bearer is the token of the Authorization header, empty if there is none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// authorize finds the account that a call is made for.
func (a *API) authorize(r *http.Request) (who account, err error) {
	token := bearer(r)
	var g grant
	var known bool
	a.store.View(func(v store.View) {
		if g, known = grantOf(v, token); known {
			who, known = accountOf(v, g.Email)
		}
	})
	switch {
	case token == "":
		return who, unauthorized("No access token")
	case !known || g.Refresh:
		return who, unauthorized("The access token is not valid")
	case !a.opts.Clock().Before(g.Expires):
		return who, expired
	}
	return who, nil
}
