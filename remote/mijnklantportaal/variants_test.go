package mijnklantportaal_test

import (
	"maps"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// needs is what the driver must be told of a portal that has one of these quirks: what `dossier doctor` finds, or a person.
var needs = map[string]rest.Assume{
	"mkp-header-authentication":     {"header": "Authentication"},
	"mkp-errors-html":               {"bare_errors": true},
	"mkp-errors-empty":              {"bare_errors": true},
	"mkp-list-404":                  {"listing": false},
	"mkp-list-405":                  {"listing": false},
	"mkp-list-root-only":            {"listing": false},
	"mkp-list-deep":                 {"listing": false},
	"mkp-list-files-only":           {"listing": false},
	"mkp-rows-shift":                {"listing": false}, // one that never keeps still: what becomes of it is in TestShiftingPages
	"mkp-delete-404":                {"delete": false},
	"mkp-delete-405":                {"delete": false},
	"mkp-duplicate-refused":         {"twins": "refused"},
	"mkp-duplicate-replaced":        {"twins": "replacing"},
	"mkp-duplicate-replaced-new-id": {"twins": "replacing"},
	"mkp-duplicate-renamed":         {"twins": "renamed"},
	"mkp-link-ranges":               {"ranges": true},
	"mkp-limit-counts-links":        {"links_counted": true},
}

// apps are the quirks that show when an app signs in.
var apps = map[string]bool{"mkp-refresh-rotates": true, "mkp-refresh-expires": true, "mkp-token-401": true, "mkp-consent-denied": true}

// unfit are the quirks with which a portal cannot keep what the suite asks for: it stores something else than was sent, or does not say
// what. The named test shows that the driver then does no harm.
var unfit = map[string]string{
	"mkp-name-slug":          "TestNamesThatComeBackOther",
	"mkp-link-once":          "TestLinkThatIsGoodForOneFetch",
	"mkp-size-off":           "TestSizesThatAreWrong",
	"mkp-size-null":          "TestSizesThatAreNotTold",
	"mkp-torn-upload-stored": "TestTornUploads",
}

// The suite, with each quirk of the sandbox in turn, without a listing and with.
func TestConformanceOfVariants(t *testing.T) {
	var ran atomic.Int32
	t.Run("quirk", func(t *testing.T) {
		for i, q := range sandbox.Quirks() {
			if q.Portal != portal || unfit[q.Name] != "" || i%stride() != 0 {
				continue
			}
			for mode, assume := range map[string]rest.Assume{"documented": nil, "listing": listing} {
				v := variant{quirk: q.Name, assume: merged(assume, needs[q.Name]), app: apps[q.Name]}
				t.Run(strings.TrimPrefix(q.Name, "mkp-")+"/"+mode, func(t *testing.T) {
					t.Parallel()
					ran.Add(1)
					remotetest.Run(t, func(tb testing.TB) remotetest.Fixture {
						f := v.fixture(tb, memory)
						f.Expect.Many = 40
						return f
					})
				})
			}
		}
	})
	t.Logf("%d variants", ran.Load())
	if ran.Load() < 2 {
		t.Error("the sandbox has no quirks of this portal")
	}
}

// stride is the step from one quirk to the next that is tried: 1, or more where DOSSIER_EFFORT asks for less than all.
func stride() int {
	effort, err := strconv.ParseFloat(os.Getenv("DOSSIER_EFFORT"), 64)
	if err != nil || effort <= 0 || effort >= 1 {
		return 1
	}
	return int(1 / effort)
}

func merged(all ...rest.Assume) rest.Assume {
	m := rest.Assume{}
	for _, a := range all {
		maps.Copy(m, a)
	}
	return m
}
