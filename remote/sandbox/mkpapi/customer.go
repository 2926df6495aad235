package mkpapi

import (
	"net/http"
	"regexp"
	"strings"

	"dossier/remote/sandbox/store"
)

// customer is a client of the office. Nothing ties one to a directory.
type customer struct {
	head
	Company string `json:"company"`
	Address string `json:"address"`
	ZipCode string `json:"zip_code"`
	City    string `json:"city"`
	Country string `json:"country"`
	Email   string `json:"email"`
}

// customerFields is the body of POST and PATCH; what is missing stays.
type customerFields struct {
	Company *string `json:"companyName"`
	Address *string `json:"address"`
	ZipCode *string `json:"zipCode"`
	City    *string `json:"city"`
	Country *string `json:"countryCode"`
	Email   *string `json:"primaryEmail"`
}

// apply sets what is given, and says how much that is.
func (f customerFields) apply(r *customer) (given int) {
	for _, pair := range []struct{ to, from *string }{
		{&r.Company, f.Company}, {&r.Address, f.Address}, {&r.ZipCode, f.ZipCode}, {&r.City, f.City}, {&r.Country, f.Country}, {&r.Email, f.Email},
	} {
		if pair.from != nil {
			*pair.to = *pair.from
			given++
		}
	}
	return given
}

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

func (r *customer) check() error {
	for _, field := range []struct{ name, value string }{
		{"companyName", r.Company}, {"address", r.Address}, {"zipCode", r.ZipCode}, {"city", r.City}, {"primaryEmail", r.Email},
	} {
		if field.value == "" {
			return unprocessable("The " + field.name + " is required.")
		}
	}
	switch {
	case !countryCode.MatchString(r.Country):
		return unprocessable("The countryCode is not valid.")
	case !strings.Contains(r.Email, "@"):
		return unprocessable("The primaryEmail is not valid.")
	}
	return nil
}

func (a *API) createCustomer(c *call) error {
	var want customerFields
	if err := c.body(&want); err != nil {
		return err
	}
	r := &customer{Country: "NL"}
	want.apply(r)
	if err := r.check(); err != nil {
		return err
	}
	err := a.store.Update(func(tx *store.Tx) error {
		customers.add(a, tx, c.who, r)
		return nil
	})
	if err != nil {
		return err
	}
	return answerRecord(c, a.created(), r, (*renderer).customer)
}

func (a *API) editCustomer(c *call) error {
	var want customerFields
	if err := c.body(&want); err != nil {
		return err
	}
	var r *customer
	err := a.store.Update(func(tx *store.Tx) (err error) {
		if r, err = customers.find(tx.View, c.who, c.r.PathValue("id")); err != nil {
			return err
		}
		if want.apply(r) == 0 {
			return unprocessable("At least one field is required.")
		}
		if err := r.check(); err != nil {
			return err
		}
		customers.save(tx, r)
		return nil
	})
	if err != nil {
		return err
	}
	return answerRecord(c, http.StatusOK, r, (*renderer).customer)
}

// customer is a Customer.
func (x *renderer) customer(r *customer) object {
	o := object{{"id", r.ID}, {"companyName", r.Company}, {"address", r.Address}, {"zipCode", r.ZipCode}, {"city", r.City}}
	if !x.api.has("mkp-country-absent") {
		o = append(o, member{"countryCode", r.Country})
	}
	return x.api.shaped(append(o, object{
		{"primaryEmail", r.Email}, {"phone", nil}, {"integration", nil}, {"integrationId", nil}, {"customerGroups", []object{}},
		{"createdAt", x.api.stamp(r.Created)},
	}...))
}
