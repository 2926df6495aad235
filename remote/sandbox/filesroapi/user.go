package filesroapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"dossier/remote/sandbox/store"
)

const notificationsBucket = "filesro/notifications" // by id

// notification says that a request was filled.
type notification struct {
	ID      store.ID `json:"id"`
	Owner   string   `json:"owner"`
	Request store.ID `json:"request"`
	// Folder is the name of the folder that the request was made in.
	Folder  string    `json:"folder"`
	Created time.Time `json:"created"`
}

// notify leaves a word for the owner of a request that a visitor ended. It reads the name of the folder that the request was made in, and
// fails for those that were made at home. The job that ends a request writes none.
func (a *API) notify(tx *store.Tx, q *request, folder *store.Item) error {
	if q.Folder == q.Root && !a.has("filesro-notified-at-home") || a.has("filesro-no-notifications") {
		return nil
	}
	n := notification{ID: tx.NewID(), Owner: q.Owner, Request: q.ID, Folder: folder.Name, Created: tx.Now}
	raw, err := json.Marshal(n)
	tx.SetDoc(notificationsBucket, showUUID(n.ID, itemKey), raw)
	return err
}

func (a *API) notifications(x *renderer, who *Account) []record {
	var all []notification
	for _, raw := range x.v.Docs(notificationsBucket) {
		var n notification
		if json.Unmarshal(raw, &n) == nil && n.Owner == who.Email {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(m, n notification) int { return cmp.Compare(n.ID, m.ID) })
	list := make([]record, len(all))
	for i, n := range all {
		list[i] = a.notification(x, n)
	}
	return list
}

func (a *API) notification(x *renderer, n notification) record {
	var action any = map[string]any{"type": "route", "params": map[string]string{"route": "Files", "button": "Show Files", "id": showUUID(n.Request, itemKey)}}
	if a.has("filesro-notification-text") {
		action = "Show Files"
	}
	return record{recordData{ID: showUUID(n.ID, itemKey), Type: `Domain\UploadRequest\Notifications\UploadRequestFulfilledNotification`, Attributes: map[string]any{
		"category": "file-request", "title": "File Request Filled",
		"description": fmt.Sprintf("Your file request for '%s' folder was filled successfully.", n.Folder),
		"action":      action, "created_at": x.date(n.Created), "read_at": nil,
	}}}
}

// me answers GET /user. Nothing marks a notification as read: the calls for that are not known.
func (a *API) me(c *call) error {
	var zone any = zoneHours
	if a.has("filesro-timezone-text") {
		zone = zoneName
	}
	var data recordData
	a.store.View(func(v store.View) {
		unread := a.notifications(a.renderer(v, c, c.who.Root), c.who)
		related := map[string]any{
			"settings": record{recordData{ID: c.who.ID, Type: "settings", Attributes: map[string]any{
				"name": c.who.Name, "avatar": nil, "color": "#00BC7E", "timezone": zone,
			}}},
			"readNotifications": map[string]any{"data": []record{}}, "unreadNotifications": map[string]any{"data": unread},
		}
		if a.has("filesro-notifications-bare") {
			related["readNotifications"], related["unreadNotifications"] = []any{}, bare(unread)
		}
		data = recordData{ID: c.who.ID, Type: "user", Attributes: a.profile(v, c.who), Relationships: related}
	})
	return writeJSON(c.w, http.StatusOK, record{data})
}

// bare takes records out of their wrapping.
func bare(list []record) []recordData {
	out := make([]recordData, len(list))
	for i, r := range list {
		out[i] = r.Data
	}
	return out
}

func (a *API) profile(v store.View, who *Account) map[string]any {
	used := spaceUsed(v, who)
	return map[string]any{
		"email": who.Email, "role": "user", "two_factor_authentication": false, "socialite_account": false,
		"storage": map[string]any{
			"used": math.Round(float64(used)*10000/float64(a.opts.Quota)) / 100, "used_formatted": sizeForPeople(used),
			"capacity": a.opts.Quota / 1_000_000_000, "capacity_formatted": sizeForPeople(a.opts.Quota),
		},
		"created_at": "01. Jan. 2024", "updated_at": "01. Jan. 2024",
	}
}
