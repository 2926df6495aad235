package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"dossier/remote"
	"dossier/state"
)

// Where a crawl is one listing a folder (Features.Folderwise) it may take longer than a run lasts: calls are few there. So what was
// listed is kept with the folders still to be listed, and the next run goes on where this one ended.

// crawlLife is how old a crawl under way may be: what it saw first is not to be too old when it is believed.
const crawlLife = 6 * time.Hour

// ahead is what a crawl has still to do, what it has done, and what it could not read. It is kept as the crawl's cursor.
type ahead struct {
	Todo []remote.ID          `json:"todo"`
	Done map[remote.ID]bool   `json:"done"`
	Gaps map[remote.ID]string `json:"gaps,omitempty"`
	Head uint64               `json:"head"` // of the record when the crawl began: what was done since, it may have missed
}

// foldersKept is how many folders are listed before that is written down.
const foldersKept = 20

// spillFolders writes what the folders hold into the state, one after the other, and tells which could not be read.
func (m *Mirror) spillFolders(ctx context.Context) (gen uint64, gaps map[string]error, err error) {
	c, at, err := m.goOnCrawling()
	if err != nil {
		return 0, nil, err
	}
	for len(at.Todo) > 0 {
		batch, err := m.listSome(ctx, &at)
		if err := errors.Join(err, m.keepCrawl(c.Gen, batch, at)); err != nil {
			return 0, nil, err
		}
	}
	gaps = make(map[string]error, len(at.Gaps))
	for id, why := range at.Gaps {
		gaps[string(id)] = &remote.Error{Op: "list folder " + string(id), Err: errors.New(why)}
	}
	return c.Gen, gaps, nil
}

// listSome lists the next folders. What it returns with an error is good as well.
func (m *Mirror) listSome(ctx context.Context, at *ahead) (batch []state.Seen, err error) {
	for n := 0; n < foldersKept && len(at.Todo) > 0; n++ {
		folder := at.Todo[0]
		held, err := m.listFolder(ctx, folder)
		switch {
		case err != nil && (!gapOf(err) || folder == m.opt.Folder): // without the client's own folder there is nothing to look at
			return batch, err
		case err != nil:
			at.Gaps[folder] = err.Error()
			held = nil
		}
		at.Todo, at.Done[folder] = at.Todo[1:], true
		for _, s := range held {
			if id := remote.ID(s.ID); s.Kind == state.KindFolder && !at.Done[id] {
				at.Todo = append(at.Todo, id)
			}
		}
		batch = append(batch, held...)
	}
	return batch, nil
}

// gapOf tells errors of one folder, beside which the others can be read, from those that end a crawl.
func gapOf(err error) bool {
	switch remote.CodeOf(err) {
	case remote.Denied, remote.NotFound, remote.Trashed, remote.Corrupt:
		return true
	}
	return false
}

// goOnCrawling reads how far a crawl came, or begins one.
func (m *Mirror) goOnCrawling() (c state.Crawl, at ahead, err error) {
	err = m.st.Update(func(tx *state.Tx) (err error) {
		head := tx.Head().Seq
		c, known := tx.Crawl()
		if known && m.now().Sub(c.Started) < crawlLife && json.Unmarshal([]byte(c.Cursor), &at) == nil && at.Head == head && len(at.Todo) > 0 {
			return nil
		}
		at = ahead{Todo: []remote.ID{m.opt.Folder}, Done: map[remote.ID]bool{}, Gaps: map[remote.ID]string{}, Head: head}
		_, err = tx.BeginCrawl()
		return err
	})
	if err != nil {
		return c, at, err
	}
	if at.Gaps == nil {
		at.Gaps = map[remote.ID]string{}
	}
	for _, id := range at.Todo {
		m.guests.Store(id, true)
	}
	err = m.st.View(func(tx *state.Tx) error { c, _ = tx.Crawl(); return nil })
	return c, at, err
}

// listFolder lists one folder, whole.
func (m *Mirror) listFolder(ctx context.Context, folder remote.ID) (batch []state.Seen, err error) {
	defer m.guests.Delete(folder)
	for e, err := range m.portal.Children(ctx, folder) {
		if err != nil {
			return nil, err
		}
		if e.Kind == remote.Folder {
			m.guests.Store(e.ID, true)
		}
		batch = append(batch, m.seen(e))
	}
	return batch, nil
}

// keepCrawl writes down what a folder holds, together with what is ahead.
func (m *Mirror) keepCrawl(gen uint64, batch []state.Seen, at ahead) error {
	cursor, err := json.Marshal(at)
	if err != nil {
		return err
	}
	return m.st.Update(func(tx *state.Tx) error { return tx.Spill(gen, batch, string(cursor)) })
}
