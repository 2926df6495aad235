package state

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// model is base as a map: what every step is compared with.
type model struct {
	c     *Client
	nodes map[NodeID]Node
	last  NodeID
}

// TestBaseIsAMap plays random writes on base and on a map; all reads, the indexes and Check agree after each step (P3).
func TestBaseIsAMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		c := openAt(t, dir+"/c.db", Options{NoSync: true})
		defer c.Close()
		m := &model{c: c, nodes: map[NodeID]Node{Root: {ID: Root, Dir: true}}, last: Root}
		rt.Repeat(map[string]func(*rapid.T){
			"new":    m.create,
			"change": m.change,
			"delete": m.delete,
			"failed": m.fail,
			"":       m.check,
		})
	})
}

var (
	someName = rapid.SampledFrom([]string{"a", "A", "ä", "a\u0308", "a ", "CON.txt", "~$a", "12", "0012", "deadbeef", "", "Factuur 2026.pdf"})
	someText = rapid.SampledFrom([]string{"", "0", "7", "18446744073709551615", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "x/y", "é"})
	someFile = rapid.SampledFrom([]string{"", "vol-1z-3k", "vol-2-3k", "other-1z-3k", "win:77", "a-b-", "-1-1"})
	someHash = rapid.SampledFrom([]SHA256{{}, {1}, {31: 2}})
	someInt  = rapid.SampledFrom([]int64{0, 1, -1, 1 << 62, -1 << 63, 1<<63 - 1, 1_700_000_000_000_000_000})
)

func (m *model) pick(rt *rapid.T, what string) NodeID {
	return rapid.SampledFrom(slices.Sorted(maps.Keys(m.nodes))).Draw(rt, what)
}

// row draws a row: any parent, any remote id of a few, so that refusals happen.
func (m *model) row(rt *rapid.T, id NodeID) Node {
	return Node{ID: id, Parent: m.pick(rt, "parent"), Local: someName.Draw(rt, "local"), Remote: someName.Draw(rt, "remote"),
		Dir: rapid.Bool().Draw(rt, "dir"), Marks: rapid.Uint32().Draw(rt, "marks"), Size: someInt.Draw(rt, "size"),
		MTime: someInt.Draw(rt, "mtime"), CTime: someInt.Draw(rt, "ctime"), FileID: someFile.Draw(rt, "file"), SHA256: someHash.Draw(rt, "hash"),
		SHA1:     rapid.SampledFrom([]SHA1{{}, {0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8, 0x07, 0x09}}).Draw(rt, "sha1"),
		RemoteID: rapid.SampledFrom([]string{"", "1", "2", "f_3", "999999999999"}).Draw(rt, "remote id"), RemoteSize: someInt.Draw(rt, "remote size"),
		Content: someText.Draw(rt, "content"), Guard: someText.Draw(rt, "guard"), Seq: someInt.Draw(rt, "seq")}
}

func (m *model) create(rt *rapid.T) {
	err := m.c.Update(func(tx *Tx) error {
		id, err := tx.NewID()
		if err != nil {
			return err
		}
		if id <= m.last {
			rt.Fatalf("id %d after %d", id, m.last)
		}
		n := m.row(rt, id)
		return m.put(rt, tx, n)
	})
	m.settle(rt, err)
}

func (m *model) change(rt *rapid.T) {
	n := m.row(rt, m.pick(rt, "node"))
	m.settle(rt, m.c.Update(func(tx *Tx) error { return m.put(rt, tx, n) }))
}

// errRefused ends a transaction whose refusal was foreseen.
var errRefused = errors.New("refused")

func (m *model) settle(rt *rapid.T, err error) {
	if err != nil && !errors.Is(err, errRefused) {
		rt.Fatal(err)
	}
}

// put writes a row if it may be written, and requires the refusal if not.
func (m *model) put(rt *rapid.T, tx *Tx, n Node) error {
	want := m.refusal(n)
	if err := tx.Put(n); !errors.Is(err, want) {
		rt.Fatalf("put %+v: %v, want %v", n, err, want)
	}
	if want != nil {
		return errRefused
	}
	m.nodes[n.ID] = n
	m.last = max(m.last, n.ID)
	return nil
}

func (m *model) refusal(n Node) error {
	old := m.nodes[n.ID]
	for _, other := range m.nodes {
		if other.ID != n.ID && other.RemoteID == n.RemoteID && n.RemoteID != "" {
			if n.ID == Root && m.shapeless(n, old) || old.Dir && !n.Dir && len(m.children(n.ID)) > 0 {
				return ErrInvalid
			}
			return ErrTaken
		}
	}
	if m.shapeless(n, old) {
		return ErrInvalid
	}
	return nil
}

func (m *model) shapeless(n, old Node) bool {
	if n.ID == Root {
		return n.Parent != 0 || !n.Dir
	}
	if old.Dir && !n.Dir && len(m.children(n.ID)) > 0 {
		return true
	}
	if old.ID != 0 && old.Parent == n.Parent {
		return false
	}
	if !m.nodes[n.Parent].Dir {
		return true
	}
	for id := n.Parent; n.Dir && id != 0; id = m.nodes[id].Parent {
		if id == n.ID {
			return true
		}
	}
	return n.Parent == n.ID
}

func (m *model) children(dir NodeID) []Node {
	var list []Node
	for _, id := range slices.Sorted(maps.Keys(m.nodes)) {
		if m.nodes[id].Parent == dir {
			list = append(list, m.nodes[id])
		}
	}
	return list
}

func (m *model) delete(rt *rapid.T) {
	id := m.pick(rt, "node")
	err := m.c.Update(func(tx *Tx) error {
		err := tx.Delete(id, "test")
		if (id == Root) != errors.Is(err, ErrInvalid) {
			rt.Fatalf("delete %d: %v", id, err)
		}
		if id == Root {
			return errRefused
		}
		return err
	})
	m.settle(rt, err)
	if id != Root {
		m.forget(id)
	}
}

func (m *model) forget(id NodeID) {
	for _, child := range m.children(id) {
		m.forget(child.ID)
	}
	delete(m.nodes, id)
}

// fail writes much and fails: nothing of it may stay.
func (m *model) fail(rt *rapid.T) {
	err := m.c.Update(func(tx *Tx) error {
		for _, n := range tx.Children(Root) {
			if err := tx.Delete(n.ID, "test"); err != nil {
				return err
			}
		}
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		rt.Fatal(err)
	}
}

func (m *model) check(rt *rapid.T) {
	if err := m.c.Check(); err != nil {
		rt.Fatal(err)
	}
	err := m.c.View(func(tx *Tx) error {
		all := map[NodeID]Node{}
		for n := range tx.All() {
			all[n.ID] = n
		}
		if diff := cmp.Diff(m.nodes, all); diff != "" {
			return fmt.Errorf("all: %s", diff)
		}
		for id, n := range m.nodes {
			if err := m.checkNode(tx, id, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
}

func (m *model) checkNode(tx *Tx, id NodeID, n Node) error {
	if got, ok := tx.Node(id); !ok || got != n {
		return fmt.Errorf("node %d: %+v, %v, want %+v", id, got, ok, n)
	}
	if diff := cmp.Diff(m.children(id), tx.Children(id)); diff != "" {
		return fmt.Errorf("children of %d: %s", id, diff)
	}
	if got, ok := tx.ByRemote(n.RemoteID); n.RemoteID != "" && (!ok || got != n) {
		return fmt.Errorf("by remote id %q: %+v, want %+v", n.RemoteID, got, n)
	}
	if n.FileID != "" && !slices.Contains(tx.ByFile(n.FileID), id) {
		return fmt.Errorf("by file id %q: %v lacks %d", n.FileID, tx.ByFile(n.FileID), id)
	}
	var names []string
	for up := id; up != Root; up = m.nodes[up].Parent {
		names = append([]string{m.nodes[up].Local}, names...)
	}
	if got := tx.Path(id); got != strings.Join(names, "/") {
		return fmt.Errorf("path of %d: %q, want %q", id, got, names)
	}
	return nil
}

// TestRenamingAFolderTouchesOneRow: what lies in a folder is not written when the folder moves (P13).
func TestRenamingAFolderTouchesOneRow(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	var dir Node
	update(t, c, func(tx *Tx) error {
		dir = Node{ID: must(tx.NewID()), Parent: Root, Local: "2025", Remote: "2025", Dir: true}
		if err := tx.Put(dir); err != nil {
			return err
		}
		for i := range 1000 {
			if err := tx.Put(Node{ID: must(tx.NewID()), Parent: dir.ID, Local: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	before := rowsOf(t, c)
	dir.Local, dir.Remote = "old", "old"
	update(t, c, func(tx *Tx) error { return tx.Put(dir) })
	changed := 0
	for key, row := range rowsOf(t, c) {
		if before[key] != row {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d rows changed, want 1", changed)
	}
}

func rowsOf(t *testing.T, c *Client) map[string]string {
	t.Helper()
	rows := map[string]string{}
	view(t, c, func(tx *Tx) {
		for k, v := range tx.raw(nodeBucket) {
			rows[string(k)] = string(v)
		}
	})
	return rows
}

func TestAnIDThatWasNeverGivenOutIsRefused(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	for _, id := range []NodeID{0, 2, 77, gone, gone + 1, 1 << 63} {
		err := c.Update(func(tx *Tx) error { return tx.Put(Node{ID: id, Parent: Root, Local: "x"}) })
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("put node %d: %v", id, err)
		}
	}
	check(t, c)
}

func TestANameTooLongIsRefused(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	err := c.Update(func(tx *Tx) error {
		return tx.Put(Node{ID: must(tx.NewID()), Parent: Root, Local: strings.Repeat("x", maxText+1)})
	})
	if !errors.Is(err, ErrInvalid) {
		t.Errorf("put: %v", err)
	}
}

// TestNothingIsPutInsideItself, directly or below, also where one transaction made the folder what it is (P3).
func TestNothingIsPutInsideItself(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	var a, b Node
	update(t, c, func(tx *Tx) error {
		a = Node{ID: must(tx.NewID()), Parent: Root, Local: "a", Dir: true}
		b = Node{ID: must(tx.NewID()), Parent: a.ID, Local: "b", Dir: true}
		return errors.Join(tx.Put(a), tx.Put(b))
	})
	for name, put := range map[string]func(*Tx) error{
		"folder in itself":    func(tx *Tx) error { return tx.Put(Node{ID: a.ID, Parent: a.ID, Dir: true}) },
		"file in itself":      func(tx *Tx) error { return tx.Put(Node{ID: b.ID, Parent: b.ID}) },
		"folder in its child": func(tx *Tx) error { return tx.Put(Node{ID: a.ID, Parent: b.ID, Dir: true}) },
		"file in a former folder": func(tx *Tx) error {
			x, y := Node{ID: must(tx.NewID()), Parent: b.ID}, Node{ID: must(tx.NewID()), Parent: b.ID}
			b.Dir = false
			return errors.Join(tx.Put(x), tx.Delete(x.ID, "test"), tx.Put(b), tx.Put(y))
		},
	} {
		if err := c.Update(put); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	check(t, c)
}
