package daemon

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"dossier/config"
	"dossier/remote"
	"dossier/syncer/plan"
)

// Client is one client as this installation knows it: from the configuration, or found under a discover section.
type Client struct {
	config.Client
	Discovered bool
	StatePath  string // of its state file

	vanished bool  // discovered earlier, and no more there
	lost     error // discovered earlier; whether it is still there cannot be told
}

func (c Client) folder() remote.ID { return remote.ID(c.Folder) }

// statePath is where the state of a client of this name lies.
func statePath(cfg *config.Config, name string) string {
	return filepath.Join(cfg.State, "clients", fileName(name)+".db")
}

// AccountPath is where the state of an account lies.
func AccountPath(cfg *config.Config, portal string) string { return accountPath(cfg, portal) }

func accountPath(cfg *config.Config, portal string) string {
	return filepath.Join(cfg.State, "accounts", portal+".db")
}

// fileName is a name for a file that tells a person whose it is, and differs for clients whose names differ.
func fileName(name string) string {
	folded := config.Fold(name)
	sum := sha256.Sum256([]byte(folded))
	plain := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '-'
	}, folded)
	return plain[:min(40, len(plain))] + "-" + hex.EncodeToString(sum[:4])
}

var planModes = map[config.Mode]plan.Mode{
	config.TwoWay: plan.TwoWay, config.Down: plan.Down, config.Up: plan.Up, config.Collect: plan.Collect,
}

func planGuards(g config.Guards) plan.Guards {
	part := func(percent int) float64 { return float64(percent) / 100 }
	return plan.Guards{
		Deletes: g.DeleteFiles, DeletesPart: part(g.DeletePercent), DeletesMost: g.DeleteMost,
		DeletesHalf: part(g.DeleteShare), HalfFrom: g.DeleteShareFrom,
		Changes: g.ChangeFiles, ChangesPart: part(g.ChangePercent), Conflicts: g.Conflicts,
	}
}

// ApprovalTerm is how long what a person approved may wait to be done.
const ApprovalTerm = 7 * 24 * time.Hour
