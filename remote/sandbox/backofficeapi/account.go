package backofficeapi

import (
	"encoding/json"
	"strings"

	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// account is one user of the Back Office.
type account struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Tag      string `json:"tag,omitempty"` // he sees only clients with this tag; empty: all
}

const (
	accountsBucket = "backoffice/accounts" // by e-mail
	mainEmail      = "anna@broker.example"
)

func accountOf(v store.View, email string) (who account, known bool) {
	raw := v.Doc(accountsBucket, email)
	return who, raw != nil && json.Unmarshal(raw, &who) == nil
}

// ensureMain makes the administrator, once.
func (a *API) ensureMain() error {
	return a.store.Update(func(tx *store.Tx) error {
		if _, known := accountOf(tx.View, mainEmail); known {
			return nil
		}
		return a.addAccount(tx, account{Email: mainEmail, Password: a.opts.Random.Text(16)})
	})
}

func (a *API) addAccount(tx *store.Tx, who account) error {
	raw, err := json.Marshal(who)
	tx.SetDoc(accountsBucket, who.Email, raw)
	return err
}

// SignIn returns what a client may sign in to the first account with.
func (a *API) SignIn() (shelf.SignIn, error) {
	var who account
	a.store.View(func(v store.View) { who, _ = accountOf(v, mainEmail) })
	return shelf.SignIn{Email: who.Email, Password: who.Password}, nil
}

// AddAccount adds a user and returns how to sign in as him: a second administrator or, with a tree of his own, one who sees only
// the clients that were tagged with his name (see TagClient).
func (a *API) AddAccount(name string, ownTree bool) (shelf.SignIn, error) {
	email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@broker.example"
	who := account{Email: email, Password: a.opts.Random.Text(16)}
	if ownTree {
		who.Tag = name
	}
	err := a.store.Update(func(tx *store.Tx) error { return a.addAccount(tx, who) })
	return shelf.SignIn{Email: who.Email, Password: who.Password}, err
}
