package mkpapi

import (
	"dossier/remote/sandbox/store"
)

// fileShare is what some items are shared by, with a customer or by a public link.
type fileShare struct {
	head
	Items    []store.ID `json:"items"`
	Customer string     `json:"customer,omitempty"`
}

func (a *API) createShare(c *call) error {
	var want struct {
		Content    []string `json:"content"`
		CustomerID *string  `json:"customerId"`
	}
	if err := c.body(&want); err != nil {
		return err
	}
	s := &fileShare{}
	err := a.store.Update(func(tx *store.Tx) error {
		if want.CustomerID != nil {
			if _, err := customers.find(tx.View, c.who, *want.CustomerID); err != nil {
				return unprocessable("The customer does not exist.")
			}
			s.Customer = *want.CustomerID
		}
		for _, id := range want.Content {
			it, err := a.item(tx.View, c.who, id)
			if err != nil {
				return unprocessable("The content does not exist.")
			}
			s.Items = append(s.Items, it.ID)
		}
		if len(s.Items) == 0 {
			return unprocessable("The content is required.")
		}
		shares.add(a, tx, c.who, s)
		return nil
	})
	if err != nil {
		return err
	}
	return answerRecord(c, a.created(), s, (*renderer).share)
}

// Share shares an item by a public link, as a person can in the web pages, and returns the share's id.
func (a *API) Share(item store.ID) (id string, err error) {
	s := &fileShare{Items: []store.ID{item}}
	err = a.store.Update(func(tx *store.Tx) error {
		shares.add(a, tx, a.main(), s)
		return nil
	})
	return s.ID, err
}

// share is a FileShare. What was deleted is no longer in it.
func (x *renderer) share(s *fileShare) object {
	content := []object{}
	for _, id := range s.Items {
		if it := x.v.Item(id); it != nil {
			content = append(content, x.item(it))
		}
	}
	return x.api.shaped(object{
		{"id", s.ID}, {"sharedWithCustomerId", orNull(s.Customer)}, {"sharedContent", content}, {"createdAt", x.api.stamp(s.Created)},
		{"links", x.links("publicShare", "/s/"+s.ID, s.Customer)},
	})
}
