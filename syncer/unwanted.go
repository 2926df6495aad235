package syncer

import (
	"path"
	"strings"

	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// unwanted takes out what is new on the portal and has a name that is not mirrored.
func (b *worldBuilder) unwanted() {
	var gone []plan.NodeID
	for id, n := range b.nodes {
		v := &n.Side[plan.Remote]
		switch {
		case v.Sight != plan.Present || n.ID == plan.Root:
		case n.Base == nil && b.ignored(n):
			gone = append(gone, id)
		case n.Base != nil && v.Place != (plan.Place{Parent: n.Base.Parent, Name: n.Base.Name[plan.Remote]}) && b.ignored(n):
			n.Hidden = true // it was moved there to where we do not follow
			v.Sight, v.Place = plan.Unseen, plan.Place{}
		}
	}
	for _, id := range gone {
		delete(b.nodes, id)
	}
}

// ignored tells whether a new item of the portal, or a new folder above it, has an ignored, temporary or private name.
func (b *worldBuilder) ignored(n *plan.Node) bool {
	var names []string
	folder := n.Side[plan.Remote].Kind == plan.Folder
	for depth := 0; n != nil && n.ID != plan.Root && depth < 1000; depth++ {
		v := n.Side[plan.Remote]
		if v.Sight != plan.Present {
			break
		}
		names = append([]string{v.Place.Name}, names...)
		n = b.nodes[v.Place.Parent]
	}
	for i := range names {
		last := i == len(names)-1
		if b.m.unwanted(names[:i+1], !last || folder) {
			return true
		}
	}
	return false
}

// unwanted tells whether a path of portal names is not mirrored.
func (m *Mirror) unwanted(names []string, folder bool) bool {
	if class, _ := local.ClassOfName(names[len(names)-1]); !folder && class != local.Normal && !(class == local.NeverLive && m.opt.NeverLive) {
		return true
	}
	rel := strings.Join(names, "/")
	if m.ignore.Match(rel, folder) != "" {
		return true
	}
	for _, p := range m.opt.Private {
		p = strings.Trim(path.Clean(p), "/")
		if strings.EqualFold(rel, p) || (len(rel) > len(p) && strings.EqualFold(rel[:len(p)+1], p+"/")) {
			return true
		}
	}
	return false
}

// ignoredOnDisk tells whether a path on disk, or a folder above it, is ignored.
func (m *Mirror) ignoredOnDisk(rel string, dir bool) bool {
	names := strings.Split(rel, "/")
	for i, name := range names {
		names[i] = m.names.Decode(name)
		if m.ignore.Match(strings.Join(names[:i+1], "/"), dir || i < len(names)-1) != "" {
			return true
		}
	}
	return false
}
