package remotetest

import (
	"fmt"
	"strings"
	"testing"

	"dossier/remote"
)

var nameTests = []conformance{
	{"odd names go up exactly, or are refused", true, testOddNamesUp},
	{"odd names are given exactly, or are refused", true, testOddRenames},
	{"odd names come down exactly", true, testOddNamesDown},
}

// folderFor makes a folder for one odd name, so that names which are one name to the portal do not meet.
func (f Fixture) folderFor(t testing.TB, i int) remote.ID {
	t.Helper()
	return f.mkdir(t, fmt.Sprintf("odd %d", i)).ID
}

func testOddNamesUp(t testing.TB, f Fixture) {
	for i, odd := range OddNames {
		for _, kind := range []remote.Kind{remote.File, remote.Folder} {
			at := remote.Place{Parent: f.folderFor(t, 2*i+int(kind)-1), Name: odd.Name}
			storedOrRefused(t, f, odd, kind, at, func(d remote.Driver) (remote.Entry, error) {
				if kind == remote.Folder {
					return d.MakeFolder(t.Context(), at)
				}
				return d.Create(t.Context(), UploadOf(at, []byte(odd.What)))
			})
		}
	}
}

func testOddRenames(t testing.TB, f Fixture) {
	if !f.Driver.Features().Rename {
		return
	}
	for i, odd := range OddNames {
		at := remote.Place{Parent: f.folderFor(t, i), Name: "plain"}
		old := must(f.Driver.Create(t.Context(), UploadOf(at, nil)))(t)
		if at.Name = odd.Name; at.Name == "plain" {
			continue
		}
		e, err := remote.NewPortal(f.Driver, remote.PortalOptions{}).Move(t.Context(), old, at)
		want := odd.Name
		if err != nil {
			refused(t, odd.What, err, remote.BadName)
			want = "plain"
		} else if e.Name != odd.Name {
			t.Errorf("%s: %q was renamed to %q", odd.What, odd.Name, e.Name)
		}
		if found := names(t, f.Driver, at.Parent); len(found) != 1 || found[want].ID != old.ID {
			t.Errorf("%s: the folder holds %v, want %q", odd.What, found, want)
		}
	}
}

// storedOrRefused makes an item through a Portal, which asks CheckName first, and looks at what became of its name.
func storedOrRefused(t testing.TB, f Fixture, odd OddName, kind remote.Kind, at remote.Place, make func(remote.Driver) (remote.Entry, error)) {
	t.Helper()
	unfit := f.Driver.CheckName(odd.Name, kind)
	before := f.Somebody.Calls()
	e, err := make(remote.NewPortal(f.Driver, remote.PortalOptions{}))
	if unfit != nil && f.Somebody.Calls() != before {
		t.Errorf("%s: CheckName refuses %q (%v), but it was sent", odd.What, odd.Name, unfit)
	}
	found := names(t, f.Driver, at.Parent)
	if err != nil {
		refused(t, fmt.Sprintf("%s, %s", odd.What, kind), err, remote.BadName)
		if len(found) != 0 {
			t.Errorf("%s: %q was refused, but %v is there", odd.What, odd.Name, found)
		}
		return
	}
	if e.Name != odd.Name || len(found) != 1 || found[odd.Name].ID != e.ID {
		t.Errorf("%s: %q was stored as %q, the listing tells %v", odd.What, odd.Name, e.Name, found)
	}
	if kind == remote.File && e.Frozen == "" && f.readAll(t, e, 0) != odd.What {
		t.Errorf("%s: other content came back", odd.What)
	}
}

// testOddNamesDown lets somebody give the names, as far as the portal lets him.
func testOddNamesDown(t testing.TB, f Fixture) {
	given := 0
	var frozen []string
	for i, odd := range OddNames {
		if strings.Contains(odd.Name, "/") || odd.Name == "" || odd.Name == "." || odd.Name == ".." {
			continue // these he cannot say in a path
		}
		folder := f.folderFor(t, i)
		id, err := f.Somebody.Put(fmt.Sprintf("odd %d/%s", i, odd.Name), []byte(odd.What))
		if err != nil {
			continue
		}
		given++
		if found := names(t, f.Driver, folder); len(found) != 1 || found[odd.Name].ID != id {
			t.Errorf("%s: %q is told as %v", odd.What, odd.Name, found)
		}
		if e := f.get(t, id, remote.File); e.Frozen != "" {
			frozen = append(frozen, odd.What)
			continue // it may not be fetched, and that is told
		}
		if got := f.read(t, id); got != odd.What {
			t.Errorf("%s: content is %q", odd.What, got)
		}
	}
	if len(frozen) > 3 {
		t.Errorf("%d names freeze their files: %q", len(frozen), frozen)
	}
	if given < len(OddNames)/3 {
		t.Errorf("somebody could give %d of %d names only", given, len(OddNames))
	}
}
