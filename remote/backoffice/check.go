package backoffice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"dossier/remote"
)

// Check finds out, by reading, how lists come, and, where it may write, how an upload shows: of two small files that are deleted afterwards.
func (d *Driver) Check(ctx context.Context, folder remote.ID, write bool) ([]remote.Finding, error) {
	r, err := parse(folder)
	if err == nil && r.client == 0 {
		r, err = d.anyClient(ctx)
	}
	if err != nil {
		return nil, err
	}
	c := &check{d: d, client: r.client}
	for _, probe := range []func(context.Context) error{c.shape, c.paging, c.filters, c.folders} {
		if err := probe(ctx); err != nil {
			return c.found, err
		}
	}
	if write && d.set.delete {
		err = c.uploads(ctx, folderID(r.client, r.folder))
	}
	return c.found, err
}

func (d *Driver) anyClient(ctx context.Context) (ref, error) {
	clients, err := d.clients(ctx)
	if err == nil && len(clients) == 0 {
		err = notFound("check", "the account sees no client")
	}
	if err != nil {
		return ref{}, err
	}
	return parse(clients[0].ID)
}

// check is one check under way.
type check struct {
	d      *Driver
	client int64
	files  []fileRow // of the first page
	found  []remote.Finding
}

func (c *check) find(id string, v remote.Verdict, seen string) {
	c.found = append(c.found, remote.Finding{ID: id, Verdict: v, Seen: seen})
}

// differs tells a finding, and the setting that follows from it.
func (c *check) differs(id, seen, setting string, value any) {
	c.found = append(c.found, remote.Finding{ID: id, Verdict: remote.Differs, Seen: seen, Setting: setting, Value: value})
}

// page reads a part of the list of files as it comes.
func (c *check) page(ctx context.Context, limit, offset int, filter int64) ([]fileRow, json.RawMessage, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}}
	if filter != 0 {
		q.Set("filter[directoryId]", strconv.FormatInt(filter, 10))
	}
	var raw json.RawMessage
	if _, err := c.d.rest.JSON(ctx, c.d.call("check", "", http.MethodGet, fmt.Sprintf("/clients/%d/files?%s", c.client, q.Encode()), nil), &raw); err != nil {
		return nil, nil, err
	}
	rows, err := rowsOf[fileRow](raw)
	return rows, raw, err
}

// shape tells in which of the known shapes the list comes.
func (c *check) shape(ctx context.Context) error {
	rows, raw, err := c.page(ctx, pageSize, 0, 0)
	if err != nil {
		return err
	}
	c.files = rows
	switch {
	case isArray(raw):
		c.find("B-11", remote.Held, "the list of files comes bare")
	case bytes.Contains(raw, []byte(`"data"`)):
		c.find("B-11", remote.Held, "the list of files comes in an envelope")
	default:
		c.find("B-11", remote.Held, "the list of files comes as the one row it has")
	}
	return nil
}

// paging asks for two pages of one row each.
func (c *check) paging(ctx context.Context) error {
	if len(c.files) < 2 {
		c.find("B-8", remote.Untold, "it takes a client with two files to see whether lists are paged")
		return nil
	}
	first, _, err := c.page(ctx, 1, 0, 0)
	if err != nil {
		return err
	}
	second, _, err := c.page(ctx, 1, 1, 0)
	switch {
	case err != nil:
		return err
	case len(first) == 1 && len(second) == 1 && first[0].ID != second[0].ID:
		for _, id := range []string{"B-8", "B-10"} {
			c.find(id, remote.Held, "two pages of one file each are two files")
		}
	default:
		for _, id := range []string{"B-8", "B-10"} {
			c.differs(id, fmt.Sprintf("asked for one file, the portal gave %d", len(first)), assumePaging, false)
		}
	}
	return nil
}

// filters asks for the files of each folder: all of them must be in the list of all.
func (c *check) filters(ctx context.Context) error {
	all, err := list[fileRow](ctx, c.d, c.d.fileList(c.client, 0), nil)
	if code := remote.CodeOf(err); code == remote.Corrupt || code == remote.Busy {
		c.find("B-18", remote.Untold, "the list of all could not be read whole: "+err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	t, err := c.d.folders(ctx, c.client)
	if err != nil {
		return err
	}
	listed, folders := map[int64]bool{}, map[int64]bool{}
	for _, f := range all {
		listed[f.key()] = true
		folders[int64(f.Directory)] = true
	}
	maps.Insert(folders, keysOf(t.ledger))
	delete(folders, 0)
	const most = 5
	ids := slices.Sorted(maps.Keys(folders))
	seen, understood, hidden := 0, true, 0
	for _, n := range ids[:min(len(ids), most)] {
		rows, _, err := c.page(ctx, pageSize, 0, n)
		if remote.CodeOf(err) == remote.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		for _, f := range rows {
			seen++
			understood = understood && int64(f.Directory) == n
			if !listed[f.key()] {
				hidden++
			}
		}
	}
	c.judgeFilters(seen, understood, hidden)
	return nil
}

func (c *check) judgeFilters(seen int, understood bool, hidden int) {
	switch {
	case seen == 0:
		c.find("B-7", remote.Untold, "no folder is known in which something lies")
	case understood:
		c.find("B-7", remote.Held, "a folder's list has that folder's files")
	default:
		c.find("B-7", remote.Differs, "a folder's list has other files as well")
	}
	switch {
	case hidden > 0:
		c.differs("B-18", fmt.Sprintf("%d files of folders are missing in the list of all", hidden), assumeWhole, false)
	case seen == 0:
		c.find("B-18", remote.Untold, "no folder is known in which something lies")
	default:
		c.find("B-18", remote.Held, fmt.Sprintf("%d files of folders are in the list of all", seen))
	}
}

// folders asks for a list that is not documented.
func (c *check) folders(ctx context.Context) error {
	var raw json.RawMessage
	_, err := c.d.rest.JSON(ctx, c.d.call("check", "", http.MethodGet, fmt.Sprintf("/clients/%d/folders?limit=%d&offset=0", c.client, pageSize), nil), &raw)
	if notThisWay(status(err)) {
		c.find("B-28", remote.Held, "the portal has no list of a client's folders")
		return nil
	}
	if code := remote.CodeOf(err); err != nil && code != remote.Corrupt && code != remote.Denied {
		return err
	}
	var rows []folderRow
	switch named := json.Unmarshal(raw, &rows) == nil && isArray(raw); {
	case err != nil || !named || slices.ContainsFunc(rows, func(r folderRow) bool { return r.ID == 0 || r.text() == "" }):
		c.find("B-28", remote.Held, "what comes for the list of a client's folders is none")
	case len(rows) == 0:
		c.find("B-28", remote.Untold, "the list of the client's folders is empty")
	default:
		c.differs("B-28", fmt.Sprintf("the portal lists %d folders of the client", len(rows)), assumeListFolders, true)
	}
	return nil
}
