package filesro_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dossier/remote/filesro"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// settings is what the driver is told of a portal that differs, where it must be told.
var settings = map[string]rest.Assume{
	"filesro-no-folders-path":     {"folders": false, "latest": true},
	"filesro-no-trash-path":       {"trash": false},
	"filesro-create-folder-path":  {"make_path": "create-folder"},
	"filesro-html-404":            {"json_404": false},
	"filesro-names-unique":        {"twins": false},
	"filesro-no-meta":             {"totals": false},
	"filesro-no-chunks":           {"one_piece": true},
	"filesro-delete-ignored":      {"delete": false},
	"filesro-type-own":            {"own_type": true},
	"filesro-path-required":       {"send_path": true},
	"filesro-delete-body-dropped": {"delete": false},
	"filesro-small-requests":      {"chunk": int64(512 << 10)},
	"filesro-download-no-length":  {"length": false},
}

// Portals on which not all can be done: what is left is tested by itself (see crippled_test.go).
var crippled = []string{
	"filesro-total-moves", "filesro-chunk-twice", "filesro-chunk-500-stored", "filesro-no-bearer-download", "filesro-download-plan",
	"filesro-bytes-missing", "filesro-file-url-elsewhere", "filesro-page-ignored", "filesro-unverified",
}

// The driver passes on each variant of the portal, with the setting that it needs.
func TestConformanceOfEachVariant(t *testing.T) {
	passed, n := 0, 0
	for _, q := range sandbox.Quirks() {
		if q.Portal != portal || slices.Contains(crippled, q.Name) {
			continue
		}
		if n++; n%stride() != 0 {
			continue
		}
		v := variant{quirk: q.Name, assume: settings[q.Name], log: strings.Contains(q.Name, "token") || strings.Contains(q.Name, "unauthorized")}
		if t.Run(q.Name, func(t *testing.T) {
			remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return v.fixture(tb, memory) })
		}) {
			passed++
		}
	}
	t.Logf("%d variants passed, %d more have tests of their own", passed, len(crippled))
}

// stride is the step from one variant to the next that is tried: 1, or more where DOSSIER_EFFORT asks for less than all.
func stride() int {
	effort, err := strconv.ParseFloat(os.Getenv("DOSSIER_EFFORT"), 64)
	if err != nil || effort <= 0 || effort >= 1 {
		return 1
	}
	return int(1 / effort)
}

// Every quirk of the sandbox that is not about file requests belongs to an assumption, and every one that is named exists.
func TestAssumptionsNameTheirQuirks(t *testing.T) {
	var played, named []string
	for _, q := range sandbox.Quirks() {
		if q.Portal == portal {
			played = append(played, q.Name)
		}
	}
	for _, a := range filesro.Assumptions {
		named = append(named, a.Quirks...)
		if a.Setting == "" && a.Why == "" || len(a.Quirks) == 0 && a.Why == "" {
			t.Errorf("%s: says neither how it is set nor why it need not be", a.ID)
		}
	}
	for _, q := range named {
		if !slices.Contains(played, q) {
			t.Errorf("%s is not played", q)
		}
	}
	for _, q := range played {
		if aboutRequests(q) || q == "filesro-unverified" {
			continue
		}
		if !slices.Contains(named, q) {
			t.Errorf("%s belongs to no assumption", q)
		}
	}
}

// aboutRequests says whether a quirk shows only with file requests, or uploads from elsewhere, which the driver does not use.
func aboutRequests(q string) bool {
	return slices.ContainsFunc([]string{"request-", "-request-", "status-", "folder-id", "notif", "remote-queued"}, func(w string) bool { return strings.Contains(q, w) && q != "filesro-small-requests" })
}
