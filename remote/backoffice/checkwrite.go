package backoffice

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"dossier/remote"
)

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
