package backoffice

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"dossier/remote"
)

// mostGaps is how many clients in a row may fail before the crawl of all gives up: then it is not the clients.
const mostGaps = 10

// Crawl lists all below root: one list of files a client, 99 files a call. Folders come from the ledger, and from the files in them.
func (d *Driver) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		r, err := parse(root)
		switch {
		case err != nil:
			yield(remote.Entry{}, err)
		case r.client == 0:
			d.crawlClients(ctx, yield)
		default:
			d.tell(ctx, r, yield, func(t *tree, folder int64) bool { return t.within(folder, r.folder) })
		}
	}
}

// Children lists one folder, which takes the list of all the client's files: a filter that is not understood would lose some.
func (d *Driver) Children(ctx context.Context, folder remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		r, err := parse(folder)
		switch {
		case err != nil:
			yield(remote.Entry{}, err)
		case r.client == 0:
			clients, err := d.clients(ctx)
			_ = emit(yield, clients) && err != nil && yield(remote.Entry{}, err)
		default:
			d.tell(ctx, r, yield, func(_ *tree, in int64) bool { return in == r.folder })
		}
	}
}

func emit(yield func(remote.Entry, error) bool, entries []remote.Entry) bool {
	for _, e := range entries {
		if !yield(e, nil) {
			return false
		}
	}
	return true
}

// tell hands on what one look at a client shows below a folder, by the folder that each item lies in.
func (d *Driver) tell(ctx context.Context, root ref, yield func(remote.Entry, error) bool, wanted func(t *tree, folder int64) bool) bool {
	t, err := d.look(ctx, root.client)
	if err == nil && root.file != 0 {
		err = notFound("list folder", "a file is no folder")
	}
	if err == nil && root.folder != 0 {
		_, err = t.folder(root.folder)
	}
	if err != nil {
		return yield(remote.Entry{}, err)
	}
	for _, e := range t.order {
		up, err := parse(e.Parent)
		if err == nil && wanted(t, up.folder) && !yield(e, nil) {
			return false
		}
	}
	for _, f := range t.files {
		if wanted(t, int64(f.Directory)) && !yield(d.entry(root.client, f), nil) {
			return false
		}
	}
	return true
}

// folder is one that is shown.
func (t *tree) folder(n int64) (remote.Entry, error) {
	if e, ok := t.shown[n]; ok {
		return e, nil
	}
	return remote.Entry{}, notFound("find folder", fmt.Sprintf("folder %d is not known, and nothing lies in it", n))
}

// crawlClients crawls one client after the other. One who cannot be read is a gap.
func (d *Driver) crawlClients(ctx context.Context, yield func(remote.Entry, error) bool) {
	clients, err := d.clients(ctx)
	if !emit(yield, clients) {
		return
	}
	if err != nil {
		yield(remote.Entry{}, err)
		return
	}
	gaps := 0
	for _, c := range clients {
		r, _ := parse(c.ID)
		var failed error
		going := d.tell(ctx, r, func(e remote.Entry, err error) bool {
			if failed = err; err != nil {
				return true
			}
			return yield(e, nil)
		}, func(*tree, int64) bool { return true })
		switch {
		case !going:
			return
		case failed == nil:
			gaps = 0
			continue
		}
		if gaps++; gaps >= mostGaps || endsAll(failed) {
			yield(remote.Entry{}, failed)
			return
		}
		if !yield(remote.Entry{}, &remote.Gap{Folder: c.ID, Err: failed}) {
			return
		}
	}
}

// whyDenied finds out what a refusal about a client means: he may not be there, which some tell as if it were forbidden (B-3).
func (d *Driver) whyDenied(ctx context.Context, client int64, err error) error {
	clients, lookErr := d.clients(ctx)
	if lookErr != nil || slices.ContainsFunc(clients, func(e remote.Entry) bool { return e.ID == clientID(client) }) {
		return err
	}
	return notFound(fmt.Sprintf("find client %d", client), "he is not in the list of clients")
}

// endsAll says whether an error concerns more than one client.
func endsAll(err error) bool {
	return remote.CodeOf(err) == remote.SignIn || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// clients lists those whom the account may see.
func (d *Driver) clients(ctx context.Context) ([]remote.Entry, error) {
	rows, err := list[clientRow](ctx, d, listing{op: "list clients", path: "/clients"}, nil)
	entries := make([]remote.Entry, len(rows))
	for i, r := range rows {
		entries[i] = clientEntry(r)
	}
	return entries, err
}

func clientEntry(r clientRow) remote.Entry {
	e := remote.Entry{ID: clientID(r.key()), Parent: rootID, Kind: remote.Folder, Size: -1,
		Pinned: "a client, who is changed in the Back Office itself"}
	for _, name := range []string{r.Name, r.Company, r.Nickname, r.Email, fmt.Sprintf(namelessClient, r.key())} {
		if e.Name == "" {
			e.Name = name
		}
	}
	return e
}

// client reads one client.
func (d *Driver) client(ctx context.Context, op string, client int64) (remote.Entry, error) {
	row, err := one[clientRow](ctx, d, d.call(op, string(clientID(client)), http.MethodGet, fmt.Sprintf("/clients/%d", client), nil))
	if remote.CodeOf(err) == remote.Denied {
		err = d.whyDenied(ctx, client, err)
	}
	if err == nil && row.key() != client {
		err = corrupt(op, "the answer is about another client")
	}
	if err != nil {
		return remote.Entry{}, err
	}
	return clientEntry(row), nil
}
