package doctor

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"dossier/config"
	"dossier/daemon"
	"dossier/state"
)

// client is a client with what its state remembers.
type client struct {
	daemon.Client
	ran     bool   // it has run here, in this folder
	mirror  string // the id in its marker
	account string // behind the token when it first ran
}

// lookAtClients reads what is remembered of each client. One that another process is at work on is taken for one that has run.
func (x *examination) lookAtClients() {
	known, err := daemon.Known(x.Config)
	if err != nil {
		known = nil // the state's own check says so
		for _, c := range x.Config.Clients {
			known = append(known, daemon.Client{Client: c})
		}
	}
	for _, k := range known {
		c := client{Client: k}
		if st, err := state.OpenClient(k.StatePath, state.Options{ReadOnly: true, LockWait: time.Second}); err == nil {
			_ = st.View(func(tx *state.Tx) error { // damage is found by the mirror
				meta := tx.Meta()
				c.ran, c.mirror, c.account = meta.Path == k.Path, meta.Mirror, meta.Account
				return nil
			})
			_ = st.Close() // read only
		}
		x.clients = append(x.clients, c)
	}
}

// paths are the folders that are mirrored, each once; those of clients within the root are the root's.
func paths(cfg *config.Config) []string {
	var all []string
	if cfg.Root != "" {
		all = append(all, cfg.Root)
	}
	for _, c := range cfg.Clients {
		if cfg.Root == "" || filepath.Dir(c.Path) != cfg.Root {
			all = append(all, c.Path)
		}
	}
	for _, d := range cfg.Discover {
		all = append(all, d.Path)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// nearest is path, or the closest folder above it that is there.
func nearest(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || filepath.Dir(path) == path {
			return path
		}
		path = filepath.Dir(path)
	}
}

// driveOf names the kind of drive that a folder lies on, or will lie; empty: it has no name here.
func driveOf(path string) (kind string, network bool) {
	kind, network, err := state.DriveKind(path)
	if err != nil || runtime.GOOS == "windows" && !network { // there it names how a network drive is reached
		return "", false
	}
	return kind, network
}
