package box

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"dossier/remote"
	"dossier/remote/rest"
)

const (
	partsAbreast = 3 // Box advises three to five
	partTries    = 5
	mostParts    = 10_000 // Box lists no further
)

// part is a piece of an upload that Box has.
type part struct {
	ID     text   `json:"part_id"`
	Offset number `json:"offset"`
	Size   number `json:"size"`
	SHA1   string `json:"sha1"`
}

// sendParts brings up what is missing and returns all parts, in order. Each part is hashed by itself right before it is sent,
// so that nothing need be held in memory and no running digest can be fed twice.
func (d *Driver) sendParts(ctx context.Context, s *session, u remote.Upload) ([]part, error) {
	have := map[int64]part{}
	if s.resumed {
		var err error
		if have, err = d.ours(ctx, s, u); err != nil {
			return nil, err
		}
	}
	count := int((s.Size + s.PartSize - 1) / s.PartSize)
	if count > mostParts {
		return nil, corrupt("open upload session", fmt.Sprintf("a session of %d parts", count))
	}
	parts := make([]part, count)
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(partsAbreast)
	for i := range parts {
		offset := int64(i) * s.PartSize
		if p, ok := have[offset]; ok {
			parts[i] = p
			continue
		}
		group.Go(func() (err error) {
			if gctx.Err() != nil {
				return context.Cause(gctx)
			}
			parts[i], err = d.sendPart(gctx, s, offset, u)
			return err
		})
	}
	return parts, group.Wait()
}

// ours is what the session has of this very content. If it has anything else, it is given up.
func (d *Driver) ours(ctx context.Context, s *session, u remote.Upload) (map[int64]part, error) {
	have, err := d.listParts(ctx, s)
	if err != nil {
		return nil, err
	}
	for offset, p := range have {
		sum, err := hashPart(u.Source, offset, s.sizeAt(offset))
		if err != nil {
			return nil, err
		}
		if !p.is(offset, s.sizeAt(offset), sum) {
			d.abort(ctx, s)
			return nil, &remote.Error{Op: "resume upload", Code: remote.Unknown, Reason: reasonNoSession,
				Err: errors.New("the session has parts of another content")}
		}
	}
	return have, nil
}

func (s *session) sizeAt(offset int64) int64 { return max(0, min(s.PartSize, s.Size-offset)) }

func (p part) is(offset, size int64, sum []byte) bool {
	return p.ID != "" && int64(p.Offset) == offset && int64(p.Size) == size && strings.EqualFold(p.SHA1, hex.EncodeToString(sum))
}

func (d *Driver) listParts(ctx context.Context, s *session) (map[int64]part, error) {
	have := map[int64]part{}
	for offset := 0; offset <= mostParts; {
		var list struct {
			Entries []part `json:"entries"`
			Total   number `json:"total_count"`
		}
		_, err := d.rest.JSON(ctx, rest.Call{Op: "list parts", Method: http.MethodGet,
			URL: withQuery(s.List, "limit=1000&offset="+strconv.Itoa(offset))}, &list)
		if remote.CodeOf(err) == remote.NotFound {
			err = commitError(err, false)
		}
		if err != nil {
			return nil, err
		}
		for _, p := range list.Entries {
			have[int64(p.Offset)] = p
		}
		offset += len(list.Entries)
		if len(list.Entries) == 0 || offset >= int(list.Total) {
			return have, nil
		}
	}
	return have, nil
}

func withQuery(address, query string) string {
	if strings.Contains(address, "?") {
		return address + "&" + query
	}
	return address + "?" + query
}

// sendPart sends one part, and after a failure looks whether it has arrived all the same before it sends it again.
func (d *Driver) sendPart(ctx context.Context, s *session, offset int64, u remote.Upload) (part, error) {
	size := s.sizeAt(offset)
	sum, err := hashPart(u.Source, offset, size)
	if err != nil {
		return part{}, err
	}
	progress := rest.NewProgress(u.Progress)
	for try := 1; ; try++ {
		p, err := d.putPart(ctx, s, offset, sum, u, progress)
		if err == nil {
			return p, nil
		}
		if try == partTries || !tryAgain(err) {
			progress.Undo()
			return part{}, err
		}
		if waitErr := rest.Sleep(ctx, d.polite.next(d.polite.unsaid<<(try-1))); waitErr != nil {
			progress.Undo()
			return part{}, err
		}
		have, listErr := d.listParts(ctx, s)
		if p, ok := have[offset]; ok && listErr == nil && p.is(offset, size, sum) {
			return p, nil
		}
	}
}

// tryAgain says whether a part may get through another time, or may have got through.
func tryAgain(err error) bool {
	if is(err, "range_overlaps_existing_part") {
		return true
	}
	switch remote.CodeOf(err) {
	case remote.Unavailable, remote.Throttled, remote.Busy, remote.Corrupt:
		return true
	}
	return false
}

func (d *Driver) putPart(ctx context.Context, s *session, offset int64, sum []byte, u remote.Upload, progress *rest.Progress) (part, error) {
	size := s.sizeAt(offset)
	var answer struct {
		Part json.RawMessage `json:"part"`
		part
	}
	_, err := d.rest.JSON(ctx, rest.Call{Op: "upload part", Object: u.At.Name, Method: http.MethodPut, URL: s.Upload, Write: true,
		Header: http.Header{
			"Digest":        {digest(hex.EncodeToString(sum))},
			"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", offset, offset+size-1, s.Size)},
		},
		Body: &rest.Body{Type: "application/octet-stream", Length: size, Open: func() (io.ReadCloser, error) {
			progress.Undo()
			return rest.Sent(u.Source, offset, size, nil, progress)
		}}}, &answer)
	if remote.CodeOf(err) == remote.NotFound {
		err = commitError(err, false)
	}
	if err != nil {
		return part{}, err
	}
	p := answer.part
	if answer.Part != nil {
		if err := json.Unmarshal(answer.Part, &p); err != nil {
			return part{}, corrupt("upload part", "an answer without the part")
		}
	}
	if !p.is(offset, size, sum) {
		return part{}, corrupt("upload part", "the answer is about another part, or other bytes")
	}
	return p, nil
}

func hashPart(src remote.Source, offset, size int64) ([]byte, error) {
	rc, err := rest.Sent(src, offset, size, nil, nil)
	if err != nil {
		return nil, readError(err)
	}
	defer rc.Close()
	h := sha1.New()
	if _, err := io.Copy(h, rc); err != nil {
		return nil, readError(err)
	}
	return h.Sum(nil), nil
}

func readError(err error) error {
	return &remote.Error{Op: "read", Code: remote.CodeOf(err), Err: err}
}
