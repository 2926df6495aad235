package remote

import (
	"errors"
	"fmt"
	"strings"
)

// How much of an answer is believed. Names are bytes, and what they hold is for the mirror to deal with: only their length is
// looked at here.
const (
	maxID       = 256
	maxName     = 4096
	maxRevision = 1024
	maxCursor   = 4096
	maxText     = 4096
)

func corrupt(format string, args ...any) *Error {
	return &Error{Code: Corrupt, Err: fmt.Errorf(format, args...)}
}

// told marks the refusal of a write's answer: the write itself was done. Nil stays nil.
func told(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Outcome = MaybeDone
	}
	return err
}

// checkID says why an id cannot be one.
func checkID(id ID) error {
	switch {
	case id == "":
		return corrupt("an item has no id")
	case len(id) > maxID:
		return corrupt("an id has %d bytes", len(id))
	case strings.ContainsFunc(string(id), func(r rune) bool { return r < ' ' || r == 0x7f }):
		return corrupt("an id has control characters: %q", id)
	}
	return nil
}

// checkEntry says why an entry cannot be one.
func checkEntry(e Entry) error {
	if err := checkID(e.ID); err != nil {
		return err
	}
	if e.Parent != "" {
		if err := checkID(e.Parent); err != nil {
			return err
		}
	}
	switch {
	case e.Parent == e.ID:
		return corrupt("item %q lies in itself", e.ID)
	case e.Name == "" || len(e.Name) > maxName:
		return corrupt("the name of item %q has %d bytes", e.ID, len(e.Name))
	case e.Kind < File || e.Kind > Other:
		return corrupt("item %q is of kind %d", e.ID, e.Kind)
	case e.Size < -1:
		return corrupt("item %q has %d bytes", e.ID, e.Size)
	case e.Seq < 0:
		return corrupt("item %q has sequence number %d", e.ID, e.Seq)
	case !isDigest(e.SHA1, 40) || !isDigest(e.SHA256, 64):
		return corrupt("item %q has a digest that is none", e.ID)
	case len(e.Content) > maxRevision || len(e.Guard) > maxRevision:
		return corrupt("item %q has a revision of more than %d bytes", e.ID, maxRevision)
	case len(e.Uploader) > maxText || len(e.Frozen) > maxText:
		return corrupt("item %q has a text of more than %d bytes", e.ID, maxText)
	}
	return nil
}

// isDigest says whether s is n lower-case hex digits, or not told.
func isDigest(s string, n int) bool {
	return s == "" || len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

// checkReply says why an entry cannot be the answer about an item.
func checkReply(e Entry, id ID, kind Kind) error {
	if err := checkEntry(e); err != nil {
		return err
	}
	if e.ID != id || e.Kind != kind {
		return corrupt("the answer tells of %s %q", e.Kind, e.ID)
	}
	return nil
}

// checkMade says why an entry cannot be the answer to the making of an item. The name may be another.
func (p *Portal) checkMade(e Entry, parent ID, kind Kind) error {
	if err := checkEntry(e); err != nil {
		return told(err)
	}
	if e.Kind != kind || e.Parent != parent || e.ID == p.root {
		return told(corrupt("the answer tells of %s %q in folder %q", e.Kind, e.ID, e.Parent))
	}
	return nil
}

// checkSent compares what the portal says it has got with what was sent.
func checkSent(e Entry, u Upload) error {
	switch {
	case e.Size != -1 && e.Size != u.Source.Size():
		return corrupt("the portal has got %d bytes of %d", e.Size, u.Source.Size())
	case e.SHA1 != "" && e.SHA1 != u.SHA1, e.SHA256 != "" && e.SHA256 != u.SHA256:
		return corrupt("the portal has got other bytes than were sent")
	}
	return nil
}

// clip keeps a name from filling an error or a log.
func clip(name string) string {
	if len(name) > 300 {
		return name[:300] + "…"
	}
	return name
}
