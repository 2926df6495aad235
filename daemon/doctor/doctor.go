// Package doctor looks an installation over: who runs it, its computer, folders and portals, and what it assumes of them.
//
// Each check is a function from facts to lines, without a look at anything; gathering the facts is apart, in functions that decide
// nothing. So every verdict can be tested on every system. Nothing is changed unless Options.ProbeWrites is set: then probe files
// and folders are made, and removed.
package doctor

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"dossier/config"
	"dossier/daemon"
)

// Level is how a check ended.
type Level string

const (
	Well    Level = "ok"
	Note    Level = "note"    // worth knowing, and no fault
	Unknown Level = "unknown" // it could not be told
	Wrong   Level = "wrong"   // something must be done
)

// Line is the outcome of one check.
type Line struct {
	Check string `json:"check"` // names the check, for scripts
	Level Level  `json:"level"`
	Says  string `json:"says"`          // what is
	Do    string `json:"do,omitempty"`  // what to do about it
	Set   string `json:"set,omitempty"` // the line to have in the configuration

	Either bool `json:"either,omitempty"` // it could not be told, and need not: dossier is right either way

	signIn bool // what is wrong ends by signing in
}

// Group is the checks of one subject.
type Group struct {
	Name  string `json:"name"`
	Lines []Line `json:"lines"`
}

// Report is all that was found.
type Report struct {
	OK     bool    `json:"ok"`
	Exit   int     `json:"exit"`
	Config string  `json:"config"` // the file
	Groups []Group `json:"groups"`
}

// Options say what is looked over.
type Options struct {
	Config      *config.Config
	Path        string // of the configuration
	Drivers     daemon.Drivers
	ProbeWrites bool      // probe files may be made, on disks and portals
	Built       time.Time // when this dossier was made; zero: not known
	Log         *slog.Logger
}

// patience is how long one portal is asked at most.
const patience = 90 * time.Second

// Examine looks everything over. What goes wrong on the way is in the report.
func Examine(ctx context.Context, opt Options) Report {
	x := &examination{Options: opt, system: config.IsSystem(opt.Path)}
	x.lookAtClients()
	r := Report{Config: opt.Path}
	r.Groups = append(r.Groups,
		Group{"configuration", []Line{x.configuration()}},
		Group{"who runs it", x.people()},
		Group{"this computer", x.computer(ctx)},
		Group{"state", x.stateFolder()},
		Group{"folders", x.folders()})
	r.Groups = append(r.Groups, x.portals(ctx)...)
	r.judge()
	return r
}

// configuration tells which file it is. That it is good is known by now.
func (x *examination) configuration() Line {
	l := Line{Check: "configuration", Level: Well, Says: fmt.Sprintf("%s: portals: %d, clients: %d", x.Path, len(x.Config.Portals), len(x.clients))}
	if x.system {
		l.Says += "; it is the system's, for a service"
	}
	return l
}

// judge sets the exit code: sign-in before anything else that is wrong.
func (r *Report) judge() {
	r.Exit = daemon.ExitInStep
	for _, g := range r.Groups {
		for _, l := range g.Lines {
			switch {
			case l.Level != Wrong:
			case l.signIn:
				r.Exit = daemon.ExitSignIn
			case r.Exit == daemon.ExitInStep:
				r.Exit = daemon.ExitError
			}
		}
	}
	r.OK = r.Exit == daemon.ExitInStep
}

// examination is one look.
type examination struct {
	Options
	system  bool // the configuration is the system's: a service reads it
	clients []client
}

// portals looks at all portals at once, and tells of them by name.
func (x *examination) portals(ctx context.Context) []Group {
	names := x.Config.PortalNames()
	groups := make([][]Group, len(names))
	all := new(errgroup.Group)
	for i, name := range names {
		all.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			groups[i] = x.portal(ctx, name)
			return nil
		})
	}
	_ = all.Wait() // none returns an error
	return slices.Concat(groups...)
}
