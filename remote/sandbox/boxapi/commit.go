package boxapi

import (
	"errors"
	"net/http"

	"dossier/remote/sandbox/store"
)

// commitBody is what a commit names: the parts it believes in, and attributes of the file.
type commitBody struct {
	Parts      []part     `json:"parts"`
	Attributes attributes `json:"attributes"`
}

func (a *API) commitSession(c *call) error {
	var body commitBody
	if err := errors.Join(c.body(&body), body.Attributes.parse()); err != nil {
		return err
	}
	var s *session
	var stored []part
	var err error
	a.store.View(func(v store.View) {
		if s, err = a.session(v, c); err == nil {
			stored = s.parts(v)
		}
	})
	if err != nil {
		return err
	}
	if s.Result != 0 {
		return a.answerCommitted(c, s)
	}
	if a.has("commit-attributes-ignored") {
		body.Attributes = attributes{}
	}
	if err := a.delayCommit(c, s); err != nil {
		return err
	}
	if err := complete(s, stored, body.Parts); err != nil {
		return err
	}
	return a.carryOutCommit(c, s, body.Attributes)
}

// accepted is the answer "not yet".
var accepted = &problem{status: http.StatusAccepted}

// delayCommit plays the quirks of a commit that comes too early.
func (a *API) delayCommit(c *call, s *session) error {
	switch {
	case a.desk.First("commit-202", s.ID, 2):
		return accepted
	case a.desk.First("parts-mismatch", s.ID, 1):
		return partsMismatch
	case a.desk.First("commit-bad-digest", s.ID, 1):
		return badPartDigest
	}
	return nil
}

var (
	partsMismatch = bad("parts_mismatch", "The parts in the request do not match the parts uploaded")
	badPartDigest = bad("bad_digest", "The Digest header does not match what we received")
)

// complete checks that all parts are there, and that they are the ones the client means.
func complete(s *session, stored, named []part) error {
	var sum int64
	for _, p := range stored {
		sum += p.Size
	}
	if sum != s.Size || len(named) != len(stored) {
		return partsMismatch
	}
	ids := map[string]bool{}
	for _, p := range stored {
		ids[p.ID] = true
	}
	for _, p := range named {
		if !ids[p.ID] {
			return partsMismatch
		}
	}
	return nil
}

func (a *API) carryOutCommit(c *call, s *session, at attributes) error {
	stage, err := a.store.Stage(s.ID)
	if err != nil {
		return err
	}
	sum, err := a.sessions.hash(s, stage)
	if err == nil && c.r.Header.Get("Digest") != digestHeader(sum) {
		err = badPartDigest
	}
	if err != nil {
		stage.Release()
		return err
	}
	later := a.desk.First("commit-202-done", s.ID, 1)
	it, err := a.settle(c, s, at, store.Version{SHA1: sum, Size: s.Size, By: c.who.ID, Modified: at.modified}, stage, later)
	if err != nil {
		stage.Release()
		return a.missing(c.r, err)
	}
	a.forgetSession(s.ID)
	if later {
		return accepted
	}
	return a.answerEntries(c, http.StatusCreated, it)
}

// settle makes the file or version of a session, in one change with the session's end.
func (a *API) settle(c *call, s *session, at attributes, content store.Version, stage store.Stage, later bool) (it *store.Item, err error) {
	err = a.store.Update(func(tx *store.Tx) error {
		var err error
		if s, err = a.session(tx.View, c); err != nil {
			return err
		}
		if s.File != "" {
			at.Name = s.Name
			it, err = a.putVersion(tx, c, s.File, at, content)
		} else {
			at.Name, at.Parent.ID = s.Name, s.Folder
			it, err = a.putFile(tx, c, at, content)
		}
		if err != nil {
			return err
		}
		if later {
			s.Result = it.ID
		}
		return errors.Join(s.end(tx), stage.Keep(content.SHA1))
	})
	return it, err
}

func (a *API) answerCommitted(c *call, s *session) error {
	var it *store.Item
	a.store.View(func(v store.View) { it = v.Item(s.Result) })
	if it == nil {
		return notFound
	}
	return a.answerEntries(c, http.StatusCreated, it)
}
