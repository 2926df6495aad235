package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

var errDryRun = errors.New("this is a dry run")

// Create uploads a new file. The name may come back other than asked: some portals change what they do not like.
func (p *Portal) Create(ctx context.Context, u Upload) (Entry, error) {
	op := fmt.Sprintf("upload %q", clip(u.At.Name))
	if err := p.nameable(u.At.Name, File); err != nil {
		return Entry{}, wrap(op, err, false)
	}
	return p.upload(ctx, op, "", u, func(ctx context.Context, u Upload) (Entry, error) {
		e, err := p.driver.Create(ctx, u)
		if err == nil {
			err = p.checkMade(e, u.At.Parent, File)
		}
		return e, err
	})
}

// Replace uploads new content for old.
func (p *Portal) Replace(ctx context.Context, old Entry, u Upload) (Entry, error) {
	op := fmt.Sprintf("replace %q", clip(old.Name))
	if !p.Features().Replace {
		return Entry{}, &Error{Op: op, Code: Unsupported, Err: errors.New("the portal replaces no content")}
	}
	return p.upload(ctx, op, old.ID, u, func(ctx context.Context, u Upload) (Entry, error) {
		e, err := p.driver.Replace(ctx, old, u)
		if err == nil {
			err = told(checkReply(e, old.ID, File))
		}
		return e, err
	})
}

// upload sends content with one of the account's transfers, and checks that what the portal has got is what was sent.
func (p *Portal) upload(ctx context.Context, op string, changed ID, u Upload, send func(context.Context, Upload) (Entry, error)) (Entry, error) {
	if most := p.Features().MaxSize; most > 0 && u.Source.Size() > most {
		return Entry{}, &Error{Op: op, Code: TooBig, Err: fmt.Errorf("the portal takes %d bytes at most", most)}
	}
	if err := p.admitWrite(ctx, op, changed, u.At.Parent); err != nil {
		return Entry{}, err
	}
	if err := p.slots.acquire(ctx, UrgentSave); err != nil {
		return Entry{}, wrap(op, err, false)
	}
	defer p.slots.release()
	p.tally.add(writes, 1)
	p.tally.add(uploads, 1)
	u.Progress = p.countUp(u.Progress)
	urgency := UrgentSave
	if u.Later {
		urgency = UrgentFetch // what somebody has just saved, here or on another machine, goes before
	}
	e, err := send(p.mark(ctx, urgency), u)
	if err == nil {
		err = told(checkSent(e, u))
	}
	return orNothing(e, wrap(op, err, true))
}

// MakeFolder creates a folder. The name may come back other than asked.
func (p *Portal) MakeFolder(ctx context.Context, at Place) (Entry, error) {
	op := fmt.Sprintf("make folder %q", clip(at.Name))
	if err := p.nameable(at.Name, Folder); err != nil {
		return Entry{}, wrap(op, err, false)
	}
	ctx, err := p.write(ctx, op, "", at.Parent)
	if err != nil {
		return Entry{}, err
	}
	e, err := p.driver.MakeFolder(ctx, at)
	if err == nil {
		err = p.checkMade(e, at.Parent, Folder)
	}
	return orNothing(e, wrap(op, err, true))
}

// Move renames, moves or both. The name may come back other than asked.
func (p *Portal) Move(ctx context.Context, old Entry, to Place) (Entry, error) {
	op := fmt.Sprintf("move %q to %q", clip(old.Name), clip(to.Name))
	if err := p.movable(old, to); err != nil {
		return Entry{}, wrap(op, err, false)
	}
	ctx, err := p.write(ctx, op, old.ID, to.Parent)
	if err != nil {
		return Entry{}, err
	}
	e, err := p.driver.Move(ctx, old, to)
	if err == nil {
		err = told(checkReply(e, old.ID, old.Kind))
	}
	if err == nil && e.Parent != to.Parent {
		err = told(corrupt("it went into folder %q", clip(string(e.Parent))))
	}
	return orNothing(e, wrap(op, err, true))
}

func (p *Portal) movable(old Entry, to Place) error {
	f := p.Features()
	moves := f.MoveFiles
	if old.Kind == Folder {
		moves = f.MoveFolders
	}
	switch {
	case old.Parent != to.Parent && !moves:
		return &Error{Code: Unsupported, Err: fmt.Errorf("the portal moves no %ss", old.Kind)}
	case old.Name == to.Name:
		return nil
	case !f.Rename:
		return &Error{Code: Unsupported, Err: errors.New("the portal renames nothing")}
	}
	return p.nameable(to.Name, old.Kind)
}

// Delete removes an item, a folder with all below it.
func (p *Portal) Delete(ctx context.Context, old Entry) error {
	op := fmt.Sprintf("delete %s %q", old.Kind, clip(old.Name))
	ctx, err := p.write(ctx, op, old.ID)
	if err != nil {
		return err
	}
	return wrap(op, p.driver.Delete(ctx, old), true)
}

// write is what precedes each call that may change something, uploads apart.
func (p *Portal) write(ctx context.Context, op string, changed ID, others ...ID) (context.Context, error) {
	if err := p.admitWrite(ctx, op, changed, others...); err != nil {
		return nil, err
	}
	p.tally.add(writes, 1)
	return p.mark(ctx, UrgentSave), nil
}

// admitWrite is admit for calls that may change something: changed is what (empty: they make something), others are named
// besides, where not empty.
func (p *Portal) admitWrite(ctx context.Context, op string, changed ID, others ...ID) error {
	ids := slices.DeleteFunc(append(others, changed), func(id ID) bool { return id == "" })
	if err := p.admit(ctx, op, ids...); err != nil {
		return err
	}
	if p.root != "" && changed == p.root {
		return &Error{Op: op, Code: Denied, Err: errors.New("it is the client's folder itself")}
	}
	if p.opts.DryRun {
		p.tally.refuse(op)
		return &Error{Op: op, Code: Unsupported, Err: errDryRun}
	}
	return nil
}

// nameable refuses a name that the driver refuses.
func (p *Portal) nameable(name string, kind Kind) error {
	if err := p.driver.CheckName(name, kind); err != nil {
		return &Error{Code: BadName, Err: err}
	}
	return nil
}
