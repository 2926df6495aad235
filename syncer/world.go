package syncer

import (
	"crypto/sha256"
	"encoding/hex"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/plan"
)

// BUG(syncer): an item that got a twin's name on disk, since its plain name was taken, keeps it after the plain name is free again. On
// the portal it has its own name; a new file of that name on disk is told as name-taken.

// world makes the part of the three trees that a plan needs: see plan.World.
func (m *Mirror) world() (w plan.World, err error) {
	err = m.st.View(func(tx *state.Tx) error {
		meta := tx.Meta()
		b := &worldBuilder{m: m, tx: tx, unite: meta.Adopting && meta.Why == whyRestored, adopting: meta.Adopting, nodes: map[plan.NodeID]*plan.Node{}, folders: map[state.NodeID]*nameIndex{}}
		b.node(state.Root)
		b.disk()
		b.portal()
		for id := range m.gaps {
			b.node(state.NodeID(b.folder(id)))
		}
		b.ancestors()
		b.dark()
		b.unwanted()
		b.running()
		b.neighbours()
		b.ancestors()
		b.twins()
		b.marks()
		b.loops()
		w.Nodes = b.nodes
		m.unseen = b.unseen()
		return nil
	})
	return w, err
}

type worldBuilder struct {
	m        *Mirror
	tx       *state.Tx
	nodes    map[plan.NodeID]*plan.Node
	folders  map[state.NodeID]*nameIndex
	unite    bool // base counts for nothing
	adopting bool
}

// node is the node of an id, as base has it if it was not wanted before.
func (b *worldBuilder) node(id state.NodeID) *plan.Node {
	if n, ok := b.nodes[plan.NodeID(id)]; ok {
		return n
	}
	n := &plan.Node{ID: plan.NodeID(id)}
	if row, ok := b.tx.Node(id); ok {
		b.fill(n, row)
	}
	b.nodes[n.ID] = n
	return n
}

// fill makes both sides show what base has.
func (b *worldBuilder) fill(n *plan.Node, row state.Node) {
	kind := plan.File
	if row.Dir {
		kind = plan.Folder
	}
	hash := b.m.hash(row.SHA1, row.SHA256)
	n.Base = &plan.Base{Kind: kind, Parent: plan.NodeID(row.Parent), Name: [2]string{row.Local, row.Remote},
		Content: [2]plan.Content{{Hash: hash, Size: row.Size}, {Hash: hash, Rev: row.Content, Size: row.RemoteSize}}}
	for side := range n.Side {
		n.Side[side] = plan.View{Sight: plan.Present, Kind: kind, Place: plan.Place{Parent: n.Base.Parent, Name: n.Base.Name[side]}, Content: n.Base.Content[side]}
	}
	n.Tag = tagOf(row.RemoteID)
	if b.unite && row.ID != state.Root {
		n.Base = nil
	}
}

// tagOf is short, and the same on every machine.
func tagOf(remoteID string) string {
	if remoteID == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(remoteID))
	return hex.EncodeToString(sum[:3])
}

// hash is the digest that both sides can tell.
func (m *Mirror) hash(one state.SHA1, two state.SHA256) string {
	if m.digest == "sha1" {
		return one.String()
	}
	return two.String()
}

// disk puts the last look at the disk into the trees.
func (b *worldBuilder) disk() {
	t := b.m.local
	for id, l := range t.differ {
		kind := plan.File
		content := plan.Content{Hash: b.m.hash(state.SHA1(l.fp.SHA1), state.SHA256(l.fp.SHA256)), Size: l.fp.Size}
		if l.dir {
			kind, content = plan.Folder, plan.Content{}
		}
		n := b.node(id)
		n.Side[plan.Local] = plan.View{Sight: plan.Present, Kind: kind, Place: plan.Place{Parent: plan.NodeID(l.parent), Name: l.name}, Content: content, Wait: l.wait}
	}
	for id := range t.gone {
		b.node(id).Side[plan.Local] = plan.View{Sight: plan.Absent, Witnessed: b.m.goneLongEnough(id)}
	}
	for id := range t.unseen {
		b.node(id).Side[plan.Local].Sight = plan.Unseen
	}
	for id := range t.hidden {
		n := b.node(id)
		n.Hidden = true
		if n.Base != nil && n.Base.Kind == plan.Folder {
			n.Side[plan.Local].Sight = plan.Unseen // and all below it
		}
	}
}

// portal puts what was seen on the portal into the trees.
func (b *worldBuilder) portal() {
	gone := map[state.NodeID]bool{}
	defer func() { b.goneAll(gone) }()
	ours := leftToRemove(b.tx)
	for s := range b.tx.AllSeen() {
		if row, ok := b.tx.ByRemote(s.ID); ok {
			if s.Gone {
				gone[row.ID] = b.m.vouched(s)
				continue
			}
			b.node(row.ID).Side[plan.Remote] = b.view(s)
			continue
		}
		if s.Gone || ours[s.ID] || replacedThere(b.tx, s.ID) || !b.m.isOurs(b.tx, remote.ID(s.Parent)) {
			continue
		}
		n := b.node(b.m.nodeOf[s.ID])
		n.Side[plan.Remote], n.Tag = b.view(s), tagOf(s.ID)
	}
}

// dark makes unseen what the last crawl could not look into. A new folder on disk that may be the same one is unseen there too.
func (b *worldBuilder) dark() {
	names := b.m.planNames()
	for id := range b.m.gaps {
		n := b.nodes[b.folder(id)]
		if n == nil {
			continue
		}
		n.Side[plan.Remote].Sight = plan.Unseen
		for _, twin := range b.nodes {
			if twin.Base == nil && twin.Side[plan.Local].Sight == plan.Present && mayBeOne(twin, n, names) {
				twin.Side[plan.Remote].Sight = plan.Unseen
			}
		}
	}
}

// mayBeOne tells whether a new item on disk has the place of one on the portal.
func mayBeOne(here, there *plan.Node, names [2]plan.Names) bool {
	l, r := here.Side[plan.Local].Place, there.Side[plan.Remote].Place
	name, _, ok := names[plan.Remote].From(l.Name)
	return ok && l.Parent == r.Parent && names[plan.Remote].Key(name) == names[plan.Remote].Key(r.Name)
}

// view is what an observation shows.
func (b *worldBuilder) view(s state.Seen) plan.View {
	v := plan.View{Sight: plan.Present, Kind: plan.File, Place: plan.Place{Parent: b.folder(s.Parent), Name: s.Name}}
	switch s.Kind {
	case state.KindFolder:
		v.Kind = plan.Folder
	case state.KindOther:
		v.Wait = plan.Reason{Code: plan.ReasonUnknown, Detail: "is a bookmark on the portal, which cannot be mirrored"}
	default:
		v.Content = plan.Content{Hash: b.m.hash(s.SHA1, s.SHA256), Rev: s.Content, Size: s.Size}
	}
	if s.Pinned != "" {
		v.Pinned = plan.Reason{Code: plan.ReasonPinned, Detail: s.Pinned}
	}
	if s.Frozen != "" {
		v.Wait = plan.Reason{Code: plan.ReasonUnknown, Detail: s.Frozen}
	}
	return v
}

// folder is the node of a remote folder.
func (b *worldBuilder) folder(id string) plan.NodeID {
	if id == string(b.m.opt.Folder) {
		return plan.Root
	}
	if row, ok := b.tx.ByRemote(id); ok {
		return plan.NodeID(row.ID)
	}
	return plan.NodeID(b.m.nodeOf[id])
}

// vouched tells whether an item that is gone may be called deleted. One that lies in the trash was deleted, whoever looks again.
func (m *Mirror) vouched(s state.Seen) bool {
	f := m.features
	switch {
	case s.Witness == "", !m.waited(s.GoneSince):
		return false
	case s.InTrash:
		return true
	}
	return s.Looks >= f.Looks && (f.LooksApart == 0 || m.now().Sub(s.GoneSince) >= f.LooksApart)
}

func (b *worldBuilder) goneAll(gone map[state.NodeID]bool) {
	for id, vouched := range gone {
		if row, ok := b.tx.Node(id); ok && !b.below(row, gone) {
			b.goneThere(row, vouched)
		}
	}
}

// below tells whether a folder above an item is gone as well: its word counts for all that lies in it.
func (b *worldBuilder) below(row state.Node, gone map[state.NodeID]bool) bool {
	for ok := true; ok && row.ID != state.Root; {
		if _, above := gone[row.Parent]; above {
			return true
		}
		row, ok = b.tx.Node(row.Parent)
	}
	return false
}

// goneThere makes a node absent on the portal, with all below it that was not seen elsewhere.
func (b *worldBuilder) goneThere(row state.Node, vouched bool) {
	b.node(row.ID).Side[plan.Remote] = plan.View{Sight: plan.Absent, Witnessed: vouched}
	if !row.Dir {
		return
	}
	for _, c := range b.tx.Children(row.ID) {
		if s, ok := b.tx.Seen(c.RemoteID); ok && !s.Gone && s.Parent != row.RemoteID {
			continue
		}
		b.goneThere(c, vouched)
	}
}

// running adds what is being worked on.
func (b *worldBuilder) running() {
	for id := range b.m.busy {
		b.node(state.NodeID(id))
	}
}

// unseen counts the files of base below folders that could not be looked into.
func (b *worldBuilder) unseen() (files int) {
	counted := map[state.NodeID]bool{}
	var below func(id state.NodeID)
	below = func(id state.NodeID) {
		if counted[id] {
			return
		}
		counted[id] = true
		for _, c := range b.tx.Children(id) {
			if _, known := b.nodes[plan.NodeID(c.ID)]; !known && !c.Dir {
				files++
			}
			if c.Dir {
				below(c.ID)
			}
		}
	}
	for _, n := range b.nodes {
		if n.Base != nil && n.Base.Kind == plan.Folder && (n.Side[plan.Local].Sight == plan.Unseen || n.Side[plan.Remote].Sight == plan.Unseen) {
			below(state.NodeID(n.ID))
		}
	}
	return files
}

// marks puts in what runs, and what backs off.
func (b *worldBuilder) marks() {
	for id := range b.m.busy {
		if n, ok := b.nodes[id]; ok {
			n.Busy = true
		}
	}
	now := b.m.now()
	for id, p := range b.m.troubles {
		n, ok := b.nodes[plan.NodeID(id)]
		if !ok || !p.blind && !p.retry.After(now) {
			continue
		}
		for side := range n.Side {
			if n.Side[side].Wait.Code == "" {
				n.Side[side].Wait = p.Reason
			}
		}
	}
}
