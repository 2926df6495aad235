package remote

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code sorts errors by what the mirror does about them.
type Code uint8

const (
	Unknown     Code = iota // nothing below fits: try again later
	NotFound                // there is no such item, or none for us
	Trashed                 // it lies in the trash
	NameTaken               // another item has the name
	Stale                   // the item is not as we believed: look again
	BadName                 // the portal refuses the name
	TooBig                  // the portal refuses the size
	Quota                   // the portal is full
	Denied                  // not allowed, for this item
	SignIn                  // the token is not, or no longer, accepted: a person must sign in
	Throttled               // too many calls: wait for RetryAfter
	Busy                    // the item or its surroundings are locked for now
	Unavailable             // the portal or the way to it is down
	Corrupt                 // an answer, or content, that cannot be what it claims
	Changed                 // our own file changed while it was sent
	Reset                   // a feed's position is lost: crawl again
	Unsupported             // the portal cannot do that
)

var codeNames = [...]string{"unknown", "not found", "trashed", "name taken", "stale", "bad name", "too big", "quota",
	"denied", "sign-in needed", "throttled", "busy", "unavailable", "corrupt", "changed", "reset", "unsupported"}

func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return fmt.Sprintf("code %d", c)
}

// Outcome is what we know about the effect of a call that failed.
type Outcome uint8

const (
	// NotDone: the call had no effect.
	NotDone Outcome = iota
	// MaybeDone: it may have taken effect, and we were not told. Look before you try again.
	MaybeDone
)

// Error is a failed call. It never holds a token, nor a link that carries one.
type Error struct {
	Op         string // verb and object, e.g. `upload "a.pdf"`
	Code       Code
	Outcome    Outcome
	Status     int    // HTTP status; 0: none was had
	Reason     string // the portal's own code, e.g. `item_name_in_use`
	RequestID  string
	RetryAfter time.Duration
	Existing   *Entry // NameTaken: who has the name, where the portal tells
	Err        error
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(e.Code.String())
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d", e.Status)
		if e.Reason != "" {
			b.WriteString(" " + e.Reason)
		}
		if e.RequestID != "" {
			b.WriteString(", request " + e.RequestID)
		}
		b.WriteString(")")
	}
	if e.Outcome == MaybeDone {
		b.WriteString(", it may have been done")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of the *Error that err is or wraps, Unknown if there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Unknown
}

// IsMaybeDone says whether the failed call may have taken effect.
func IsMaybeDone(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Outcome == MaybeDone
}
