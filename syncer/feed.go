package syncer

import (
	"context"
	"fmt"
	"time"

	"dossier/remote"
	"dossier/state"
)

// drain reads a feed from cursor to its end, and notes what may have happened to the client's items. The cursor is stored in one
// transaction with the effects. all tells that the feed asks for a look at everything.
func (m *Mirror) drain(ctx context.Context, feed remote.Feed, cursor string) (all bool, err error) {
	d := &drained{last: map[remote.ID]remote.Change{}}
	for page := 0; ; page++ {
		if page == feedPages {
			return false, &remote.Error{Op: "read changes", Code: remote.Corrupt, Err: fmt.Errorf("the feed does not end")}
		}
		c, err := feed.Changes(ctx, cursor)
		if err != nil {
			return false, err
		}
		d.add(c.Items)
		stuck := c.Next == cursor
		cursor = c.Next
		if !c.More || stuck {
			break
		}
	}
	if err := m.absorb(ctx, d); err != nil {
		return false, err
	}
	return d.all, m.st.Update(func(tx *state.Tx) error {
		f := tx.Feed()
		f.Cursor, f.Read = cursor, m.now()
		if err := tx.SetFeed(f); err != nil {
			return err
		}
		return m.lookedAt(tx)
	})
}

// drained is what a feed told since the last time: of each item only the newest.
type drained struct {
	last  map[remote.ID]remote.Change
	order []remote.ID
	all   bool
}

func (d *drained) add(items []remote.Change) {
	for _, c := range items {
		if c.Access {
			d.all = true
			continue
		}
		old, ok := d.last[c.ID]
		switch {
		case !ok:
			d.order = append(d.order, c.ID)
			d.last[c.ID] = c
		case old.Gone != c.Gone: // in which order the two happened is not told
			d.last[c.ID] = remote.Change{ID: c.ID, Kind: c.Kind}
		case old.Gone || old.Entry != nil && !older(c, old):
			d.last[c.ID] = c
		}
	}
}

// older tells that c was told late: its item's counter is lower than what is known already.
func older(c, than remote.Change) bool {
	return c.Entry != nil && than.Entry != nil && c.Entry.Seq < than.Entry.Seq
}

// absorb applies what a feed told. An item whose folder is not known yet may be told before that folder: so again, until no
// more of them find a place. What is left lies outside the client's folder.
func (m *Mirror) absorb(ctx context.Context, d *drained) error {
	todo := d.order
	for {
		left, err := m.absorbPass(ctx, d, todo)
		if err != nil || len(left) == len(todo) {
			return err
		}
		todo = left
	}
}

// absorbPass applies what can be applied now: what needs no question in one transaction, then the questions. It returns the rest.
func (m *Mirror) absorbPass(ctx context.Context, d *drained, todo []remote.ID) (left []remote.ID, err error) {
	var ask []func() error
	err = m.st.Update(func(tx *state.Tx) error {
		for _, id := range todo {
			done, question, err := m.absorbOne(ctx, tx, d.last[id])
			if err != nil {
				return err
			}
			if !done {
				left = append(left, id)
			}
			if question != nil {
				ask = append(ask, question)
			}
		}
		return nil
	})
	for _, question := range ask {
		if err == nil {
			err = question()
		}
	}
	return left, err
}

// absorbOne applies one change. done false: it says nothing about the client's items so far. A question must be put to the portal
// once the transaction is over.
func (m *Mirror) absorbOne(ctx context.Context, tx *state.Tx, c remote.Change) (done bool, question func() error, err error) {
	k := m.knows(tx, c)
	reread := func() error { return m.reread(ctx, c.ID, c.Kind) }
	switch {
	case !k.item && c.Entry == nil && !c.Gone:
		return true, reread, nil
	case !k.item && k.hidden:
		m.crawlNext, m.missing = true, true // it may be ours: only a look at everything can tell
		return true, nil, nil
	case !k.item && !k.parent:
		return false, nil, nil
	case k.stale, c.Gone && !k.item:
		return true, nil, nil
	case c.Gone:
		return true, nil, m.hintGone(tx, string(c.ID))
	case c.Entry == nil || k.buried || (k.item && !k.parent):
		return true, reread, nil
	}
	if !k.item && c.Entry.Kind == remote.Folder { // what it holds may be older than the feed
		question = func() error { return m.lookInto(ctx, c.ID) }
	}
	return true, question, m.putSeen(tx, m.seen(*c.Entry))
}

// knowledge is what the state knows of a change's item.
type knowledge struct {
	item   bool // it is in base or was seen
	parent bool // its folder is the client's
	hidden bool // the portal does not say in which folder it is
	stale  bool // what is known is as new, or newer
	buried bool // it was deleted
}

func (m *Mirror) knows(tx *state.Tx, c remote.Change) knowledge {
	n, inBase := tx.ByRemote(string(c.ID))
	s, wasSeen := tx.Seen(string(c.ID))
	k := knowledge{item: inBase || wasSeen}
	if c.ID == m.opt.Folder {
		return knowledge{item: true, parent: true, stale: !c.Gone}
	}
	if c.Entry != nil {
		k.parent, k.hidden = m.isOurs(tx, c.Entry.Parent), c.Entry.Parent == ""
		k.stale = (inBase && c.Entry.Seq > 0 && c.Entry.Seq <= n.Seq) || (wasSeen && !s.Gone && c.Entry.Seq > 0 && c.Entry.Seq <= s.Seq)
	}
	k.buried = !inBase && len(tx.BuriedRemote(string(c.ID))) > 0
	return k
}

// isOurs tells whether a remote folder is the client's, or lies in it.
func (m *Mirror) isOurs(tx *state.Tx, id remote.ID) bool {
	for range deepest {
		if id == m.opt.Folder {
			return true
		}
		s, seen := tx.Seen(string(id))
		if !seen {
			n, ok := tx.ByRemote(string(id))
			return ok && n.Dir
		}
		if s.Gone || s.Kind != state.KindFolder {
			return false
		}
		id = remote.ID(s.Parent)
	}
	return false
}

// deepest is how many folders may lie in one another: a portal may say that they go round in circles.
const deepest = 1000

// lookInto lists a folder of the portal with all below it.
func (m *Mirror) lookInto(ctx context.Context, folder remote.ID) error {
	var found []state.Seen
	for e, err := range m.portal.Crawl(ctx, folder) {
		if err != nil {
			return m.crawlSoon() // what is below is unknown: look at everything
		}
		found = append(found, m.seen(e))
	}
	return m.st.Update(func(tx *state.Tx) error {
		for _, s := range found {
			if err := m.putSeen(tx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// crawlSoon makes the next look one at everything, even if that is another process's.
func (m *Mirror) crawlSoon() error {
	return m.st.Update(m.crawlSoonIn)
}

func (m *Mirror) crawlSoonIn(tx *state.Tx) error {
	m.crawlNext, m.missing = true, true
	f := tx.Feed()
	f.Crawled = time.Time{}
	return tx.SetFeed(f)
}

// reread asks for an item as it is now.
func (m *Mirror) reread(ctx context.Context, id remote.ID, kind remote.Kind) error {
	m.guests.Store(id, true)
	defer m.guests.Delete(id)
	e, err := m.portal.Get(ctx, id, kind)
	switch code := remote.CodeOf(err); {
	case err == nil:
		return m.reseen(ctx, e)
	case code == remote.NotFound || code == remote.Trashed:
		return m.st.Update(func(tx *state.Tx) error { return m.hintGone(tx, string(id)) })
	}
	return err
}

// reseen keeps what an item is now. One that has left the client's folder is gone from it.
func (m *Mirror) reseen(ctx context.Context, e remote.Entry) error {
	var ours, known bool
	if e.ID == m.opt.Folder {
		return nil
	}
	err := m.st.Update(func(tx *state.Tx) error {
		m.unhide(tx, &e)
		ours = m.isOurs(tx, e.Parent)
		_, inBase := tx.ByRemote(string(e.ID))
		_, wasSeen := tx.Seen(string(e.ID))
		known = inBase || wasSeen
		switch {
		case ours:
			return m.putSeen(tx, m.seen(e))
		case known:
			return m.leave(tx, e)
		}
		return nil
	})
	if err == nil && ours && !known && e.Kind == remote.Folder {
		err = m.lookInto(ctx, e.ID)
	}
	return err
}

// unhide puts an item whose folder the portal does not tell where we last knew it. That it has left the client's folder must be said.
func (m *Mirror) unhide(tx *state.Tx, e *remote.Entry) {
	if e.Parent != "" {
		return
	}
	if m.features.MoveFiles || m.features.MoveFolders { // else it is where it was
		m.crawlNext, m.missing = true, true
	}
	if s, ok := tx.Seen(string(e.ID)); ok && !s.Gone {
		e.Parent = remote.ID(s.Parent)
	} else if n, ok := tx.ByRemote(string(e.ID)); ok {
		e.Parent = remote.ID(m.asBase(tx, n).Parent)
	}
}

// leave notes that an item lies outside the client's folder now.
func (m *Mirror) leave(tx *state.Tx, e remote.Entry) error {
	if err := m.hintGone(tx, string(e.ID)); err != nil {
		return err
	}
	s, ok := tx.Seen(string(e.ID))
	if !ok {
		return nil
	}
	s.Witness = "moved out of the client's folder"
	return tx.PutSeen(s)
}

// hintGone notes that an item is told to be gone; a witness must confirm it.
func (m *Mirror) hintGone(tx *state.Tx, id string) error {
	if id == string(m.opt.Folder) {
		return m.crawlSoonIn(tx) // the client's folder itself: a look at it will fail, and that is told
	}
	n, ok := tx.ByRemote(id)
	if !ok {
		if err := m.emptied(tx, id); err != nil {
			return err
		}
		return tx.DropSeen(id)
	}
	if s, ok := tx.Seen(id); ok && s.Gone {
		return nil
	}
	s := m.asBase(tx, n)
	s.Gone, s.GoneSince, s.Looks, s.Witness = true, m.now(), 1, ""
	if err := tx.PutSeen(s); err != nil {
		return err
	}
	return m.emptied(tx, id)
}

// emptied: what was last seen in a folder that is gone, and base has elsewhere or not at all, may be gone with it.
func (m *Mirror) emptied(tx *state.Tx, folder string) error {
	for _, s := range tx.SeenIn(folder) {
		if s.Gone {
			continue
		}
		if err := m.hintGone(tx, s.ID); err != nil {
			return err
		}
	}
	return nil
}
