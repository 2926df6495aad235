package remote_test

import (
	"context"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/remote/remotetest"
)

// liar is a driver that changes its answers.
type liar struct {
	*remotetest.Memory
	lie func(*remote.Entry)
}

func (l liar) told(e remote.Entry, err error) (remote.Entry, error) {
	if err == nil {
		l.lie(&e)
	}
	return e, err
}

func (l liar) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	return l.told(l.Memory.Get(ctx, id, kind))
}

func (l liar) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	return l.told(l.Memory.Create(ctx, u))
}

func (l liar) Replace(ctx context.Context, old remote.Entry, u remote.Upload) (remote.Entry, error) {
	return l.told(l.Memory.Replace(ctx, old, u))
}

func (l liar) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	return l.told(l.Memory.MakeFolder(ctx, at))
}

func (l liar) Move(ctx context.Context, old remote.Entry, to remote.Place) (remote.Entry, error) {
	return l.told(l.Memory.Move(ctx, old, to))
}

func TestAnswersThatCannotBeAreNotBelieved(t *testing.T) {
	all := []string{"get", "create", "replace", "make folder", "move"}
	contents, made := []string{"create", "replace"}, []string{"create", "make folder"}
	for _, tt := range []struct {
		what string
		lie  func(*remote.Entry)
		of   []string
	}{
		{"no id", func(e *remote.Entry) { e.ID = "" }, all},
		{"an id with a newline", func(e *remote.Entry) { e.ID = "1\n2" }, all},
		{"a long id", func(e *remote.Entry) { e.ID = remote.ID(strings.Repeat("1", 257)) }, all},
		{"an item in itself", func(e *remote.Entry) { e.Parent = e.ID }, all},
		{"no name", func(e *remote.Entry) { e.Name = "" }, all},
		{"a name without end", func(e *remote.Entry) { e.Name = strings.Repeat("a", 5000) }, all},
		{"no kind", func(e *remote.Entry) { e.Kind = 0 }, all},
		{"an unknown kind", func(e *remote.Entry) { e.Kind = 9 }, all},
		{"another kind", func(e *remote.Entry) { e.Kind = remote.Other }, all},
		{"a negative size", func(e *remote.Entry) { e.Size = -2 }, all},
		{"a negative sequence", func(e *remote.Entry) { e.Seq = -1 }, all},
		{"a digest in capitals", func(e *remote.Entry) { e.SHA1 = strings.Repeat("A", 40) }, all},
		{"a short digest", func(e *remote.Entry) { e.SHA256 = "ab" }, all},
		{"an endless revision", func(e *remote.Entry) { e.Guard = strings.Repeat("a", 2000) }, all},
		{"an endless text", func(e *remote.Entry) { e.Frozen = strings.Repeat("a", 5000) }, all},
		{"another id", func(e *remote.Entry) { e.ID = "77" }, []string{"get", "replace", "move"}},
		{"the root's id", func(e *remote.Entry) { e.ID, e.Parent = root, "2" }, made},
		{"the root's id in a folder of it", func(e *remote.Entry) { e.ID = root }, made},
		{"another folder", func(e *remote.Entry) { e.Parent = "77" }, []string{"create", "make folder", "move"}},
		{"fewer bytes", func(e *remote.Entry) { e.Size-- }, contents},
		{"other bytes", func(e *remote.Entry) { e.SHA1 = strings.Repeat("0", 40) }, contents},
		{"other bytes by SHA-256", func(e *remote.Entry) { e.SHA256 = strings.Repeat("0", 64) }, contents},
	} {
		t.Run(tt.what, func(t *testing.T) {
			w := newWorld(t, remotetest.Full())
			p := remote.NewPortal(liar{w.memory, tt.lie}, remote.PortalOptions{}).Scope(root, func(remote.ID) bool { return true })
			errs := map[string]error{}
			up := remotetest.UploadOf(remote.Place{Parent: w.folder.ID, Name: "new"}, []byte("abc"))
			_, errs["get"] = p.Get(t.Context(), w.file.ID, remote.File)
			_, errs["create"] = p.Create(t.Context(), up)
			_, errs["replace"] = p.Replace(t.Context(), w.file, up)
			_, errs["make folder"] = p.MakeFolder(t.Context(), remote.Place{Parent: w.folder.ID, Name: "dir"})
			_, errs["move"] = p.Move(t.Context(), w.file, remote.Place{Parent: root, Name: "moved"})
			for _, verb := range tt.of {
				if err := errs[verb]; remote.CodeOf(err) != remote.Corrupt || remote.IsMaybeDone(err) != (verb != "get") {
					t.Errorf("%s: error is %v, want corrupt (and maybe done, of a write)", verb, err)
				}
			}
		})
	}
}

func TestAnotherNameThanAskedIsTold(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	p := remote.NewPortal(liar{w.memory, func(e *remote.Entry) { e.Name = "cleaned" }}, remote.PortalOptions{})
	e, err := p.Create(t.Context(), remotetest.UploadOf(remote.Place{Parent: root, Name: "new?"}, nil))
	if err != nil || e.Name != "cleaned" {
		t.Errorf("entry is %+v, %v; want the portal's name", e, err)
	}
}

// witness is a driver that answers Confirm as told.
type witness struct {
	*remotetest.Memory
	answer remote.Absence
}

func (d witness) Confirm(context.Context, remote.Entry) (remote.Absence, error) { return d.answer, nil }

// P7: a witness that contradicts himself is none.
func TestWitnessesAreChecked(t *testing.T) {
	last := remote.Entry{ID: "1", Parent: root, Name: "a", Kind: remote.File, Size: -1}
	other := last
	other.ID = "2"
	for _, tt := range []struct {
		what   string
		answer remote.Absence
		want   remote.Code
	}{
		{"gone", remote.Absence{Gone: true, Trash: true}, 0},
		{"there", remote.Absence{Now: &last}, 0},
		{"gone and there", remote.Absence{Gone: true, Now: &last}, remote.Corrupt},
		{"something else is there", remote.Absence{Now: &other}, remote.Corrupt},
	} {
		p := remote.NewPortal(witness{remotetest.NewMemory(remotetest.Full()), tt.answer}, remote.PortalOptions{})
		got, err := p.Confirm(t.Context(), last)
		if remote.CodeOf(err) != tt.want || err == nil && got != tt.answer || err != nil && got.Gone {
			t.Errorf("%s: answer is %+v, %v", tt.what, got, err)
		}
	}
}
