package backoffice

import (
	"testing"

	"dossier/remote"
	"dossier/remote/rest"
)

// findings are what a check finds, by assumption; of several about one, the one that differs.
func (w *world) findings(write bool) map[string]remote.Finding {
	w.Helper()
	found, err := w.Check(w.ctx, w.root, write)
	if err != nil {
		w.Fatal(err)
	}
	by := map[string]remote.Finding{}
	for _, f := range found {
		if f.Seen == "" {
			w.Errorf("%s: what was seen is not told", f.ID)
		}
		by[f.ID] = f
	}
	return by
}

// A check finds out which way a Back Office is, changes nothing, and leaves nothing behind.
func TestCheck(t *testing.T) {
	for quirk, want := range map[string]remote.Finding{
		"bo-post-200":             {},
		"bo-envelope-data":        {ID: "B-11", Verdict: remote.Held},
		"bo-files-unpaged":        {ID: "B-8", Verdict: remote.Differs, Setting: assumePaging, Value: false},
		"bo-list-root-only":       {ID: "B-18", Verdict: remote.Differs, Setting: assumeWhole, Value: false},
		"bo-brackets-raw":         {ID: "B-7", Verdict: remote.Differs},
		"bo-captions-unique":      {ID: "B-20", Verdict: remote.Differs, Setting: assumeTwins, Value: false},
		"bo-path-opaque":          {ID: "B-24", Verdict: remote.Differs, Setting: assumeStoredNames, Value: false},
		"bo-path-name-changed":    {ID: "B-24", Verdict: remote.Held},
		"bo-list-lags":            {ID: "B-26", Verdict: remote.Differs},
		"bo-folder-list":          {ID: "B-28", Verdict: remote.Differs, Setting: assumeListFolders, Value: true},
		"bo-folder-list-nameless": {ID: "B-28", Verdict: remote.Held},
		"bo-no-405":               {ID: "B-28", Verdict: remote.Held},
		"bo-errors-html":          {ID: "B-28", Verdict: remote.Held},
		"bo-missing-403":          {ID: "B-28", Verdict: remote.Held},
	} {
		for _, write := range []bool{false, true} {
			inWorld(t, func(w *world) {
				folder := w.mkdir("d")
				for i := range 3 {
					w.createIn(folder.ID, itoa(i+1)+".pdf", "x")
					w.create(itoa(i+1)+".pdf", "x")
				}
				before := w.there()
				if w.quirk(quirk); quirk == "bo-list-lags" {
					rest.Sleep(w.ctx, 1e10)
				}
				found := w.findings(write)
				if after := w.there(); len(after) != len(before) {
					w.Errorf("%s: there were %q, are %q", quirk, before, after)
				}
				got, told := found[want.ID]
				if byWriting := want.ID == "B-20" || want.ID == "B-24" || want.ID == "B-26"; want.ID != "" && told != (write || !byWriting) {
					w.Errorf("%s: write %v: %+v", quirk, write, found)
				} else if told && (got.Verdict != want.Verdict || got.Setting != want.Setting || got.Value != want.Value) {
					w.Errorf("%s: %+v", quirk, got)
				}
				for id, f := range found {
					if f.Verdict == remote.Differs && want.ID == "" {
						w.Errorf("%s: %s: %+v", quirk, id, f)
					}
				}
			})
		}
	}
}

// Every assumption that is said to be found out is, and no other.
func TestCheckTellsWhatItShould(t *testing.T) {
	inWorld(t, func(w *world) {
		folder := w.mkdir("d")
		w.createIn(folder.ID, "a.pdf", "x")
		w.create("b.pdf", "x")
		found := w.findings(true)
		for _, a := range Assumptions {
			if _, told := found[a.ID]; told != a.Probe {
				w.Errorf("%s: told %v, said to be %v", a.ID, told, a.Probe)
			}
		}
		withDownload := w.sign(rest.Options{Download: w.storage()})
		defer withDownload.Close()
		w.Driver = withDownload
		if f := w.findings(true)["B-27"]; f.Verdict != remote.Held || f.Seen != "what was uploaded came down as it was" {
			w.Errorf("%+v", f)
		}
		if got, err := w.Check(w.ctx, rootID, false); err != nil || len(got) == 0 {
			w.Errorf("%+v, %v", got, err)
		}
	})
}
