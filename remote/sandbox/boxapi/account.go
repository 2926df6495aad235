package boxapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// An Account is one user of Box. Accounts of the same Root see the same tree, as colleagues who were invited to
// everything; others do not see each other's items at all.
type Account struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Login   string   `json:"login"`
	Root    store.ID `json:"root"`
	Service bool     `json:"service,omitempty"` // the account behind client credentials of the enterprise
}

const (
	accountsBucket = "box/accounts"
	tokensBucket   = "box/tokens"
	appBucket      = "box/app"

	mainAccount    = "main"
	serviceAccount = "service"
	anonymous      = "2" // who uploads through a file request
	enterpriseID   = "801234"
)

// openAccounts reads the accounts, or makes the first two: the accountant, and the service account of the app.
func (a *API) openAccounts() error {
	a.accounts.byKey = map[string]*Account{}
	var err error
	a.store.View(func(v store.View) {
		for id, raw := range v.Docs(accountsBucket) {
			acc := new(Account)
			if e := json.Unmarshal(raw, acc); e != nil {
				err = e
			}
			a.accounts.byKey[id] = acc
		}
	})
	if err != nil {
		return err
	}
	root, err := a.store.Root("box")
	if err != nil {
		return err
	}
	return errors.Join(
		a.ensureAccount(mainAccount, Account{Name: "Anna de Vries", Login: "anna@kantoor.example", Root: root}),
		a.ensureAccount(serviceAccount, Account{Name: "Dossier", Login: "AutomationUser_801@boxdevedition.com", Root: root, Service: true}))
}

func (a *API) ensureAccount(key string, acc Account) error {
	if a.accounts.byKey[key] != nil {
		return nil
	}
	_, err := a.addAccount(key, acc)
	return err
}

func (a *API) addAccount(key string, acc Account) (*Account, error) {
	err := a.store.Update(func(tx *store.Tx) error {
		acc.ID = strconv.FormatUint(uint64(tx.NewID()), 10)
		raw, err := json.Marshal(acc)
		tx.SetDoc(accountsBucket, key, raw)
		return err
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
	acc, err := a.add(name, ownTree)
	if err != nil {
		return shelf.SignIn{}, err
	}
	return a.credentials(acc)
}

func (a *API) add(name string, ownTree bool) (*Account, error) {
	root := a.Main().Root
	if ownTree {
		var err error
		if root, err = a.store.Root("box/" + name); err != nil {
			return nil, err
		}
	}
	login := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@kantoor.example"
	return a.addAccount(name, Account{Name: name, Login: login, Root: root})
}

// Main returns the account that the sandbox was made with.
func (a *API) Main() *Account { return a.accountByKey(mainAccount) }

func (a *API) accountByKey(key string) *Account {
	a.accounts.RLock()
	defer a.accounts.RUnlock()
	return a.accounts.byKey[key]
}

func (a *API) accountByID(id string) *Account {
	a.accounts.RLock()
	defer a.accounts.RUnlock()
	for _, acc := range a.accounts.byKey {
		if acc.ID == id {
			return acc
		}
	}
	return nil
}

// userMini is a user within another object. Who has no account, as the maker of the root and a visitor, has no name.
func (a *API) userMini(id string) map[string]any {
	acc := a.accountByID(id)
	if acc == nil {
		acc = &Account{ID: id}
	}
	return map[string]any{"type": "user", "id": acc.ID, "name": acc.Name, "login": acc.Login}
}

func (a *API) me(c *call) error {
	user := a.userMini(c.who.ID)
	var used int64
	a.store.View(func(v store.View) { used = a.spaceUsed(v, c.who) })
	for name, value := range map[string]any{
		"created_at": a.stamp(firstDay), "modified_at": a.stamp(firstDay), "language": "nl", "timezone": "Europe/Amsterdam",
		"space_amount": a.number(a.opts.Quota), "space_used": a.number(used), "max_upload_size": a.number(a.opts.MaxFile),
		"status": "active", "job_title": "", "phone": "", "address": "", "avatar_url": "",
	} {
		user[name] = value
	}
	if wanted := c.fields(); wanted != nil {
		for name := range user {
			if name != "type" && name != "id" && !slices.Contains(wanted, name) {
				delete(user, name)
			}
		}
		if slices.Contains(wanted, "enterprise") {
			user["enterprise"] = map[string]any{"type": "enterprise", "id": enterpriseID, "name": "Kantoor De Vries"}
		}
	}
	return writeJSON(c.w, http.StatusOK, user)
}

// spaceUsed counts the trash, as Box does.
func (a *API) spaceUsed(v store.View, who *Account) int64 {
	return v.Bytes(v.Item(who.Root)) + v.TrashBytes(who.Root)
}

// SignIn returns what a client may sign in to the first account with. Each call gives a new refresh token, good for one use.
func (a *API) SignIn() (shelf.SignIn, error) { return a.credentials(a.Main()) }

func (a *API) credentials(acc *Account) (shelf.SignIn, error) {
	cred := shelf.SignIn{EnterpriseID: enterpriseID, UserID: acc.ID}
	err := a.store.Update(func(tx *store.Tx) error {
		app := a.app(tx)
		cred.ClientID, cred.ClientSecret = app.ID, app.Secret
		for token, raw := range tx.Docs(tokensBucket) {
			var t grant
			if json.Unmarshal(raw, &t) == nil && t.Developer && t.Account == acc.ID {
				cred.Token = token
			}
		}
		if cred.Token == "" {
			cred.Token = a.issue(tx, grant{Account: acc.ID, Developer: true})
		}
		cred.RefreshToken = a.issue(tx, grant{Account: acc.ID, Refresh: true, Expires: tx.Now.Add(refreshLife)})
		return nil
	})
	if err != nil {
		return cred, fmt.Errorf("make credentials for %q: %w", acc.Name, err)
	}
	return cred, nil
}
