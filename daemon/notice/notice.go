// Package notice tells people what needs them: decides what is worth telling, and sends it to the screen, a webhook or a command.
//
// Decide is a pure function over values; a Sender does the sending, and never keeps its caller waiting. Between the two stands the
// caller, who keeps the Memory (see Load and Save), so that a restart tells nothing twice. A crash between telling and
// saving may: a notice too many is better than one too few.
package notice

import (
	"strings"
	"time"
	"unicode"
)

// Kind is what a notice is about. Receivers sort by it, so the words stay.
type Kind string

const (
	Conflicts  Kind = "conflicts"        // both versions of a file were kept
	Halted     Kind = "halted"           // a guard tripped
	SignIn     Kind = "sign-in"          // a portal does not accept the token
	SignInSoon Kind = "sign-in-soon"     // a portal's token ends within a week
	OutOfStep  Kind = "out-of-step"      // a client has been behind for long
	Request    Kind = "request-complete" // a client has delivered all that was asked for
	Digest     Kind = "digest"           // how all clients are
)

// Notice is one thing that a person should know, in plain words. It names clients, portals and files, and holds no secret.
type Notice struct {
	Kind    Kind      `json:"kind"`
	Client  string    `json:"client,omitempty"`  // whom it is about, if it is one
	Portal  string    `json:"portal,omitempty"`  // the portal that it is about
	Clients []string  `json:"clients,omitempty"` // whom it is about, if there are several
	Title   string    `json:"title"`
	Text    string    `json:"text"`
	Next    string    `json:"next,omitempty"` // what to do
	Time    time.Time `json:"time"`
}

// longest bounds a name or path in a text, in runes: portals choose file names, and a screen has little room.
const longest = 120

// plain makes of a name what may stand in a sentence: no control characters, no marks that turn the direction of writing, not too long.
func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(name, string(unicode.ReplacementChar)))
	if runes := []rune(name); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return name
}
