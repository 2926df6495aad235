package filesroapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// Account is one user. Accounts of the same Root see the same tree; others do not see each other's items.
type Account struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Email    string   `json:"email"` // in lower case
	Password string   `json:"password"`
	Root     store.ID `json:"root"`
}

const (
	accountsBucket = "filesro/accounts" // by e-mail
	keysBucket     = "filesro/keys"

	mainName  = "Anna de Vries"
	mainEmail = "anna@kantoor.example"
)

// openAccounts reads the accounts, or makes the first one.
func (a *API) openAccounts() error {
	a.accounts.byEmail = map[string]*Account{}
	var err error
	a.store.View(func(v store.View) {
		for email, raw := range v.Docs(accountsBucket) {
			acc := new(Account)
			if e := json.Unmarshal(raw, acc); e != nil {
				err = e
			}
			a.accounts.byEmail[email] = acc
		}
	})
	if err != nil || a.accounts.byEmail[mainEmail] != nil {
		return err
	}
	_, err = a.addAccount(Account{Name: mainName, Email: mainEmail, Root: a.root})
	return err
}

func (a *API) addAccount(acc Account) (*Account, error) {
	acc.Password = a.opts.Random.Text(20)
	err := a.store.Update(func(tx *store.Tx) error {
		acc.ID = showUUID(tx.NewID(), itemKey)
		raw, err := json.Marshal(acc)
		tx.SetDoc(accountsBucket, acc.Email, raw)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.accounts.Lock()
	defer a.accounts.Unlock()
	a.accounts.byEmail[acc.Email] = &acc
	return &acc, nil
}

// AddAccount adds a user, with a tree of his own or one who sees what the first user sees, and returns how to sign in as him.
func (a *API) AddAccount(name string, ownTree bool) (shelf.SignIn, error) {
	root := a.root
	if ownTree {
		var err error
		if root, err = a.store.Root(Name + "/" + name); err != nil {
			return shelf.SignIn{}, err
		}
	}
	email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@kantoor.example"
	acc, err := a.addAccount(Account{Name: name, Email: email, Root: root})
	if err != nil {
		return shelf.SignIn{}, err
	}
	return a.signIn(acc)
}

// account finds a user by his e-mail, without regard to case; nil: there is none.
func (a *API) account(email string) *Account {
	a.accounts.RLock()
	defer a.accounts.RUnlock()
	return a.accounts.byEmail[strings.ToLower(email)]
}

// SignIn returns what a client may sign in to the first account with.
func (a *API) SignIn() (shelf.SignIn, error) { return a.signIn(a.account(mainEmail)) }

// sandboxToken is the name of the token that SignIn gives, the same each time.
const sandboxToken = "sandbox"

func (a *API) signIn(acc *Account) (shelf.SignIn, error) {
	cred := shelf.SignIn{UserID: acc.ID, Email: acc.Email, Password: acc.Password}
	err := a.store.Update(func(tx *store.Tx) error {
		for _, raw := range tx.Docs(tokensBucket) {
			var t token
			if json.Unmarshal(raw, &t) == nil && t.Email == acc.Email && t.Sandbox {
				cred.Token = t.text()
				return nil
			}
		}
		t, err := a.issue(tx, token{Email: acc.Email, Name: sandboxToken, Sandbox: true})
		cred.Token = t.text()
		return err
	})
	if err != nil {
		return cred, fmt.Errorf("make credentials for %q: %w", acc.Name, err)
	}
	return cred, nil
}
