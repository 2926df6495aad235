package filesro

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"dossier/remote"
	"dossier/remote/rest"
)

// api is an address below /api/v1, of a path that pathOf has filled in.
func (d *Driver) api(path string) string { return d.origin + "/api/v1/" + path }

// folderURL is a path of the API that names a folder.
func (d *Driver) folderURL(path string, folder remote.ID) (string, error) {
	if folder == home {
		return d.api(strings.ReplaceAll(path, "{id}", homeSegment)), nil
	}
	if err := checkID(folder); err != nil {
		return "", err
	}
	return d.api(strings.ReplaceAll(path, "{id}", url.PathEscape(string(folder)))), nil
}

// dressed adds what goes with every call: without this header the portal answers with web pages.
func dressed(call rest.Call) rest.Call {
	if call.Header == nil {
		call.Header = http.Header{}
	}
	call.Header.Set("Accept", "application/json")
	return call
}

// json sends a call and decodes its answer, which must say that it is JSON.
func (d *Driver) json(ctx context.Context, call rest.Call, out any) error {
	resp, err := d.rest.JSON(ctx, dressed(call), out)
	if err == nil && out != nil && !isJSON(resp.Header) {
		err = &remote.Error{Op: called(call), Code: remote.Corrupt, Outcome: unsure(call.Write), Err: errors.New("the answer does not say that it is JSON")}
	}
	return err
}

// act sends a call whose answer is but a message, if that: what it has done is looked at afterwards.
func (d *Driver) act(ctx context.Context, call rest.Call) error {
	resp, err := d.rest.Do(ctx, dressed(call))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if isHTML(resp.Header) {
		return &remote.Error{Op: called(call), Code: remote.Corrupt, Outcome: remote.MaybeDone, Err: errors.New("a web page came instead of an answer")}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	return nil
}

func isJSON(h http.Header) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

func isHTML(h http.Header) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return kind == "text/html" || kind == "application/xhtml+xml"
}

func called(call rest.Call) string { return fmt.Sprintf("%s %q", call.Op, call.Object) }

func unsure(write bool) remote.Outcome {
	if write {
		return remote.MaybeDone
	}
	return remote.NotDone
}

// get is a read.
func get(op string, object remote.ID, at string) rest.Call {
	return rest.Call{Op: op, Object: string(object), Method: http.MethodGet, URL: at}
}

// write is a call that changes something.
func (d *Driver) write(op, object, method, path string, body any) rest.Call {
	return rest.Call{Op: op, Object: object, Method: method, URL: d.api(path), Write: true, Body: rest.JSONBody(body)}
}

func corrupt(op, format string, args ...any) error {
	return &remote.Error{Op: op, Code: remote.Corrupt, Err: fmt.Errorf(format, args...)}
}

func notFound(op string, id remote.ID, why string) error {
	return &remote.Error{Op: fmt.Sprintf("%s %q", op, id), Code: remote.NotFound, Err: errors.New(why)}
}

// outcome says of an error what is known of the effect of all that was done.
func outcome(err error, o remote.Outcome) error {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		again := *e
		again.Outcome = o
		return &again
	}
	return err
}

// isGone says whether an error means that there is no such thing.
func isGone(err error) bool {
	code := remote.CodeOf(err)
	return code == remote.NotFound || code == remote.Trashed
}

func httpStatus(err error) int {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		return e.Status
	}
	return 0
}
