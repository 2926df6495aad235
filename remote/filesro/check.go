package filesro

import (
	"context"
	"fmt"

	"dossier/remote"
)

// Check finds out which assumptions hold: by listing, and, if it may write, by a folder of its own with files in it. That goes to
// the trash in the end, and stays there, since nothing is ever deleted for good.
func (d *Driver) Check(ctx context.Context, folder remote.ID, write bool) ([]remote.Finding, error) {
	if _, err := d.Account(ctx); err != nil {
		return nil, err
	}
	c := &check{found: map[string]remote.Finding{}, was: d.assumed}
	c.d = d.assuming(func(a *assumed) { a.totals, a.sized, a.json404, a.delete, a.read = false, false, false, true, true })
	c.missing(ctx)
	c.trash(ctx)
	files := c.folder(ctx, folder)
	c.d = c.d.assuming(func(a *assumed) { // from here on as it was found
		a.trash = c.found["F-5"].Value != false
		a.folders = c.found["F-1"].Value != false
		a.latest = !a.folders
	})
	if write {
		c.writes(ctx, folder)
	} else {
		c.latest(ctx, files)
	}
	return c.findings(), ctx.Err()
}

// assuming is the same driver, but for some of what it assumes.
func (d *Driver) assuming(change func(*assumed)) *Driver {
	other := &Driver{rest: d.rest, options: d.options, assumed: d.assumed, origin: d.origin, trusted: d.trusted}
	change(&other.assumed)
	return other
}

// check is what was found out so far.
type check struct {
	d     *Driver // which takes what comes
	was   assumed // as configured
	found map[string]remote.Finding
}

// findings tells of each assumption that can be probed, in their order.
func (c *check) findings() (all []remote.Finding) {
	for _, a := range Assumptions {
		if !a.Probe {
			continue
		}
		f, ok := c.found[a.ID]
		if !ok {
			f = remote.Finding{Seen: "to find out, something must be made and deleted, or another answer was missing"}
		}
		f.ID = a.ID
		all = append(all, f)
	}
	return all
}

func (c *check) note(id string, v remote.Verdict, format string, args ...any) {
	c.found[id] = remote.Finding{Verdict: v, Seen: fmt.Sprintf(format, args...)}
}

// is notes that a setting should have a value, which differs from what is configured or does not.
func is[T comparable](c *check, id, setting string, was, now T, seen string) {
	f := remote.Finding{Verdict: remote.Held, Seen: seen}
	if was != now {
		f.Verdict, f.Setting, f.Value = remote.Differs, setting, now
	}
	c.found[id] = f
}

// answered says whether the portal has answered a call, if not as it should: then the guess was wrong.
func answered(err error) bool {
	switch remote.CodeOf(err) {
	case remote.Corrupt, remote.NotFound, remote.Unsupported, remote.Denied, remote.Stale:
		return true
	}
	e := httpStatus(err)
	return e >= 400 && e < 500 && e != 429
}

// works notes whether something is there at all.
func (c *check) works(id, setting string, was bool, what string, err error) bool {
	switch {
	case err == nil:
		is(c, id, setting, was, true, what+": it works")
	case answered(err):
		is(c, id, setting, was, false, fmt.Sprintf("%s: %v", what, err))
	default:
		c.note(id, remote.Untold, "%s: %v", what, err)
	}
	return err == nil
}

// missing asks for a folder that cannot be.
func (c *check) missing(ctx context.Context) {
	const never = "00000000-0000-4000-8000-000000000000"
	d := c.d.assuming(func(a *assumed) { a.json404 = true })
	at, err := d.folderURL(d.assumed.folderPath, never)
	if err == nil {
		_, err = d.page(ctx, list{op: "list", at: at, folder: never}, 0)
	}
	switch {
	case httpStatus(err) != 404:
		c.note("F-9", remote.Untold, "a folder that is not there: %v", err)
	default:
		is(c, "F-9", setJSON404, c.was.json404, remote.CodeOf(err) == remote.NotFound, fmt.Sprintf("a folder that is not there: %v", err))
	}
}

func (c *check) trash(ctx context.Context) {
	at, err := c.d.folderURL(c.d.assumed.trashPath, home)
	if err == nil {
		_, err = c.d.page(ctx, list{op: "list trash", at: at}, 0)
	}
	c.works("F-5", setTrash, c.was.trash, "list the trash", err)
}

// folder lists a folder, and sees whether it says how much is in it.
func (c *check) folder(ctx context.Context, folder remote.ID) []item {
	l, err := c.d.folderList(folder)
	var first page
	if err == nil {
		first, err = c.d.page(ctx, l, 0)
	}
	if !c.works("F-1", setFolders, c.was.folders, "list a folder", err) {
		return nil
	}
	var items []item
	for _, r := range first.Data {
		items = append(items, r.Data)
	}
	is(c, "F-12", setTotals, c.was.totals, first.Meta.Paginate != nil, fmt.Sprintf("a list says how much there is: %v", first.Meta.Paginate != nil))
	return items
}

// latest compares the list of all files with some that are there.
func (c *check) latest(ctx context.Context, there []item) {
	all, err := c.d.latest(ctx)
	if err != nil {
		c.works("F-3", setLatest, c.was.latest, "list all files", err)
		return
	}
	compared := 0
	for _, i := range there {
		if i.kind() != remote.File || i.trashed() {
			continue
		}
		compared++
		if _, ok := pick(all, remote.ID(i.ID)); !ok {
			is(c, "F-3", setLatest, c.was.latest, false, "the list of all files lacks one that is there")
			return
		}
	}
	if compared == 0 {
		c.note("F-3", remote.Untold, "there is a list of %d files, and no file in the folder to look for in it", len(all))
		return
	}
	f := remote.Finding{Verdict: remote.Held, Seen: fmt.Sprintf("the list of all files has %d, and the %d of the folder among them", len(all), compared)}
	if !c.was.latest { // nothing is wrong: more can be done
		f.Setting, f.Value = setLatest, true
	}
	c.found["F-3"] = f
}
