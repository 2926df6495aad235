package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/dustin/go-humanize/english"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
	"dossier/state"
)

// portal asks one portal all there is to ask.
func (x *examination) portal(ctx context.Context, name string) []Group {
	p := x.Config.Portals[name]
	var mu sync.Mutex
	seen := connection{}
	acct, err := daemon.OpenAccount(ctx, daemon.AskOptions{Config: x.Config, Portal: name, Drivers: x.Drivers, Log: x.Log,
		Wrap: func(under http.RoundTripper) http.RoundTripper {
			return witness{under: under, proxy: proxyOf(p.Proxy), mu: &mu, seen: &seen}
		}})
	group := Group{Name: "portal " + name}
	if err != nil {
		group.Lines = []Line{notOpened(name, err)}
		return []Group{group}
	}
	defer acct.Close() // connections only
	folder, _ := daemon.ProbeIn(x.Config, x.Drivers, name)
	who, told, err := acct.Who(ctx, folder)
	mu.Lock()
	group.Lines = way(seen)
	mu.Unlock()
	group.Lines = append(group.Lines, signedIn(name, who, told, err, len(group.Lines) > 0)...)
	if err != nil {
		return []Group{group}
	}
	group.Lines = append(group.Lines, x.pinned(name, who)...)
	group.Lines = append(group.Lines, trashLine(acct.Features(), p, x.trash(p)))
	group.Lines = append(group.Lines, x.theirFolders(ctx, name, acct)...)
	return append([]Group{group}, x.assumptions(ctx, p, acct)...)
}

// notOpened words why a portal was not even asked.
func notOpened(name string, err error) Line {
	l := Line{Check: "sign-in", Level: Wrong, Says: err.Error(), Do: "Check the portal's section in the configuration, and the folder of the state."}
	if daemon.NeedsSignIn(err) {
		l.signIn, l.Do = true, "Store it: dossier login "+name
	}
	if _, unknown := errors.AsType[*daemon.KindError](err); unknown {
		l.Check, l.Do = "kind", "Install a newer dossier."
	}
	return l
}

// signedIn tells whom the secret speaks for. reached says that the way to the portal was told of already.
func signedIn(name string, who remote.Account, told bool, err error, reached bool) []Line {
	switch {
	case err == nil && !told:
		return []Line{{Check: "sign-in", Level: Well, Says: "the secret is accepted; the portal does not tell whom it speaks for"}}
	case err == nil:
		lines := []Line{{Check: "sign-in", Level: Well, Says: "signed in as " + whoIs(who)}}
		if l, ok := full(who); ok {
			lines = append(lines, l)
		}
		return lines
	case daemon.NeedsSignIn(err):
		return []Line{{Check: "sign-in", Level: Wrong, signIn: true, Says: "the portal does not accept the secret", Do: "Get a new one and store it: dossier login " + name}}
	case isUnreachable(err) && reached:
		return nil
	}
	return []Line{{Check: "sign-in", Level: Wrong, Says: fmt.Sprintf("whether sign-in works cannot be told: %v", err), Do: "Try again in a while."}}
}

// whoIs words an account.
func whoIs(a remote.Account) string {
	switch {
	case a.Name != "" && a.Login != "" && a.Name != a.Login:
		return fmt.Sprintf("%s (%s)", a.Name, a.Login)
	case a.Name+a.Login != "":
		return orElse(a.Login, a.Name)
	}
	return "account " + a.ID
}

// full tells of an account that is running out of space.
func full(a remote.Account) (Line, bool) {
	left := a.Space - a.Used
	if a.Space <= 0 || (left > a.Space/20 && left > 1_000_000_000) {
		return Line{}, false
	}
	l := Line{Check: "quota", Level: Note, Says: fmt.Sprintf("%s left of %s on the portal", bytes(left), bytes(a.Space)), Do: "Make room there, and empty its trash."}
	if left <= 0 {
		l.Level = Wrong
	}
	return l, true
}

// pinned tells of clients that ran under another account than the secret speaks for now.
func (x *examination) pinned(portal string, who remote.Account) []Line {
	var lines []Line
	for _, c := range x.clients {
		if c.Portal == portal && c.account != "" && who.ID != "" && c.account != who.ID {
			lines = append(lines, Line{Check: "account", Level: Wrong, signIn: true, Says: fmt.Sprintf("client %s was mirrored under another account (id %s) than this one (id %s): nothing of it runs", c.Name, c.account, who.ID),
				Do: "Sign in as before: dossier login " + portal})
		}
	}
	return lines
}

// trashFacts are what is remembered of an account's trash.
type trashFacts struct {
	has, known bool
	asks       bool // the driver lives with either; else its features say it
}

func (x *examination) trash(p config.Portal) trashFacts {
	t := trashFacts{asks: x.Drivers[p.Kind].TrashVaries}
	path := daemon.AccountPath(x.Config, p.Name)
	if !t.asks || !exists(path) {
		return t
	}
	acct, err := state.OpenAccount(path, state.Options{Log: x.Log})
	if err != nil {
		return t
	}
	t.has, t.known, err = acct.Trash()
	t.known = t.known && err == nil
	return t
}

// trashLine tells what becomes of deletions on a portal.
func trashLine(f remote.Features, p config.Portal, t trashFacts) Line {
	const vault = "what is deleted there is copied into the vault first"
	set, said := p.Assume["trash"].(bool)
	switch said = said && t.asks; {
	case said && set, !said && t.known && t.has, !t.asks && f.Trash:
		return Line{Check: "trash", Level: Well, Says: "what is deleted there goes to its trash"}
	case said, t.known, !f.Trash:
		return Line{Check: "trash", Level: Note, Says: "it has no trash that we can use: " + vault}
	}
	return Line{Check: "trash", Level: Unknown, Says: "whether it has a trash is found out at the first run that may write; until then " + vault}
}

// mostAsked is how many clients' folders are asked for, as each is a call.
const mostAsked = 25

// theirFolders tells of clients whose folder on the portal cannot be read.
func (x *examination) theirFolders(ctx context.Context, portal string, acct *daemon.Account) []Line {
	var lines []Line
	asked, well, all := 0, 0, 0
	for _, c := range x.clients {
		if c.Portal != portal {
			continue
		}
		if all++; asked == mostAsked {
			continue
		}
		asked++
		_, err := acct.Get(ctx, remote.ID(c.Folder), remote.Folder)
		if err != nil {
			lines = append(lines, notSeen(c.Name, c.Folder, err))
			continue
		}
		well++
	}
	if asked > 0 && (well > 0 || all > asked) {
		l := Line{Check: "client-folders", Level: Well, Says: english.Plural(well, "client folder", "") + " can be read there"}
		if all > asked {
			l.Says += fmt.Sprintf("; %d more were not asked for", all-asked)
		}
		lines = append([]Line{l}, lines...)
	}
	return lines
}

// notSeen words why a client's folder on the portal cannot be read.
func notSeen(client, folder string, err error) Line {
	l := Line{Check: "client-folder", Level: Wrong, Says: fmt.Sprintf("client %s: its folder (id %s) ", client, folder)}
	switch remote.CodeOf(err) {
	case remote.NotFound:
		l.Says, l.Do = l.Says+"is not on the portal, or not shown to this account", "Check `folder` in the configuration, and who may see it on the portal."
	case remote.Trashed:
		l.Says, l.Do = l.Says+"is in the portal's trash", "Restore it there."
	case remote.Denied:
		l.Says, l.Do = l.Says+"may not be read", "Ask the portal's keeper for the right to it."
	default:
		l.Says, l.Do = l.Says+fmt.Sprintf("cannot be read: %v", err), "Check `folder` in the configuration. If it is right, try again in a while."
	}
	return l
}

// assumptions has the driver find out what it can.
func (x *examination) assumptions(ctx context.Context, p config.Portal, acct *daemon.Account) []Group {
	all := x.Drivers[p.Kind].Assumptions
	if len(all) == 0 {
		return nil
	}
	folder, mayWrite := daemon.ProbeIn(x.Config, x.Drivers, p.Name)
	write := x.ProbeWrites && mayWrite
	r := probed{wrote: write}
	r.found, r.can, r.err = acct.Findings(ctx, folder, write)
	return []Group{{Name: "portal " + p.Name + ": what is assumed of it", Lines: assumed(all, r, p.Assume)}}
}
