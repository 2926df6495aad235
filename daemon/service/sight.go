package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"dossier/config"
	"dossier/state"
)

// Sight is what the user as whom the service will run sees of it all. Another process looks where he is somebody else.
type Sight struct {
	User    string   `json:"user"`
	Group   string   `json:"group,omitempty"`
	Home    string   `json:"home"`
	Config  string   `json:"config"`
	Fault   string   `json:"fault,omitempty"` // the configuration cannot be used
	State   Folder   `json:"state"`
	Folders []Folder `json:"folders"`
	Secrets []Secret `json:"secrets"`
	Reads   []string `json:"reads,omitempty"`
}

// Folder is one that the service writes to.
type Folder struct {
	Who    string `json:"who"`
	Path   string `json:"path"`
	House  string `json:"house"`            // what must be writable, as it really lies: the folder around a client's
	Mapped bool   `json:"mapped,omitempty"` // a drive of Windows that only this user has
	Fault  string `json:"fault,omitempty"`
}

// Secret is a reference to one, and what is wrong with it.
type Secret struct {
	Key    string `json:"key"` // portal.office.token
	Portal string `json:"portal"`
	Scheme string `json:"scheme"`
	Name   string `json:"name"`
	Fault  string `json:"fault,omitempty"`
}

// Look sees what this user sees of a configuration. Secrets that no service of the system could read are not tried; nothing is changed.
func Look(ctx context.Context, path string, system bool, checks ...config.Check) Sight {
	s := Sight{Config: path, Folders: []Folder{}, Secrets: []Secret{}}
	s.Home, _ = os.UserHomeDir() // none: the configuration says what is missing
	if u, err := user.Current(); err == nil {
		s.User = u.Username
		if g, err := user.LookupGroupId(u.Gid); err == nil {
			s.Group = g.Name
		}
	}
	found, err := config.Find(path)
	if err == nil {
		s.Config, err = filepath.Abs(found)
	}
	var cfg *config.Config
	if err == nil {
		cfg, err = config.Load(s.Config, checks...)
	}
	if err != nil {
		s.Fault = err.Error()
		return s
	}
	s.State = lookAtState(cfg.State)
	s.Folders = lookAtFolders(cfg)
	s.Secrets, s.Reads = lookAtSecrets(ctx, cfg, system)
	return s
}

// lookAtFolders sees each house once: the root, and what is around or for clients that lie elsewhere.
func lookAtFolders(cfg *config.Config) []Folder {
	var all []Folder
	add := func(who, path, house string) {
		if !slices.ContainsFunc(all, func(f Folder) bool { return f.Path == path }) {
			all = append(all, lookAt(who, path, house))
		}
	}
	if cfg.Root != "" {
		add("the root", cfg.Root, cfg.Root)
	}
	for _, d := range cfg.Discover {
		add("what is discovered", d.Path, d.Path)
	}
	for _, c := range cfg.Clients {
		real, err := filepath.EvalSymlinks(c.Path)
		if err != nil {
			real = c.Path // made at the first run, or told below
		}
		if _, err := os.Lstat(c.Path); filepath.Dir(real) != cfg.Root || !errors.Is(err, fs.ErrNotExist) {
			add("client "+c.Name, c.Path, filepath.Dir(real))
		}
	}
	return all
}

// lookAt sees one folder and the one that must hold the vault. A client's folder that is not there is made at the first run.
func lookAt(who, path, house string) Folder {
	f := Folder{Who: who, Path: path, House: house}
	if real, err := filepath.EvalSymlinks(house); err == nil {
		f.House = real
	}
	kind, network, err := state.DriveKind(path)
	f.Mapped = err == nil && network && kind == "mapped drive"
	err = mayUse(f.House)
	if _, gone := os.Stat(path); err == nil && path != house && !errors.Is(gone, fs.ErrNotExist) {
		err = mayUse(path)
	}
	if err != nil {
		f.Fault = err.Error()
	}
	return f
}

// lookAtState: it is made where it is not there, by the installer or by dossier itself.
func lookAtState(path string) Folder {
	f := Folder{Who: "the state", Path: path, House: path}
	if err := mayUse(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.Fault = err.Error()
	}
	return f
}

// mayUse tells why this user cannot list a folder and make things in it; nil: he can.
func mayUse(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	return mayWrite(dir)
}

func lookAtSecrets(ctx context.Context, cfg *config.Config, system bool) (all []Secret, reads []string) {
	for _, name := range cfg.PortalNames() {
		p := cfg.Portals[name]
		if p.CA != "" {
			reads = append(reads, p.CA)
		}
		for _, key := range p.SignIn().SecretKeys() {
			ref := p.Secret(key)
			s := Secret{Key: "portal." + name + "." + key, Portal: name, Scheme: ref.Scheme(), Name: ref.Name()}
			if s.Scheme == "file" {
				reads = append(reads, ref.FilePath())
			}
			if s.Scheme == "file" || s.Scheme == "keyring" && !system {
				if _, err := ref.Resolve(ctx); err != nil {
					s.Fault = err.Error()
				}
			}
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Secret) int { return cmp.Compare(a.Key, b.Key) })
	return all, reads
}

// With fills in what was seen.
func (d Definition) With(s Sight) Definition {
	d.Config, d.Home, d.State, d.Reads = s.Config, s.Home, s.State.Path, s.Reads
	d.User, d.Group = orElse(d.User, s.User), orElse(d.Group, s.Group)
	for _, f := range s.Folders {
		d.Houses = append(d.Houses, f.House)
	}
	slices.Sort(d.Houses)
	d.Houses = slices.Compact(d.Houses)
	for _, r := range s.Secrets {
		if r.Scheme == "credential" && !slices.ContainsFunc(d.Secrets, func(c Credential) bool { return c.Name == r.Name }) {
			d.Secrets = append(d.Secrets, d.credential(r.Name))
		}
	}
	if dir := os.Getenv("XDG_STATE_HOME"); !d.System && dir != "" && strings.HasPrefix(d.State, dir) {
		d.Env = append(d.Env, Variable{"XDG_STATE_HOME", dir})
	}
	return d
}

// credential is where systemd finds a secret: encrypted, if it lies there.
func (d Definition) credential(name string) Credential {
	etc := "/etc"
	if !d.System {
		etc = filepath.Join(d.Home, ".config")
	}
	encrypted := filepath.Join(etc, "credstore.encrypted", name)
	if _, err := os.Stat(encrypted); err == nil {
		return Credential{Name: name, File: encrypted, Encrypted: true}
	}
	return Credential{Name: name, File: filepath.Join(etc, "credstore", name)}
}

// Missing names those credentials whose file is not there.
func (d Definition) Missing() []Credential {
	return slices.DeleteFunc(slices.Clone(d.Secrets), func(c Credential) bool {
		_, err := os.Stat(c.File)
		return err == nil
	})
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
