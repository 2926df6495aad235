package backofficeapi

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"time"

	"dossier/remote/sandbox/store"
)

const (
	codesBucket = "backoffice/codes" // token of the second factor → mailed
	codeLife    = 5 * time.Minute
)

// mailed is a code of the second factor that went out by e-mail.
type mailed struct {
	Email   string    `json:"email"`
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}

// signIn answers POST /api/v2/signin.
func (a *API) signIn(c *call) error {
	var body struct{ Email, Password string }
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Email == "" || body.Password == "" {
		return invalid("email", "E-mail and password are required")
	}
	if wait := a.attempts.allow(body.Email, a.opts.Clock()); wait > 0 && !a.has("bo-signin-unlimited") {
		return tooMany(wait)
	}
	var answer any
	err := a.store.Update(func(tx *store.Tx) error {
		who, known := accountOf(tx.View, body.Email)
		if !known || subtle.ConstantTimeCompare([]byte(who.Password), []byte(body.Password)) != 1 {
			return unauthorized("The e-mail or password is wrong")
		}
		if a.has("bo-2fa") {
			answer = a.mailCode(tx, who.Email)
		} else {
			answer = a.begin(tx, who.Email)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, answer)
}

func (a *API) mailCode(tx *store.Tx, email string) any {
	m := mailed{Email: email, Code: a.opts.Random.Text(6), Expires: tx.Now.Add(codeLife)}
	token := a.opts.Random.Text(40)
	raw, _ := json.Marshal(m)
	tx.SetDoc(codesBucket, token, raw)
	type details struct {
		Token     string `json:"token"`
		Provider  string `json:"provider"`
		ExpiresAt string `json:"expiresAt"`
	}
	return struct {
		Required bool    `json:"2faRequired"`
		Details  details `json:"2faDetails"`
	}{true, details{token, "email", a.stamp(m.Expires)}}
}

// MailedCode returns the latest code of the second factor that was sent to an e-mail, empty if there is none.
func (a *API) MailedCode(email string) (code string) {
	var latest time.Time
	a.store.View(func(v store.View) {
		for _, raw := range v.Docs(codesBucket) {
			var m mailed
			if json.Unmarshal(raw, &m) == nil && m.Email == email && m.Expires.After(latest) {
				code, latest = m.Code, m.Expires
			}
		}
	})
	return code
}

// confirm answers POST /api/v2/2fa/confirm. The names of the fields are a guess.
func (a *API) confirm(c *call) error {
	var body struct{ Token, Code string }
	if err := c.body(&body); err != nil {
		return err
	}
	var pair signedInBody
	err := a.store.Update(func(tx *store.Tx) error {
		var m mailed
		raw := tx.Doc(codesBucket, body.Token)
		if raw == nil || json.Unmarshal(raw, &m) != nil || m.Code != body.Code || !tx.Now.Before(m.Expires) {
			return unauthorized("The code is wrong or has expired")
		}
		tx.SetDoc(codesBucket, body.Token, nil)
		pair = a.begin(tx, m.Email)
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, pair)
}

// refresh answers POST /api/v2/refresh: the refresh token comes as bearer or in the body.
func (a *API) refresh(c *call) error {
	token := c.refreshToken()
	var answer tokensBody
	err := a.store.Update(func(tx *store.Tx) error {
		g, known := grantOf(tx.View, token)
		if !known || !g.Refresh || !tx.Now.Before(g.Expires) || a.has("bo-no-refresh") {
			return unauthorized("The refresh token is not valid")
		}
		answer.Access = a.issueAccess(tx, g.Email, g.Session)
		if a.has("bo-refresh-rotates") {
			tx.SetDoc(tokensBucket, token, nil)
			answer.Refresh = a.issueRefresh(tx, g.Email, g.Session)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, answer)
}

func (c *call) refreshToken() string {
	if token := bearer(c.r); token != "" && !c.api.has("bo-refresh-body-only") {
		return token
	}
	var body struct{ RefreshToken string }
	if c.api.has("bo-refresh-bearer-only") || c.body(&body) != nil {
		return ""
	}
	return body.RefreshToken
}

// signOut answers POST /api/v2/signout: all tokens of the session are void.
func (a *API) signOut(c *call) error {
	if _, err := a.authorize(c.r); err != nil {
		return err
	}
	err := a.store.Update(func(tx *store.Tx) error {
		ended, _ := grantOf(tx.View, bearer(c.r))
		for token := range tx.Docs(tokensBucket) {
			if g, known := grantOf(tx.View, token); known && g.Session == ended.Session {
				tx.SetDoc(tokensBucket, token, nil)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
