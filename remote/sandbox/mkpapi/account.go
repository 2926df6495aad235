package mkpapi

import (
	"encoding/json"
	"fmt"

	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// account is one portal of a customer of the vendor. Accounts of the same Root see the same tree, as colleagues do; others do not
// see each other's items at all.
type account struct {
	ID   string   `json:"id"`
	Name string   `json:"name"`
	Root store.ID `json:"root"`
}

const (
	accountsBucket = "mkp/accounts"
	mainAccount    = "main"
	visitor        = "visitor" // who delivers files for a request
)

// openAccounts reads the accounts, or makes the first.
func (a *API) openAccounts() error {
	a.accounts.byKey = map[string]*account{}
	var err error
	a.store.View(func(v store.View) {
		for key, raw := range v.Docs(accountsBucket) {
			acc := new(account)
			if e := json.Unmarshal(raw, acc); e != nil {
				err = e
			}
			a.accounts.byKey[key] = acc
		}
	})
	if err != nil || a.accounts.byKey[mainAccount] != nil {
		return err
	}
	root, err := a.store.Root(Name)
	if err != nil {
		return err
	}
	_, err = a.addAccount(mainAccount, account{Name: "Anna de Vries", Root: root})
	return err
}

func (a *API) addAccount(key string, acc account) (*account, error) {
	acc.ID = a.opts.Random.Text(12)
	raw, err := json.Marshal(acc)
	if err != nil {
		return nil, err
	}
	err = a.store.Update(func(tx *store.Tx) error {
		tx.SetDoc(accountsBucket, key, raw)
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.accounts.Lock()
	defer a.accounts.Unlock()
	a.accounts.byKey[key] = &acc
	return &acc, nil
}

// AddAccount adds a user, with a tree of his own or one who sees what the first user sees, and returns how to sign in as him.
func (a *API) AddAccount(name string, ownTree bool) (shelf.SignIn, error) {
	root := a.Root()
	if ownTree {
		var err error
		if root, err = a.store.Root(Name + "/" + name); err != nil {
			return shelf.SignIn{}, err
		}
	}
	acc, err := a.addAccount(name, account{Name: name, Root: root})
	if err != nil {
		return shelf.SignIn{}, err
	}
	return a.signIn(acc)
}

// SignIn returns what a client may sign in to the first account with.
func (a *API) SignIn() (shelf.SignIn, error) { return a.signIn(a.main()) }

func (a *API) signIn(acc *account) (shelf.SignIn, error) {
	var cred shelf.SignIn
	err := a.store.Update(func(tx *store.Tx) error {
		app := a.app(tx)
		cred.ClientID, cred.ClientSecret = app.ID, app.Secret
		cred.Token = a.standing(tx, acc, apiKey)
		cred.RefreshToken = a.standing(tx, acc, refreshToken)
		return nil
	})
	if err != nil {
		return cred, fmt.Errorf("make credentials for %q: %w", acc.Name, err)
	}
	return cred, nil
}

// standing is the token of an account that everybody is given who asks for one: it has all scopes, and is made once.
func (a *API) standing(tx *store.Tx, acc *account, kind string) string {
	for token, raw := range tx.Docs(tokensBucket) {
		var g grant
		if json.Unmarshal(raw, &g) == nil && g.Kind == kind && g.Account == acc.ID && g.Standing {
			return token
		}
	}
	return a.issue(tx, grant{Account: acc.ID, Kind: kind, Scopes: allScopes, Standing: true, Expires: a.refreshEnd(tx.Now, kind)})
}

func (a *API) main() *account {
	a.accounts.RLock()
	defer a.accounts.RUnlock()
	return a.accounts.byKey[mainAccount]
}

func (a *API) accountByID(id string) *account {
	a.accounts.RLock()
	defer a.accounts.RUnlock()
	for _, acc := range a.accounts.byKey {
		if acc.ID == id {
			return acc
		}
	}
	return nil
}
