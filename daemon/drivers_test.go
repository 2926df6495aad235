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
