package main_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
	"dossier/remote/backoffice"
	"dossier/remote/box"
	"dossier/remote/filesro"
	"dossier/remote/mijnklantportaal"
	"dossier/remote/sandbox"
)

var update = flag.Bool("update", false, "write the tables of docs/portals.md anew")

// assumptions are what the drivers assume, by the portal's name in the sandbox.
var assumptions = map[string][]remote.Assumption{
	sandbox.Box:              box.Assumptions,
	sandbox.MijnKlantportaal: mijnklantportaal.Assumptions,
	sandbox.FilesRo:          filesro.Assumptions,
	sandbox.BackOffice:       backoffice.Assumptions,
}

const portalsPage = "docs/portals.md"

// The manual's tables of assumptions are those of the drivers: whoever changes one runs this test with -update, and reads what changed.
func TestTheManualSaysWhatIsAssumedOfEachPortal(t *testing.T) {
	page := read(t, portalsPage)
	for portal, list := range assumptions {
		mark := "<!-- assumptions " + portal + " -->\n"
		before, rest, ok := strings.Cut(page, mark)
		_, after, closed := strings.Cut(rest, "<!-- / -->")
		if !ok || !closed {
			t.Fatalf("%s has no place for the assumptions of %s", portalsPage, portal)
		}
		table := assumptionTable(list)
		if *update {
			page = before + mark + table + "<!-- / -->" + after
		} else if !strings.HasPrefix(rest, table+"<!-- / -->") {
			t.Errorf("%s says otherwise than the driver of %s what is assumed; run go test -run Manual . -update", portalsPage, portal)
		}
	}
	if *update {
		if err := os.WriteFile(portalsPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func assumptionTable(list []remote.Assumption) string {
	var b strings.Builder
	b.WriteString("| | What is assumed | Setting | Probed | Played otherwise by | |\n|---|---|---|---|---|---|\n")
	for _, a := range list {
		setting, probed := "", ""
		if a.Setting != "" {
			setting = fmt.Sprintf("`%s = %#v`", a.Setting, a.Default)
		}
		if a.Probe {
			probed = "yes"
		}
		var quirks []string
		for _, q := range a.Quirks {
			quirks = append(quirks, "`"+q+"`")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", a.ID, cell(a.Says), setting, probed, strings.Join(quirks, " "), cell(a.Why))
	}
	return b.String()
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

// What is assumed has a setting, a quirk and a probe, or a reason for each that it lacks. No setting, quirk or id is a ghost.
func TestAssumptionsAreWhole(t *testing.T) {
	known := map[string]string{}
	for _, q := range sandbox.Quirks() {
		known[q.Name] = q.Portal
	}
	for portal, list := range assumptions {
		ids, named := map[string]bool{}, map[string]bool{}
		for _, a := range list {
			if ids[a.ID] || a.ID == "" || a.Says == "" {
				t.Errorf("%s: %q is told twice, or says nothing", portal, a.ID)
			}
			ids[a.ID] = true
			if a.Why == "" && (a.Setting == "" || len(a.Quirks) == 0) {
				t.Errorf("%s: %s has no setting or no quirk, and does not say why", portal, a.ID)
			}
			if (a.Setting == "") != (a.Default == nil) {
				t.Errorf("%s: %s has a setting without a default, or the reverse", portal, a.ID)
			}
			for _, q := range a.Quirks {
				named[q] = true
				if known[q] != portal {
					t.Errorf("%s: %s names the quirk %q, which the sandbox of %s does not have", portal, a.ID, q, portal)
				}
			}
		}
		for q, of := range known {
			if of == portal && portal != sandbox.Box && !named[q] && !slices.Contains(plainQuirks, q) {
				t.Errorf("%s: no assumption names the quirk %q", portal, q)
			}
		}
	}
}

// plainQuirks play no assumption: a documented fact in a form of its own, or what only file requests have to do with.
var plainQuirks = []string{
	"mkp-consent-denied", "mkp-country-absent", "mkp-link-expired-404", "mkp-link-expired-410", "mkp-limit-unsaid", "mkp-limit-bucket",
	"mkp-limit-600", "mkp-mime-null", "mkp-times-zulu", "mkp-times-fraction", "mkp-times-plain", "mkp-429-plain", "mkp-extra-fields",
	"mkp-upload-directory-404",

	"filesro-unverified", "filesro-status-open", "filesro-status-active", "filesro-status-unknown", "filesro-no-request-detail",
	"filesro-no-request-close", "filesro-request-needs-token", "filesro-request-lost-cache", "filesro-request-all-required",
	"filesro-notifications-bare", "filesro-notification-text", "filesro-notified-at-home", "filesro-no-notifications",
	"filesro-remote-queued", "filesro-folder-id-empty",
}

// Each setting of each driver is known to the configuration's check, under that driver's kind.
func TestSettingsOfAssumptionsAreChecked(t *testing.T) {
	for portal, list := range assumptions {
		kind := config.Kind(portal)
		drivers := daemon.Drivers{kind: {Assumptions: list}}
		for _, a := range list {
			if a.Setting == "" {
				continue
			}
			cfg := &config.Config{Portals: map[string]config.Portal{"office": {Name: "office", Kind: kind, Assume: map[string]any{a.Setting: a.Default}}}}
			drivers.Check(cfg, func(key, text string) { t.Errorf("%s: its own default is refused: %s: %s", portal, key, text) })
			cfg.Portals["office"].Assume[a.Setting] = struct{}{}
			refused := false
			drivers.Check(cfg, func(string, string) { refused = true })
			if !refused {
				t.Errorf("%s: assume.%s takes anything", portal, a.Setting)
			}
		}
	}
}
