package filesroapi

import (
	"encoding/json"
	"net/http"

	"dossier/remote/sandbox/store"
)

const sharesBucket = "filesro/shares" // by token

// share is a link by which others see an item. The pages that it opens are not imitated.
type share struct {
	Token      string   `json:"token"`
	Item       store.ID `json:"item"`
	Kind       string   `json:"kind"`
	Permission string   `json:"permission"`
	Protected  bool     `json:"protected"`
	ExpireIn   any      `json:"expire_in"`
	Email      string   `json:"email"` // of the account
}

func (s *share) data(origin string) recordData {
	return recordData{ID: s.Token, Type: "shares", Attributes: map[string]any{
		"token": s.Token, "link": origin + "/share/" + s.Token, "type": s.Kind, "item_id": showUUID(s.Item, itemKey),
		"permission": s.Permission, "is_protected": s.Protected, "expire_in": s.ExpireIn,
	}}
}

func (s *share) save(tx *store.Tx) error {
	raw, err := json.Marshal(s)
	tx.SetDoc(sharesBucket, s.Token, raw)
	return err
}

func (a *API) sharesByItem(v store.View) map[store.ID]*share {
	shares := map[store.ID]*share{}
	for _, raw := range v.Docs(sharesBucket) {
		s := new(share)
		if json.Unmarshal(raw, s) == nil {
			shares[s.Item] = s
		}
	}
	return shares
}

// unshare removes the links to an item that goes into the trash.
func (a *API) unshare(tx *store.Tx, id store.ID) {
	if s := a.sharesByItem(tx.View)[id]; s != nil {
		tx.SetDoc(sharesBucket, s.Token, nil)
	}
}

func (s *share) change(in *input) {
	s.Permission, s.ExpireIn = in.text("permission"), in.fields["expiration"]
	if in.has("isPassword") {
		s.Protected = in.boolean("isPassword", false)
	}
}

// createShare answers POST /share.
func (a *API) createShare(c *call) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	e := entry{kind: in.required("type"), id: in.required("id")}
	s := &share{Token: a.opts.Random.Text(16), Kind: e.kind, Email: c.who.Email}
	s.change(in)
	if err := in.check(); err != nil {
		return err
	}
	err = a.store.Update(func(tx *store.Tx) error {
		it, err := a.live(tx.View, scope{who: c.who}, e)
		if err != nil {
			return err
		}
		s.Item = it.ID
		return s.save(tx)
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusCreated, record{s.data(origin(c.r))})
}

// updateShare answers PATCH /share/{token}.
func (a *API) updateShare(c *call) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	s := new(share)
	err = a.store.Update(func(tx *store.Tx) error {
		raw := tx.Doc(sharesBucket, c.r.PathValue("token"))
		if raw == nil {
			return notFound
		}
		if err := json.Unmarshal(raw, s); err != nil {
			return err
		}
		if s.Email != c.who.Email {
			return notYours
		}
		s.change(in)
		if err := in.check(); err != nil {
			return err
		}
		return s.save(tx)
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, record{s.data(origin(c.r))})
}
