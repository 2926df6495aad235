package syncer

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// portalFaults are what a portal may do to us, one at a time and for as long as a run lasts.
var portalFaults = map[string]sandbox.Fault{
	"503":               {Do: mischief.Status, Status: 503},
	"500":               {Do: mischief.Status, Status: 500},
	"426":               {Do: mischief.Status, Status: 426},
	"422":               {Do: mischief.Status, Status: 422},
	"412":               {Do: mischief.Status, Status: 412, Code: "precondition_failed"},
	"404":               {Do: mischief.Status, Status: 404, Code: "not_found"},
	"403":               {Do: mischief.Status, Status: 403, Code: "access_denied_insufficient_permissions"},
	"401":               {Do: mischief.Status, Status: 401},
	"429":               {Do: mischief.RateLimit, Delay: time.Second},
	"an expired token":  {Do: mischief.Expired, Times: 3},
	"a sign-in page":    {Do: mischief.HTML},
	"cut JSON":          {Do: mischief.Truncated},
	"an empty list":     {Do: mischief.EmptyList},
	"an endless list":   {Do: mischief.EndlessList},
	"shifting pages":    {Do: mischief.ShiftingPages},
	"a body cut":        {Do: mischief.CutBody, Bytes: 5},
	"a wrong length":    {Do: mischief.WrongLength, Bytes: 7},
	"a body too long":   {Do: mischief.ChangedLength, Bytes: 3, Method: "GET"},
	"a body too short":  {Do: mischief.ChangedLength, Bytes: -3, Method: "GET"},
	"another host":      {Do: mischief.Elsewhere, To: "http://evil.example"},
	"lost before":       {Do: mischief.LoseBefore},
	"lost after, twice": {Do: mischief.LoseAfter, Skip: 3, Times: 2},
	"503, and done":     {Do: mischief.StatusApplied, Status: 503, Skip: 3, Times: 2},
	"slow":              {Do: mischief.Slow, Delay: 5 * time.Second, Times: 5},
}

// While a portal misbehaves nothing is deleted that nobody deleted; when it stops, the next runs come in step without help (E5, E6, F2, F4).
func TestPortalsMisbehave(t *testing.T) {
	for _, kind := range portalKinds {
		for _, name := range slices.Sorted(maps.Keys(portalFaults)) {
			t.Run(kind.name+", "+name, func(t *testing.T) {
				t.Parallel()
				inPortalWorld(t, kind, func(w *portalWorld) { misbehave(w, portalFaults[name]) })
			})
		}
	}
}

func misbehave(w *portalWorld, fault sandbox.Fault) {
	portalBegin(w)
	portalDay(w)
	w.settle()
	fault.Portal = w.kind.portal
	_, err := w.server.Fault(fault)
	must(w.t, err)
	for range 3 {
		rep := w.run()
		w.spared(rep)
		time.Sleep(3 * time.Minute)
	}
	w.server.ClearFaults()
	w.afterAll("in the end")
}

// spared demands that what nobody touched is there on both sides, and that the report says how it stands.
func (w *portalWorld) spared(rep Report) {
	w.t.Helper()
	if !holds(w.onDisk(), "c.txt", "first c.txt") {
		w.t.Errorf("c.txt, which nobody touched, is gone from the disk: %+v", rep)
	}
	if !taken(w.there(), "c.txt", sumOf("first c.txt")) {
		w.t.Errorf("c.txt, which nobody touched, is gone from the portal: %+v", rep)
	}
	for _, p := range rep.Problems {
		if p.Code == "" {
			w.t.Errorf("a problem without a reason: %+v", p)
		}
	}
	if rep.State == Failed && rep.Error == "" || rep.State == Halted && rep.Halted == nil {
		w.t.Errorf("no plain state: %+v", rep)
	}
}

// quirkNeeds is what a driver must be told of a portal that has one of these quirks: what `dossier doctor` finds, or a person.
var quirkNeeds = map[string]rest.Assume{
	"mkp-header-authentication": {"header": "Authentication"}, "mkp-errors-html": {"bare_errors": true}, "mkp-errors-empty": {"bare_errors": true},
	"mkp-list-404": {"listing": false}, "mkp-list-405": {"listing": false}, "mkp-list-root-only": {"listing": false}, "mkp-list-deep": {"listing": false},
	"mkp-list-files-only": {"listing": false}, "mkp-rows-shift": {"listing": false}, "mkp-delete-404": {"delete": false}, "mkp-delete-405": {"delete": false},
	"mkp-duplicate-refused": {"twins": "refused"}, "mkp-duplicate-replaced": {"twins": "replacing"}, "mkp-duplicate-replaced-new-id": {"twins": "replacing"},
	"mkp-duplicate-renamed": {"twins": "renamed"}, "mkp-link-ranges": {"ranges": true}, "mkp-limit-counts-links": {"links_counted": true},

	"filesro-no-folders-path": {"folders": false, "latest": true}, "filesro-no-trash-path": {"trash": false}, "filesro-create-folder-path": {"make_path": "create-folder"},
	"filesro-html-404": {"json_404": false}, "filesro-names-unique": {"twins": false}, "filesro-type-own": {"own_type": true}, "filesro-path-required": {"send_path": true},
	"filesro-delete-body-dropped": {"delete": false}, "filesro-small-requests": {"chunk": int64(512 << 10)}, "filesro-download-no-length": {"length": false},
	"filesro-no-meta": {"totals": false}, "filesro-chunk-twice": {"verify": true}, "filesro-chunk-500-stored": {"verify": true},
	"filesro-no-bearer-download": {"download": false}, "filesro-download-plan": {"download": false}, "filesro-no-chunks": {"one_piece": true},

	"bo-files-unpaged": {"paging": false}, "bo-list-root-only": {"list_whole": false}, "bo-list-lags": {"list_lag": int64(60)},
	"bo-upload-json": {"upload": "data-uri"}, "bo-upload-202": {"list_lag": int64(60)}, "bo-path-opaque": {"stored_names": false},
	"bo-path-follows-caption": {"stored_names": false, "path_tells_content": false}, "bo-captions-unique": {"twins": false}, "bo-null-moves": {"move_to_root": true},
	"bo-folder-list": {"list_folders": true}, "bo-folder-singular": {"delete_folders": true}, "bo-folder-mixed": {"delete_folders": true},
	"bo-folder-delete-refused": {"delete_folders": true}, "bo-folder-delete-lifts": {"delete_folders": true},
}

// spoilt are the quirks with which a portal cannot be brought in step: it keeps something else than was sent, or does not say what, or
// hands out nothing. Nothing may be lost all the same, and without the quirk all comes in step.
var spoilt = map[string]bool{
	"mkp-size-off": true, "mkp-name-slug": true, "mkp-torn-upload-stored": true,
	"filesro-total-moves": true, "filesro-chunk-twice": true, "filesro-chunk-500-stored": true, "filesro-bytes-missing": true, "filesro-file-url-elsewhere": true,
	"filesro-delete-ignored": true,
	"bo-envelope-unknown":    true, "bo-2fa": true, "bo-upload-types": true, "bo-download-absent": true, "bo-download-elsewhere": true, "bo-download-html": true,
	"bo-download-cut": true, "bo-download-short": true,
}

// hole tells of the quirks by which something cannot be seen: a content that is another under the same stored path, half a file that is said
// to be whole, files in folders of which nobody tells; and one that lets no version follow another. Nothing else may suffer.
func (w *portalWorld) hole(quirk string) bool {
	switch quirk {
	case "bo-replaced-same-path", "bo-download-short", "bo-list-root-only":
		return true
	case "mkp-duplicate-refused":
		return !w.can().Delete
	}
	return false
}

// aboutRequests are the words in the names of quirks that show only with file requests.
var aboutRequests = []string{"request-", "-request", "delivery", "complete-all", "max-size-bytes", "notif", "status-", "folder-id-empty", "remote-queued"}

// Every quirk that the sandbox plays is lived with, with the setting that says so.
func TestQuirksOnEachPortal(t *testing.T) {
	played := 0
	for _, kind := range portalKinds {
		for i, q := range sandbox.Quirks() {
			about := slices.ContainsFunc(aboutRequests, func(word string) bool { return strings.Contains(q.Name, word) && q.Name != "filesro-small-requests" })
			if q.Portal != kind.portal || about || i%stride(1) != 0 {
				continue
			}
			played++
			t.Run(kind.name+", "+q.Name, func(t *testing.T) {
				t.Parallel()
				inPortalWorld(t, kind.with(quirkNeeds[q.Name]), func(w *portalWorld) { quirky(w, q.Name) })
			})
		}
	}
	t.Logf("%d quirks played", played)
}

func quirky(w *portalWorld, quirk string) {
	must(w.t, w.server.SetQuirk(quirk))
	if spoilt[quirk] {
		w.server.ClearQuirk(quirk)
	}
	portalBegin(w)
	portalDay(w)
	w.settle()
	if spoilt[quirk] {
		must(w.t, w.server.SetQuirk(quirk))
		for range 3 {
			w.spared(w.run())
			time.Sleep(3 * time.Minute)
		}
		w.server.ClearQuirk(quirk)
		time.Sleep(48 * time.Hour)
	}
	rep := w.untilStill(w.dayDone())
	if w.hole(quirk) {
		w.spared(rep)
		return
	}
	portalEvening(w, quirk)
	w.still(w.dayDone())
}
