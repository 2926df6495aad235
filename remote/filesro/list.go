package filesro

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"dossier/remote"
)

const (
	// A list that goes on past these is taken for endless.
	mostPages = 20_000
	mostItems = 1_000_000

	// listTries is how often a list is read that changes meanwhile.
	listTries = 3

	// largestList bounds one answer that tells of the whole account, in bytes; for a folder the client's own bound will do.
	largestList = 128 << 20
)

// page is an answer with a list. Its links are ill-formed (§5), and left alone.
type page struct {
	Data []record `json:"data"`
	Meta struct {
		Paginate *struct {
			Current count `json:"currentPage"`
			Last    count `json:"lastPage"`
			Total   count `json:"total"`
		} `json:"paginate"`
		Root json.RawMessage `json:"root"`
	} `json:"meta"`
}

// list is one list of the portal's.
type list struct {
	op     string
	at     string    // address, without a query
	folder remote.ID // whose items they are; empty: items of many folders
}

func (d *Driver) folderList(folder remote.ID) (list, error) {
	at, err := d.folderURL(d.assumed.folderPath, folder)
	return list{op: "list", at: at, folder: folder}, err
}

// errShifted is a list that changed while it was read. There are no snapshots: pages count from the beginning.
var errShifted = errors.New("it changed while it was read")

// items reads a list, whole or not at all, each item once. One that changed meanwhile is read again.
func (d *Driver) items(ctx context.Context, l list) (found []item, err error) {
	for range listTries {
		found, err = d.readList(ctx, l)
		if !errors.Is(err, errShifted) {
			return found, err
		}
	}
	return nil, &remote.Error{Op: l.name(), Code: remote.Stale, Err: err}
}

func (l list) name() string {
	if l.folder == "" {
		return l.op
	}
	return fmt.Sprintf("%s %q", l.op, l.folder)
}

// readList asks without a page number first: then all comes at once, or the first page.
func (d *Driver) readList(ctx context.Context, l list) ([]item, error) {
	first, err := d.page(ctx, l, 0)
	if err != nil {
		return nil, err
	}
	r := &reading{list: l, known: map[text]bool{}}
	if first.Meta.Paginate == nil {
		if err := r.add(first); err != nil {
			return nil, err
		}
		return r.all, d.checkThere(ctx, l, first, len(r.all))
	}
	last, total := first.Meta.Paginate.Last, first.Meta.Paginate.Total
	if last > mostPages || total > mostItems {
		return nil, corrupt(l.name(), "a list of %d items on %d pages", total, last)
	}
	if err := r.add(first); err != nil {
		return nil, err
	}
	for n := count(2); n <= last; n++ {
		next, err := d.page(ctx, l, n)
		if err != nil {
			return nil, err
		}
		switch p := next.Meta.Paginate; {
		case p == nil || p.Current != n:
			return nil, corrupt(l.name(), "page %d was asked for, another came", n)
		case p.Total != total || p.Last != last:
			return nil, errShifted
		}
		if err := r.add(next); err != nil {
			return nil, err
		}
	}
	if count(len(r.known)) != total {
		return nil, fmt.Errorf("%w: %d items came, %d were announced", errShifted, len(r.known), total)
	}
	return r.all, d.checkThere(ctx, l, first, len(r.all))
}

// page reads one page; 0: what comes without asking for one.
func (d *Driver) page(ctx context.Context, l list, n count) (page, error) {
	query := url.Values{"sort": {"created_at"}, "direction": {"ASC"}}
	if n > 0 {
		query.Set("page", strconv.FormatInt(int64(n), 10))
	}
	call := get(l.op, l.folder, l.at+"?"+query.Encode())
	if l.folder == "" {
		call.Limit = largestList
	}
	var p page
	err := d.json(ctx, call, &p)
	switch {
	case err != nil:
	case p.Data == nil:
		err = corrupt(l.name(), "a list without a list")
	case p.Meta.Paginate == nil && d.assumed.totals:
		err = corrupt(l.name(), "a list that does not tell how much there is")
	default:
		err = l.checkRoot(p.Meta.Root)
	}
	return p, err
}

// checkRoot compares the folder that a list says it is of with the one that was asked for.
func (l list) checkRoot(raw json.RawMessage) error {
	if root := rootIn(raw); l.folder != "" && l.folder != home && root != "" && root != l.folder {
		return corrupt(l.name(), "a list of another folder, %q", root)
	}
	return nil
}

func rootIn(raw json.RawMessage) remote.ID {
	var root record
	_ = json.Unmarshal(raw, &root)
	return remote.ID(root.Data.ID)
}

// checkThere asks whether a folder exists of which a list came that does not say whose it is: the portal answers with what lies at
// home if it takes an id for none (§5), and some answer with nothing (F-36).
func (d *Driver) checkThere(ctx context.Context, l list, first page, items int) error {
	if l.folder == "" || l.folder == home || rootIn(first.Meta.Root) != "" || items > 0 && uuidForm.MatchString(string(l.folder)) {
		return nil // of what items there are, each tells where it lies
	}
	t, err := d.tree(ctx)
	if err == nil && !t.has(l.folder) {
		err = notFound(l.op, l.folder, "it is not among the folders")
	}
	return err
}

// reading is what has come of a list so far.
type reading struct {
	list
	all   []item
	known map[text]bool // ids that came; what comes twice counts once
}

func (r *reading) add(p page) error {
	for _, rec := range p.Data {
		i := rec.Data
		if err := r.check(i); err != nil {
			return err
		}
		if r.known[i.ID] {
			continue
		}
		r.known[i.ID] = true
		if r.folder != "" && (i.team() || i.trashed()) {
			continue // they are listed elsewhere
		}
		r.all = append(r.all, i)
	}
	return nil
}

func (r *reading) check(i item) error {
	if err := checkID(remote.ID(i.ID)); err != nil {
		return corrupt(r.name(), "an item with the id %q", i.ID)
	}
	if i.Type == "" {
		return corrupt(r.name(), "item %q, of which the kind is not told", i.ID)
	}
	if parent, told := i.parent(); told && r.folder != "" && parent != r.folder {
		return corrupt(r.name(), "item %q, which lies in folder %q", i.ID, parent)
	}
	return nil
}
