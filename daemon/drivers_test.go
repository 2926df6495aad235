package daemon

import (
	"errors"
	"strings"
	"testing"

	"dossier/config"
	"dossier/remote"
)

var someDrivers = Drivers{config.Box: {Assumptions: []remote.Assumption{
	{ID: "A1", Setting: "trash", Default: true}, {ID: "A2"}, {ID: "A3", Setting: "depth", Default: int64(9)},
}}}

// What stands under `assume` is the drivers' matter, and is checked with the rest of the configuration, with its line.
func TestWhatIsAssumedIsCheckedWithTheConfiguration(t *testing.T) {
	for _, c := range []struct{ name, assume, want string }{
		{"a setting of the driver", "assume = { trash = false, depth = 3 }", ""},
		{"one that there is not", "assume = { thrash = false }", "test.toml:4:12: portal.office.assume.thrash: there is no such setting; there are depth, trash"},
		{"one of another kind", "[portal.office.assume]\ntrash = \"no\"", "test.toml:5:1: portal.office.assume.trash: write true or false"},
		{"two at once", "assume = { x = 1, depth = true }", "write a whole number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse("test.toml", []byte("[portal.office]\nkind = \"box\"\ntoken = \"env:X\"\n"+c.assume+"\n"), someDrivers.Check)
			faults, _ := errors.AsType[config.Faults](err)
			if got := faults.Error(); (c.want == "") != (err == nil) || !strings.Contains(got, c.want) {
				t.Errorf("faults:\n%s\nwant %q", got, c.want)
			}
		})
	}
	_, err := config.Parse("test.toml", []byte("[portal.office]\nkind = \"filesro\"\ntoken = \"env:X\"\nassume = { x = 1 }\n"), someDrivers.Check)
	if err != nil {
		t.Errorf("a kind without a driver: %v", err)
	}
}

// Assumptions are tried in the folder of a client that may be written to, never where clients are discovered.
func TestWhereAssumptionsAreTried(t *testing.T) {
	drivers := Drivers{config.Box: {Top: "top"}}
	client := func(folder string, mode config.Mode) config.Client {
		return config.Client{Name: folder, Portal: "office", Folder: folder, Mode: mode}
	}
	for _, c := range []struct {
		name    string
		clients []config.Client
		want    remote.ID
		write   bool
	}{
		{"nobody lives there", []config.Client{{Name: "x", Portal: "other", Folder: "x", Mode: config.TwoWay}}, "top", false},
		{"the first", []config.Client{client("1", config.Down), client("2", config.Collect)}, "1", false},
		{"the first that may be written to", []config.Client{client("1", config.Down), client("2", config.Up), client("3", config.TwoWay)}, "2", true},
	} {
		cfg := &config.Config{State: t.TempDir(), Portals: map[string]config.Portal{"office": {Kind: config.Box}}, Clients: c.clients,
			Discover: []config.Discover{{Portal: "office", Under: "under", Mode: config.TwoWay}}}
		if folder, write := ProbeIn(cfg, drivers, "office"); folder != c.want || write != c.write {
			t.Errorf("%s: %q, %v; want %q, %v", c.name, folder, write, c.want, c.write)
		}
	}
}

// What holds may have to be set as well: a driver may be careful by default.
func TestWhatWasFoundOutAndIsNotSetIsToBeSet(t *testing.T) {
	found := []remote.Finding{
		{ID: "1", Verdict: remote.Differs, Setting: "a", Value: true}, {ID: "2", Verdict: remote.Differs, Setting: "b", Value: int64(3)},
		{ID: "3", Verdict: remote.Held, Setting: "c", Value: true}, {ID: "6", Verdict: remote.Differs, Setting: "e"}, {ID: "4", Verdict: remote.Untold, Setting: "d", Value: true}, {ID: "5", Verdict: remote.Differs},
	}
	set := Settings(found, map[string]any{"b": int64(3), "a": false})
	if len(set) != 2 || set["a"] != true || set["c"] != true {
		t.Errorf("set %v, want a and c", set)
	}
}
