package box

import (
	"encoding/json"
	"strconv"
	"time"

	"dossier/remote"
)

// What is assumed of Box, because neither Box nor anyone else says so. Each fact stands here only; "§" is a section of the
// fact sheet on Box's API from which this driver was written. Those with a name in quotes can be set under `assume` in the
// configuration.

// Assumptions lists them, for the check of the configuration, for `dossier doctor` and for the manual.
var Assumptions = []remote.Assumption{
	{ID: "A1", Says: "deletions go to the trash", Setting: assumeTrash, Default: true, Quirks: []string{"no-trash"}, Probe: true},
	{ID: "A2", Says: "the 255 characters of a name are UTF-16 units", Quirks: []string{"names-code-points"}, Why: "the stricter reading fits both"},
	{ID: "A3", Says: "the sizes of upload sessions are decimal", Why: "what lies between the readings may go either way"},
	{ID: "A4", Says: "the long poll needs no token", Quirks: []string{"poll-silent"}, Why: "without an answer the next look comes by the clock"},
	{ID: "A5", Says: "names keep their Unicode form, and may hold < > : | ? and *", Quirks: []string{"names-nfc", "special-names-refused", "leading-space-refused", "sanitise-names"}, Why: "the name that the answer gives counts, and a refusal is told"},
	{ID: "A6", Says: "event positions grow", Quirks: []string{"events-position-zero"}, Why: "one that runs backwards halts"},
	{ID: "A7", Says: "an event without a source tells nothing", Quirks: []string{"events-source-null"}, Why: "what it would have told shows in a crawl"},
	{ID: "A8", Says: "a range outside the file answers 416", Quirks: []string{"range-400"}, Why: "both answers are understood"},
	{ID: "A9", Says: "a lock whose end has passed is no lock", Why: "else the change is refused, and told"},
	{ID: "A10", Says: "a parent that is null is one that we may not see", Quirks: []string{"parent-hidden"}, Why: "in a listing the folder is the parent all the same"},
	{ID: "A11", Says: "an item whose folder was trashed answers 404 trashed", Quirks: []string{"trashed-not-found"}, Why: "404 counts only with a parent that can still be read"},
}

const (
	// A1 (§5.5): deletions go to the trash, unless the enterprise's setting says otherwise; HasTrash finds out. Setting "trash".
	assumeTrash = "trash"

	// A2 (§11): "255 characters" counts UTF-16 units, the stricter reading.
	longestName = 255

	// A3 (§8, §9): "50 MB", above which sessions are recommended, and "20 MB", below which there are none, are decimal. What lies
	// between may go either way; we send it whole.
	advisedSession = 50_000_000

	// A4 (§12.2): the long poll's address is a permission by itself, unless it is on the portal's own origin. Box's sample of it is
	// plain http; the host speaks https as well.
	pollNeedsToken = false
)

// A5 (§11): Box keeps the Unicode form that it is sent, and < > : | ? * and - are permitted, a leading space too.
const refusedCharacters = `/\`

// A6 (§12.1): positions grow. One that is lower than the one asked from means that the portal was restored.
func ranBackwards(from, next string) bool {
	a, err1 := strconv.ParseUint(from, 10, 64)
	b, err2 := strconv.ParseUint(next, 10, 64)
	return err1 == nil && err2 == nil && b < a
}

// A7 (§12.1): an event without a source tells of something that is gone altogether; its ITEM_TRASH has come, or comes, by itself.
func tellsNothing(source json.RawMessage) bool {
	return len(source) == 0 || string(source) == "null"
}

// A8 (§10): a range that does not fit is answered 416 by the download host, and 400 by the API. Either means that the content
// is not what we believed.
func rangeRefused(status int) bool { return status == 416 || status == 400 }

// A9 (§4): a lock whose end has passed is no lock.
func lockOver(ends, now time.Time) bool { return !ends.IsZero() && ends.Before(now) }

// A10 (§4): parent is null where it is not visible to us. In the listing of a folder the folder is the parent all the same.
func parentIn(listed, told string) string {
	if told == "" {
		return listed
	}
	return told
}

// A11 (§5.6): an item whose folder was trashed answers 404 with code trashed, too.
const ancestorTrashed = "trashed"

// timeStep is the usable precision of content times (observed in rclone).
const timeStep = time.Second
