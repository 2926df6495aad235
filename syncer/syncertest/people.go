package syncertest

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"dossier/remote"
)

var (
	fileNames   = []string{"a", "b", "c.txt", "A", "letter.docx", "B"}
	folderNames = []string{"d", "e", "D", "a"}
)

// person does an event's doing on a side, if what is there allows it, and says what was done.
func (w *world) person(e Event) string {
	p := &doing{w: w, e: e, side: w.side(e.Side)}
	p.look()
	switch e.Do {
	case Edit, EditByRename:
		return p.edit(e.Do == Edit)
	case Create:
		return p.create()
	case MakeFolder:
		return p.makeFolder()
	case Rename:
		return p.rename()
	case RenameOver:
		return p.renameOver()
	case Move:
		return p.moveAway()
	case Swap:
		return p.swap()
	case LetterCase:
		return p.letterCase()
	case Delete:
		return p.delete()
	case Restore:
		return p.restore()
	case Told:
		return p.told()
	case LoseState, OldState:
		return p.forget()
	}
	return ""
}

type doing struct {
	w    *world
	e    Event
	side side

	have    map[string]string
	files   []string
	folders []string // without the root; they end in a slash
	used    int      // picks
}

func (p *doing) look() {
	p.have = p.side.tree()
	for _, name := range slices.Sorted(maps.Keys(p.have)) {
		if strings.HasSuffix(name, "/") {
			p.folders = append(p.folders, name)
		} else {
			p.files = append(p.files, name)
		}
	}
}

// pick chooses one of what there is; empty: there is nothing.
func pick[T any](p *doing, from []T) (t T) {
	if len(from) == 0 {
		return t
	}
	n := p.e.Pick[p.used%len(p.e.Pick)]
	p.used++
	return from[n%uint64(len(from))]
}

func (p *doing) any() string { return pick(p, append(slices.Clone(p.files), p.folders...)) }

func (p *doing) place(names []string) string {
	dir := pick(p, append([]string{""}, p.folders...))
	if strings.Count(dir, "/") > 2 {
		dir = ""
	}
	return dir + pick(p, names)
}

// at is what is at a path, in whatever letter case where that is the same.
func (p *doing) at(name string) (there string, ok bool) {
	for have := range p.have {
		if p.side.fold(strings.TrimSuffix(have, "/")) == p.side.fold(name) {
			return have, true
		}
	}
	return "", false
}

func (p *doing) did(err error, format string, args ...any) string {
	if err != nil {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func (p *doing) edit(inPlace bool) string {
	file := pick(p, p.files)
	if file == "" {
		return ""
	}
	return p.write(file, inPlace)
}

// write replaces, or makes, a file with content that nobody has written before.
func (p *doing) write(file string, inPlace bool) string {
	content := p.content()
	old, was := p.have[file]
	err := p.side.put(file, content, inPlace)
	if err == nil && was {
		p.w.disown(old)
	}
	if err == nil && !p.w.doubled[content] {
		p.w.own(content)
	}
	return p.did(err, "writes %q: %.5s (in place %v; before: %.5q)", file, content, inPlace, old)
}

// content is what a file gets: mostly what was never there before.
func (p *doing) content() string {
	if copied := pick(p, p.files); p.w.script.Kind.Copies && p.e.Pick[0]%4 == 0 && copied != "" {
		content := p.have[copied]
		p.w.doubled[content] = true // and nothing more is demanded of it than of the first
		return content
	}
	sizes := p.w.script.Kind.Sizes
	if sizes == nil {
		sizes = []int{0, 0, 3, 500}
	}
	n := pick(p, sizes)
	if n < 0 {
		return ""
	}
	return p.w.newContent(n)
}

// forget takes a machine's state away, or puts one from a backup in its place.
func (p *doing) forget() string {
	m := p.w.machines[p.e.Side]
	if p.e.Do == LoseState || len(m.backups) == 0 {
		m.use(nil)
		return "loses the state"
	}
	n := p.e.Pick[0] % uint64(len(m.backups))
	m.use(m.backups[n])
	return fmt.Sprintf("puts back the state of run %d", n)
}

func (p *doing) names() []string {
	if names := p.w.script.Kind.Names; names != nil {
		return names
	}
	return fileNames
}

func (p *doing) create() string {
	file := p.place(p.names())
	if there, ok := p.at(file); ok {
		if strings.HasSuffix(there, "/") {
			return ""
		}
		file = there
	}
	return p.write(file, true)
}

func (p *doing) makeFolder() string {
	dir := p.place(folderNames)
	if _, ok := p.at(dir); ok {
		return ""
	}
	return p.did(p.side.mkdir(dir), "makes folder %q", dir)
}

func (p *doing) rename() string {
	from := p.any()
	to := path.Join(path.Dir(from), pick(p, append(slices.Clone(p.names()), folderNames...)))
	return p.moveTo(from, to)
}

func (p *doing) moveTo(from, to string) string {
	clean := strings.TrimSuffix(from, "/")
	if from == "" || clean == to || strings.HasPrefix(to+"/", clean+"/") {
		return ""
	}
	if _, ok := p.at(to); ok && p.side.fold(clean) != p.side.fold(to) {
		return ""
	}
	return p.did(p.side.move(clean, to), "moves %q to %q", from, to)
}

func (p *doing) renameOver() string {
	from, to := pick(p, p.files), pick(p, p.files)
	if from == to {
		return ""
	}
	return p.moveOver(from, to)
}

// moveOver moves a file or folder to where nothing is, or over a file.
func (p *doing) moveOver(from, to string) string {
	err := p.side.move(from, to)
	if err == nil {
		p.w.disown(p.have[to])
	}
	return p.did(err, "moves %q to %q (before: %.5q)", from, to, p.have[to])
}

func (p *doing) moveAway() string {
	from := p.any()
	dir := pick(p, append([]string{""}, p.folders...))
	return p.moveTo(from, dir+path.Base(from))
}

func (p *doing) swap() string {
	list := p.files
	if p.e.Pick[3]%2 == 0 {
		list = p.folders
	}
	a, b := strings.TrimSuffix(pick(p, list), "/"), strings.TrimSuffix(pick(p, list), "/")
	if a == b || strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/") {
		return ""
	}
	between := path.Join(path.Dir(a), "between")
	for _, step := range [][2]string{{a, between}, {b, a}, {between, b}} {
		if err := p.side.move(step[0], step[1]); err != nil {
			return fmt.Sprintf("cannot swap %q and %q: %v", a, b, err)
		}
	}
	return fmt.Sprintf("swaps %q and %q", a, b)
}

func (p *doing) letterCase() string {
	from := p.any()
	name := path.Base(from)
	other := strings.ToUpper(name)
	if other == name {
		other = strings.ToLower(name)
	}
	return p.moveTo(from, path.Join(path.Dir(from), other))
}

func (p *doing) delete() string {
	from := p.any()
	if from == "" {
		return ""
	}
	return p.remove(from)
}

// remove deletes a file, or a folder, with or without a slash at its end, and all below it.
func (p *doing) remove(from string) string {
	if _, ok := p.have[from+"/"]; ok {
		from += "/"
	}
	id, kind := p.w.idOf(p.e.Side, from)
	b := binned{id, kind, map[string]int{}}
	err := p.side.remove(strings.TrimSuffix(from, "/"))
	if err != nil {
		return ""
	}
	gone := []string{}
	for name, content := range p.have {
		if name == from || strings.HasSuffix(from, "/") && strings.HasPrefix(name, from) {
			owed := p.w.owed[content]
			p.w.disown(content)
			b.contents[content] = -1
			if len(p.w.machines) > 1 {
				p.w.doubled[content] = true // moved meanwhile on two machines, to two places, it survives at both
			}
			if owed {
				b.contents[content] = p.w.disowned[content]
			}
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	if id != "" {
		p.w.bin = append(p.w.bin, b)
	}
	return fmt.Sprintf("deletes %q: %q", from, gone)
}

// binned is what a person deleted on the portal.
type binned struct {
	id   remote.ID
	kind remote.Kind

	contents map[string]int // that were owed, and how often each had been disowned by then
}

// restore takes something out of the portal's trash.
func (p *doing) restore() string {
	if p.e.Side != Portal || len(p.w.bin) == 0 {
		return ""
	}
	trash, ok := p.w.portal.AsTrash()
	if !ok {
		return ""
	}
	b := pick(p, p.w.bin)
	e, err := trash.Restore(context.Background(), b.id, b.kind, nil)
	if err != nil {
		return ""
	}
	for content, times := range b.contents {
		p.w.doubled[content] = true         // it may have been brought back elsewhere already
		if p.w.disowned[content] == times { // nobody has replaced or deleted it elsewhere since
			p.w.own(content)
		}
	}
	return fmt.Sprintf("takes %q out of the trash", e.Name)
}
