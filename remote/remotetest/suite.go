package remotetest

import (
	"slices"
	"testing"
	"time"

	"dossier/remote"
)

// Fixture is a portal of which a test may use one folder.
type Fixture struct {
	Driver   remote.Driver
	Root     remote.ID // an empty folder
	Somebody Somebody  // his paths begin in Root

	// Break makes one folder unreadable for the driver, though not gone. Nil: the fixture cannot.
	Break func(path string) error

	// Peek tells the content of a file behind the driver's back, where it cannot be fetched (Features.SendOnly). May be nil elsewhere.
	Peek func(remote.ID) ([]byte, error)

	Expect Expect
}

// Expect is what the driver should be seen to do, beyond what its features tell.
type Expect struct {
	Nobody  bool // the portal does not tell whom a token speaks for
	Feed    bool // it has a change feed
	Restore bool // it has a trash that we can use
	Unsized bool // it tells no sizes
	Lingers bool // what is gone may still be fetched by who knows it

	Resumes int64        // uploads of so many bytes can be resumed; 0: none can
	Many    int          // files of the large crawl; 0: 10,000
	Calls   map[Verb]int // how many calls the plain case of a verb takes; those not named are not looked at

	Patience time.Duration // how long a wait for the feed may take; 0: 30 seconds
}

// Run runs the suite: each of its tests gets a fixture of its own. A driver that passes keeps what remote.Driver promises, as
// far as its features go; what its features exclude, it refuses.
//
// What only a broken portal shows (cut bodies, pages of another service, lost replies on the wire) is for the driver's own
// tests: here replies are lost between driver and caller.
func Run(t *testing.T, fixture func(testing.TB) Fixture) {
	features := fixture(t).Driver.Features()
	for _, test := range suite {
		if test.listing && !features.Listing {
			continue // it looks at what is there; that Crawl and Children are refused is a test of its own
		}
		t.Run(test.name, func(t *testing.T) { test.do(t, prepared(fixture(t))) })
	}
}

// conformance is one test of the suite.
type conformance struct {
	name    string
	listing bool // needs Features.Listing
	do      func(testing.TB, Fixture)
}

var suite = slices.Concat(accountTests, uploadTests, changeTests, deleteTests, listTests, downloadTests, nameTests, feedTests, faultTests, twinTests, lessTests, tokenTests)

func prepared(f Fixture) Fixture {
	if f.Expect.Many == 0 {
		f.Expect.Many = 10_000
	}
	if f.Expect.Patience == 0 {
		f.Expect.Patience = 30 * time.Second
	}
	return f
}
