package mkpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

const (
	tokensBucket = "mkp/tokens"
	appBucket    = "mkp/app"
)

// Kinds of what a grant is behind.
const (
	apiKey       = "key"
	accessToken  = "access"
	refreshToken = "refresh"
	oauthCode    = "code"
)

// grant is what stands behind a token, a key or a code.
type grant struct {
	Account  string    `json:"account"`
	Kind     string    `json:"kind"`
	Key      string    `json:"key"` // what calls are counted under
	Scopes   []string  `json:"scopes"`
	Expires  time.Time `json:"expires,omitzero"`
	Standing bool      `json:"standing,omitempty"`
	Redirect string    `json:"redirect,omitempty"` // of a code: where it was sent
}

// allScopes are those that the routes here ask for.
var allScopes = []string{
	"files.read", "files.write", "filerequest.read", "filerequest.write", "fileshare.read", "fileshare.write",
	"customers.read", "customers.write", "webhooks.read", "webhooks.write",
}

func (g grant) allows(scope string) bool { return slices.Contains(g.Scopes, scope) }

// good says whether the grant is of this kind and still lives.
func (g grant) good(kind string, now time.Time) bool {
	return g.Kind == kind && (g.Expires.IsZero() || now.Before(g.Expires))
}

// issue makes a token for a grant.
func (a *API) issue(tx *store.Tx, g grant) string {
	token := a.fresh(tx, tokensBucket, "", 40)
	g.Key = strconv.FormatUint(uint64(tx.NewID()), 10)
	raw, _ := json.Marshal(g)
	tx.SetDoc(tokensBucket, token, raw)
	return token
}

// granted finds what stands behind a token; the zero grant: nothing does.
func granted(v store.View, token string) (g grant) {
	if raw := v.Doc(tokensBucket, token); raw == nil || json.Unmarshal(raw, &g) != nil {
		return grant{}
	}
	return g
}

// Key makes an API key of the first account that is limited to scopes, as a person can in the manage portal.
func (a *API) Key(scopes ...string) (key string, err error) {
	for _, scope := range scopes {
		if !slices.Contains(allScopes, scope) {
			return "", fmt.Errorf("no scope %q: one of %s", scope, strings.Join(allScopes, ", "))
		}
	}
	err = a.store.Update(func(tx *store.Tx) error {
		key = a.issue(tx, grant{Account: a.main().ID, Kind: apiKey, Scopes: scopes})
		return nil
	})
	return key, err
}

// authorize finds what a call is allowed. The guide's prose calls the header Authentication, the description Authorization.
func (a *API) authorize(r *http.Request) (grant, error) {
	name := "Authorization"
	if a.has("mkp-header-authentication") {
		name = "Authentication"
	}
	scheme, token, _ := strings.Cut(r.Header.Get(name), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return grant{}, a.badToken()
	}
	var g grant
	a.store.View(func(v store.View) { g = granted(v, token) })
	if now := a.opts.Clock(); !g.good(apiKey, now) && !g.good(accessToken, now) {
		return grant{}, a.badToken()
	}
	return g, nil
}

func (a *API) badToken() *problem {
	if a.has("mkp-bad-token-403") {
		return &problem{http.StatusForbidden, "Forbidden."}
	}
	return unauthenticated
}

func (a *API) scopeMissing(scope string) *problem {
	status := http.StatusForbidden
	if a.has("mkp-scope-401") {
		status = http.StatusUnauthorized
	}
	return &problem{status, "The key lacks the scope " + scope + "."}
}
