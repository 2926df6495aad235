package filesroapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

const tokensBucket = "filesro/tokens" // by number

// token is one that a user made, or got for logging in.
type token struct {
	Number  store.ID  `json:"number"`
	Secret  string    `json:"secret"`
	Name    string    `json:"name"`
	Email   string    `json:"email"` // of the account
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Sandbox bool      `json:"sandbox,omitempty"` // SignIn's
}

// text is what a client sends.
func (t token) text() string { return strconv.FormatUint(uint64(t.Number), 10) + "|" + t.Secret }

// issue gives a token its number and secret, and keeps it.
func (a *API) issue(tx *store.Tx, t token) (token, error) {
	t.Number, t.Secret, t.Created = tx.NewID(), a.opts.Random.Text(40), tx.Now
	raw, err := json.Marshal(t)
	tx.SetDoc(tokensBucket, strconv.FormatUint(uint64(t.Number), 10), raw)
	return t, err
}

// authorize finds the account that a call is made for; nil: the token is missing, revoked or has expired.
func (a *API) authorize(r *http.Request) *Account {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	number, secret, ok := strings.Cut(strings.TrimSpace(text), "|")
	if !strings.EqualFold(scheme, "Bearer") || !ok {
		return nil
	}
	var raw json.RawMessage
	a.store.View(func(v store.View) { raw = v.Doc(tokensBucket, number) })
	var t token
	if raw == nil || json.Unmarshal(raw, &t) != nil || t.Secret != secret || !t.Expires.IsZero() && !a.opts.Clock().Before(t.Expires) {
		return nil
	}
	return a.account(t.Email)
}

// login answers POST /login. It asks for no token.
func (a *API) login(c *call) error {
	if err := a.meter(c, "login "+address(c.r), loginsPerMinute); err != nil {
		return err
	}
	in, err := c.input()
	if err != nil {
		return err
	}
	email, password := in.required("email"), in.required("password")
	if err := in.check(); err != nil {
		return err
	}
	who := a.account(email)
	switch {
	case who == nil:
		return notFound
	case who.Password != password:
		return invalidField("email", "The provided credentials are incorrect.")
	case a.has("filesro-unverified"):
		return &problem{status: http.StatusForbidden, kind: "error", message: "Your email address is not verified."}
	}
	t, err := a.newToken(who, "login")
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, map[string]any{
		"type": "success", "message": "You were successfully authenticated", "data": map[string]string{"token": t.text()},
	})
}

// expiringLife is how long tokens live with the quirk filesro-token-expires.
const expiringLife = 24 * time.Hour

func (a *API) newToken(who *Account, name string) (t token, err error) {
	t = token{Email: who.Email, Name: name}
	switch now := a.opts.Clock(); {
	case a.opts.TokenLife != 0:
		t.Expires = now.Add(a.opts.TokenLife)
	case a.has("filesro-token-expires"):
		t.Expires = now.Add(expiringLife)
	}
	err = a.store.Update(func(tx *store.Tx) error {
		t, err = a.issue(tx, t)
		return err
	})
	return t, err
}

// createToken answers POST /user/tokens. Unlike those of items, its times can be read by programs.
func (a *API) createToken(c *call) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	name := in.required("name")
	if err := in.check(); err != nil {
		return err
	}
	t, err := a.newToken(c.who, name)
	if err != nil {
		return err
	}
	var expires any
	if !t.Expires.IsZero() {
		expires = isoMicro(t.Expires)
	}
	return writeJSON(c.w, http.StatusCreated, map[string]any{
		"accessToken": map[string]any{
			"id": t.Number, "name": t.Name, "abilities": []string{"*"}, "last_used_at": nil, "expires_at": expires,
			"created_at": isoMicro(t.Created), "updated_at": isoMicro(t.Created),
			"tokenable_id": c.who.ID, "tokenable_type": `App\Users\Models\User`,
		},
		"plainTextToken": t.text(),
	})
}

func isoMicro(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// deleteToken answers DELETE /user/tokens/{token}.
func (a *API) deleteToken(c *call) error {
	err := a.store.Update(func(tx *store.Tx) error {
		number := c.r.PathValue("token")
		raw := tx.Doc(tokensBucket, number)
		if raw == nil {
			return notFound
		}
		var t token
		if err := json.Unmarshal(raw, &t); err != nil {
			return err
		}
		if t.Email != c.who.Email {
			return notYours
		}
		tx.SetDoc(tokensBucket, number, nil)
		return nil
	})
	if err != nil {
		return err
	}
	return succeed(c, "The token was successfully deleted.")
}
