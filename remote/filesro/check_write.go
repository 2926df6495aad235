package filesro

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"dossier/remote"
)

// stockItems is where the relative's folders are made. (§3)
const stockItems = "create-folder"

// writes tries what changes something, in a folder of its own.
func (c *check) writes(ctx context.Context, folder remote.ID) {
	own, ok := c.makes(ctx, remote.Place{Parent: folder, Name: "dossier probe " + rand.Text()})
	if !ok {
		return
	}
	if file, ok := c.sends(ctx, own.ID); ok {
		c.fetches(ctx, file)
		c.sendsTwin(ctx, own.ID)
		if all, err := c.d.children(ctx, own.ID); err == nil {
			c.latest(ctx, all)
		} else {
			c.latest(ctx, []item{{ID: text(file.ID), Type: "file"}})
		}
	}
	err := c.d.Delete(context.WithoutCancel(ctx), own)
	if err != nil && remote.CodeOf(err) == remote.Unknown {
		is(c, "F-21", setDelete, c.was.delete, false, fmt.Sprintf("%v; %q is still there", err, own.Name))
		return
	}
	c.works("F-21", setDelete, c.was.delete, "delete with a body", err)
}

// makes tries the path that is configured, the one that is assumed, and the relative's.
func (c *check) makes(ctx context.Context, at remote.Place) (e remote.Entry, ok bool) {
	var first error
	for _, path := range []string{c.was.makePath, pathItems, stockItems} {
		maker := c.d.assuming(func(a *assumed) { a.makePath = path })
		e, err := maker.MakeFolder(ctx, at)
		if err == nil {
			is(c, "F-7", setMake, c.was.makePath, path, "a folder was made with POST "+path)
			return e, true
		}
		if first == nil {
			first = err
		}
		if !answered(err) || remote.IsMaybeDone(err) {
			break
		}
	}
	c.note("F-7", remote.Untold, "make a folder: %v", first)
	return remote.Entry{}, false
}

// probeContent is sent in two chunks.
const probeContent = "dossier probe"

type probeSource struct{}

func (probeSource) Open(offset int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader([]byte(probeContent[offset:]))), nil
}
func (probeSource) Size() int64  { return int64(len(probeContent)) }
func (probeSource) Check() error { return nil }

func probeIn(folder remote.ID) remote.Upload {
	sum := sha256.Sum256([]byte(probeContent))
	return remote.Upload{At: remote.Place{Parent: folder, Name: "probe.png"}, Source: probeSource{}, SHA256: hex.EncodeToString(sum[:])}
}

// sends tries to send a file as configured, and in the other ways. It is a picture by its name, for the portal may have another word
// for those.
func (c *check) sends(ctx context.Context, folder remote.ID) (e remote.Entry, ok bool) {
	var first error
	for n := range 8 {
		way := [3]bool{c.was.onePiece != (n&1 > 0), c.was.path != (n&2 > 0), c.was.ownType != (n&4 > 0)}
		d := c.d.assuming(func(a *assumed) { a.onePiece, a.path, a.ownType, a.chunk = way[0], way[1], way[2], 8 })
		e, err := d.Create(ctx, probeIn(folder))
		if err == nil {
			c.d = d
			is(c, "F-10", setOnePiece, c.was.onePiece, way[0], fmt.Sprintf("a file was sent in one piece: %v", way[0]))
			is(c, "F-20", setPath, c.was.path, way[1], fmt.Sprintf("a file was sent with its path: %v", way[1]))
			is(c, "F-18", setOwnType, c.was.ownType, way[2], fmt.Sprintf("a picture was named as what it is: %v", way[2]))
			return e, true
		}
		if first == nil {
			first = err
		}
		if !answered(err) {
			break
		}
	}
	c.note("F-10", remote.Untold, "a file could not be sent: %v", first)
	return remote.Entry{}, false
}

// sendsTwin sends a file of the same name.
func (c *check) sendsTwin(ctx context.Context, folder remote.ID) {
	_, err := c.d.assuming(func(a *assumed) { a.twins = false }).Create(ctx, probeIn(folder))
	switch {
	case err == nil:
		is(c, "F-15", setTwins, c.was.twins, true, "two files have one name")
	case remote.CodeOf(err) == remote.NameTaken:
		is(c, "F-15", setTwins, c.was.twins, false, fmt.Sprintf("a second file of a name: %v", err))
	default:
		c.note("F-15", remote.Untold, "a second file of a name: %v", err)
	}
}

func (c *check) fetches(ctx context.Context, e remote.Entry) {
	resp, err := c.d.content(ctx, e)
	told := err == nil && resp.ContentLength >= 0
	if err == nil {
		err = c.same(resp, e)
	}
	if c.works("F-26", setDownload, c.was.read, "fetch a file", err) {
		is(c, "F-28", setLength, c.was.sized, told, fmt.Sprintf("a download tells its length: %v", told))
	}
}

// same says whether an answer is what was sent.
func (c *check) same(resp *http.Response, e remote.Entry) error {
	body, err := c.d.body(resp, e, 0)
	if err != nil {
		return err
	}
	defer body.Close()
	got, err := io.ReadAll(io.LimitReader(body, 1<<10))
	if err == nil && string(got) != probeContent {
		err = corrupt("download", "other bytes came than were sent")
	}
	return err
}
