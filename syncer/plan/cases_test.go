package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCases runs testdata/cases. A case begins with "== name" and says in lines what is where:
//
//	base:    a.txt=x 2025/ 2025/b=y     in step; with / a folder, with = a file's bytes
//	local:   a.txt=x old<2025 old/b=y   the same, by its own name and place; < tells what it was in the base
//	portal:  same                       as in the base; + is new, ? not seen, {held} {busy} {hidden} {private} {wait} {pinned} are marks
//	policy:  down adopt                 see casePolicy
//	unwitnessed: a.txt                  gone, but not vouched for
//
// then what is done and what comes of it, which -update writes anew:
//
//	do:      …; …
//	end:     what the disk holds | what the portal holds, if that differs
//	waits:   what waits, and why; halts:
//
// A path without < is what its folder had under that name in the base, or new.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(text), "== ")
		out := head
		for _, c := range strings.Split(rest, "\n== ") {
			name, body, _ := strings.Cut(c, "\n")
			t.Run(name, func(t *testing.T) {
				got := runCase(t, name, body)
				out += got
				if want := "== " + strings.TrimSpace(c) + "\n\n"; got != want && !*update {
					t.Errorf("in %s\nwas\n%snow\n%s", file, want, got)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// given are the lines of a case that say what is.
var given = []string{"base", "local", "portal", "policy", "unwitnessed"}

func runCase(t *testing.T, name, body string) string {
	in := map[string]string{}
	var b strings.Builder
	fmt.Fprintf(&b, "== %s\n", name)
	for line := range strings.Lines(body) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok && slices.Contains(given, key) {
			in[key] = strings.TrimSpace(value)
			fmt.Fprintf(&b, "%s\n", strings.TrimSpace(line))
		}
	}
	c := readCase(t, in)
	b.WriteString(c.live(t))
	b.WriteString("\n")
	return b.String()
}

// client is a case that is played.
type client struct {
	*pretend
	pol   Policy
	doubt map[NodeID]bool
}

func readCase(t *testing.T, in map[string]string) *client {
	c := &client{doubt: map[NodeID]bool{}}
	c.pol = casePolicy(in["policy"])
	c.pretend = newPretend(c.pol.Names)
	c.sums[Remote] = !strings.Contains(in["policy"], "no-sums")
	was := map[string]*Node{}
	for _, w := range strings.Fields(in["base"]) {
		path, bytes, file := strings.Cut(w, "=")
		path = strings.ReplaceAll(strings.TrimSuffix(path, "/"), "_", " ")
		up, name := Root, path
		if dir, base := filepath.Split(path); dir != "" {
			up, name = was[strings.TrimSuffix(dir, "/")].ID, base
		}
		kind := Folder
		if file {
			kind = File
		}
		was[path] = c.both(up, name, kind, bytes)
	}
	for s, key := range []string{"local", "portal"} {
		if in[key] != "same" {
			c.side(t, Side(s), was, in[key])
		}
	}
	for _, path := range strings.Fields(in["unwitnessed"]) {
		c.doubt[was[path].ID] = true
	}
	return c
}

// side puts a side into the state that a line says.
func (c *client) side(t *testing.T, s Side, was map[string]*Node, line string) {
	for _, n := range was {
		n.Side[s] = View{}
	}
	here := map[string]*Node{"": c.nodes[Root]}
	for _, w := range strings.Fields(line) {
		w, marks, _ := strings.Cut(strings.TrimSuffix(w, "}"), "{")
		w, bytes, file := strings.Cut(w, "=")
		path, old, moved := strings.Cut(w, "<")
		fresh, dark := strings.HasPrefix(path, "+"), strings.HasSuffix(path, "?")
		path = strings.ReplaceAll(strings.Trim(path, "+/?"), "_", " ")
		dir, name := filepath.Split(path)
		up := here[strings.TrimSuffix(dir, "/")]
		if up == nil {
			t.Fatalf("%q has no folder", w)
		}
		n := was[strings.TrimSuffix(strings.ReplaceAll(old, "_", " "), "/")]
		if !moved && !fresh {
			n = c.child(s, up.ID, name)
		}
		kind := Folder
		if file {
			kind = File
		}
		if n == nil {
			n = c.add(s, up.ID, name, kind, bytes)
		}
		v := View{Sight: Present, Kind: kind, Place: Place{up.ID, name}}
		switch {
		case dark:
			v = View{Sight: Unseen}
		case !file:
		case n.Base != nil && bytesOf(n.Base.Content[s]) == bytes:
			v.Content = n.Base.Content[s]
		default:
			v.Content = c.revision(s, bytes)
		}
		n.Side[s], here[path] = v, n
		c.mark(s, n, marks)
	}
}

// child is what a folder had under a name in the base.
func (c *client) child(s Side, up NodeID, name string) *Node {
	for _, n := range c.nodes {
		if n.Base != nil && n.ID != Root && n.Base.Parent == up && n.Base.Name[s] == name {
			return n
		}
	}
	return nil
}

func (c *client) mark(s Side, n *Node, marks string) {
	for _, m := range strings.Split(marks, ",") {
		switch m {
		case "held":
			n.Held = true
		case "busy":
			n.Busy = true
		case "hidden":
			n.Hidden = true
		case "private":
			n.Private = true
		case "wait":
			n.Side[s].Wait = Reason{Code: "in-use"}
		case "pinned":
			n.Side[s].Pinned = Reason{Code: ReasonPinned}
		case "tag":
			n.Tag = "tt"
		}
	}
}

func casePolicy(words string) Policy {
	pol := Policy{Winner: Remote, Guards: Guards{AcceptDeletes: true}}
	has := func(w string) bool { return slices.Contains(strings.Fields(words), w) }
	pol.Names = spellings(has("fold-local"), has("fold-portal"))
	for m := range Collect + 1 {
		if has(m.String()) {
			pol.Mode = m
		}
	}
	pol.Adopt, pol.ReadOnly, pol.Leaves = has("adopt"), has("read-only"), has("leaves")
	if has("no-delete") {
		pol.NoDelete = Reason{Code: ReasonCannot}
	}
	if has("winner-local") {
		pol.Winner = Local
	}
	if has("guards") {
		pol.Guards = stock
	}
	return pol
}

// live plans and does until nothing is left to do, and tells it.
func (c *client) live(t *testing.T) string {
	var steps []string
	var last Plan
	c.pol.Past.Files = len(c.files())
	for range 30 {
		w := c.look()
		for id := range c.doubt {
			for s := range w.Nodes[id].Side {
				w.Nodes[id].Side[s].Witnessed = false
			}
		}
		if last = Make(w, c.pol); len(last.Ops) == 0 {
			break
		}
		for _, o := range last.Ops {
			steps = append(steps, fmt.Sprintf("%s (%s)", c.tell(o), o.Rule))
			if err := c.do(o); err != nil {
				t.Fatalf("%v: %v", o, err)
			}
			if err := c.check(); err != nil && !strings.Contains(err.Error(), "taken on portal") {
				t.Fatalf("after %v: %v", o, err)
			}
		}
	}
	if len(last.Ops) > 0 {
		t.Fatalf("no end: %v", last.Ops)
	}
	end := c.show(Local)
	if there := c.show(Remote); there != end {
		end += " | " + there
	}
	out := ""
	if len(steps) > 0 {
		out = "do: " + strings.Join(steps, "; ") + "\n"
	}
	out += "end: " + end + "\n"
	var waits []string
	for _, i := range last.Items {
		waits = append(waits, c.pathOrBase(Local, i.Node)+" "+i.Code)
	}
	if len(waits) > 0 {
		out += "waits: " + strings.Join(waits, ", ") + "\n"
	}
	if codes := halts(last); len(codes) > 0 {
		out += "halts: " + strings.Join(codes, ", ") + "\n"
	}
	return out
}
