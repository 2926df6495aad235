package filesroapi

import (
	"net/http"

	"dossier/remote/sandbox/store"
)

// inRequest lets a call through to what a visitor may do while a request is open. No token is asked for.
func (a *API) inRequest(do func(c *call, s scope) error) serve {
	return func(c *call) error {
		q, err := a.requestOf(c)
		if err != nil {
			return err
		}
		if !q.open(a.opts.Clock(), a.has("filesro-request-lost-cache")) {
			return gone
		}
		return do(c, scope{who: a.account(q.Owner), request: q})
	}
}

// beginFilling notes an upload, and makes the request's folder for the first.
func (a *API) beginFilling(q *request) error {
	return a.store.Update(func(tx *store.Tx) error {
		now, err := readRequest(tx.View, q.ID)
		if err != nil {
			return err
		}
		if !now.open(tx.Now, a.has("filesro-request-lost-cache")) {
			return gone
		}
		first := now.Status == active
		now.Status, now.Latest = filling, tx.Now
		if err := now.save(tx); err != nil || !first {
			return err
		}
		return now.makeFolder(tx)
	})
}

func (q *request) makeFolder(tx *store.Tx) error {
	up := tx.Item(q.Folder)
	if up == nil {
		return serverError
	}
	name := q.Name
	if name == "" {
		name = "Upload Request from " + q.Created.In(userZone).Format("02. Jan. 2006")
	}
	it := newItem(tx, up, store.Folder, name, q.Owner)
	it.ID = q.ID
	tx.Put(it)
	tx.Log(store.Created, it, q.Owner)
	return nil
}

// fill closes a request, as when the visitor presses "done". That nothing came is no hindrance.
func (a *API) fill(q *request) error {
	return a.store.Update(func(tx *store.Tx) error {
		q, err := readRequest(tx.View, q.ID)
		if err != nil {
			return err
		}
		q.Status = filled
		if up := tx.Item(q.Folder); up != nil {
			if err := a.notify(tx, q, up); err != nil {
				return err
			}
		}
		return q.save(tx)
	})
}

// fillRequest answers DELETE /requests/{id}, which deletes nothing.
func (a *API) fillRequest(c *call, s scope) error {
	if err := a.fill(s.request); err != nil {
		return err
	}
	return a.answerRequest(c, http.StatusCreated, s.request, filled)
}
