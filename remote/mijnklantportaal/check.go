package mijnklantportaal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"dossier/remote"
)

// Check finds out what holds, whatever the settings say: by reading in a folder and, if write is set, by making a folder in it with two
// small files, which are deleted again. Only if the portal turns out not to delete, an empty folder stays; the finding says which.
func (d *Driver) Check(ctx context.Context, folder remote.ID, write bool) ([]remote.Finding, error) {
	p := &probe{d: d, folder: folder, found: map[string]remote.Finding{}}
	if _, err := d.get(ctx, "check", folder, remote.Folder); err != nil {
		return nil, err
	}
	for _, ask := range []func(context.Context) error{p.missing, p.listing, p.folderDownload} {
		if err := ask(ctx); err != nil {
			return nil, err
		}
	}
	if write {
		if err := p.writing(ctx); err != nil {
			return nil, err
		}
	}
	return p.all(write), nil
}

// probe is one Check.
type probe struct {
	d      *Driver
	folder remote.ID
	found  map[string]remote.Finding
}

// all are the findings, one for each assumption that can be looked into.
func (p *probe) all(write bool) []remote.Finding {
	var list []remote.Finding
	for _, a := range Assumptions {
		if !a.Probe {
			continue
		}
		f, ok := p.found[a.ID]
		if !ok {
			f = remote.Finding{ID: a.ID, Seen: "nothing that tells"}
			if !write {
				f.Seen = "it takes a file of ours to find out, and nothing was to be made"
			}
		}
		list = append(list, f)
	}
	return list
}

// tell notes a finding. value is what the assumption's setting should be; nil: that does not follow.
func (p *probe) tell(id string, v remote.Verdict, value any, format string, args ...any) {
	f := remote.Finding{ID: id, Verdict: v, Seen: fmt.Sprintf(format, args...)}
	at := slices.IndexFunc(Assumptions, func(a remote.Assumption) bool { return a.ID == id })
	now, set := p.d.options.Assume[Assumptions[at].Setting]
	if !set {
		now = Assumptions[at].Default
	}
	if value != nil && value != now {
		f.Setting, f.Value = Assumptions[at].Setting, value
	}
	p.found[id] = f
}

// asked ends a check that makes no sense any more, and notes other errors as what was seen.
func (p *probe) asked(ctx context.Context, id string, err error) error {
	if ctx.Err() != nil || remote.CodeOf(err) == remote.SignIn {
		return err
	}
	p.tell(id, remote.Untold, nil, "%v", err)
	return nil
}

// missing looks for A-3: what the portal says of an id that never was.
func (p *probe) missing(ctx context.Context) error {
	_, err := p.d.look(ctx, "check", "fsf_dossierprobe0000")
	switch {
	case remote.CodeOf(err) == remote.NotFound && !p.d.facts.bareErrors:
		p.tell("A-3", remote.Held, false, "404 with a message")
	case status(err) == http.StatusNotFound && remote.CodeOf(err) == remote.Corrupt:
		p.tell("A-3", remote.Differs, true, "404 without the portal's message: make sure that nothing in between says so")
	case remote.CodeOf(err) == remote.NotFound:
		p.tell("A-3", remote.Untold, nil, "404, of whatever body")
	default:
		return p.asked(ctx, "A-3", err)
	}
	return nil
}

// absent says whether a refusal means that there is no such call.
func absent(err error) bool {
	code := remote.CodeOf(err)
	return code == remote.NotFound || code == remote.Unsupported || status(err) == http.StatusNotFound
}

// listing looks for.
func (p *probe) listing(ctx context.Context) error {
	first, _, err := p.d.page(ctx, p.folder, 1)
	switch {
	case absent(err):
		p.tell("A-8", remote.Differs, false, "GET /files is refused: %v", err)
		return nil
	case err != nil:
		return p.asked(ctx, "A-8", err)
	}
	if err := p.paging(ctx, first); err != nil {
		return err
	}
	return p.scope(ctx, first)
}

// scope looks whether a folder's list is another than the root's.
func (p *probe) scope(ctx context.Context, first page) error {
	of, list, top := p.folder, first, first
	var err error
	if of == Root {
		at := slices.IndexFunc(first.Data, func(i item) bool { return i.kind() == remote.Folder })
		if at < 0 {
			p.tell("A-8", remote.Untold, nil, "the root is listed, but no folder lies in it that could show that folders are")
			return nil
		}
		of = remote.ID(first.Data[at].ID)
		list, _, err = p.d.page(ctx, of, 1)
	} else if len(first.Data) > 0 {
		top, _, err = p.d.page(ctx, Root, 1)
	}
	switch {
	case err != nil:
		return p.asked(ctx, "A-8", err)
	case len(list.Data) == 0:
		p.tell("A-8", remote.Untold, nil, "a list came, but of an empty folder, which proves nothing")
	case overlap(list, top):
		p.tell("A-8", remote.Differs, false, "the root is listed, whichever folder is asked for")
	default:
		p.tell("A-8", remote.Held, true, "a list of %d items came, none of which lies in the root", len(list.Data))
	}
	return nil
}

// paging looks for A-5, in a list of more than a page.
func (p *probe) paging(ctx context.Context, first page) error {
	if !first.more() {
		p.tell("A-5", remote.Untold, nil, "the list has one page only")
		return nil
	}
	second, _, err := p.d.page(ctx, p.folder, 2)
	switch {
	case errors.Is(err, errShifting), remote.CodeOf(err) == remote.Corrupt:
		p.tell("A-5", remote.Differs, nil, "%v", err)
	case err != nil:
		return p.asked(ctx, "A-5", err)
	case overlap(first, second):
		p.tell("A-5", remote.Differs, nil, "an item is on the first page and on the second")
	default:
		p.tell("A-5", remote.Held, nil, "a page of %d items, and another", len(first.Data))
	}
	return nil
}

// folderDownload looks for A-6.
func (p *probe) folderDownload(ctx context.Context) error {
	if p.folder == Root {
		p.tell("A-6", remote.Untold, nil, "the root has no id to ask with")
		return nil
	}
	_, _, err := p.d.link(ctx, p.folder, string(p.folder))
	switch {
	case err == nil:
		p.tell("A-6", remote.Differs, nil, "a folder has a download")
	case remote.CodeOf(err) == remote.NotFound:
		p.tell("A-6", remote.Held, nil, "404")
	default:
		return p.asked(ctx, "A-6", err)
	}
	return nil
}
