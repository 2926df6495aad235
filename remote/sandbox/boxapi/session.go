package boxapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

const (
	sessionsBucket = "box/sessions"
	sessionLife    = 7 * 24 * time.Hour
)

// session is one upload in parts. It survives a restart.
type session struct {
	ID       string    `json:"id"`
	Account  string    `json:"account"`
	Folder   string    `json:"folder,omitempty"` // of a new file, as the client named it
	File     string    `json:"file,omitempty"`   // that gets a new version
	Name     string    `json:"name,omitempty"`
	Size     int64     `json:"size"`
	PartSize int64     `json:"part_size"`
	Expires  time.Time `json:"expires"`
	Ended    bool      `json:"ended,omitempty"`  // committed or aborted
	Result   store.ID  `json:"result,omitempty"` // of a commit that was answered with 202
}

// part is one stored part, in Box's form.
type part struct {
	ID     string `json:"part_id"`
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`
	SHA1   string `json:"sha1"`
}

func (s *session) partsBucket() string { return "box/parts/" + s.ID }

func (s *session) totalParts() int64 { return (s.Size + s.PartSize - 1) / s.PartSize }

func (s *session) save(tx *store.Tx) error {
	raw, err := json.Marshal(s)
	tx.SetDoc(sessionsBucket, s.ID, raw)
	return err
}

// end voids a session and forgets its parts.
func (s *session) end(tx *store.Tx) error {
	for offset := range tx.Docs(s.partsBucket()) {
		tx.SetDoc(s.partsBucket(), offset, nil)
	}
	s.Ended = true
	return s.save(tx)
}

// parts returns what is stored, by offset.
func (s *session) parts(v store.View) []part {
	var list []part
	for _, raw := range v.Docs(s.partsBucket()) {
		var p part
		if json.Unmarshal(raw, &p) == nil {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(p, q part) int { return int((p.Offset - q.Offset) / s.PartSize) })
	return list
}

var sessionExpired = &problem{status: http.StatusGone, code: "session_expired", message: "The upload session has expired"}

// session finds the session of a call.
func (a *API) session(v store.View, c *call) (*session, error) {
	raw := v.Doc(sessionsBucket, c.r.PathValue("session"))
	if raw == nil {
		return nil, notFound
	}
	s := new(session)
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, err
	}
	if s.Account != c.who.ID {
		return nil, &problem{status: http.StatusForbidden, code: "forbidden", message: "Only the user who created the session may use it"}
	}
	if s.Ended && s.Result == 0 || !a.opts.Clock().Before(s.Expires) {
		return nil, sessionExpired
	}
	return s, nil
}

// createSession answers both POST …/upload_sessions: for a new file, and for a version where the path has an id.
func (a *API) createSession(c *call) error {
	var body struct {
		Folder string `json:"folder_id"`
		Name   string `json:"file_name"`
		Size   *int64 `json:"file_size"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	s := &session{Account: c.who.ID, Folder: body.Folder, File: c.r.PathValue("id"), Name: body.Name, PartSize: a.opts.PartSize}
	if err := a.checkSize(s, body.Size); err != nil {
		return err
	}
	err := a.store.Update(func(tx *store.Tx) error {
		if err := a.checkTarget(tx.View, c, s); err != nil {
			return err
		}
		if a.spaceUsed(tx.View, c.who)+s.Size > a.opts.Quota {
			return quotaExceeded
		}
		s.ID, s.Expires = strings.ToUpper(a.opts.Random.Text(32)), tx.Now.Add(sessionLife)
		return s.save(tx)
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusCreated, a.sessionForm(c, s, 0))
}

func (a *API) checkSize(s *session, size *int64) error {
	switch {
	case size == nil:
		return bad("missing_file_size", "The file_size is missing")
	case *size < 0:
		return bad("invalid_file_size", "The file_size is invalid")
	case *size < a.opts.MinSession:
		return bad("file_size_too_small", fmt.Sprintf("The file is smaller than %d bytes", a.opts.MinSession))
	case *size > a.opts.MaxFile:
		return fileTooLarge
	}
	s.Size = *size
	return nil
}

// checkTarget makes the checks that a preflight makes.
func (a *API) checkTarget(v store.View, c *call, s *session) error {
	if s.File == "" {
		if s.Folder == "" {
			return bad("missing_destination", "The folder_id is missing")
		}
		if s.Name == "" {
			return bad("missing_file_name", "The file_name is missing")
		}
		if _, err := parseID(s.Folder, c.who); err != nil {
			return bad("invalid_folder_id", "The folder_id is invalid")
		}
	}
	err := a.wouldTake(v, c, s.File, s.Name, s.Folder)
	var p *problem
	if errors.As(err, &p) && p.code == "item_name_in_use" && a.has("late-clash") {
		return nil
	}
	return err
}

func (a *API) sessionForm(c *call, s *session, stored int) map[string]any {
	at := origin(c.r) + "/api/2.0/files/upload_sessions/" + s.ID
	return map[string]any{
		"type": "upload_session", "id": s.ID, "session_expires_at": s.Expires.UTC().Format(time.RFC3339), "part_size": s.PartSize,
		"total_parts": s.totalParts(), "num_parts_processed": stored,
		"session_endpoints": map[string]string{
			"upload_part": at, "commit": at + "/commit", "abort": at, "list_parts": at + "/parts", "status": at, "log_event": at + "/log",
		},
	}
}

func (a *API) sessionStatus(c *call) error {
	var s *session
	var stored int
	var err error
	a.store.View(func(v store.View) {
		if s, err = a.session(v, c); err == nil {
			stored = len(s.parts(v))
		}
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, a.sessionForm(c, s, stored))
}

func (a *API) abortSession(c *call) error {
	var s *session
	err := a.store.Update(func(tx *store.Tx) (err error) {
		if s, err = a.session(tx.View, c); err != nil {
			return err
		}
		return s.end(tx)
	})
	if err != nil {
		return err
	}
	a.forgetSession(s.ID)
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) forgetSession(id string) {
	a.store.Forget(id)
	a.sessions.forget(id)
}

func (a *API) listParts(c *call) error {
	limit, err := c.query("limit", maxPage, maxPage, "invalid_limit")
	if err != nil {
		return err
	}
	offset, err := c.query("offset", 0, 1<<31, "invalid_offset")
	if err != nil {
		return err
	}
	if offset > 10_000 {
		return bad("invalid_offset", "Offset too large")
	}
	var all []part
	a.store.View(func(v store.View) {
		var s *session
		if s, err = a.session(v, c); err == nil {
			all = s.parts(v)
		}
	})
	if err != nil {
		return err
	}
	page := append([]part{}, all[min(offset, len(all)):]...)
	page = page[:min(limit, len(page))]
	return writeJSON(c.w, http.StatusOK, map[string]any{
		"total_count": len(all), "limit": limit, "offset": offset, "entries": page,
		"order": []map[string]string{{"by": "offset", "direction": "ASC"}},
	})
}
