package remotetest

import (
	"errors"
	"testing"

	"dossier/remote"
)

// In these tests an upload is repeated where several items may have one name, and only its token tells whose they are.
var tokenTests = []conformance{
	{"an upload that is repeated makes no second file beside its namesakes", true, testTokenRepeated},
	{"uploads of one name and content are told apart by their tokens", true, testTokensApart},
}

const aToken, anotherToken = "3f9a1c77e2b04d58", "77e2b04d583f9a1c"

func (f Fixture) tokens() bool {
	features := f.Driver.Features()
	return features.Twins && features.Recognise
}

// E4: a retry after a lost reply creates no second file.
func testTokenRepeated(t testing.TB, f Fixture) {
	if !f.tokens() {
		return
	}
	theirs := f.create(t, "a.txt", "a")
	u := UploadOf(f.at("a.txt"), []byte("a"))
	u.Token, u.Keep = aToken, func(resume string) error { u.Resume = resume; return nil }
	_, err := Faulty(f.Driver, lost(Create)).Create(t.Context(), u)
	maybeDone(t, err)
	if len(f.namesakes(t)) != 2 {
		t.Fatalf("there are %v", f.namesakes(t))
	}
	e, err := f.Driver.Create(t.Context(), u)
	if refusal, ok := errors.AsType[*remote.Error](err); ok && refusal.Code == remote.NameTaken && refusal.Existing != nil {
		e, err = *refusal.Existing, nil
	}
	done(t, err)
	found := f.namesakes(t)
	if e.ID == theirs.ID || len(found) != 2 {
		t.Errorf("repeated, it is %q beside %q, of %v", e.ID, theirs.ID, found)
	}
	same(t, "the listing", found[e.ID], e)
}

func testTokensApart(t testing.TB, f Fixture) {
	if !f.tokens() {
		return
	}
	ids := map[remote.ID]bool{}
	for _, token := range []string{aToken, anotherToken} {
		u := UploadOf(f.at("a.txt"), []byte("a"))
		u.Token = token
		ids[must(f.Driver.Create(t.Context(), u))(t).ID] = true
	}
	if len(ids) != 2 || len(f.namesakes(t)) != 2 {
		t.Errorf("two uploads made %v", f.namesakes(t))
	}
}
