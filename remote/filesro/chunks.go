package filesro

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"dossier/remote"
	"dossier/remote/rest"
)

// mostRefusals is how often a chunk is sent again that was refused for coming too early.
const mostRefusals = 5

// sendAll sends the content once, and tells what the portal made of it.
func (d *Driver) sendAll(ctx context.Context, s *sending) (remote.Entry, error) {
	part := rand.Text()
	s.attempt = part[:8]
	a := &attempt{sending: s, d: d, part: part, source: newSealed(s.u)}
	size, step := s.u.Source.Size(), d.assumed.chunk
	if d.assumed.onePiece {
		step = max(size, 1)
	}
	for offset := int64(0); offset+step < size; offset += step {
		if err := a.middle(ctx, offset, step); err != nil {
			return remote.Entry{}, err
		}
	}
	from := int64(0)
	if size > 0 {
		from = (size - 1) / step * step
	}
	if err := s.keep(keptLast, s.attempt); err != nil {
		return remote.Entry{}, err
	}
	i, err := a.last(ctx, from, size-from)
	if err != nil {
		return d.afterLast(ctx, s, err)
	}
	d.seen.note(i, s.u.At.Parent)
	return i.entry(s.u.At.Parent), nil
}

// attempt is one go at sending all chunks, one after another, under one part name.
type attempt struct {
	*sending
	d      *Driver
	part   string
	source *sealed
}

// chunk is the call that sends n bytes from offset on.
func (a *attempt) chunk(offset, n int64, last bool) (rest.Call, error) {
	head, tail, kind, err := a.frame(last)
	if err != nil {
		return rest.Call{}, err
	}
	var check func() error
	if last {
		check = a.source.check
	}
	progress := rest.NewProgress(a.progress.Add)
	return dressed(rest.Call{Op: "upload", Object: a.u.At.Name, Method: http.MethodPost, URL: a.d.api(pathUploads), Write: true, Upload: last, Body: &rest.Body{
		Type:   kind,
		Length: int64(len(head)) + n + int64(len(tail)),
		Open: func() (io.ReadCloser, error) {
			progress.Undo()
			content, err := rest.Sent(a.source, offset, n, check, progress)
			if err != nil {
				return nil, err
			}
			return framed{io.MultiReader(bytes.NewReader(head), content, bytes.NewReader(tail)), content}, nil
		},
	}}), nil
}

type framed struct {
	io.Reader
	io.Closer
}

// frame is what comes before and after the bytes in a multipart body, and the body's type. (§7)
func (a *attempt) frame(last bool) (head, tail []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	fields := [][2]string{{"name", a.interim()}, {"extension", a.extension}}
	part := "file"
	if !a.d.assumed.onePiece {
		part = "chunk"
		fields = append(fields, [2]string{"is_last_chunk", map[bool]string{true: "1", false: "0"}[last]})
	}
	if a.u.At.Parent != home {
		fields = append(fields, [2]string{"parent_id", string(a.u.At.Parent)})
	}
	if a.d.assumed.path {
		fields = append(fields, [2]string{"path", "/" + a.interim()}) // its first and last parts are dropped: no folder is made
	}
	for _, f := range fields {
		err = errors.Join(err, w.WriteField(f[0], f[1]))
	}
	_, fileErr := w.CreateFormFile(part, a.part+".part")
	cut := b.Len()
	err = errors.Join(err, fileErr, w.Close())
	return b.Bytes()[:cut], b.Bytes()[cut:], w.FormDataContentType(), err
}

// exchange sends a chunk. One that was refused for coming too early has not been taken, and is sent again.
func (a *attempt) exchange(ctx context.Context, offset, n int64, last bool, send func(rest.Call) error) error {
	call, err := a.chunk(offset, n, last)
	for try := 1; err == nil; try++ {
		err = send(call)
		if remote.CodeOf(err) != remote.Throttled || try == mostRefusals {
			break
		}
		err = ctx.Err()
	}
	if e, ok := errors.AsType[*remote.Error](err); ok && e.Status == http.StatusUnauthorized && e.Code == remote.Denied {
		e.Code = remote.Quota // the token is good, and this is how the portal says that it is full (§7)
	}
	return err
}

// middle sends a chunk that is not the last. Whatever becomes of it, there is no file yet.
func (a *attempt) middle(ctx context.Context, offset, n int64) error {
	err := a.exchange(ctx, offset, n, false, func(call rest.Call) error {
		resp, err := a.d.rest.Do(ctx, call)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		return a.taken(ctx, resp)
	})
	if err == nil {
		a.source.pass()
	}
	return outcome(err, remote.NotDone)
}

// taken reads the answer to a chunk, which is empty. One that tells of a file was given for a whole one.
func (a *attempt) taken(ctx context.Context, resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	var r record
	switch {
	case err != nil:
		return a.fail(remote.Unavailable, remote.NotDone, "the answer to a chunk was cut off")
	case len(body) > 0 && !json.Valid(body):
		return a.fail(remote.Corrupt, remote.NotDone, "something else came instead of an answer to a chunk")
	case json.Unmarshal(body, &r) == nil && r.Data.ID != "":
		_ = a.d.Delete(ctx, r.Data.entry(a.u.At.Parent)) // if that fails it stays under its interim name
		return a.fail(remote.Unsupported, remote.NotDone, "the portal takes a chunk for a whole file: set assume.one_piece")
	}
	return nil
}

// last sends the last chunk, which makes the file.
func (a *attempt) last(ctx context.Context, offset, n int64) (item, error) {
	var answer record
	err := a.exchange(ctx, offset, n, true, func(call rest.Call) error { return a.d.json(ctx, call, &answer) })
	i := answer.Data
	switch {
	case err != nil:
		return item{}, err
	case checkID(remote.ID(i.ID)) != nil || i.Type == "" || i.kind() != remote.File:
		return item{}, a.fail(remote.Corrupt, remote.MaybeDone, "an answer without the file")
	}
	return i, nil
}

// afterLast looks what became of a last chunk whose answer was lost or unclear: at the folder, before anything else is done.
func (d *Driver) afterLast(ctx context.Context, s *sending, why error) (remote.Entry, error) {
	if !doubtful(why) {
		return remote.Entry{}, why
	}
	items, err := d.children(ctx, s.u.At.Parent)
	if isGone(err) {
		return remote.Entry{}, err // a parent that is gone is answered with 500 (§7)
	}
	if err != nil {
		return remote.Entry{}, why
	}
	if i, ok := s.interimIn(items); ok {
		return i.entry(s.u.At.Parent), nil
	}
	return remote.Entry{}, why
}
