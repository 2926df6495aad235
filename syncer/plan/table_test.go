package plan

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden table anew")

// states are what a side can have done to d/a. A star: just as the other side would.
var states = []string{"same", "changed", "changed*", "renamed", "moved", "moved*", "moved+changed", "deleted", "new", "new*", "retyped", "unknown"}

// tableClient is a client with the folders d, e and f, and d/a as a file or a folder that holds k.
func tableClient(k Kind) (p *pretend, item *Node) {
	p = newPretend(plainNames)
	d := p.both(Root, "d", Folder, "")
	p.both(Root, "e", Folder, "")
	p.both(Root, "f", Folder, "")
	item = p.both(d.ID, "a", k, "x")
	if k == Folder {
		p.both(item.ID, "k", File, "x")
	}
	return p, item
}

// bring brings a side of an item into a state.
func (p *pretend) bring(s Side, n *Node, state string) {
	own := [2]string{"L", "R"}[s]
	v := &n.Side[s]
	elsewhere := map[Side]NodeID{Local: 3, Remote: 4}[s] // e or f
	change := func(bytes string) {
		if v.Kind == File {
			v.Content = p.revision(s, bytes)
		} else {
			p.add(s, n.ID, "new", File, bytes)
		}
	}
	gone := func() {
		for _, m := range append(p.below(s, n.ID), n) {
			m.Side[s] = View{}
		}
	}
	at, k := v.Place, v.Kind
	anew := func(k Kind, bytes string) {
		gone()
		m := p.add(s, at.Parent, at.Name, k, bytes)
		if k == Folder {
			p.add(s, m.ID, "k", File, bytes)
		}
	}
	switch state {
	case "changed":
		change(own)
	case "changed*":
		change("B")
	case "renamed":
		v.Place.Name = "a" + own
	case "moved":
		v.Place.Parent = elsewhere
	case "moved*":
		v.Place.Name = "b"
	case "moved+changed":
		v.Place.Parent = elsewhere
		change(own)
	case "deleted":
		gone()
	case "new":
		anew(k, own)
	case "new*":
		anew(k, "B")
	case "retyped":
		anew(File+Folder-k, own)
	}
}

// row plans and does until the end, and tells it in one line: what is done, what comes of it, what waits.
func (p *pretend) row(pol Policy, unseen [2]bool, item NodeID) string {
	var steps []string
	var last Plan
	for range 20 {
		w := p.look()
		for s := range unseen {
			for id, n := range w.Nodes {
				if unseen[s] && p.under(n, item, id) {
					n.Side[s] = View{Sight: Unseen}
				}
			}
		}
		last = Make(w, pol)
		if len(last.Ops) == 0 {
			break
		}
		for _, o := range last.Ops {
			steps = append(steps, p.tell(o))
			if err := p.do(o); err != nil {
				return "ILLEGAL " + err.Error()
			}
		}
	}
	if len(steps) == 0 {
		steps = []string{"nothing"}
	}
	end := p.show(Local)
	if there := p.show(Remote); there != end {
		end += " | " + there
	}
	var waits []string
	for _, i := range last.Items {
		waits = append(waits, i.Code)
	}
	if len(waits) > 0 {
		slices.Sort(waits)
		end += "  waits: " + strings.Join(slices.Compact(waits), ", ")
	}
	return strings.Join(steps, "; ") + "  =>  " + end
}

func (p *pretend) under(n *Node, item, id NodeID) bool {
	return id == item || n.Base != nil && n.Base.Parent == item
}

// tell tells an operation by paths, as they are before it.
func (p *pretend) tell(o Op) string {
	seen := o.Side
	if p.nodes[o.Node].Side[seen].Sight != Present {
		seen = seen.Other()
	}
	what := fmt.Sprintf("%v %s", o.Kind, p.pathOrBase(seen, o.Node))
	switch o.Kind {
	case Record, Forget, Compare:
		if o.Twin != 0 {
			what = "join " + p.pathOrBase(seen, o.Node)
			if o.Learn != nil && (o.Base == nil || *o.Learn != *o.Base) {
				what += ", record"
			}
		}
		return what
	case Move, Conflict, Aside:
		what += " to " + strings.TrimPrefix(p.pathOrBase(o.Side, o.To.Parent)+"/"+o.To.Name, "/")
	}
	return what + " on " + o.Side.String()
}

// pathOrBase is where an item lies on a side, or else where it was.
func (p *pretend) pathOrBase(s Side, id NodeID) string {
	n := p.nodes[id]
	switch {
	case id == Root:
		return ""
	case n.Side[s].Sight == Present:
		return strings.TrimPrefix(p.pathOrBase(s, n.Side[s].Place.Parent)+"/"+n.Side[s].Place.Name, "/")
	case n.Base != nil:
		return strings.TrimPrefix(p.pathOrBase(s, n.Base.Parent)+"/"+n.Base.Name[s], "/")
	}
	return p.pathOrBase(s.Other(), id)
}

// show is what a side holds, in one line: a=x is a file, a/ an empty folder.
func (p *pretend) show(s Side) string {
	tree := p.tree(s)
	var all []string
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		switch {
		case tree[path] != "/":
			all = append(all, path+"="+tree[path])
		case len(path) > 1 && !slices.ContainsFunc(slices.Collect(maps.Keys(tree)), func(o string) bool { return strings.HasPrefix(o, path+"/") }):
			all = append(all, path+"/")
		}
	}
	if len(all) == 0 {
		return "(nothing)"
	}
	return strings.Join(all, " ")
}

// TestTable checks the full product of states on both sides against testdata/table.txt, which was read line by line. The folders d,
// e and f are there in each row, d/a holds x to begin with, what is made here is L, there R, and B is alike on both.
func TestTable(t *testing.T) {
	var b strings.Builder
	for _, k := range []Kind{File, Folder} {
		for _, here := range states {
			for _, there := range states {
				p, n := tableClient(k)
				p.bring(Local, n, here)
				p.bring(Remote, n, there)
				pol := Policy{Winner: Remote, Names: p.names, Guards: Guards{AcceptDeletes: true}}
				fmt.Fprintf(&b, "%-6s  %-13s  %-13s  %s\n", k, here, there, p.row(pol, [2]bool{here == "unknown", there == "unknown"}, n.ID))
			}
			b.WriteString("\n")
		}
	}
	golden(t, "testdata/table.txt", b.String())
}

// golden compares with a file, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	old, now := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(old), len(now)) {
		switch {
		case i >= len(old):
			t.Errorf("line %d is new: %s", i+1, now[i])
		case i >= len(now):
			t.Errorf("line %d is gone: %s", i+1, old[i])
		case old[i] != now[i]:
			t.Errorf("line %d\nwas %s\nnow %s", i+1, old[i], now[i])
		}
	}
}
