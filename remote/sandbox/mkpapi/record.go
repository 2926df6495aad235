package mkpapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"dossier/remote/sandbox/store"
)

// head is what all records have: those things of the portal that are no items.
type head struct {
	ID      string    `json:"id"`
	N       store.ID  `json:"n"` // their order
	Root    store.ID  `json:"root"`
	Created time.Time `json:"created"`
}

func (h *head) top() *head { return h }

// headed is a pointer to a record.
type headed[T any] interface {
	*T
	top() *head
}

// register is where the records of one sort are kept.
type register[T any, P headed[T]] struct{ bucket, prefix string }

var (
	requests  = register[fileRequest, *fileRequest]{"mkp/file_requests", "frq_"}
	shares    = register[fileShare, *fileShare]{"mkp/file_shares", "fss_"}
	customers = register[customer, *customer]{"mkp/customers", "cst_"}
	webhooks  = register[webhook, *webhook]{"mkp/webhooks", "wbh_"}
)

// add gives a new record its head, and keeps it.
func (g register[T, P]) add(a *API, tx *store.Tx, who *account, r P) {
	*r.top() = head{ID: a.fresh(tx, g.bucket, g.prefix, 12), N: tx.NewID(), Root: who.Root, Created: tx.Now}
	g.save(tx, r)
}

// fresh is a random key that is not in use: a sandbox with a seed draws the same again after a restart.
func (a *API) fresh(tx *store.Tx, bucket, prefix string, n int) string {
	for {
		if key := prefix + a.opts.Random.Text(n); tx.Doc(bucket, key) == nil {
			return key
		}
	}
}

func (g register[T, P]) save(tx *store.Tx, r P) {
	raw, _ := json.Marshal(r)
	tx.SetDoc(g.bucket, r.top().ID, raw)
}

func (g register[T, P]) remove(tx *store.Tx, r P) { tx.SetDoc(g.bucket, r.top().ID, nil) }

// find returns an account's record. What another account has is not there.
func (g register[T, P]) find(v store.View, who *account, id string) (P, error) {
	r := P(new(T))
	raw := v.Doc(g.bucket, id)
	if raw == nil {
		return nil, notFound
	}
	if err := json.Unmarshal(raw, r); err != nil {
		return nil, err
	}
	if r.top().Root != who.Root {
		return nil, notFound
	}
	return r, nil
}

// all are the records of an account, oldest first.
func (g register[T, P]) all(v store.View, who *account) []P {
	var list []P
	for id := range v.Docs(g.bucket) {
		if r, err := g.find(v, who, id); err == nil {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(r, s P) int {
		return cmp.Or(cmp.Compare(r.top().N, s.top().N), cmp.Compare(r.top().ID, s.top().ID))
	})
	return list
}

func listRecords[T any, P headed[T]](a *API, g register[T, P], show func(*renderer, P) object) serve {
	return func(c *call) error {
		var o object
		var err error
		a.store.View(func(v store.View) {
			x := a.renderer(v, c.who)
			o, err = rows[P]{g.all(v, c.who), func(r P) object { return show(x, r) }}.page(c)
		})
		if err != nil {
			return err
		}
		return writeJSON(c.w, http.StatusOK, o)
	}
}

func getRecord[T any, P headed[T]](a *API, g register[T, P], show func(*renderer, P) object) serve {
	return func(c *call) error {
		var r P
		var err error
		a.store.View(func(v store.View) { r, err = g.find(v, c.who, c.r.PathValue("id")) })
		if err != nil {
			return err
		}
		return answerRecord(c, http.StatusOK, r, show)
	}
}

func answerRecord[P any](c *call, status int, r P, show func(*renderer, P) object) error {
	var o object
	c.api.store.View(func(v store.View) { o = show(c.api.renderer(v, c.who), r) })
	return writeJSON(c.w, status, o)
}

// deleteRecord removes a record, and does what else is to be done then; it does not answer.
func deleteRecord[T any, P headed[T]](a *API, g register[T, P], then func(*store.Tx, P)) serve {
	return func(c *call) error {
		return a.store.Update(func(tx *store.Tx) error {
			r, err := g.find(tx.View, c.who, c.r.PathValue("id"))
			if err != nil {
				return err
			}
			g.remove(tx, r)
			if then != nil {
				then(tx, r)
			}
			return nil
		})
	}
}
