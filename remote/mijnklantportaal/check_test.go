package mijnklantportaal

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// checked gives the findings by assumption, and sees to it that each that can be looked into has one.
func (w *world) checked(folder remote.ID, write bool) map[string]remote.Finding {
	w.Helper()
	list, err := w.Check(w.ctx, folder, write)
	if err != nil {
		w.Fatal(err)
	}
	found := map[string]remote.Finding{}
	for _, f := range list {
		if found[f.ID] = f; f.Seen == "" {
			w.Errorf("%+v does not say what was seen", f)
		}
	}
	for _, a := range Assumptions {
		if _, ok := found[a.ID]; ok != a.Probe {
			w.Errorf("%s: a finding: %v, to be looked into: %v", a.ID, ok, a.Probe)
		}
	}
	return found
}

// settings are what the findings say is to be changed.
func settings(found map[string]remote.Finding) rest.Assume {
	a := rest.Assume{}
	for _, f := range found {
		if f.Setting != "" {
			a[f.Setting] = f.Value
		}
	}
	return a
}

// What is found out is what the portal is like, and nothing is left behind.
func TestCheckFindsOutWhatThePortalIsLike(t *testing.T) {
	for quirk, want := range map[string]struct {
		settings rest.Assume
		differs  []string
	}{
		"":                              {rest.Assume{"listing": true, "delete": true}, nil},
		"mkp-list-404":                  {rest.Assume{"delete": true}, []string{"A-8"}},
		"mkp-list-405":                  {rest.Assume{"delete": true}, []string{"A-8"}},
		"mkp-list-root-only":            {rest.Assume{"delete": true}, []string{"A-8"}},
		"mkp-list-deep":                 {rest.Assume{"delete": true}, []string{"A-8"}},
		"mkp-list-files-only":           {rest.Assume{"delete": true}, []string{"A-8"}},
		"mkp-list-newest-first":         {rest.Assume{"listing": true, "delete": true}, nil},
		"mkp-page-of-50":                {rest.Assume{"listing": true, "delete": true}, nil},
		"mkp-delete-200":                {rest.Assume{"listing": true, "delete": true}, nil},
		"mkp-delete-recursive":          {rest.Assume{"listing": true, "delete": true}, nil},
		"mkp-duplicate-refused":         {rest.Assume{"listing": true, "delete": true, "twins": "refused"}, []string{"A-12"}},
		"mkp-duplicate-replaced":        {rest.Assume{"listing": true, "delete": true, "twins": "replacing"}, []string{"A-12"}},
		"mkp-duplicate-replaced-new-id": {rest.Assume{"listing": true, "delete": true, "twins": "replacing"}, []string{"A-12"}},
		"mkp-duplicate-renamed":         {rest.Assume{"listing": true, "delete": true, "twins": "renamed"}, []string{"A-12"}},
		"mkp-link-ranges":               {rest.Assume{"listing": true, "delete": true, "ranges": true}, []string{"A-16"}},
		"mkp-name-slug":                 {rest.Assume{"listing": true, "delete": true}, []string{"A-11"}},
		"mkp-size-off":                  {rest.Assume{"listing": true, "delete": true}, []string{"A-17"}},
		"mkp-size-null":                 {rest.Assume{"listing": true, "delete": true}, []string{"A-17"}},
		"mkp-download-directory-422":    {rest.Assume{"listing": true, "delete": true}, nil},
		"mkp-limit-counts-links":        {rest.Assume{"listing": true, "delete": true, "links_counted": true}, []string{"A-4"}},
	} {
		t.Run(quirk, func(t *testing.T) {
			so := sandbox.Options{Limits: strings.HasPrefix(quirk, "mkp-limit-")}
			inWorldOf(t, so, rest.Options{}, func(w *world) {
				w.put("theirs/a.txt", "theirs")
				if quirk != "" {
					w.quirk(quirk)
				}
				before := w.box.Tree(portal)
				found := w.checked(w.root, true)
				if after := w.box.Tree(portal); !maps.EqualFunc(before, after, func(a, b sandbox.Entry) bool { return a.ID == b.ID }) {
					w.Errorf("there is %v, was %v", after, before)
				}
				if got := settings(found); !maps.Equal(got, want.settings) {
					w.Errorf("settings are %v, want %v: %+v", got, want.settings, found)
				}
				var differs []string
				for _, f := range found {
					if f.Verdict == remote.Differs {
						differs = append(differs, f.ID)
					}
				}
				if !slices.Equal(differs, want.differs) {
					w.Errorf("differs: %v, want %v: %+v", differs, want.differs, found)
				}
			})
		})
	}
}

// A driver that is told what was found finds nothing more to change.
func TestCheckIsDoneOnce(t *testing.T) {
	inWorld(t, rest.Assume{"listing": true, "delete": true, "twins": "refused", "ranges": true}, func(w *world) {
		w.quirk("mkp-duplicate-refused", "mkp-link-ranges")
		if got := settings(w.checked(w.root, true)); len(got) > 0 {
			w.Errorf("to be changed are %v", got)
		}
	})
}

// Without leave to write nothing is made; what takes something of ours is then not known.
func TestCheckWithoutWriting(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.put("a/theirs.txt", "theirs")
		found := w.checked(w.root, false)
		for route, n := range w.box.Calls(portal) {
			if !strings.HasPrefix(route, "GET ") || n > 3 {
				w.Errorf("%s: %d", route, n)
			}
		}
		if got := settings(found); !maps.Equal(got, rest.Assume{"listing": true}) || found["A-9"].Verdict != remote.Untold || found["A-6"].Verdict != remote.Held {
			w.Errorf("%v: %+v", got, found)
		}
		if f := w.checked(Root, false)["A-8"]; f.Verdict != remote.Held {
			w.Errorf("at the root: %+v", f)
		}
		if f := w.checked(w.mkdir("empty").ID, false)["A-8"]; f.Verdict != remote.Untold || f.Setting != "" {
			w.Errorf("in an empty folder: %+v", f)
		}
	})
}

// Where nothing can be deleted, an empty folder is all that stays, and it is said so.
func TestCheckWhereNothingCanBeDeleted(t *testing.T) {
	for _, quirk := range []string{"mkp-delete-404", "mkp-delete-405"} {
		inWorld(t, everything, func(w *world) {
			w.quirk(quirk)
			found := w.checked(w.root, true)
			if f := found["A-9"]; f.Verdict != remote.Differs || f.Setting != "delete" || f.Value != false || !strings.Contains(f.Seen, "left behind") {
				w.Errorf("%+v", f)
			}
			if names, err := w.names(w.root); err != nil || len(names) != 1 || !strings.Contains(found["A-9"].Seen, names[0]) {
				w.Errorf("there are %v, %v", names, err)
			}
		})
	}
}

func TestCheckOfErrorsWithoutAMessage(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.quirk("mkp-errors-html")
		if f := w.checked(w.root, false)["A-3"]; f.Verdict != remote.Differs || f.Setting != "bare_errors" || f.Value != true {
			w.Errorf("%+v", f)
		}
	})
}

func TestCheckOfPages(t *testing.T) {
	for quirk, want := range map[string]remote.Verdict{"": remote.Held, "mkp-page-of-50": remote.Untold} {
		inWorld(t, nil, func(w *world) {
			for i := range 30 {
				w.put(strings.Repeat("x", i+1), "x")
			}
			if quirk != "" {
				w.quirk(quirk)
			}
			if f := w.checked(w.root, false)["A-5"]; f.Verdict != want {
				w.Errorf("%s: %+v", quirk, f)
			}
		})
	}
}

// What cannot be asked is an error, or not known, and never a finding.
func TestCheckOfAPortalInTrouble(t *testing.T) {
	inWorldOf(t, sandbox.Options{}, rest.Options{Attempts: 1}, func(w *world) {
		_, err := w.Check(w.ctx, "fsd_nosuchfolder", true)
		w.code(err, remote.NotFound)
		w.fault(mischief.Fault{Do: mischief.Status, Status: 503, Skip: 2})
		found := w.checked(w.root, true)
		for _, f := range found {
			if f.Verdict != remote.Untold && f.ID != "A-3" || f.Setting != "" {
				w.Errorf("%+v", f)
			}
		}
		w.box.ClearFaults()
		w.fault(mischief.Fault{Do: mischief.Status, Status: 401, Skip: 2})
		_, err = w.Check(w.ctx, w.root, true)
		w.code(err, remote.SignIn)
	})
}
