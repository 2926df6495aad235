package backofficeapi

import (
	"fmt"
	"io/fs"
	"net/http"
	"slices"

	"dossier/remote/sandbox/store"
)

// clientBody is a client. The vendor's list of fields is cut off, so that no more is given than is needed.
type clientBody struct {
	ClientID   int64  `json:"clientId,omitempty"`
	ID         int64  `json:"id,omitempty"` // instead of clientId, by a quirk
	Email      string `json:"email"`
	Name       string `json:"name"`
	Nickname   string `json:"nickname"`
	CreateTime string `json:"createTime"`
}

func (a *API) clientBody(it *store.Item) clientBody {
	number := a.numbers.show(it.ID, store.Folder)
	body := clientBody{
		ClientID: number, Email: fmt.Sprintf("client%d@client.example", number),
		Name: it.Name, Nickname: it.Name, CreateTime: a.stamp(it.Created),
	}
	if a.has("bo-client-id-key") {
		body.ClientID, body.ID = 0, number
	}
	return body
}

// client finds the client that a call's path names.
func (a *API) client(v store.View, c *call) (*store.Item, error) {
	number, err := c.pathNumber("clientId")
	if err != nil {
		return nil, err
	}
	it := v.Item(a.numbers.find(number, store.Folder))
	switch {
	case it == nil || it.Kind != store.Folder || it.Parent != a.root:
		return nil, notFound
	case !c.who.sees(it):
		return nil, forbidden
	}
	return it, nil
}

func (who account) sees(client *store.Item) bool {
	return who.Tag == "" || slices.Contains(client.Tags, who.Tag)
}

// TagClient gives a client a tag, so that accounts that are limited to it see him.
func (a *API) TagClient(name, tag string) error {
	return a.store.Update(func(tx *store.Tx) error {
		for _, it := range tx.Named(a.root, name) {
			if it.Name == name && it.Kind == store.Folder {
				next := it.Changed(mainEmail, tx.Now)
				next.Tags = append(slices.Clone(it.Tags), tag)
				tx.Put(next)
				return nil
			}
		}
		return &fs.PathError{Op: "tag client", Path: name, Err: fs.ErrNotExist}
	})
}

var clientFilters = []string{
	"clientId", "email", "name", "nickname", "managerIds", "countryCodes", "city", "statusIds", "internalTypeIds", "companyShortName",
	"companyFullName", "riskLevelIds", "typeIds", "verificationLevelIds",
}

// listClients answers GET /api/v2/clients.
func (a *API) listClients(c *call) error {
	filters, email := clientFilters, "email"
	if a.has("bo-filter-emails") { // as the vendor's sample has it
		filters, email = append(slices.Clone(clientFilters[2:]), "clientId", "emails"), "emails"
	}
	q, err := c.query([]string{"clientId", "name", "createTime"}, filters)
	if err != nil {
		return err
	}
	var items []*store.Item
	a.store.View(func(v store.View) {
		for it := range v.Children(a.root, store.Place{}) {
			if it.Kind == store.Folder && c.who.sees(it) && q.wants(a.clientBody(it), email, a.ShowID(it.ID, it.Kind)) {
				items = append(items, it)
			}
		}
	})
	byNumber := by(func(it *store.Item) int64 { return a.numbers.show(it.ID, it.Kind) })
	sorted(items, q, map[string]func(m, n *store.Item) int{
		"": byNumber, "clientId": byNumber, "name": by(func(it *store.Item) string { return it.Name }),
		"createTime": func(m, n *store.Item) int { return m.Created.Compare(n.Created) },
	})
	var rows []clientBody
	for _, it := range page(c, items, q) {
		rows = append(rows, a.clientBody(it))
	}
	return answerList(c, rows)
}

// wants applies the filters. What the sandbox does not keep of its clients matches none.
func (q query) wants(client clientBody, email, number string) bool {
	known := map[string]string{"clientId": number, "name": client.Name, "nickname": client.Nickname, email: client.Email}
	for field, values := range q.filters {
		if value, ok := known[field]; !ok || !slices.Contains(values, value) {
			return false
		}
	}
	return true
}

func (a *API) getClient(c *call) (err error) {
	var it *store.Item
	a.store.View(func(v store.View) { it, err = a.client(v, c) })
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, a.clientBody(it))
}

// createClient answers POST /api/v2/clients. No client of this API that mirrors files has any business here; that it works shows
// what one did.
func (a *API) createClient(c *call) error {
	var body struct{ Name string }
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Name == "" {
		return invalid("name", "The name is required")
	}
	var it *store.Item
	err := a.store.Update(func(tx *store.Tx) error {
		it = a.newItem(tx, c.who.Email, a.root, store.Folder, body.Name)
		a.add(tx, it, store.Created)
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, a.created(), a.clientBody(it))
}

func (a *API) updateClient(c *call) error {
	var body struct{ Name string }
	if err := c.body(&body); err != nil {
		return err
	}
	var next *store.Item
	err := a.store.Update(func(tx *store.Tx) error {
		it, err := a.client(tx.View, c)
		if err != nil {
			return err
		}
		next = it.Changed(c.who.Email, tx.Now)
		if body.Name != "" {
			next.Name = body.Name
		}
		tx.Put(next)
		tx.Log(store.Renamed, next, c.who.Email)
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, a.clientBody(next))
}

func (a *API) deleteClient(c *call) error {
	err := a.store.Update(func(tx *store.Tx) error {
		it, err := a.client(tx.View, c)
		if err != nil {
			return err
		}
		a.destroy(tx, c, it)
		return nil
	})
	if err != nil {
		return err
	}
	return a.deleted(c)
}
