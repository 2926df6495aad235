package mkpapi

import (
	"net/url"
	"slices"

	"dossier/remote/sandbox/store"
)

// webhook is an address that wants to be told. It is kept, but never called: no event has to do with files.
type webhook struct {
	head
	Type   string `json:"type"`
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

var webhookTypes = []string{
	"appointment-created", "appointment-canceled", "customer-created", "customer-deleted",
	"offer-created", "offer-deleted", "offer-accepted", "offer-rejected",
	"invoice-created", "invoice-chargeback", "invoice-paid", "invoice-deleted",
	"payment-link-created", "payment-link-expired", "payment-link-paid",
	"ticket-created", "ticket-reply-customer", "ticket-reply-employee",
	"subscription-created", "subscription-updated", "subscription-deleted", "subscription-payment-created", "subscription-payment-updated",
}

func (a *API) createWebhook(c *call) error {
	var want struct{ URL, Type string }
	if err := c.body(&want); err != nil {
		return err
	}
	to, err := url.Parse(want.URL)
	switch {
	case err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http":
		return unprocessable("The url is not valid.")
	case !slices.Contains(webhookTypes, want.Type):
		return unprocessable("The type is not valid.")
	}
	r := &webhook{Type: want.Type, URL: want.URL, Secret: a.opts.Random.Text(40)}
	err = a.store.Update(func(tx *store.Tx) error {
		webhooks.add(a, tx, c.who, r)
		return nil
	})
	if err != nil {
		return err
	}
	return answerRecord(c, a.created(), r, (*renderer).webhook)
}

// webhook is a Webhook.
func (x *renderer) webhook(r *webhook) object {
	return x.api.shaped(object{{"id", r.ID}, {"type", r.Type}, {"url", r.URL}, {"secret", r.Secret}, {"createdAt", x.api.stamp(r.Created)}})
}
