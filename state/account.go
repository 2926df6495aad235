package state

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"go.etcd.io/bbolt"
)

// Account is one account's file. Unlike a client's it is shared: a daemon and a one-shot command may have it open at once, and each
// call opens the file for its own moment only. Its methods may be called from many goroutines.
type Account struct {
	path  string
	opt   Options
	fresh Fresh
}

// Tokens are what signs us in. They print as [redacted].
type Tokens struct {
	Access  string    `json:"access,omitempty"`
	Refresh string    `json:"refresh,omitempty"` // good for one exchange, on some portals
	Type    string    `json:"type,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Seed    string    `json:"seed,omitempty"` // fingerprint of the configured secret they began with: another secret begins anew
	Got     time.Time `json:"got,omitzero"`   // when Access was got

	// A refusal to sign us in, with the secret of another fingerprint than Seed, perhaps.
	Refused     time.Time `json:"refused,omitzero"`
	Refusals    int       `json:"refusals,omitempty"` // in a row
	RefusedSeed string    `json:"refused_seed,omitempty"`
}

// String hides the tokens.
func (Tokens) String() string { return "[redacted]" }

// Format hides the tokens, whatever the verb.
func (t Tokens) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue hides the tokens in logs, also in those that write JSON.
func (t Tokens) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Identity is the account behind the token, pinned at the first sign-in.
type Identity struct {
	ID     string    `json:"id"`
	Name   string    `json:"name,omitempty"`
	Login  string    `json:"login,omitempty"`
	Pinned time.Time `json:"pinned"`
}

// Budget is how a limit of the account stood, so that a restart does not begin with a full one, and for people to see.
type Budget struct {
	PerMinute int       `json:"per_minute,omitempty"` // 0: nobody knows
	Learned   bool      `json:"learned,omitempty"`    // from refusals
	Steered   bool      `json:"steered,omitempty"`    // by the portal's headers
	Shared    bool      `json:"shared,omitempty"`     // others use it, too
	Left      int       `json:"left"`                 // of the minute's; -1: nobody knows
	Ages      []int     `json:"ages,omitempty"`       // calls in each of the last sixty seconds, the latest first
	Until     time.Time `json:"until,omitzero"`       // nothing before then: the portal said so
	Noted     time.Time `json:"noted"`
}

const (
	budgetBucket = "budget" // name → Budget
	cursorBucket = "cursor" // name → text
)

var (
	tokensKey   = []byte("tokens")
	identityKey = []byte("identity")
	trashKey    = []byte("trash")
	restoredKey = []byte("restored")
)

var accountLayout = layout{
	schema:  2,
	buckets: []string{metaBucket, budgetBucket, cursorBucket, ledgerBucket}, // of the ledger: client‖folder → LedgerFolder
	init:    func(*bbolt.Tx) error { return nil },
	migrate: map[int]func(*bbolt.Tx) error{1: func(*bbolt.Tx) error { return nil }}, // schema 1 had no ledger
}

// OpenAccount makes the file if it is not there, sets it aside if it is damaged (then the tokens are lost: sign in again), and
// refuses a newer one, as OpenClient does.
func OpenAccount(path string, opt Options) (*Account, error) {
	if opt.LockWait == 0 {
		opt.LockWait = 5 * time.Second // it is shared, a moment at a time
	}
	opt = opt.filled()
	f, fresh, err := openFile(path, opt, accountLayout)
	if err != nil {
		return nil, err
	}
	return &Account{path: path, opt: opt, fresh: fresh}, f.close()
}

// Path is where the file lies.
func (a *Account) Path() string { return a.path }

// Fresh says whether the file was made by OpenAccount, and why.
func (a *Account) Fresh() Fresh { return a.fresh }

// WithTokens exchanges tokens: fn gets those on file and gives those to keep, while no other process or goroutine does the same.
// Who waited gets what the one before it wrote, and so sees that there is nothing left to refresh. What fn gives is on the disk
// before WithTokens returns it; if it cannot be written, that is an error: a refresh token good for one exchange is lost then, unless fn's
// portal bears a repetition. If fn fails nothing is written. The lock ends with the process that holds it.
func (a *Account) WithTokens(ctx context.Context, fn func(Tokens) (Tokens, error)) (Tokens, error) {
	unlock, err := lockFile(ctx, a.path+".tokens.lock")
	if err != nil {
		return Tokens{}, err
	}
	defer unlock()
	old, err := a.Tokens()
	if err != nil {
		return Tokens{}, err
	}
	tokens, err := fn(old)
	if err != nil {
		return Tokens{}, err
	}
	if tokens == old {
		return tokens, nil
	}
	return tokens, a.put(metaBucket, tokensKey, tokens)
}

// Tokens reads the tokens on file; zero: none.
func (a *Account) Tokens() (t Tokens, err error) {
	_, err = a.get(metaBucket, tokensKey, &t)
	return t, err
}

// Identity reads whom the account was pinned to; false: not yet.
func (a *Account) Identity() (id Identity, ok bool, err error) {
	ok, err = a.get(metaBucket, identityKey, &id)
	return id, ok, err
}

// Pin notes whom the token speaks for.
func (a *Account) Pin(id Identity) error {
	if id.Pinned.IsZero() {
		id.Pinned = a.opt.Now()
	}
	return a.put(metaBucket, identityKey, id)
}

// Trash tells whether the account has a trash; known is false if nobody found out yet.
func (a *Account) Trash() (has, known bool, err error) {
	known, err = a.get(metaBucket, trashKey, &has)
	return has, known, err
}

// SetTrash notes whether the account has a trash.
func (a *Account) SetTrash(has bool) error { return a.put(metaBucket, trashKey, has) }

// Budget reads how a limit stood, by its name.
func (a *Account) Budget(name string) (b Budget, ok bool, err error) {
	ok, err = a.get(budgetBucket, []byte(name), &b)
	return b, ok, err
}

// SetBudgets notes how limits stand, by their names.
func (a *Account) SetBudgets(all map[string]Budget) error {
	return a.moment(true, func(tx *bbolt.Tx) error {
		for name, b := range all {
			if b.Noted.IsZero() {
				b.Noted = a.opt.Now()
			}
			text, err := json.Marshal(b)
			if err != nil {
				return fmt.Errorf("write budget %q: %w", name, err)
			}
			if err := tx.Bucket([]byte(budgetBucket)).Put([]byte(name), seal([]byte(name), jsonVersion, text)); err != nil {
				return fmt.Errorf("write budget %q: %w", name, err)
			}
		}
		return nil
	})
}

// Cursor reads a named position, such as one in a feed that all clients of the account share; empty: none.
func (a *Account) Cursor(name string) (position string, err error) {
	_, err = a.get(cursorBucket, []byte(name), &position)
	return position, err
}

// SetCursor notes a named position.
func (a *Account) SetCursor(name, position string) error {
	return a.put(cursorBucket, []byte(name), position)
}

func (a *Account) get(bucket string, key []byte, to any) (ok bool, err error) {
	err = a.moment(false, func(tx *bbolt.Tx) error {
		row := tx.Bucket([]byte(bucket)).Get(key)
		if row == nil {
			return nil
		}
		_, text, sound := unseal(key, row)
		if !sound || json.Unmarshal([]byte(text), to) != nil {
			panic(&CorruptError{Path: a.path, Where: bucket, Cause: fmt.Sprintf("row %q does not decode", key)})
		}
		ok = true
		return nil
	})
	return ok, err
}

func (a *Account) put(bucket string, key []byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s %q: %w", bucket, key, err)
	}
	return a.moment(true, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucket)).Put(key, seal(key, jsonVersion, text))
	})
}

// moment opens the file for one transaction.
func (a *Account) moment(write bool, fn func(*bbolt.Tx) error) error {
	opt := a.opt
	opt.ReadOnly = !write
	f, err := openBolt(a.path, opt)
	if err != nil {
		return err
	}
	err = f.transact(write, fn)
	if closed := f.close(); err == nil {
		err = closed
	}
	return err
}
