package syncer

import (
	"context"

	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// rowIndex finds the rows of one folder by the names that a listing of the disk gives.
type rowIndex struct {
	exact  map[string]state.Node
	folded map[string][]state.Node
	key    func(string) string
	used   map[state.NodeID]bool
	all    []state.Node
}

func indexRows(rows []state.Node, key func(string) string) *rowIndex {
	x := &rowIndex{exact: make(map[string]state.Node, len(rows)), folded: map[string][]state.Node{}, key: key, used: map[state.NodeID]bool{}, all: rows}
	for _, r := range rows {
		x.exact[r.Local] = r
		if k := key(r.Local); k != r.Local {
			x.folded[k] = append(x.folded[k], r)
		}
	}
	return x
}

// take finds the row that has a name and kind, and gives it out once. On a file system that folds names another spelling will do.
func (x *rowIndex) take(name string, dir bool) (state.Node, bool) {
	r, ok := x.exact[name]
	if !ok || r.Dir != dir || x.used[r.ID] {
		r, ok = x.byKey(name, dir)
	}
	if ok {
		x.used[r.ID] = true
	}
	return r, ok
}

func (x *rowIndex) byKey(name string, dir bool) (state.Node, bool) {
	k := x.key(name)
	for _, r := range append(x.folded[k], x.exact[k]) {
		if r.ID != 0 && r.Dir == dir && !x.used[r.ID] && x.key(r.Local) == k {
			return r, true
		}
	}
	return state.Node{}, false
}

// rest is every row that no name took.
func (x *rowIndex) rest() []state.Node {
	var out []state.Node
	for _, r := range x.all {
		if !x.used[r.ID] {
			out = append(out, r)
		}
	}
	return out
}

// folders decides which folder each unsure one is, and reads on in it, until none is left.
//
// A folder's file id decides: it cannot be in two places. Only when no new folder is left that might hold the wanted one is a
// folder under a known name, but with a new file id, taken for what its name says (a restored or unpacked tree).
func (l *localLook) folders(ctx context.Context) error {
	for {
		unsure := takeFolders(&l.news)
		byName := len(unsure) == 0
		if byName {
			unsure = takeFolders(&l.doubt)
		}
		if len(unsure) == 0 {
			return nil
		}
		var rels []string
		for _, f := range unsure {
			if err := l.folder(f, byName); err != nil {
				return err
			}
			rels = append(rels, f.rel)
		}
		if err := l.walk(ctx, rels...); err != nil {
			return err
		}
	}
}

// takeFolders removes the folders from list and returns them.
func takeFolders(list *[]found) []found {
	var dirs, rest []found
	for _, f := range *list {
		if f.entry.Info.Kind == local.Dir {
			dirs = append(dirs, f)
		} else {
			rest = append(rest, f)
		}
	}
	*list = rest
	return dirs
}

// folder says which node the folder f is.
func (l *localLook) folder(f found, byName bool) error {
	moved, err := l.byFile(f, true)
	if err != nil {
		return err
	}
	if moved != nil && !l.m.canMoveFolder(*moved, f) {
		moved = nil
	}
	switch {
	case moved != nil && !l.taken[moved.ID]:
		l.taken[moved.ID] = true
		l.dirs[f.rel] = moved.ID
		l.place(f, moved.ID, true)
		l.lose(f)
	case byName && !l.taken[f.row.ID]:
		l.keep(f)
		row := f.row
		row.FileID = f.entry.Info.FileID
		l.tree.fresh = append(l.tree.fresh, row)
	default:
		id := l.provisional(f)
		l.dirs[f.rel] = id
		l.place(f, id, true)
		l.lose(f)
	}
	return nil
}

// canMoveFolder tells whether the portal can do with a folder what was done with it on disk. Where it cannot, the folder is a new one,
// into which the files move, and the old one goes when it is empty.
func (m *Mirror) canMoveFolder(row state.Node, f found) bool {
	return (m.features.MoveFolders || row.Parent == f.parent) && (m.features.Rename || row.Local == f.entry.Name)
}

// lose puts the row whose name f has, and which f is not, among those to be looked for.
func (l *localLook) lose(f found) {
	if f.row.ID != 0 && !l.taken[f.row.ID] {
		l.lost = append(l.lost, f.row)
	}
}

// byFile is the base's row with the file id of f, other than the one whose name f has.
func (l *localLook) byFile(f found, dir bool) (*state.Node, error) {
	info := f.entry.Info
	if info.FileID == "" || (!dir && info.Links > 1) {
		return nil, nil
	}
	rows, err := l.m.byFile(info.FileID)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.Dir == dir && r.ID != state.Root && r.ID != f.row.ID {
			return &r, nil
		}
	}
	return nil, nil
}

// files decides which node each unsure file is.
//
// A file has moved when its file id, size and time are those of a row whose own name is vacant, or is held by a file that has
// itself moved there (names swapped, names shifted). Else the name wins: a program saved by writing a new file and renaming it,
// and the history stays with the name.
func (l *localLook) files() {
	moves := l.candidates()
	settleMoves(moves)
	for i := range l.doubt {
		f := l.doubt[i]
		if mv, ok := moves[f.rel]; ok && mv.valid {
			l.moved(f, mv.row)
			l.lose(f)
			continue
		}
		if l.taken[f.row.ID] { // its row has moved away
			l.newFile(f)
			continue
		}
		l.taken[f.row.ID] = true
		l.dated = append(l.dated, f)
	}
	for _, f := range l.news {
		if mv, ok := moves[f.rel]; ok && mv.valid {
			l.moved(f, mv.row)
			continue
		}
		l.newFile(f)
	}
	l.doubt, l.news = nil, nil
}

func (l *localLook) moved(f found, row state.Node) {
	l.taken[row.ID] = true
	f.row, f.node = row, l.place(f, row.ID, false)
	l.dated = append(l.dated, f)
}

func (l *localLook) newFile(f found) {
	n := l.place(f, l.provisional(f), false)
	f.row, f.node = state.Node{}, n
	l.dated = append(l.dated, f)
}

// move is a file that may be another row's.
type move struct {
	row   state.Node
	valid bool
	over  string // rel of the file that now has the row's old name; empty: nobody
}

// candidates finds, for each unsure file, the row that has its file id, size and time.
func (l *localLook) candidates() map[string]*move {
	out := map[string]*move{}
	holder := map[state.NodeID]string{}
	for _, f := range l.doubt {
		holder[f.row.ID] = f.rel
	}
	for _, list := range [][]found{l.doubt, l.news} {
		for _, f := range list {
			row, err := l.byFile(f, false)
			if err != nil || row == nil || l.taken[row.ID] || l.seenElsewhere(*row) {
				continue
			}
			if i := f.entry.Info; i.Size == row.Size && i.MTime == row.MTime && !l.stillThere(*row) {
				out[f.rel] = &move{row: *row, valid: true, over: holder[row.ID]}
			}
		}
	}
	return out
}

// stillThere tells that the file of a row has its own name as well: what was found is a second name, not a move. Not every
// system tells in a listing how many names a file has.
func (l *localLook) stillThere(row state.Node) bool {
	var rel string
	_ = l.m.st.View(func(tx *state.Tx) error { rel = tx.Path(row.ID); return nil })
	info, err := l.m.disk.Lstat(local.In(rel))
	return err == nil && info.FileID == row.FileID
}

// seenElsewhere tells that a row cannot be called vacant, since what would show it could not be read.
func (l *localLook) seenElsewhere(row state.Node) bool {
	_, dark := l.tree.unseen[row.Parent]
	_, hidden := l.tree.hidden[row.ID]
	return dark || hidden
}

// settleMoves takes back each move whose row's name is held by a file that has not moved there, until all that are left agree.
func settleMoves(moves map[string]*move) {
	for again := true; again; {
		again = false
		for _, mv := range moves {
			if !mv.valid || mv.over == "" {
				continue
			}
			if by := moves[mv.over]; by == nil || !by.valid {
				mv.valid, again = false, true
			}
		}
	}
}

// waiting is the reason of a file that is left alone for now.
func waiting(detail string) plan.Reason { return plan.Reason{Code: reasonWaiting, Detail: detail} }
