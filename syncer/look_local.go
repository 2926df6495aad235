package syncer

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// localNode is an item on disk that is not as the base has it, or not in the base at all.
type localNode struct {
	id     state.NodeID
	parent state.NodeID
	name   string // on disk
	plain  string // on the portal, as the disk name decodes
	dir    bool
	fp     local.Fingerprint // of a file: sums are zero while it waits
	wait   plan.Reason
	retry  time.Time // with wait: when it may be over
}

// localTree is what the last complete look at the disk found to differ from the base.
type localTree struct {
	differ map[state.NodeID]*localNode
	gone   map[state.NodeID]bool
	unseen map[state.NodeID]plan.Reason // in the base, there or perhaps there, and not to be looked at
	hidden map[state.NodeID]string      // in the base, now under an ignored or private name: the rule
	odd    []Problem                    // not ours to mirror: links, devices, placeholders …
	fresh  []state.Node                 // in step, but seen under other times or ids: only the base's fingerprint is renewed
	names  map[place]*localNode         // of differ, by place; made when first asked for
	retry  time.Time                    // the first time at which something that waits may go on; zero: nothing does
}

func newLocalTree() *localTree {
	return &localTree{differ: map[state.NodeID]*localNode{}, gone: map[state.NodeID]bool{},
		unseen: map[state.NodeID]plan.Reason{}, hidden: map[state.NodeID]string{}}
}

// lookLocal looks at the whole disk. What it returns replaces the mirror's local tree.
func (m *Mirror) lookLocal(ctx context.Context) (*localTree, error) {
	l := &localLook{m: m, ours: m.targets(), tree: newLocalTree(), dirs: map[string]state.NodeID{"": state.Root},
		taken: map[state.NodeID]bool{state.Root: true}, owners: map[string][]string{}}
	if err := l.walk(ctx, ""); err != nil {
		return nil, err
	}
	if err := l.folders(ctx); err != nil {
		return nil, err
	}
	l.files()
	if err := l.sums(ctx); err != nil {
		return nil, err
	}
	if err := l.vacant(); err != nil {
		return nil, err
	}
	return l.tree, l.number()
}

// localLook is one look at the disk while it goes on.
type localLook struct {
	m    *Mirror
	tree *localTree

	dirs  map[string]state.NodeID // folder on disk → node, of each folder that is or was read
	taken map[state.NodeID]bool   // nodes of the base that were found, wherever
	lost  []state.Node            // rows of the base whose name was not found, or found to be something else
	news  []found                 // no row of the base has this name
	doubt []found                 // a row has the name, but another file id
	dated []found                 // files whose content is not known: to be read

	ours   map[string]bool     // where running jobs are putting something: theirs to tell
	owners map[string][]string // folder → documents that an office program has open, as far as its files tell their names
	temps  state.NodeID        // provisional ids count down from the top until number gives real ones
}

// found is an entry that needs a decision.
type found struct {
	rel    string
	parent state.NodeID
	entry  local.Entry
	row    state.Node // doubt, dated: the row that has the name
	node   *localNode
}

func (l *localLook) walk(ctx context.Context, rels ...string) error {
	return local.Scan(ctx, l.m.disk, l.m.scan, l.visit, rels...)
}

// visit compares one folder with its row's children.
func (l *localLook) visit(at *local.Listing) error {
	id := l.dirs[at.Rel]
	if at.Err != nil {
		l.tree.unseen[id] = plan.Reason{Code: plan.ReasonUnknown, Detail: at.Err.Error()}
		l.odd(at.Rel, plan.ReasonUnknown, at.Err.Error())
		return nil
	}
	rows, err := l.m.children(id)
	if err != nil {
		return err
	}
	index := indexRows(rows, l.m.names.Key)
	for i := range at.Entries {
		if e := &at.Entries[i]; e.Class == local.OfficeOwner {
			l.owners[at.Rel] = append(l.owners[at.Rel], e.Of)
		}
	}
	for i := range at.Entries {
		l.entry(at, id, &at.Entries[i], index)
	}
	l.lost = append(l.lost, index.rest()...)
	return nil
}

// entry sorts one name of a folder. Folders that are surely the base's are read on; all others wait for folders.
func (l *localLook) entry(at *local.Listing, parent state.NodeID, e *local.Entry, index *rowIndex) {
	rel := local.In(at.Rel).Join(e.Name).Rel
	descend := e.Descend
	e.Descend = false
	row, known := index.take(e.Name, e.Info.Kind == local.Dir)
	if !known && l.ours[rel] {
		return
	}
	if e.Class != local.Normal {
		l.strange(rel, e, row, known)
		return
	}
	f := found{rel: rel, parent: parent, entry: *e, row: row}
	switch {
	case !known:
		l.news = append(l.news, f)
	case row.FileID != e.Info.FileID:
		l.doubt = append(l.doubt, f)
	case row.Dir:
		l.keep(f)
		e.Descend = descend
	case print(row).Matches(e.Info) && row.Local == e.Name: // in step: nothing is kept of it
	default:
		l.taken[row.ID] = true
		l.dated = append(l.dated, f)
	}
}

// keep takes a folder for the one that the base has under this name.
func (l *localLook) keep(f found) {
	l.taken[f.row.ID] = true
	l.dirs[f.rel] = f.row.ID
	if f.row.Local != f.entry.Name { // another letter case
		l.place(f, f.row.ID, true)
	}
}

// strange deals with what is not mirrored. A known item under such a name is held, never taken for deleted.
func (l *localLook) strange(rel string, e *local.Entry, row state.Node, known bool) {
	code, why := plan.ReasonUnknown, ""
	switch e.Class {
	case local.Ours, local.OfficeOwner, local.Temp, local.Ignored, local.Private:
		if known {
			l.tree.hidden[row.ID] = hiddenText(e)
			l.taken[row.ID] = true
		}
		return
	case local.NeverLive:
		code, why = plan.ReasonHidden, "is a program's database, which a copy taken while it is open may damage; set never_live if you want it mirrored all the same"
	case local.Link:
		why = "is a symbolic link, which is not followed"
	case local.CloudOnly:
		why = "is a placeholder of a cloud drive; make it available on this device first"
	case local.BadName:
		code, why = plan.ReasonRefused, "has a name that no portal can hold; rename it"
	case local.ForeignMarker:
		why = "belongs to another client of dossier"
	default:
		why = "is neither a file nor a folder"
		if e.Err != nil {
			why = e.Err.Error()
		}
	}
	l.odd(rel, code, why)
	if known {
		l.taken[row.ID] = true
		l.tree.unseen[row.ID] = plan.Reason{Code: code, Detail: why}
	}
}

func hiddenText(e *local.Entry) string {
	switch e.Class {
	case local.Private:
		return "is in a private folder now"
	case local.Ignored:
		return "is ignored now, by " + e.Why
	}
	return "has the name of a temporary file now"
}

func (l *localLook) odd(rel, code, why string) {
	l.tree.odd = append(l.tree.odd, Problem{Path: rel, Code: code, Reason: why})
}

// place notes that node id lies at f, which is not where, or how, the base has it.
func (l *localLook) place(f found, id state.NodeID, dir bool) *localNode {
	n := &localNode{id: id, parent: f.parent, name: f.entry.Name, plain: f.entry.Plain, dir: dir,
		fp: local.Fingerprint{Size: f.entry.Info.Size, MTime: f.entry.Info.MTime, CTime: f.entry.Info.CTime, FileID: f.entry.Info.FileID}}
	l.tree.differ[id] = n
	return n
}

// provisional gives an item that the base does not have an id: the one it had at the last look, if any.
func (l *localLook) provisional(f found) state.NodeID {
	n := l.m.local.named(f.parent, f.entry.Name)
	if n != nil && n.dir == (f.entry.Info.Kind == local.Dir) && l.tree.differ[n.id] == nil && !l.m.inBase(n.id) {
		return n.id
	}
	l.temps--
	return l.temps
}

// vacant tells what is gone: rows whose name was not found and that were not found elsewhere, with all below them.
func (l *localLook) vacant() error {
	var below func(n state.Node) error
	below = func(n state.Node) error {
		if l.taken[n.ID] {
			return nil
		}
		l.tree.gone[n.ID] = true
		if !n.Dir {
			return nil
		}
		rows, err := l.m.children(n.ID)
		for _, c := range rows {
			if err == nil {
				err = below(c)
			}
		}
		return err
	}
	for _, n := range l.lost {
		if err := below(n); err != nil {
			return err
		}
	}
	return nil
}

// number gives real ids, which are never used twice, to what is new.
func (l *localLook) number() error {
	var temp []*localNode
	for id, n := range l.tree.differ {
		if provisionalID(id) {
			temp = append(temp, n)
		}
	}
	if len(temp) == 0 {
		return nil
	}
	ids, err := l.m.newIDs(len(temp))
	if err != nil {
		return err
	}
	slices.SortFunc(temp, func(a, b *localNode) int { return cmp.Compare(b.id, a.id) }) // as they were found
	real := make(map[state.NodeID]state.NodeID, len(temp))
	for i, n := range temp {
		delete(l.tree.differ, n.id)
		real[n.id] = ids[i]
		n.id = ids[i]
	}
	for _, n := range temp {
		l.tree.differ[n.id] = n
	}
	for n := range maps.Values(l.tree.differ) {
		if id, ok := real[n.parent]; ok {
			n.parent = id
		}
	}
	renumber(l.tree.unseen, real)
	return nil
}

func provisionalID(id state.NodeID) bool { return id > 1<<63 }

func renumber[V any](in map[state.NodeID]V, real map[state.NodeID]state.NodeID) {
	for id, v := range in {
		if to, ok := real[id]; ok {
			delete(in, id)
			in[to] = v
		}
	}
}
