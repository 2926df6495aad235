package mkpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

const (
	codeLife    = time.Minute
	refreshLife = 30 * 24 * time.Hour // with the quirk mkp-refresh-expires; else refresh tokens live for ever
)

// app is the one third-party app that is registered in the Developer portal.
type app struct {
	ID        string   `json:"id"`
	Secret    string   `json:"secret"`
	Signing   string   `json:"signing"` // key of the signatures of links
	Redirects []string `json:"redirects"`
}

func (a *API) app(tx *store.Tx) app {
	known, ok := readApp(tx.View)
	if !ok {
		known = app{ID: "app_" + a.opts.Random.Text(20), Secret: a.opts.Random.Text(40), Signing: a.opts.Random.Text(40)}
		known.save(tx)
	}
	return known
}

func readApp(v store.View) (known app, ok bool) {
	raw := v.Doc(appBucket, "app")
	return known, raw != nil && json.Unmarshal(raw, &known) == nil
}

func (known app) save(tx *store.Tx) {
	raw, _ := json.Marshal(known)
	tx.SetDoc(appBucket, "app", raw)
}

// RegisterRedirect registers an address that codes may be sent to. It is compared as a whole.
func (a *API) RegisterRedirect(uri string) error {
	return a.store.Update(func(tx *store.Tx) error {
		known := a.app(tx)
		known.Redirects = append(known.Redirects, uri)
		known.save(tx)
		return nil
	})
}

// authorizePage answers GET /oauth/authorize as if a person had signed in and consented. Only an app that is known, with an address
// that is registered, is sent anything.
func (a *API) authorizePage(c *call) error {
	q := c.r.URL.Query()
	var known app
	if err := a.store.Update(func(tx *store.Tx) error { known = a.app(tx); return nil }); err != nil {
		return err
	}
	if q.Get("client_id") != known.ID || !slices.Contains(known.Redirects, q.Get("redirect_uri")) {
		return &problem{http.StatusBadRequest, "Unknown client_id or redirect_uri."}
	}
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		return &problem{http.StatusBadRequest, "Unknown redirect_uri."}
	}
	answer, err := a.consent(q)
	if err != nil {
		return err
	}
	if state := q.Get("state"); state != "" {
		answer.Set("state", state)
	}
	back.RawQuery = answer.Encode()
	c.w.Header().Set("Location", back.String())
	c.w.WriteHeader(http.StatusFound)
	return nil
}

// consent is what the redirect tells the app.
func (a *API) consent(q url.Values) (url.Values, error) {
	refused := func(code, description string) (url.Values, error) {
		return url.Values{"error": {code}, "error_description": {description}}, nil
	}
	scopes := strings.Fields(q.Get("scope"))
	unknown := slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(allScopes, s) })
	switch {
	case q.Get("response_type") != "code":
		return refused("unsupported_response_type", "The response type is not supported.")
	case len(scopes) == 0 || unknown:
		return refused("invalid_scope", "A scope is missing or unknown.")
	case !slices.Contains([]string{"", "consent", "login"}, q.Get("prompt")):
		return refused("invalid_request", "The prompt is unknown.")
	case a.has("mkp-consent-denied"):
		return refused("access_denied", "The user denied the request.")
	}
	var code string
	err := a.store.Update(func(tx *store.Tx) error {
		code = a.issue(tx, grant{Account: a.main().ID, Kind: oauthCode, Scopes: scopes, Expires: tx.Now.Add(codeLife), Redirect: q.Get("redirect_uri")})
		return nil
	})
	return url.Values{"code": {code}}, err
}

// tokenCall is the body of POST /oauth/tokens.
type tokenCall struct {
	GrantType    string `json:"grant_type"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RedirectURI  string `json:"redirect_uri"`
	Code         string `json:"code"`
	RefreshToken string `json:"refresh_token"`
}

// tokens answers POST /oauth/tokens. It takes JSON, not a form.
func (a *API) tokens(c *call) error {
	var asked tokenCall
	if err := c.body(&asked); err != nil {
		return err
	}
	var answer object
	err := a.store.Update(func(tx *store.Tx) error {
		known := a.app(tx)
		if asked.ClientID != known.ID || asked.ClientSecret != known.Secret {
			return a.refusedToken("The client is unknown.")
		}
		var err error
		answer, err = a.exchange(tx, asked)
		return err
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "no-store")
	return writeJSON(c.w, http.StatusOK, answer)
}

func (a *API) refusedToken(message string) *problem {
	status := http.StatusBadRequest
	if a.has("mkp-token-401") {
		status = http.StatusUnauthorized
	}
	return &problem{status, message}
}

func (a *API) exchange(tx *store.Tx, asked tokenCall) (object, error) {
	switch asked.GrantType {
	case "authorization_code":
		g := granted(tx.View, asked.Code)
		if !g.good(oauthCode, tx.Now) || g.Redirect != asked.RedirectURI {
			return nil, a.refusedToken("The code is not valid.")
		}
		tx.SetDoc(tokensBucket, asked.Code, nil)
		return append(a.access(tx, g), a.refreshable(tx, g)), nil
	case "refresh_token":
		g := granted(tx.View, asked.RefreshToken)
		if !g.good(refreshToken, tx.Now) {
			return nil, a.refusedToken("The refresh token is not valid.")
		}
		answer := a.access(tx, g)
		if a.has("mkp-refresh-rotates") {
			tx.SetDoc(tokensBucket, asked.RefreshToken, nil)
			answer = append(answer, a.refreshable(tx, g))
		}
		return answer, nil
	}
	return nil, a.refusedToken("The grant type is not supported.")
}

func (a *API) access(tx *store.Tx, g grant) object {
	life := a.opts.TokenLife
	token := a.issue(tx, grant{Account: g.Account, Kind: accessToken, Scopes: g.Scopes, Expires: tx.Now.Add(life)})
	return object{{"access_token", token}, {"expires_in", int(life.Seconds())}}
}

func (a *API) refreshable(tx *store.Tx, g grant) member {
	g = grant{Account: g.Account, Kind: refreshToken, Scopes: g.Scopes, Expires: a.refreshEnd(tx.Now, refreshToken)}
	return member{"refresh_token", a.issue(tx, g)}
}

// refreshEnd is when a token of a kind that does not expire by itself ends after all; zero: never.
func (a *API) refreshEnd(now time.Time, kind string) time.Time {
	if kind == refreshToken && a.has("mkp-refresh-expires") {
		return now.Add(refreshLife)
	}
	return time.Time{}
}
