package filesroapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

const (
	requestsBucket = "filesro/requests" // by id

	visitor = "visitor" // who uploads through a file request; no account has this name
)

// The life of a file request, which an hourly job ends.
const (
	unansweredLife = 72 * time.Hour // of one that the cache remembers no upload of
	quietLife      = 3 * time.Hour  // after the latest upload
	jobEvery       = time.Hour
)

const (
	active  = "active"
	filling = "filling"
	filled  = "filled"
	expired = "expired"
)

// request is a file request. The folder that it fills has its id, and is not there until the first upload.
type request struct {
	ID      store.ID  `json:"id"`
	Folder  store.ID  `json:"folder"` // that the request's own folder comes to lie in
	Root    store.ID  `json:"root"`
	Owner   string    `json:"owner"` // e-mail of the account
	Name    string    `json:"name"`
	Email   *string   `json:"email"`
	Notes   *string   `json:"notes"`
	Status  string    `json:"status"` // as it was written last; time changes it without anybody writing
	Created time.Time `json:"created"`
	Latest  time.Time `json:"latest,omitzero"` // upload
}

func (q *request) save(tx *store.Tx) error {
	raw, err := json.Marshal(q)
	tx.SetDoc(requestsBucket, showUUID(q.ID, itemKey), raw)
	return err
}

// status is what has become of a request by now. With a lost cache nobody remembers the uploads.
func (q *request) status(now time.Time, lostCache bool) string {
	unanswered := q.Status == active || q.Status == filling && lostCache
	switch {
	case unanswered && !now.Before(nextJob(q.Created.Add(unansweredLife))):
		return expired
	case q.Status == filling && !lostCache && !now.Before(nextJob(q.Latest.Add(quietLife))):
		return filled
	}
	return q.Status
}

func (q *request) open(now time.Time, lostCache bool) bool {
	status := q.status(now, lostCache)
	return status == active || status == filling
}

// nextJob is when the job runs first that sees a time as past.
func nextJob(at time.Time) time.Time {
	if on := at.Truncate(jobEvery); on.Equal(at) {
		return on
	}
	return at.Truncate(jobEvery).Add(jobEvery)
}

func readRequest(v store.View, id store.ID) (*request, error) {
	raw := v.Doc(requestsBucket, showUUID(id, itemKey))
	if raw == nil {
		return nil, notFound
	}
	q := new(request)
	return q, json.Unmarshal(raw, q)
}

// requestForm is what POST /requests takes.
type requestForm struct{ name, email, notes, folder string }

func (a *API) requestForm(c *call) (requestForm, error) {
	in, err := c.input()
	if err != nil {
		return requestForm{}, err
	}
	if a.has("filesro-request-all-required") {
		for _, name := range []string{"email", "notes", "folder_id", "name"} {
			if !in.has(name) {
				in.fault(name, "The %s field is required.", words(name))
			}
		}
	}
	if in.fields["folder_id"] == nil && (a.has("filesro-folder-id-empty") || a.has("filesro-request-all-required")) {
		delete(in.fields, "folder_id")
	}
	form := requestForm{name: in.text("name"), email: in.text("email"), notes: in.text("notes"), folder: in.uuid("folder_id")}
	if form.email != "" && !strings.Contains(form.email, "@") {
		in.fault("email", "The email must be a valid email address.")
	}
	return form, in.check()
}

// createRequest answers POST /requests.
func (a *API) createRequest(c *call) error {
	form, err := a.requestForm(c)
	if err != nil {
		return err
	}
	q := &request{Root: c.who.Root, Owner: c.who.Email, Name: form.name, Email: orNull(form.email), Notes: orNull(form.notes), Status: active}
	err = a.store.Update(func(tx *store.Tx) error {
		folder, err := a.target(tx.View, scope{who: c.who}, form.folder)
		if err != nil {
			return invalidField("folder_id", "The selected folder id is invalid.")
		}
		return q.begin(tx, folder.ID)
	})
	if err != nil {
		return err
	}
	var status any // the database's default is not read back
	if a.has("filesro-status-active") {
		status = active
	}
	return a.answerRequest(c, http.StatusCreated, q, status)
}

func (q *request) begin(tx *store.Tx, folder store.ID) error {
	q.ID, q.Folder, q.Created = tx.NewID(), folder, tx.Now
	return q.save(tx)
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (a *API) answerRequest(c *call, status int, q *request, shown any) error {
	if shown == nil || shown == active {
		shown = a.openWord(shown)
	}
	who := a.account(q.Owner)
	related := map[string]any{"user": record{recordData{ID: who.ID, Type: "user", Attributes: map[string]any{"name": who.Name, "avatar": nil}}}}
	attributes := map[string]any{"folder_id": nil, "status": shown, "email": q.Email, "notes": q.Notes}
	if q.Folder != q.Root {
		attributes["folder_id"] = showUUID(q.Folder, itemKey)
	} else if a.has("filesro-folder-id-empty") {
		attributes["folder_id"] = ""
	}
	a.store.View(func(v store.View) {
		if it := v.Item(q.ID); it != nil && deletedAt(v, it).IsZero() {
			related["folder"] = a.renderer(v, c, q.Root).item(it)
		}
	})
	return writeJSON(c.w, status, record{recordData{ID: showUUID(q.ID, itemKey), Type: "upload-request", Attributes: attributes, Relationships: related}})
}

// openWord is what the status is called of a request that nothing came for yet.
func (a *API) openWord(usual any) any {
	switch {
	case a.has("filesro-status-open"):
		return "open"
	case a.has("filesro-status-unknown"):
		return "pending"
	}
	return usual
}

// requestOf finds the request of a call.
func (a *API) requestOf(c *call) (*request, error) {
	var q *request
	var err error
	a.store.View(func(v store.View) { q, err = readRequest(v, readUUID(c.r.PathValue("id"), itemKey)) })
	return q, err
}

// getRequest answers GET /requests/{id}, to anybody and whatever has become of it.
func (a *API) getRequest(c *call) error {
	if c.who == nil && a.has("filesro-request-needs-token") {
		return unauthenticated
	}
	q, err := a.requestOf(c)
	if err != nil {
		return err
	}
	return a.answerRequest(c, http.StatusOK, q, q.status(a.opts.Clock(), a.has("filesro-request-lost-cache")))
}
