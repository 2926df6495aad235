package backoffice

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// uploads makes two files of one name, looks at them, and deletes them.
func (c *check) uploads(ctx context.Context, folder remote.ID) (err error) {
	token := newToken()
	content := []byte("dossier has made this file to see how it shows, and deletes it at once: " + token + "\n")
	u := uploadOf(remote.Place{Parent: folder, Name: "dossier check " + token + ".txt"}, content, token)
	first, err := c.d.Create(ctx, u)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.d.Delete(context.WithoutCancel(ctx), first)) }()
	if err := c.stored(ctx, first, token); err != nil {
		return err
	}
	if err := c.fetched(ctx, first, content); err != nil {
		return err
	}
	u.Token = newToken()
	second, err := c.d.Create(ctx, u)
	switch {
	case err == nil:
		c.find("B-20", remote.Held, "two files of one name were taken")
		return c.d.Delete(context.WithoutCancel(ctx), second)
	case remote.IsMaybeDone(err):
		return err
	}
	c.differs("B-20", "a second file of one name was refused: "+err.Error(), assumeTwins, false)
	return nil
}

// stored looks at how an upload shows in the list.
func (c *check) stored(ctx context.Context, made remote.Entry, token string) error {
	r, err := parse(made.ID)
	if err != nil {
		return err
	}
	row, there, err := c.d.find(ctx, r, 0)
	if err != nil {
		return err
	}
	if there {
		c.find("B-26", remote.Held, "the list has what was just uploaded")
	} else {
		c.find("B-26", remote.Differs, "the list has not got what was just uploaded")
	}
	switch part := tokenPart.FindStringSubmatch(row.File); {
	case c.d.set.upload != byForm:
	case part != nil && part[1] == token:
		c.find("B-24", remote.Held, "the stored path ends in the name that was sent")
	default:
		c.differs("B-24", "the stored path does not show the name that was sent", assumeStoredNames, false)
	}
	return nil
}

// fetched compares what comes down with what went up.
func (c *check) fetched(ctx context.Context, made remote.Entry, content []byte) error {
	if c.d.content == nil {
		c.find("B-27", remote.Held, "no download is configured: this portal only takes files")
		return nil
	}
	rc, err := c.d.Download(ctx, made, 0)
	if err != nil {
		c.find("B-27", remote.Differs, "what was uploaded could not be fetched: "+err.Error())
		return nil
	}
	defer rc.Close()
	got, err := io.ReadAll(io.LimitReader(rc, int64(len(content))+1))
	if err == nil && bytes.Equal(got, content) {
		c.find("B-27", remote.Held, "what was uploaded came down as it was")
	} else {
		c.find("B-27", remote.Differs, "what was uploaded came down otherwise")
	}
	return nil
}

func uploadOf(at remote.Place, content []byte, token string) remote.Upload {
	one, two := sha1.Sum(content), sha256.Sum256(content)
	return remote.Upload{At: at, Source: inMemory(content), SHA1: hex.EncodeToString(one[:]), SHA256: hex.EncodeToString(two[:]), Token: token}
}

// inMemory is a Source of bytes that do not change.
type inMemory []byte

func (m inMemory) Open(offset int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m[offset:])), nil
}
func (m inMemory) Size() int64 { return int64(len(m)) }
func (inMemory) Check() error  { return nil }
