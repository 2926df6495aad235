package remote

import (
	"context"
	"fmt"
)

// maxChanges is how many changes a page of a feed may have.
const maxChanges = 100_000

// AsFeed is the driver's change feed, if it has one, with the same protection as the other calls.
func (p *Portal) AsFeed() (Feed, bool) {
	f, ok := AsFeed(p.driver)
	return portalFeed{p, f}, ok
}

// AsTrash is the driver's trash, if it has one, with the same protection as the other calls.
func (p *Portal) AsTrash() (Trash, bool) {
	t, ok := AsTrash(p.driver)
	return portalTrash{p, t}, ok
}

// AsProber is the driver's prober, if it has one, with the same protection as the other calls.
func (p *Portal) AsProber() (Prober, bool) {
	b, ok := AsProber(p.driver)
	return portalProber{p, b}, ok
}

// AsChecker is the driver's checker, if it has one, with the same protection as the other calls.
func (p *Portal) AsChecker() (Checker, bool) {
	c, ok := AsChecker(p.driver)
	return portalChecker{p, c}, ok
}

type portalFeed struct {
	p *Portal
	f Feed
}

func (f portalFeed) Now(ctx context.Context) (string, error) {
	const op = "ask for the feed's position"
	ctx, err := f.p.read(ctx, op, UrgentWitness)
	if err != nil {
		return "", err
	}
	cursor, err := f.f.Now(ctx)
	if err == nil {
		err = checkCursor(cursor)
	}
	return orNothing(cursor, wrap(op, err, false))
}

// Changes reads one page. An item that cannot be told from nonsense becomes one with Access: look at everything again.
func (f portalFeed) Changes(ctx context.Context, cursor string) (Changes, error) {
	const op = "read the feed"
	ctx, err := f.p.read(ctx, op, UrgentWitness)
	if err != nil {
		return Changes{}, err
	}
	page, err := f.f.Changes(ctx, cursor)
	if err == nil {
		err = checkCursor(page.Next)
	}
	if err == nil && len(page.Items) > maxChanges {
		err = corrupt("a page of %d changes", len(page.Items))
	}
	if err != nil {
		return Changes{}, wrap(op, err, false)
	}
	for i, c := range page.Items {
		page.Items[i] = sane(c)
	}
	if page.Next == cursor {
		page.More = false // else the feed could be read for ever
	}
	return page, nil
}

func checkCursor(cursor string) error {
	if cursor == "" || len(cursor) > maxCursor {
		return corrupt("a feed position of %d bytes", len(cursor))
	}
	return nil
}

func sane(c Change) Change {
	if c.Access {
		return Change{Access: true}
	}
	if checkID(c.ID) != nil || c.Kind < File || c.Kind > Other {
		return Change{Access: true}
	}
	if c.Entry != nil && checkReply(*c.Entry, c.ID, c.Kind) != nil {
		c.Entry = nil
	}
	return c
}

func (f portalFeed) Wait(ctx context.Context, cursor string) error {
	const op = "wait for the feed"
	ctx, err := f.p.read(ctx, op, UrgentWitness)
	if err != nil {
		return err
	}
	return wrap(op, f.f.Wait(ctx, cursor), false)
}

type portalTrash struct {
	p *Portal
	t Trash
}

func (t portalTrash) Restore(ctx context.Context, id ID, kind Kind, at *Place) (Entry, error) {
	op := fmt.Sprintf("restore %s %q", kind, id)
	var others []ID
	if at != nil {
		if err := t.p.nameable(at.Name, kind); err != nil {
			return Entry{}, wrap(op, err, false)
		}
		others = append(others, at.Parent)
	}
	ctx, err := t.p.write(ctx, op, id, others...)
	if err != nil {
		return Entry{}, err
	}
	e, err := t.t.Restore(ctx, id, kind, at)
	if err == nil {
		err = told(checkReply(e, id, kind))
	}
	if err == nil && at != nil && e.Parent != at.Parent {
		err = told(corrupt("it went into folder %q", clip(string(e.Parent))))
	}
	return orNothing(e, wrap(op, err, true))
}

type portalProber struct {
	p *Portal
	b Prober
}

// HasTrash counts as a write: drivers find out by making something and deleting it.
func (b portalProber) HasTrash(ctx context.Context, folder ID) (bool, error) {
	op := fmt.Sprintf("look for a trash in folder %q", folder)
	ctx, err := b.p.write(ctx, op, "", folder)
	if err != nil {
		return false, err
	}
	has, err := b.b.HasTrash(ctx, folder)
	return has, wrap(op, err, true)
}

type portalChecker struct {
	p *Portal
	c Checker
}

// Check counts as a write if it may make something.
func (c portalChecker) Check(ctx context.Context, folder ID, write bool) ([]Finding, error) {
	const op = "check what is assumed"
	var err error
	if write {
		ctx, err = c.p.write(ctx, op, "", folder)
	} else {
		ctx, err = c.p.read(ctx, op, UrgentWitness, folder)
	}
	if err != nil {
		return nil, err
	}
	found, err := c.c.Check(ctx, folder, write)
	return orNothing(found, wrap(op, err, write))
}
