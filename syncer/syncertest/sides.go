package syncertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"strings"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/syncer/local"

	"golang.org/x/text/unicode/norm"
)

// side is where people work: a disk or the portal. Paths are slash-separated; what cannot be done is an error, and not done.
type side interface {
	tree() map[string]string // folders end in a slash
	fold(name string) string // names that are one have one fold
	put(path, content string, inPlace bool) error
	mkdir(path string) error
	move(from, to string) error // to is free, or is a file that is replaced
	remove(path string) error
}

// diskSide is a machine's disk, as its user sees it.
type diskSide struct{ mc *machine }

func (d diskSide) tree() map[string]string {
	tree := d.mc.disk.Tree(local.Client)
	maps.DeleteFunc(tree, func(p, _ string) bool { return p == local.MarkerName })
	return tree
}

func (d diskSide) fold(name string) string {
	if d.mc.w.script.Kind.Disk.FoldUnicode {
		name = norm.NFC.String(name)
	}
	if d.mc.w.script.Kind.Disk.FoldCase {
		return strings.ToLower(name)
	}
	return name
}

// try turns what the simulated user panics with, when something cannot be done, into an error.
func try(do func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	do()
	return nil
}

func (d diskSide) put(name, content string, inPlace bool) error {
	u := d.mc.disk.User()
	return try(func() {
		if !inPlace {
			u.SaveByRename(name, content)
			return
		}
		u.WriteFile(name, content)
	})
}

func (d diskSide) mkdir(name string) error { return try(func() { d.mc.disk.User().Mkdir(name) }) }

func (d diskSide) move(from, to string) error {
	return try(func() { d.mc.disk.User().Rename(from, to) })
}

func (d diskSide) remove(name string) error { return try(func() { d.mc.disk.User().Remove(name) }) }

// portalSide is the portal, as somebody sees it who works there.
type portalSide struct{ w *world }

// tree marks what bears another's name as a disk does.
func (s portalSide) tree() map[string]string {
	if !s.w.portal.Twins {
		return s.w.portal.Tree()
	}
	tree := map[string]string{}
	s.add(tree, remotetest.MemoryRoot, "")
	return tree
}

func (s portalSide) add(tree map[string]string, folder remote.ID, at string) {
	for e := range s.w.portal.Children(context.Background(), folder) {
		name := at + e.Name
		for n := 0; ; n++ {
			_, file := tree[name]
			_, dir := tree[name+"/"]
			if !file && !dir {
				break
			}
			name = fmt.Sprintf("%s%s ~%08x", at, e.Name, n)
		}
		if e.Kind == remote.Folder {
			tree[name+"/"] = ""
			s.add(tree, e.ID, name+"/")
			continue
		}
		body, err := s.w.portal.Download(context.Background(), e, 0)
		if err != nil {
			panic(err)
		}
		content, _ := io.ReadAll(body)
		tree[name] = string(content)
	}
}

func (s portalSide) fold(name string) string {
	if s.w.portal.Features().CaseFold {
		return strings.ToLower(name)
	}
	return name
}

// errAlias: nobody works on what shares its name with another one.
var errAlias = errors.New("the portal has several of that name")

// aliased tells whether a path, or a folder in it, is one of several of a name.
func (s portalSide) aliased(name string) bool {
	tree := s.tree()
	for at := name; at != "." && at != ""; at = path.Dir(at) {
		_, file := tree[at+" ~00000000"]
		_, dir := tree[at+" ~00000000/"]
		if file || dir {
			return true
		}
	}
	return strings.Contains(name, " ~0000000")
}

func (s portalSide) put(name, content string, _ bool) error {
	if s.aliased(name) {
		return errAlias
	}
	_, err := s.w.portal.Somebody().Put(name, []byte(content))
	return err
}

func (s portalSide) mkdir(name string) error {
	_, err := s.w.portal.Somebody().MkdirAll(name)
	return err
}

// move goes through the trash where a file is replaced, as people do there.
func (s portalSide) move(from, to string) error {
	if s.aliased(from) || s.aliased(to) {
		return errAlias
	}
	who, tree := s.w.portal.Somebody(), s.tree()
	dir := path.Dir(to)
	if old, taken := tree[to]; taken && s.fold(from) != s.fold(to) {
		if err := who.Trash(to); err != nil {
			return err
		}
		s.w.disown(old)
	}
	if dir != path.Dir(from) {
		if err := who.Move(from, strings.TrimPrefix(dir, ".")); err != nil {
			return err
		}
		from = path.Join(dir, path.Base(from))
	}
	if path.Base(from) == path.Base(to) {
		return nil
	}
	return who.Rename(from, path.Base(to))
}

func (s portalSide) remove(name string) error {
	if s.aliased(name) {
		return errAlias
	}
	return s.w.portal.Somebody().Trash(name)
}
