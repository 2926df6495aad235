package mkpapi

import (
	"net/http"
	"time"

	"dossier/remote/sandbox/store"
)

// maxRequested is how many files one request can ask for.
const maxRequested = 10

// fileRequest is a form through which somebody delivers files into a directory.
type fileRequest struct {
	head
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Directory   store.ID        `json:"directory"` // the root's, where none was named
	Customer    string          `json:"customer,omitempty"`
	Files       []requestedFile `json:"files"`
	Completed   time.Time       `json:"completed,omitzero"`
	Form        string          `json:"form"` // path of the form: /f/<hex>
}

// requestedFile is one entry of a request.
type requestedFile struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Required    bool     `json:"required"`
	MaxSize     int64    `json:"max_size"` // in sizeUnit
	Uploaded    store.ID `json:"uploaded,omitempty"`
}

// newRequest is the body of POST /file-requests.
type newRequest struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	CustomerID  *string         `json:"customerId"`
	DirectoryID *string         `json:"directoryId"`
	Files       []newRequestRow `json:"requestedFiles"`
}

type newRequestRow struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Required    bool   `json:"required"`
	MaxSize     *int64 `json:"maxFileSize"`
}

const usualMaxSize = 10240

func (a *API) createRequest(c *call) error {
	var want newRequest
	if err := c.body(&want); err != nil {
		return err
	}
	var r *fileRequest
	err := a.store.Update(func(tx *store.Tx) (err error) {
		if r, err = a.readRequest(tx.View, c.who, want); err != nil {
			return err
		}
		a.addRequest(tx, c.who, r)
		return nil
	})
	if err != nil {
		return err
	}
	return answerRecord(c, a.created(), r, (*renderer).request)
}

func (a *API) addRequest(tx *store.Tx, who *account, r *fileRequest) {
	for i := range r.Files {
		r.Files[i].ID = "fqf_" + a.opts.Random.Text(12)
	}
	requests.add(a, tx, who, r)
	r.Form = formPath(r.ID)
	requests.save(tx, r)
}

// readRequest checks what is asked for.
func (a *API) readRequest(v store.View, who *account, want newRequest) (*fileRequest, error) {
	r := &fileRequest{Name: want.Name, Description: want.Description, Directory: who.Root}
	switch n := len(want.Files); {
	case want.Name == "":
		return nil, unprocessable("The name is required.")
	case n == 0 || n > maxRequested:
		return nil, unprocessable("There must be 1 to 10 requested files.")
	}
	if want.DirectoryID != nil {
		up, err := a.item(v, who, *want.DirectoryID)
		if err != nil || up.Kind != store.Folder {
			return nil, unprocessable("The directory does not exist.")
		}
		r.Directory = up.ID
	}
	if want.CustomerID != nil {
		if _, err := customers.find(v, who, *want.CustomerID); err != nil {
			return nil, unprocessable("The customer does not exist.")
		}
		r.Customer = *want.CustomerID
	}
	for _, row := range want.Files {
		file := requestedFile{Name: row.Name, Description: row.Description, Required: row.Required, MaxSize: usualMaxSize}
		if row.MaxSize != nil {
			file.MaxSize = *row.MaxSize
		}
		if file.Name == "" || file.MaxSize <= 0 {
			return nil, unprocessable("A requested file needs a name and a size.")
		}
		r.Files = append(r.Files, file)
	}
	return r, nil
}

// request is a FileRequest.
func (x *renderer) request(r *fileRequest) object {
	a := x.api
	files := make([]object, len(r.Files))
	for i, f := range r.Files {
		files[i] = a.shaped(object{
			{"id", f.ID}, {"name", f.Name}, {"description", f.Description}, {"required", f.Required}, {"maxFileSize", f.MaxSize},
			{"uploadedFileId", x.uploaded(r, f)},
		})
	}
	var directory any
	if r.Directory != r.Root {
		directory = a.ShowID(r.Directory, store.Folder)
	}
	return a.shaped(object{
		{"id", r.ID}, {"name", r.Name}, {"description", orNull(r.Description)}, {"directoryId", directory}, {"customerId", orNull(r.Customer)},
		{"requestedFiles", files}, {"completedAt", a.stamp(r.Completed)}, {"createdAt", a.stamp(r.Created)},
		{"links", x.links("publicRequest", r.Form, r.Customer)},
	})
}

// uploaded is the file that was delivered. It is named even when it is no longer there.
func (x *renderer) uploaded(r *fileRequest, f requestedFile) any {
	if f.Uploaded == 0 || r.Completed.IsZero() && x.api.has("mkp-delivery-at-once") {
		return nil
	}
	return x.api.ShowID(f.Uploaded, store.File)
}

// visitorSite stands before the paths of forms and shares. Where a sandbox serves forms is not known here: take the path.
const visitorSite = "https://kantoor.example"

// links are the addresses at which a customer, or anybody, finds something.
func (x *renderer) links(public, path, customer string) object {
	var there any = object{{"href", visitorSite + path}, {"type", "text/html"}}
	if x.api.has("mkp-links-plain") {
		there = visitorSite + path
	}
	o := object{{"customer", nil}, {public, nil}}
	if customer != "" {
		o[0].value = there
	} else {
		o[1].value = there
	}
	return x.api.shaped(o)
}

// afterRequest is what the deletion of a request does to what was delivered: nothing, unless a quirk says so.
func (a *API) afterRequest(tx *store.Tx, r *fileRequest) {
	for _, f := range r.Files {
		if it := tx.Item(f.Uploaded); it != nil && a.has("mkp-request-takes-files") {
			a.purge(tx, it, a.main().Name)
		}
	}
}

// editRequest answers the PATCH that is there with a quirk only.
func (a *API) editRequest(c *call) error {
	var want struct {
		Name string `json:"name"`
	}
	if err := c.body(&want); err != nil {
		return err
	}
	if want.Name == "" {
		return unprocessable("The name is required.")
	}
	var r *fileRequest
	err := a.store.Update(func(tx *store.Tx) (err error) {
		if r, err = requests.find(tx.View, c.who, c.r.PathValue("id")); err == nil {
			r.Name = want.Name
			requests.save(tx, r)
		}
		return err
	})
	if err != nil {
		return err
	}
	return answerRecord(c, http.StatusOK, r, (*renderer).request)
}
