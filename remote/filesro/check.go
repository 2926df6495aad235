package filesro

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"dossier/remote"
)

// Check finds out which assumptions hold: by listing, and, if it may write, by a folder of its own with a file in it. That goes to
// the trash in the end, and stays there, since nothing is ever deleted for good.
func (d *Driver) Check(ctx context.Context, folder remote.ID, write bool) ([]remote.Finding, error) {
	if _, err := d.Account(ctx); err != nil {
		return nil, err
	}
	c := &check{d: d, found: map[string]remote.Finding{}}
	c.lists(ctx, folder)
	if write {
		c.writes(ctx, folder)
	} else if files, err := d.children(ctx, folder); err == nil {
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
	d     *Driver
	found map[string]remote.Finding // by id
}

// findings tells of each assumption that can be probed, in their order.
func (c *check) findings() (all []remote.Finding) {
	for _, a := range Assumptions {
		if !a.Probe {
			continue
		}
		f, ok := c.found[a.ID]
		if !ok {
			f = remote.Finding{Seen: "it was not come to: to find out, something must be made and deleted, or another answer was missing"}
		}
		f.ID = a.ID
		all = append(all, f)
	}
	return all
}

func (c *check) note(id string, v remote.Verdict, format string, args ...any) {
	c.found[id] = remote.Finding{Verdict: v, Seen: fmt.Sprintf(format, args...)}
}

func (c *check) set(id, setting string, value any, format string, args ...any) {
	c.found[id] = remote.Finding{Verdict: remote.Differs, Seen: fmt.Sprintf(format, args...), Setting: setting, Value: value}
}

// judge takes an error for the sign of a wrong guess only if the portal has answered, and not as it should.
func (c *check) judge(id, what string, err error) bool {
	switch remote.CodeOf(err) {
	case remote.Corrupt, remote.NotFound, remote.Unsupported:
		c.note(id, remote.Differs, "%s: %v", what, err)
	default:
		if err == nil {
			c.note(id, remote.Held, "%s: it works", what)
			return true
		}
		c.note(id, remote.Untold, "%s: %v", what, err)
	}
	return false
}

func (c *check) lists(ctx context.Context, folder remote.ID) {
	look := c.d.assuming(func(a *assumed) { a.totals = false })
	l, err := look.folderList(folder)
	var first page
	if err == nil {
		first, err = look.page(ctx, l, 0)
	}
	if c.judge("F-1", "list a folder", err) {
		c.totals(first)
	}
	bin, err := look.folderURL(look.assumed.trash, home)
	if err == nil {
		_, err = look.page(ctx, list{op: "list trash", at: bin}, 0)
	}
	c.judge("F-4", "list the trash", err)
}

func (c *check) totals(first page) {
	switch told := first.Meta.Paginate != nil; {
	case told == c.d.assumed.totals:
		c.note("F-7", remote.Held, "a list tells how much there is: %v", told)
	default:
		c.set("F-7", setTotals, told, "a list tells how much there is: %v", told)
	}
}

// latest compares the list of all files with some that are there.
func (c *check) latest(ctx context.Context, files []item) {
	all, err := c.d.latest(ctx)
	if !c.judge("F-3", "list all files", err) {
		c.wholeList(false, "there is no list of all files that could be read")
		return
	}
	compared := 0
	for _, i := range files {
		if i.kind() != remote.File {
			continue
		}
		compared++
		if _, ok := pick(all, remote.ID(i.ID)); !ok {
			c.wholeList(false, "the list of all files lacks one that is there")
			return
		}
	}
	if compared == 0 {
		c.note("F-2", remote.Untold, "there is a list of %d files, and none in the folder to compare it with", len(all))
		return
	}
	c.wholeList(true, fmt.Sprintf("the list of all files has %d, and the %d of the folder among them", len(all), compared))
}

func (c *check) wholeList(whole bool, seen string) {
	if whole == c.d.assumed.latest {
		c.note("F-2", remote.Held, "%s", seen)
		return
	}
	c.set("F-2", setLatest, whole, "%s", seen)
}

// writes tries what changes something, in a folder of its own.
func (c *check) writes(ctx context.Context, folder remote.ID) {
	own, err := c.d.MakeFolder(ctx, remote.Place{Parent: folder, Name: "dossier probe " + rand.Text()})
	if !c.judge("F-5", "make a folder", err) {
		return
	}
	if file, ok := c.sends(ctx, own.ID); ok {
		c.fetches(ctx, file)
	}
	if files, err := c.d.children(ctx, own.ID); err == nil {
		c.latest(ctx, files)
	}
	err = c.d.Delete(context.WithoutCancel(ctx), own)
	if err != nil && remote.CodeOf(err) == remote.Unknown {
		c.note("F-9", remote.Differs, "%v; %q is still there", err, own.Name)
		return
	}
	c.judge("F-9", "delete with a body", err)
}

// probeContent is sent in two chunks.
const probeContent = "dossier probe"

type probeSource struct{}

func (probeSource) Open(offset int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader([]byte(probeContent[offset:]))), nil
}
func (probeSource) Size() int64  { return int64(len(probeContent)) }
func (probeSource) Check() error { return nil }

func (c *check) sends(ctx context.Context, folder remote.ID) (remote.Entry, bool) {
	sum := sha256.Sum256([]byte(probeContent))
	u := remote.Upload{At: remote.Place{Parent: folder, Name: "probe.txt"}, Source: probeSource{}, SHA256: hex.EncodeToString(sum[:])}
	var err error
	for _, onePiece := range []bool{c.d.assumed.onePiece, !c.d.assumed.onePiece} {
		sender := c.d.assuming(func(a *assumed) { a.onePiece, a.chunk = onePiece, 8 })
		var e remote.Entry
		if e, err = sender.Create(ctx, u); err != nil {
			continue
		}
		if onePiece == c.d.assumed.onePiece {
			c.note("F-6", remote.Held, "a file was sent, in one piece: %v", onePiece)
		} else {
			c.set("F-6", setOnePiece, onePiece, "a file could be sent in one piece only: %v", onePiece)
		}
		return e, true
	}
	c.note("F-6", remote.Untold, "a file could not be sent: %v", err)
	return remote.Entry{}, false
}

func (c *check) fetches(ctx context.Context, e remote.Entry) {
	fetcher := c.d.assuming(func(a *assumed) { a.tellsNoLength = true })
	resp, err := fetcher.content(ctx, e)
	told := err == nil && resp.ContentLength >= 0
	if err == nil {
		err = fetcher.same(resp, e)
	}
	switch {
	case !c.judge("F-11", "fetch a file", err):
	case told != c.d.assumed.tellsNoLength:
		c.note("F-12", remote.Held, "a download tells its length: %v", told)
	default:
		c.set("F-12", setLength, told, "a download tells its length: %v", told)
	}
}

// same says whether an answer is what was sent.
func (d *Driver) same(resp *http.Response, e remote.Entry) error {
	body, err := d.body(resp, e, 0)
	if err != nil {
		return err
	}
	defer body.Close()
	got, err := io.ReadAll(io.LimitReader(body, 1<<10))
	if err == nil && string(got) != probeContent {
		err = corrupt("download", "other bytes came than were sent")
	}
	return err
}
