package remote

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
)

// maxFaults is how many entries of one listing may be nonsense before none is believed any more.
const maxFaults = 1000

// Crawl lists all below root. An entry that cannot be becomes a *Gap of the folder it claims to lie in, or of root if no such
// folder was told of: what is there is unknown. So does an id that comes twice. Each folder is told as a gap at most once.
func (p *Portal) Crawl(ctx context.Context, root ID) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		op := fmt.Sprintf("crawl folder %q", root)
		ctx, err := p.read(ctx, op, UrgentLook, root)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		s := newSight(root, p.opts.MaxEntries)
		for e, err := range p.driver.Crawl(ctx, root) {
			if err == nil {
				err = s.see(e)
			}
			if err = s.judge(op, err); err == errToldBefore {
				continue
			}
			_, gap := err.(*Gap)
			if !yield(orNothing(e, err)) || err != nil && !gap {
				return
			}
		}
		if ctx.Err() != nil { // it ended, but not because all was seen
			yield(Entry{}, wrap(op, context.Cause(ctx), false))
		}
	}
}

// Children lists one folder. An entry that cannot be, or that comes twice, ends the listing with code Corrupt.
func (p *Portal) Children(ctx context.Context, folder ID) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		op := fmt.Sprintf("list folder %q", folder)
		ctx, err := p.read(ctx, op, UrgentLook, folder)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		s := newSight(folder, p.opts.MaxEntries)
		for e, err := range p.driver.Children(ctx, folder) {
			if err == nil && e.Parent != folder {
				err = corrupt("item %q lies in folder %q", clip(string(e.ID)), clip(string(e.Parent)))
			}
			if err == nil {
				err = s.see(e)
			}
			if gap, ok := errors.AsType[*Gap](err); ok {
				err = gap.Err // of a single folder there are no gaps
			}
			if !yield(orNothing(e, wrap(op, err, false))) || err != nil {
				return
			}
		}
		if ctx.Err() != nil {
			yield(Entry{}, wrap(op, context.Cause(ctx), false))
		}
	}
}

// sight is what one listing has shown so far.
type sight struct {
	root    ID
	folders map[ID]bool // told of; true: told as a gap
	seed    maphash.Seed
	ids     map[uint64]struct{} // hashes, as a listing may have millions; a chance hit would only cost another look
	left    int                 // entries that may still come
	faults  int
}

func newSight(root ID, most int) *sight {
	return &sight{root: root, folders: map[ID]bool{root: false}, seed: maphash.MakeSeed(), ids: map[uint64]struct{}{}, left: most}
}

// see takes an entry in, or says what is wrong with it: a *Gap if the listing can go on.
func (s *sight) see(e Entry) error {
	if s.left--; s.left < 0 {
		return corrupt("the listing does not end")
	}
	if _, known := s.folders[e.Parent]; !known {
		return s.fault(s.root, corrupt("item %q lies in folder %q, of which nothing was told", clip(string(e.ID)), clip(string(e.Parent))))
	}
	if err := checkEntry(e); err != nil {
		return s.fault(e.Parent, err)
	}
	id := maphash.String(s.seed, string(e.ID))
	if _, twice := s.ids[id]; twice || e.ID == s.root {
		return s.fault(e.Parent, corrupt("item %q was told twice", e.ID))
	}
	s.ids[id] = struct{}{}
	if e.Kind == Folder {
		s.folders[e.ID] = false
	}
	return nil
}

// fault is a gap, or the listing's end if there are too many.
func (s *sight) fault(folder ID, err error) error {
	if s.faults++; s.faults > maxFaults {
		return corrupt("the listing has more than %d faults, the last: %v", maxFaults, err)
	}
	return &Gap{Folder: folder, Err: err}
}

var errToldBefore = errors.New("this folder was told as a gap before")

// judge words what came instead of an entry, nil for nothing: a *Gap of a folder that was told of, or the listing's end.
func (s *sight) judge(op string, err error) error {
	gap, ok := errors.AsType[*Gap](err)
	if !ok {
		return wrap(op, err, false)
	}
	folder := gap.Folder
	if _, known := s.folders[folder]; !known {
		folder = s.root
	}
	if s.folders[folder] {
		return errToldBefore
	}
	s.folders[folder] = true
	return &Gap{Folder: folder, Err: wrap(op, gap.Err, false)}
}
