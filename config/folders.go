package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// place is a folder that the file names, as it really lies.
type place struct {
	key    string // where the file says so
	who    string // client "Bakkerij Jansen"
	path   string // as configured: absolute and clean
	folded string // symlinks resolved as far as the path exists, and folded
	real   string // the same, not folded
	info   os.FileInfo
}

// checkFolders makes every path absolute and refuses those that would mix clients, or reach a home directory or dossier's own files.
// A client's folder inside another's on the portal shows only to those who ask the portal.
func checkFolders(r *report, cfg *Config, m machine) {
	root := r.root(cfg, m)
	clients := r.clientPlaces(cfg, m, root)
	finds := r.discoverPlaces(cfg, m, root)
	refuseNested(r, clients)
	for _, c := range clients {
		if root != nil && (sameFolder(c, *root) || within(root.folded, c.folded)) {
			r.fault(c.key, "%s holds the root %s; a client needs a folder of its own", c.path, root.path)
		}
		for _, d := range finds {
			if sameFolder(c, d) || within(d.folded, c.folded) {
				r.fault(d.key, "%s lies in the folder of %s; what is discovered needs a place of its own", d.path, c.who)
			}
		}
	}
	r.state(cfg, m, root, append(clients, finds...))
}

// root checks the folder of folders. A nil place means that none was given, or none that can be used.
func (r *report) root(cfg *Config, m machine) *place {
	if cfg.Root == "" {
		return nil
	}
	p, ok := r.place("root", "the root", cfg.Root, m)
	if !ok {
		return nil
	}
	cfg.Root = p.path
	return &p
}

func (r *report) clientPlaces(cfg *Config, m machine, root *place) []place {
	var places []place
	for i := range cfg.Clients {
		c := &cfg.Clients[i]
		key := fmt.Sprintf("client[%d]", i+1)
		path := c.Path
		if path != "" {
			key += ".path"
		} else if path = r.under(cfg, root, key+".path", c.Name); path == "" {
			continue
		}
		if p, ok := r.place(key, fmt.Sprintf("client %q", c.Name), path, m); ok {
			c.Path = p.path
			places = append(places, p)
		}
	}
	return places
}

// under joins the root and a client's name; "" if either is of no use, which is reported here or elsewhere.
func (r *report) under(cfg *Config, root *place, key, name string) string {
	if cfg.Root == "" {
		r.fault(key, "missing, and there is no root to put the folder under; give one of the two")
		return ""
	}
	if root == nil || checkFolderName(name) != nil {
		return ""
	}
	return filepath.Join(root.path, name)
}

func (r *report) discoverPlaces(cfg *Config, m machine, root *place) []place {
	var places []place
	for i := range cfg.Discover {
		d := &cfg.Discover[i]
		key := fmt.Sprintf("discover[%d].path", i+1)
		if d.Path == "" {
			if cfg.Root == "" {
				r.fault(key, "missing, and there is no root to make the folders under; give one of the two")
			} else if root != nil {
				d.Path = root.path
				places = append(places, *root)
			}
			continue
		}
		if p, ok := r.place(key, fmt.Sprintf("discover[%d]", i+1), d.Path, m); ok {
			d.Path = p.path
			places = append(places, p)
		}
	}
	return places
}

// place checks one path by itself: absolute, not the top of a disk, no home directory or above one, not inside the vault, no file.
func (r *report) place(key, who, path string, m machine) (place, bool) {
	if strings.ContainsRune(path, 0) {
		r.fault(key, "the path holds a NUL byte; write it without")
		return place{}, false
	}
	full, err := expandHome(path, m.homeDir)
	if err != nil {
		r.fault(key, "%v", err)
		return place{}, false
	}
	if !filepath.IsAbs(full) {
		r.fault(key, `%q must be an absolute path, or start with "~/"`, path)
		return place{}, false
	}
	p := locate(filepath.Clean(full))
	p.key, p.who = key, who
	if why := m.unfit(p); why != "" {
		r.fault(key, "%s", why)
		return place{}, false
	}
	return p, true
}

// refuseNested reports clients' folders that are the same or lie inside one another, on whatever way.
func refuseNested(r *report, places []place) {
	taken := make(map[string]place, len(places))
	for i, p := range places {
		q, same := taken[p.folded]
		if j := slices.IndexFunc(places[:i], func(q place) bool { return sameFolder(p, q) }); !same && j >= 0 {
			q, same = places[j], true
		}
		if same {
			r.fault(p.key, "%s is the folder of %s already (links, capitals and accents aside); each client needs its own", p.path, q.who)
			continue
		}
		taken[p.folded] = p
	}
	for _, p := range places {
		for dir := filepath.Dir(p.folded); filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
			if q, inside := taken[dir]; inside {
				r.fault(p.key, "%s lies inside the folder of %s; clients' folders must lie beside one another", p.path, q.who)
			}
		}
	}
	refuseMounted(r, places)
}

// refuseMounted finds nesting that names do not show, such as through a bind mount: a folder above one client that is
// another client's. Each folder above is asked about once, however many clients lie below it.
func refuseMounted(r *report, places []place) {
	owner := map[string]int{} // by folder above a client; -1: no client's
	for _, p := range places {
		for dir := filepath.Dir(p.real); filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
			i, known := owner[dir]
			if !known {
				i = ownerOf(dir, places)
				owner[dir] = i
			}
			if i >= 0 && !within(p.folded, places[i].folded) {
				r.fault(p.key, "%s lies inside the folder of %s, which is mounted there; clients' folders must lie beside one another", p.path, places[i].who)
			}
		}
	}
}

// ownerOf returns the index of the client whose folder this is, by whatever name; -1 if there is none.
func ownerOf(dir string, places []place) int {
	info, err := os.Stat(dir)
	if err != nil {
		return -1 // not there yet: nothing is mounted there
	}
	return slices.IndexFunc(places, func(q place) bool { return q.info != nil && os.SameFile(q.info, info) })
}

// state fills in the state's folder and keeps it apart from what is mirrored.
func (r *report) state(cfg *Config, m machine, root *place, mirrored []place) {
	if cfg.State == "" {
		cfg.State = m.state
	}
	if cfg.State == "" {
		r.fault("state", "missing, and this user has no home directory to take one from; write an absolute path")
		return
	}
	full, err := expandHome(cfg.State, m.homeDir)
	if err != nil || !filepath.IsAbs(full) || strings.ContainsRune(full, 0) {
		r.fault("state", `%q must be an absolute path, or start with "~/"`, cfg.State)
		return
	}
	p := locate(filepath.Clean(full))
	cfg.State = p.path
	if root != nil {
		mirrored = append(mirrored, *root)
	}
	for _, q := range mirrored {
		if sameFolder(p, q) || within(p.folded, q.folded) || (within(q.folded, p.folded)) {
			r.fault("state", "%s and the folder of %s (%s) must not lie inside one another; choose another place", p.path, q.who, q.path)
			return
		}
	}
}

func sameFolder(a, b place) bool {
	return a.folded == b.folded || (a.info != nil && b.info != nil && os.SameFile(a.info, b.info))
}

// within tells whether inner lies below outer.
func within(inner, outer string) bool {
	return strings.HasPrefix(inner, strings.TrimSuffix(outer, string(filepath.Separator))+string(filepath.Separator))
}
