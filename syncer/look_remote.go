package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/plan"
)

const (
	crawlEvery = 7 * 24 * time.Hour  // a feed is trusted for so long
	feedLife   = 14 * 24 * time.Hour // a portal keeps its feed at least so long
	spillAt    = 500                 // entries of a crawl written at once
	feedPages  = 10_000              // pages of a feed read in one look; a feed that never ends is no feed
)

// lookRemote brings the state's view of the portal up to date: by the feed where there is an unbroken one, else by a crawl.
// If it fails nothing is concluded from what was not seen.
func (m *Mirror) lookRemote(ctx context.Context) error {
	var at state.Feed
	if err := m.st.View(func(tx *state.Tx) error { at = tx.Feed(); return nil }); err != nil {
		return err
	}
	if feed, ok := m.portal.AsFeed(); ok && at.Cursor != "" {
		all, err := m.drain(ctx, feed, at.Cursor)
		switch {
		case remote.CodeOf(err) == remote.Reset:
			m.log.Info("the portal's feed is broken, looking at everything again", "cause", err)
			m.crawlNext = true
		case err != nil:
			return fmt.Errorf("read changes: %w", err)
		}
		if !all && !m.crawlDue(at) {
			return m.looked(ctx)
		}
	}
	see := m.crawl
	if !m.features.Listing {
		see = m.lookKnown
	}
	if err := see(ctx); err != nil {
		return fmt.Errorf("look at the portal: %w", rootUnseen(err))
	}
	return m.looked(ctx)
}

// rootUnseen says what it means that a look was ended by an answer about one item: that can only be the client's own folder.
func rootUnseen(err error) error {
	switch remote.CodeOf(err) {
	case remote.NotFound, remote.Trashed:
		return fmt.Errorf("the client's folder on the portal is not to be seen; was it deleted or moved, or the right to see it taken away? %w", err)
	}
	return err
}

// crawlDue tells that the feed alone will not do: it was never read, or not for too long, or a crawl was asked for.
func (m *Mirror) crawlDue(at state.Feed) bool {
	now := m.now()
	return m.crawlNext || at.Cursor == "" || now.Sub(at.Crawled) > crawlEvery || now.Sub(at.Read) > feedLife || at.Crawled.After(now)
}

// lookedAt notes when the portal was last seen whole.
func (m *Mirror) lookedAt(tx *state.Tx) error {
	meta := tx.Meta()
	meta.LookBefore, meta.RemoteLook = meta.RemoteLook, m.now()
	return tx.SetMeta(meta)
}

// looked asks for witnesses, and brings the base's guard revisions in line.
func (m *Mirror) looked(ctx context.Context) error {
	if err := m.witness(ctx); err != nil {
		return err
	}
	return m.st.Update(m.refreshGuards)
}

// crawl lists everything, and compares it with base. The feed's position is taken before and drained after.
func (m *Mirror) crawl(ctx context.Context) error {
	m.crawlNext, m.missing = false, false
	cursor, feed, err := m.feedNow(ctx)
	if err != nil {
		return err
	}
	gen, gaps, err := m.spill(ctx)
	if err != nil {
		return err
	}
	missing, lost, err := m.mergeCrawl(gen, gaps, cursor)
	if err != nil {
		return err
	}
	m.gaps = gaps
	if lost != "" {
		return m.run.halt(plan.ReasonLedger, fmt.Sprintf("the portal cannot list folders, and dossier no longer knows which of them is %q: bring back the account's state from a backup, or name the folder in the configuration", lost))
	}
	for _, s := range missing {
		if err := m.reread(ctx, remote.ID(s.ID), remote.Kind(s.Kind)); err != nil {
			return err
		}
	}
	if feed == nil {
		return nil
	}
	_, err = m.drain(ctx, feed, cursor)
	if remote.CodeOf(err) == remote.Reset { // a feed that forgets at once is no feed: the crawl stands for itself
		m.crawlNext = true
		return nil
	}
	return err
}

func (m *Mirror) feedNow(ctx context.Context) (string, remote.Feed, error) {
	feed, ok := m.portal.AsFeed()
	if !ok {
		return "", nil, nil
	}
	cursor, err := feed.Now(ctx)
	return cursor, feed, err
}

// spill writes a crawl's entries into the state, and tells which folders could not be read.
func (m *Mirror) spill(ctx context.Context) (gen uint64, gaps map[string]error, err error) {
	if m.features.Folderwise {
		return m.spillFolders(ctx)
	}
	var c state.Crawl
	if err := m.st.Update(func(tx *state.Tx) (err error) { c, err = tx.BeginCrawl(); return err }); err != nil {
		return 0, nil, err
	}
	gaps = map[string]error{}
	var batch []state.Seen
	flush := func() error {
		err := m.st.Update(func(tx *state.Tx) error { return tx.Spill(c.Gen, batch, "") })
		batch = batch[:0]
		return err
	}
	for e, err := range m.portal.Crawl(ctx, m.opt.Folder) {
		if gap, ok := errors.AsType[*remote.Gap](err); ok {
			gaps[string(gap.Folder)] = gap.Err
			continue
		}
		if err != nil {
			return 0, nil, err
		}
		if batch = append(batch, m.seen(e)); len(batch) >= spillAt {
			if err := flush(); err != nil {
				return 0, nil, err
			}
		}
	}
	return c.Gen, gaps, flush()
}

// mergeCrawl compares a complete crawl with base and with what was seen before.
// What was new on the portal before and is not listed now is returned: a listing that changes while it is read may miss it. So is a
// folder that was lost from the driver's ledger.
func (m *Mirror) mergeCrawl(gen uint64, gaps map[string]error, cursor string) (missing []state.Seen, lost string, err error) {
	k := &crawlMerge{m: m, gaps: gaps, under: map[string]bool{}}
	err = m.st.MergeCrawl(gen, k.each, func(tx *state.Tx) error {
		if k.restored != "" {
			if err := m.noteRestored(tx, k.restored); err != nil {
				return err
			}
		}
		feed := tx.Feed()
		feed.Crawled, feed.Gen = m.now(), gen
		if len(gaps) > 0 {
			feed.Crawled = time.Time{} // look again next time
		}
		if cursor != "" {
			feed.Cursor, feed.Read = cursor, m.now()
		}
		if err := tx.SetFeed(feed); err != nil || len(gaps) > 0 {
			return err
		}
		return m.lookedAt(tx)
	})
	return k.missing, k.lost, err
}

type crawlMerge struct {
	m        *Mirror
	gaps     map[string]error
	under    map[string]bool // remote folder → lies at or below a gap
	restored string
	lost     string // a folder that only the ledger could know, and does not
	missing  []state.Seen
}

// each brings one id's row in line with the crawl.
func (k *crawlMerge) each(tx *state.Tx, s state.Sight) error {
	switch {
	case s.InBase && s.Base.ID == state.Root:
		return nil
	case s.Listed:
		k.backwards(tx, s)
		return k.m.putSeen(tx, s.Now)
	case s.InBase:
		if k.dark(tx, s.Base.Parent) {
			return nil
		}
		if k.m.features.Ledger && s.Base.Dir && !(s.WasSeen && s.Before.Gone) {
			k.lost = tx.Path(s.Base.ID)
			return nil
		}
		return k.m.missed(tx, s.Base)
	case k.darkRemote(tx, s.Before.Parent):
		return nil
	}
	if !s.Before.Gone {
		k.missing = append(k.missing, s.Before)
		return nil
	}
	return tx.DropSeen(s.ID)
}

// backwards notices a portal that was restored from a backup: an item's counter is lower than it was, or an item is back
// that was deleted, as it was before the deletion.
func (k *crawlMerge) backwards(tx *state.Tx, s state.Sight) {
	switch {
	case s.InBase && s.Now.Seq > 0 && s.Now.Seq < s.Base.Seq:
		k.restored = fmt.Sprintf("%q is older on the portal than it was", s.Now.Name)
	case !s.InBase && cameBack(tx, s.Now):
		k.restored = fmt.Sprintf("%q is back on the portal, as it was before it was deleted", s.Now.Name)
	}
}

// cameBack tells that an item was deleted, and that the portal shows it in a state from before. One that a person took out of the
// trash has counted on.
func cameBack(tx *state.Tx, s state.Seen) bool {
	buried := tx.BuriedRemote(s.ID)
	if len(buried) == 0 {
		return false
	}
	last := buried[len(buried)-1]
	return last.Why != whyFolder && s.Seq > 0 && s.Seq <= last.Seq
}

// dark tells whether a folder of base lies at or below one that could not be read.
func (k *crawlMerge) dark(tx *state.Tx, id state.NodeID) bool {
	n, ok := tx.Node(id)
	if !ok || len(k.gaps) == 0 {
		return false
	}
	if known, ok := k.under[n.RemoteID]; ok {
		return known
	}
	dark := k.gaps[n.RemoteID] != nil || (n.ID == state.Root && k.gaps[string(k.m.opt.Folder)] != nil) || (n.ID != state.Root && k.dark(tx, n.Parent))
	k.under[n.RemoteID] = dark
	return dark
}

func (k *crawlMerge) darkRemote(tx *state.Tx, folder string) bool {
	if len(k.gaps) == 0 {
		return false
	}
	for depth := 0; depth < 1000 && folder != ""; depth++ {
		if k.gaps[folder] != nil {
			return true
		}
		if n, ok := tx.ByRemote(folder); ok {
			return k.dark(tx, n.ID)
		}
		s, ok := tx.Seen(folder)
		if !ok {
			return false
		}
		folder = s.Parent
	}
	return false
}

// missed notes that a complete look did not find an item of base.
func (m *Mirror) missed(tx *state.Tx, n state.Node) error {
	s, ok := tx.Seen(n.RemoteID)
	if !ok || !s.Gone {
		s = m.asBase(tx, n)
		s.Gone, s.GoneSince, s.Looks, s.Witness = true, m.now(), 0, ""
	}
	s.Looks++
	s.At = m.now()
	return tx.PutSeen(s)
}

// putAnswer is putSeen for an answer that a job brings: what a look saw later counts more.
func (m *Mirror) putAnswer(tx *state.Tx, s state.Seen, begun time.Time) error {
	old, ok := tx.Seen(s.ID)
	if ok && (s.Seq > 0 && old.Seq > s.Seq || s.Seq == 0 && old.At.After(begun)) {
		return m.putSeen(tx, old)
	}
	return m.putSeen(tx, s)
}

// putSeen keeps what was observed of an item if it differs from base, and forgets it if it does not.
func (m *Mirror) putSeen(tx *state.Tx, s state.Seen) error {
	if n, ok := tx.ByRemote(s.ID); ok && sameAsBase(tx, n, s) {
		return tx.DropSeen(s.ID)
	}
	s.Since = s.At
	if old, ok := tx.Seen(s.ID); ok {
		if old.Content == s.Content && s.SHA256.IsZero() {
			s.SHA256 = old.SHA256 // learnt by fetching
		}
		if !old.Gone && !old.Since.IsZero() {
			s.Since = old.Since
		}
	}
	return tx.PutSeen(s)
}

func sameAsBase(tx *state.Tx, n state.Node, s state.Seen) bool {
	return sameItem(tx, n, s) && n.Guard == s.Guard && n.Seq == s.Seq
}

// sameItem compares all but the guard revision and the counter.
func sameItem(tx *state.Tx, n state.Node, s state.Seen) bool {
	parent, ok := tx.Node(n.Parent)
	return ok && !s.Gone && s.Frozen == "" && s.Pinned == "" && parent.RemoteID == s.Parent && n.Remote == s.Name && n.Dir == (s.Kind == state.KindFolder) && s.Kind != state.KindOther &&
		(n.Dir || n.Content == s.Content)
}

// refreshGuards lets base learn revisions and counters that changed without a change of place or content.
func (m *Mirror) refreshGuards(tx *state.Tx) error {
	var rows []state.Seen
	for s := range tx.AllSeen() {
		rows = append(rows, s)
	}
	for _, s := range rows {
		n, ok := tx.ByRemote(s.ID)
		if !ok || !sameItem(tx, n, s) || m.busy[plan.NodeID(n.ID)] != nil {
			continue
		}
		n.Guard, n.Seq = s.Guard, s.Seq
		if err := tx.Put(n); err != nil {
			return err
		}
		if err := tx.DropSeen(s.ID); err != nil {
			return err
		}
	}
	return nil
}

// seen is an entry in the state's words.
func (m *Mirror) seen(e remote.Entry) state.Seen {
	s := state.Seen{ID: string(e.ID), Parent: string(e.Parent), Name: e.Name, Kind: state.Kind(e.Kind), Size: e.Size, Content: e.Content,
		Guard: e.Guard, Seq: e.Seq, Modified: e.Modified, Uploader: e.Uploader, Frozen: e.Frozen, Pinned: e.Pinned, Token: e.Token, At: m.now()}
	_ = s.SHA1.UnmarshalText([]byte(e.SHA1))
	_ = s.SHA256.UnmarshalText([]byte(e.SHA256))
	return s
}

// entry is the reverse.
func entryOf(s state.Seen) remote.Entry {
	return remote.Entry{ID: remote.ID(s.ID), Parent: remote.ID(s.Parent), Name: s.Name, Kind: remote.Kind(s.Kind), Size: s.Size, Content: s.Content,
		SHA1: s.SHA1.String(), SHA256: s.SHA256.String(), Guard: s.Guard, Seq: s.Seq, Modified: s.Modified, Uploader: s.Uploader, Frozen: s.Frozen, Pinned: s.Pinned, Token: s.Token}
}

// asBase is how base believes an item to be on the portal.
func (m *Mirror) asBase(tx *state.Tx, n state.Node) state.Seen {
	parent, _ := tx.Node(n.Parent)
	kind := state.KindFile
	if n.Dir {
		kind = state.KindFolder
	}
	s := state.Seen{ID: n.RemoteID, Parent: parent.RemoteID, Name: n.Remote, Kind: kind, Size: n.RemoteSize, Content: n.Content,
		Guard: n.Guard, Seq: n.Seq, Modified: time.Unix(0, n.MTime), At: m.now()}
	if m.digest == "sha1" {
		s.SHA1 = n.SHA1
	} else {
		s.SHA256 = n.SHA256
	}
	return s
}
