package config

import (
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// check goes through everything that single values cannot tell, fills in what is left out, and reports all faults.
func check(r *report, cfg *Config, m machine) {
	checkPortals(r, cfg, m)
	checkGuards(r, "guards", cfg.Guards)
	checkNumbers(r, cfg)
	checkClients(r, cfg)
	checkDiscover(r, cfg)
	checkFolders(r, cfg, m)
	checkNotices(r, &cfg.Notices, m)
}

var modes = []Mode{TwoWay, Up, Down, Collect}

// flow checks what a client and a discover section have in common.
func (r *report) flow(key string, cfg *Config, portal string, mode *Mode, ignore, private []string, guards *Guards) {
	if _, ok := cfg.Portals[portal]; portal == "" {
		r.fault(key+".portal", "missing; name a portal section: %s", listed(cfg.PortalNames()))
	} else if !ok {
		r.fault(key+".portal", "there is no [portal.%s]; there is %s", portal, listed(cfg.PortalNames()))
	}
	if *mode == "" {
		*mode = TwoWay
	} else if !slices.Contains(modes, *mode) {
		r.fault(key+".mode", "%q is no mode; write two-way, up, down or collect", string(*mode))
	}
	for i, line := range ignore {
		if strings.ContainsAny(line, "\x00\r\n") {
			r.fault(fmt.Sprintf("%s.ignore[%d]", key, i+1), "a pattern is one line; write one text for each")
		}
	}
	for i, p := range private {
		checkPrivate(r, fmt.Sprintf("%s.private[%d]", key, i+1), p)
	}
	r.inherit(key+".guards", guards, cfg.Guards)
	checkGuards(r, key+".guards", *guards)
}

// checkPrivate wants a path inside the client's folder, with slashes: "Internal/", "2026/notes.docx".
func checkPrivate(r *report, key, p string) {
	trimmed := strings.TrimSuffix(p, "/")
	switch {
	case trimmed == "" || trimmed == ".":
		r.fault(key, `this keeps everything private; use mode = "down" if nothing shall go up`)
	case strings.Contains(p, `\`):
		r.fault(key, "%q: write it with /", p)
	case strings.ContainsAny(p, "\x00\r\n"):
		r.fault(key, "%q holds a control character; leave it out", p)
	case path.IsAbs(p) || trimmed != path.Clean(trimmed) || trimmed == ".." || strings.HasPrefix(trimmed, "../"):
		r.fault(key, `%q must be a path inside the client's folder, such as "Internal/"`, p)
	}
}

// inherit sets each guard that the section does not name to the general one.
func (r *report) inherit(key string, own *Guards, general Guards) {
	to, from := reflect.ValueOf(own).Elem(), reflect.ValueOf(general)
	for i := range to.NumField() {
		if !r.has(key + "." + to.Type().Field(i).Tag.Get("toml")) {
			to.Field(i).Set(from.Field(i))
		}
	}
}

func checkClients(r *report, cfg *Config) {
	names, folders := map[string]int{}, map[string]int{}
	for i := range cfg.Clients {
		c := &cfg.Clients[i]
		key := fmt.Sprintf("client[%d]", i+1)
		if err := checkFolderName(c.Name); err != nil {
			r.fault(key+".name", "%v", err)
		} else if j, taken := names[Fold(c.Name)]; taken {
			r.fault(key+".name", "%q is the name of client[%d] already, capitals and accents aside; names must differ", c.Name, j)
		} else {
			names[Fold(c.Name)] = i + 1
		}
		r.flow(key, cfg, c.Portal, &c.Mode, c.Ignore, c.Private, &c.Guards)
		if !r.id(key+".folder", c.Folder) {
			continue
		}
		at := c.Portal + "\x00" + c.Folder
		if j, taken := folders[at]; taken {
			r.fault(key+".folder", "%s of portal %q belongs to client[%d] already; two clients cannot share a folder", c.Folder, c.Portal, j)
			continue
		}
		folders[at] = i + 1
	}
}

func checkDiscover(r *report, cfg *Config) {
	seen := map[string]int{}
	for i := range cfg.Discover {
		d := &cfg.Discover[i]
		key := fmt.Sprintf("discover[%d]", i+1)
		r.flow(key, cfg, d.Portal, &d.Mode, d.Ignore, d.Private, &d.Guards)
		if !r.id(key+".under", d.Under) {
			continue
		}
		at := d.Portal + "\x00" + d.Under
		if j, taken := seen[at]; taken {
			r.fault(key+".under", "discover[%d] looks there already", j)
		}
		seen[at] = i + 1
		j := slices.IndexFunc(cfg.Clients, func(c Client) bool { return c.Portal == d.Portal && c.Folder == d.Under })
		if j >= 0 {
			r.fault(key+".under", "%s is the folder of client[%d], and what is discovered would lie inside it", d.Under, j+1)
		}
	}
}

// id checks a portal's id of a folder. What ids look like is the portal's matter.
func (r *report) id(key, id string) bool {
	switch {
	case id == "":
		r.fault(key, "missing; give the portal's own id of the folder")
	case len(id) > 200 || strings.TrimSpace(id) != id || strings.ContainsAny(id, "/\\?#\x00\r\n\t"):
		r.fault(key, "%.200q cannot be a portal's id: blanks at its ends, or one of / \\ ? #", id)
	default:
		return true
	}
	return false
}

var portalName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// checkGuards wants counts of at least 1, and percentages.
func checkGuards(r *report, key string, g Guards) {
	for _, n := range []struct {
		key     string
		n, most int
	}{
		{"delete_files", g.DeleteFiles, 1 << 30}, {"delete_percent", g.DeletePercent, 100},
		{"delete_most", g.DeleteMost, 1 << 30}, {"delete_share", g.DeleteShare, 100},
		{"delete_share_from", g.DeleteShareFrom, 1 << 30},
		{"change_files", g.ChangeFiles, 1 << 30}, {"change_percent", g.ChangePercent, 100},
		{"conflicts", g.Conflicts, 1 << 30},
	} {
		r.between(key+"."+n.key, n.n, 1, n.most)
	}
}

func checkNumbers(r *report, cfg *Config) {
	if r.has("vault.keep") && cfg.Vault.Keep.d <= 0 {
		r.fault("vault.keep", `must be longer than nothing, such as "30d"`)
	}
	r.between("vault.disk_percent", cfg.Vault.DiskPercent, 1, 90)
	r.between("disk.reserve_percent", cfg.Disk.ReservePercent, 0, 90)
	if cfg.Disk.Reserve < 0 {
		r.fault("disk.reserve", `less than nothing; write "0" for no reserve`)
	}
}

// between speaks of keys that the file names: defaults are right, and what is inherited is reported where it stands.
func (r *report) between(key string, n, least, most int) {
	if r.has(key) && (n < least || n > most) {
		r.fault(key, "%d is out of range; at least %d, at most %d", n, least, most)
	}
}

// listed joins names for a sentence.
func listed(names []string) string {
	if len(names) == 0 {
		return "none yet; add a section such as [portal.office]"
	}
	return strings.Join(names, ", ")
}
