package mijnklantportaal

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"dossier/remote"
	"dossier/remote/rest"
)

const (
	probeFolder = "dossier probe "
	probeName   = "probe é (1).txt"
	probeText   = "dossier made this to find out how the portal behaves, and meant to delete it again.\n"
)

// sample is the probe's content.
type sample struct{}

func (sample) Open(offset int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader([]byte(probeText)[offset:])), nil
}
func (sample) Size() int64  { return int64(len(probeText)) }
func (sample) Check() error { return nil }

// writing finds out what takes things of our own. The first is an empty folder that is deleted at once: if that fails no more is made.
func (p *probe) writing(ctx context.Context) error {
	try, err := p.makeFolder(ctx)
	if err != nil {
		return p.asked(ctx, "A-9", fmt.Errorf("nothing could be made: %w", err))
	}
	if ok, err := p.removed(ctx, try); !ok {
		return err
	}
	dir, err := p.makeFolder(ctx)
	if err != nil {
		return p.asked(ctx, "A-9", err)
	}
	made, err := p.things(ctx, dir)
	for _, made := range append(made, dir) {
		if ok, err := p.removed(ctx, made); !ok {
			return err
		}
	}
	if err == nil {
		p.tell("A-9", remote.Held, true, "files and an empty folder were deleted, and are gone")
	}
	return err
}

func (p *probe) makeFolder(ctx context.Context) (remote.Entry, error) {
	return p.d.MakeFolder(ctx, remote.Place{Parent: p.folder, Name: probeFolder + rand.Text()[:8]})
}

// removed deletes what we made, and looks whether it is gone.
func (p *probe) removed(ctx context.Context, e remote.Entry) (bool, error) {
	err := p.d.delete(ctx, e.ID, e.Name)
	if err == nil || remote.CodeOf(err) == remote.NotFound {
		if _, err = p.d.look(ctx, "check", e.ID); remote.CodeOf(err) == remote.NotFound {
			p.d.seen.forget(e.ID)
			return true, nil
		}
		if err == nil {
			err = unsupported("delete", "it was said to be deleted, and is there still")
		}
	}
	if absent(err) {
		p.tell("A-9", remote.Differs, false, "%q cannot be deleted, and is left behind: %v", e.Name, err)
		return false, nil
	}
	return false, p.asked(ctx, "A-9", fmt.Errorf("%q could not be deleted, and is left behind: %w", e.Name, err))
}

// things makes a folder in dir and files in it, looks at them, and gives all that was made, what lies in a folder before it.
func (p *probe) things(ctx context.Context, dir remote.Entry) ([]remote.Entry, error) {
	inner, err := p.d.MakeFolder(ctx, remote.Place{Parent: dir.ID, Name: "inner"})
	if err != nil {
		return nil, p.asked(ctx, "A-11", err)
	}
	files, err := p.files(ctx, inner)
	if err == nil {
		err = p.listed(ctx, dir.ID, []remote.Entry{inner})
	}
	if err == nil {
		err = p.listed(ctx, inner.ID, files)
	}
	return append(files, inner), err
}

// files makes two files of one name, looks at them, and gives them, the second only if it is another.
func (p *probe) files(ctx context.Context, dir remote.Entry) (made []remote.Entry, err error) {
	first, err := p.upload(ctx, dir)
	if err != nil {
		return nil, p.asked(ctx, "A-11", err)
	}
	made = append(made, p.d.noted(first, dir.ID))
	p.stored(first)
	if err := p.download(ctx, made[0]); err != nil {
		return made, err
	}
	second, err := p.upload(ctx, dir)
	if err == nil && second.ID != first.ID {
		made = append(made, p.d.noted(second, dir.ID))
	}
	return made, p.twins(ctx, first, second, err)
}

func (p *probe) upload(ctx context.Context, dir remote.Entry) (item, error) {
	body, err := framed(ctx, probeName, sample{}, nil, func() {})
	if err != nil {
		return item{}, err
	}
	address, err := p.d.folderURL(dir.ID)
	if err != nil {
		return item{}, err
	}
	return p.d.post(ctx, "upload", probeName, address, body)
}

// stored looks for.
func (p *probe) stored(i item) {
	if i.Name == probeName {
		p.tell("A-11", remote.Held, nil, "%q came back", i.Name)
	} else {
		p.tell("A-11", remote.Differs, nil, "%q came back for %q", i.Name, probeName)
	}
	switch {
	case i.Size == nil:
		p.tell("A-17", remote.Differs, nil, "no size is told")
	case *i.Size == sample{}.Size():
		p.tell("A-17", remote.Held, nil, "%d bytes", *i.Size)
	default:
		p.tell("A-17", remote.Differs, nil, "%d bytes are told of %d", *i.Size, sample{}.Size())
	}
}

// twins looks for A-12: what became of a second file of one name.
func (p *probe) twins(ctx context.Context, first, second item, err error) error {
	switch {
	case status(err) == http.StatusUnprocessableEntity || status(err) == http.StatusConflict:
		p.tell("A-12", remote.Differs, twinsRefused, "the second was refused: %v", err)
		return nil
	case err != nil:
		return p.asked(ctx, "A-12", err)
	case second.Name != first.Name:
		p.tell("A-12", remote.Differs, twinsRename, "the second is called %q", second.Name)
		return nil
	case second.ID == first.ID:
		p.tell("A-12", remote.Differs, twinsReplace, "the second came under the id of the first")
		return nil
	}
	_, err = p.d.look(ctx, "check", remote.ID(first.ID))
	switch {
	case err == nil:
		p.tell("A-12", remote.Held, twinsAllowed, "both are there")
	case remote.CodeOf(err) == remote.NotFound:
		p.tell("A-12", remote.Differs, twinsReplace, "the first is gone since the second came")
	default:
		return p.asked(ctx, "A-12", err)
	}
	return nil
}

// listed looks for A-8 once more: now it is known what must be listed.
func (p *probe) listed(ctx context.Context, dir remote.ID, made []remote.Entry) error {
	if p.found["A-8"].Verdict == remote.Differs {
		return nil
	}
	list, _, err := p.d.page(ctx, dir, 1)
	if err != nil {
		return p.asked(ctx, "A-8", err)
	}
	found := map[string]bool{}
	for _, i := range list.Data {
		found[i.ID] = true
	}
	ours := 0
	for _, e := range made {
		if found[string(e.ID)] {
			ours++
		}
	}
	if ours == 0 || ours != len(found) { // of two files the first may be gone: that is A-12
		p.tell("A-8", remote.Differs, false, "a list of %d items came of a folder into which we put %d, with %d of them", len(found), len(made), ours)
		return nil
	}
	p.tell("A-8", remote.Held, true, "folders that we made were listed, with what we put into them and nothing else")
	return nil
}

// download looks for. The link is followed between two calls whose answers tell how many more may follow.
func (p *probe) download(ctx context.Context, e remote.Entry) error {
	link, before, err := p.d.link(ctx, e.ID, e.Name)
	if err != nil {
		return p.asked(ctx, "A-16", err)
	}
	resp, err := p.d.rest.Follow(ctx, rest.Call{Op: "download content", Object: e.Name, Method: http.MethodGet,
		Header: http.Header{"Range": {"bytes=1-"}, "Accept-Encoding": {"identity"}}, Accept: []int{http.StatusOK, http.StatusPartialContent}}, link)
	if err != nil {
		return p.asked(ctx, "A-16", err)
	}
	defer resp.Body.Close()
	p.ranges(resp, e)
	_, after, err := p.d.ask(ctx, "check", e.ID)
	if err != nil {
		return p.asked(ctx, "A-4", err)
	}
	p.counted(before, after)
	return nil
}

func (p *probe) ranges(resp *http.Response, e remote.Entry) {
	switch err := checkRange(resp.Header.Get("Content-Range"), 1, e.Size); {
	case resp.StatusCode == http.StatusOK:
		p.tell("A-16", remote.Held, false, "the whole came where a part was asked for")
	case err == nil:
		p.tell("A-16", remote.Differs, true, "the part came that was asked for")
	default:
		p.tell("A-16", remote.Differs, false, "%v", err)
	}
}

// counted: between the two calls lies the link, and the second call itself.
func (p *probe) counted(before, after http.Header) {
	const left = "X-RateLimit-Remaining"
	a, err1 := strconv.Atoi(before.Get(left))
	b, err2 := strconv.Atoi(after.Get(left))
	switch {
	case err1 != nil || err2 != nil:
		p.tell("A-4", remote.Untold, nil, "the portal does not tell how many calls are left")
	case a-b == 1:
		p.tell("A-4", remote.Held, false, "%d calls were left, then %d", a, b)
	case a-b == 2:
		p.tell("A-4", remote.Differs, true, "%d calls were left, then %d: the link was one of them", a, b)
	default:
		p.tell("A-4", remote.Untold, nil, "%d calls were left, then %d: somebody else calls as well", a, b)
	}
}
