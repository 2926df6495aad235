// Package config is what the owner wants: one checked value read from dossier.toml.
//
// The comments of the fields are the manual of the file; the shipped example (see Example) shows every key.
// Whatever is wrong is reported at once, each fault with its line, its column and what to do; a Config that
// came out of Load needs no further checking by those who use it.
//
// What is not checked here, as only the portal can tell: whether one client's folder on a portal lies inside another's.
package config

import (
	"maps"
	"slices"
	"time"
)

// Config is a whole dossier.toml, checked: paths are absolute and clean, defaults are filled in,
// and each client carries the guards that apply to it.
type Config struct {
	// Root is the folder under which each client has a folder of its own, named after the client.
	// "~" stands for the home directory. Deleted and replaced files rest in the vault, in .dossier beside
	// the clients' folders. It may be left out if every client and every discover section has a path.
	Root string `toml:"root"`
	// State is the folder for what dossier remembers: what was agreed with each portal, tokens that rotate,
	// and the record. Never inside Root or a client's folder, and never on a network drive. Left out, it is
	// the user's own place (on Linux $XDG_STATE_HOME/dossier), or the system's when the configuration lies
	// in the system's place.
	State string `toml:"state"`

	// Portals are the accounts at client portals, by the name that clients refer to.
	Portals map[string]Portal `toml:"portal"`
	// Clients are the folders to keep in step, one section each.
	Clients []Client `toml:"client"`
	// Discover makes a client of each folder found under a folder of a portal.
	Discover []Discover `toml:"discover"`

	// Guards are the brakes: beyond them a client waits for a person.
	Guards Guards `toml:"guards"`
	// Vault says how long, and how much, is kept of what was deleted or replaced.
	Vault Vault `toml:"vault"`
	// Disk says how much room is always left free.
	Disk Disk `toml:"disk"`

	// Notices says how people hear of what needs them.
	Notices Notices `toml:"notices"`
}

// PortalNames returns the names of all portals, sorted.
func (c *Config) PortalNames() []string {
	return slices.Sorted(maps.Keys(c.Portals))
}

// Mode says which way changes of a client flow.
type Mode string

const (
	// TwoWay carries changes both ways.
	TwoWay Mode = "two-way"
	// Up makes the disk right: changes on the portal are reported, never overwritten or removed.
	Up Mode = "up"
	// Down makes the portal right: local edits become copies that are not sent, local deletions come back.
	Down Mode = "down"
	// Collect brings each item of the portal down once; nothing flows back.
	Collect Mode = "collect"
)

// Client is one client's folder on disk and its folder on a portal.
type Client struct {
	// Name of the client, and of its folder under Root. It must be a possible folder name on every system.
	Name string `toml:"name"`
	// Portal is the name of the portal section that holds the client's folder.
	Portal string `toml:"portal"`
	// Folder is the portal's own id of that folder or directory; on a Back Office, the id of the client.
	Folder string `toml:"folder"`
	// Path is the folder on disk, if it is not the one named after the client under Root. Absolute, or with "~".
	Path string `toml:"path"`
	// Mode is two-way (the default), up, down or collect.
	Mode Mode `toml:"mode"`
	// Ignore lists names and patterns that are left alone on both sides, in the syntax of .gitignore.
	Ignore []string `toml:"ignore"`
	// Private lists folders and files of the client, such as "Internal/", that never go up.
	Private []string `toml:"private"`
	// Databases mirrors the files that programs keep open and rewrite in place (.pst, .qbw, .tlg, .nd, .des, .qba,
	// .qbr, .qby, .qdt) as well. Without it they are left alone, since a copy taken while they are in use is of no use.
	Databases bool `toml:"databases"`
	// Guards overrides single guards for this client; what it does not name is as in the section guards.
	Guards Guards `toml:"guards"`
}

// Discover makes each folder under one folder of a portal a client of its own. A client is known by its
// folder's id; its local name is fixed at first sight; one that vanishes is halted, not removed.
type Discover struct {
	// Portal is the name of the portal section to look in.
	Portal string `toml:"portal"`
	// Under is the portal's own id of the folder whose folders are clients ("0" is the top of a Box account).
	Under string `toml:"under"`
	// Path is where the clients' folders are made, if not under Root. Absolute, or with "~".
	Path string `toml:"path"`
	// Mode of each client found: two-way (the default), up, down or collect.
	Mode Mode `toml:"mode"`
	// Ignore as for a client, for each client found.
	Ignore []string `toml:"ignore"`
	// Private as for a client, for each client found.
	Private []string `toml:"private"`
	// Databases as for a client, for each client found.
	Databases bool `toml:"databases"`
	// Guards as for a client, for each client found.
	Guards Guards `toml:"guards"`
}

// Guards are limits beyond which a client waits for a person. What is counted adds up over 24 hours, also across
// restarts; a deletion counts after moves and replacements are recognised. None can be 0: a guard that is not
// wanted is set out of reach, so that nobody switches one off by meaning to make it strict.
type Guards struct {
	// DeleteFiles and DeletePercent hold deletions back once both are exceeded.
	DeleteFiles int `toml:"delete_files"`
	// DeletePercent is the share of a client's files that goes with DeleteFiles.
	DeletePercent int `toml:"delete_percent"`
	// DeleteMost holds deletions back from this many files on, however many the client has.
	DeleteMost int `toml:"delete_most"`
	// DeleteShare holds deletions back once this percentage is exceeded, in a client of DeleteShareFrom files or more.
	DeleteShare int `toml:"delete_share"`
	// DeleteShareFrom is the number of files from which DeleteShare counts.
	DeleteShareFrom int `toml:"delete_share_from"`
	// ChangeFiles and ChangePercent stop the whole client once both are exceeded: a disk being encrypted looks like that.
	ChangeFiles int `toml:"change_files"`
	// ChangePercent is the share of a client's files that goes with ChangeFiles.
	ChangePercent int `toml:"change_percent"`
	// Conflicts is the number of conflicts in one run of a client beyond which no more copies are made.
	Conflicts int `toml:"conflicts"`
}

// Vault says what is kept of deleted and replaced files.
type Vault struct {
	// Keep is how long a file stays, counted in time during which dossier runs.
	Keep Duration `toml:"keep"`
	// DiskPercent is the share of the disk that the vault may fill. At the cap, deletions and replacements wait; nothing younger is thrown out.
	DiskPercent int `toml:"disk_percent"`
}

// Disk says how much room dossier never uses. The larger of the two counts.
type Disk struct {
	// Reserve is the room left free, such as "1GB"; "0" for none.
	Reserve Size `toml:"reserve"`
	// ReservePercent is the room left free as a share of the disk; 0 for none.
	ReservePercent int `toml:"reserve_percent"`
}

// Defaults returns a Config with every default and nothing else: no root, no portal, no client.
func Defaults() Config {
	return Config{
		Guards: Guards{
			DeleteFiles: 25, DeletePercent: 10, DeleteMost: 100, DeleteShare: 50, DeleteShareFrom: 20,
			ChangeFiles: 50, ChangePercent: 30,
			Conflicts: 50,
		},
		Vault: Vault{Keep: For(30 * 24 * time.Hour), DiskPercent: 10},
		Disk:  Disk{Reserve: 1_000_000_000, ReservePercent: 1},
		Notices: Notices{
			Desktop: true, Digest: "08:30",
			Every: For(time.Hour), Remind: For(24 * time.Hour), OutOfStep: For(4 * time.Hour),
		},
	}
}
