package remotetest

import (
	"context"
	"io"
	"iter"
	"sync/atomic"

	"dossier/remote"
)

// Verb names a driver's method.
type Verb string

const (
	Account    Verb = "account"
	Get        Verb = "get"
	Crawl      Verb = "crawl"
	Children   Verb = "children"
	Confirm    Verb = "confirm"
	Download   Verb = "download"
	Create     Verb = "create"
	Replace    Verb = "replace"
	MakeFolder Verb = "make folder"
	Move       Verb = "move"
	Delete     Verb = "delete"
	Now        Verb = "now"
	Changes    Verb = "changes"
	Wait       Verb = "wait"
	Restore    Verb = "restore"
	HasTrash   Verb = "has trash"
)

// Writes says whether a method may change something on the portal.
func (v Verb) Writes() bool {
	switch v {
	case Create, Replace, MakeFolder, Move, Delete, Restore:
		return true
	}
	return false
}

// Call is one call that passes a Gate.
type Call struct {
	N      int // the n-th call through this gate, from 1
	Verb   Verb
	Object string // id of what is read or changed, name of what is made
}

// Gate is a driver whose every call passes hooks. Hooks that are nil let everything pass. They may be called from many
// goroutines at once, and may block; they should return when their context ends.
type Gate struct {
	Driver remote.Driver

	// Before is asked before a call is sent. An error is what the caller gets instead: the call is not sent.
	Before func(context.Context, Call) error
	// After is told how a call ended, each that was sent: a listing when its last entry was taken or the caller left it, a
	// download when it was opened. The caller gets what After returns: for nil the driver's answer, else that error in its
	// place, though the call was made.
	After func(context.Context, Call, error) error
	// During is asked before each entry of a listing and each read of a download's body, with the entries or bytes passed so
	// far. An error ends the listing or the body; io.EOF ends it as if it were complete.
	During func(ctx context.Context, c Call, passed int64) error

	body func(Call, io.ReadCloser) io.ReadCloser // put around a download's body; may be nil
	n    atomic.Int64
}

// NewGate puts a gate without hooks around a driver.
func NewGate(d remote.Driver) *Gate { return &Gate{Driver: d} }

// Calls is how many calls have come to the gate.
func (g *Gate) Calls() int { return int(g.n.Load()) }

func (g *Gate) Features() remote.Features { return g.Driver.Features() }

func (g *Gate) CheckName(name string, kind remote.Kind) error { return g.Driver.CheckName(name, kind) }

func (g *Gate) next(verb Verb, object string) Call {
	return Call{N: int(g.n.Add(1)), Verb: verb, Object: object}
}

func (g *Gate) before(ctx context.Context, c Call) error {
	if g.Before == nil {
		return nil
	}
	return g.Before(ctx, c)
}

func (g *Gate) after(ctx context.Context, c Call, err error) error {
	if g.After == nil {
		return err
	}
	return g.After(ctx, c, err)
}

func (g *Gate) during(ctx context.Context, c Call, passed int64) error {
	if g.During == nil {
		return nil
	}
	return g.During(ctx, c, passed)
}

// pass takes one call through the gate.
func pass[R any](ctx context.Context, g *Gate, verb Verb, object string, send func() (R, error)) (R, error) {
	var none R
	c := g.next(verb, object)
	if err := g.before(ctx, c); err != nil {
		return none, err
	}
	r, err := send()
	if err := g.after(ctx, c, err); err != nil {
		return none, err
	}
	return r, nil
}

func (g *Gate) Account(ctx context.Context) (remote.Account, error) {
	return pass(ctx, g, Account, "", func() (remote.Account, error) { return g.Driver.Account(ctx) })
}

func (g *Gate) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	return pass(ctx, g, Get, string(id), func() (remote.Entry, error) { return g.Driver.Get(ctx, id, kind) })
}

func (g *Gate) Confirm(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	return pass(ctx, g, Confirm, string(last.ID), func() (remote.Absence, error) { return g.Driver.Confirm(ctx, last) })
}

func (g *Gate) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	return pass(ctx, g, Create, u.At.Name, func() (remote.Entry, error) { return g.Driver.Create(ctx, u) })
}

func (g *Gate) Replace(ctx context.Context, old remote.Entry, u remote.Upload) (remote.Entry, error) {
	return pass(ctx, g, Replace, string(old.ID), func() (remote.Entry, error) { return g.Driver.Replace(ctx, old, u) })
}

func (g *Gate) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	return pass(ctx, g, MakeFolder, at.Name, func() (remote.Entry, error) { return g.Driver.MakeFolder(ctx, at) })
}

func (g *Gate) Move(ctx context.Context, old remote.Entry, to remote.Place) (remote.Entry, error) {
	return pass(ctx, g, Move, string(old.ID), func() (remote.Entry, error) { return g.Driver.Move(ctx, old, to) })
}

func (g *Gate) Delete(ctx context.Context, old remote.Entry) error {
	_, err := pass(ctx, g, Delete, string(old.ID), func() (struct{}, error) { return struct{}{}, g.Driver.Delete(ctx, old) })
	return err
}

func (g *Gate) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return g.list(ctx, Crawl, root, g.Driver.Crawl)
}

func (g *Gate) Children(ctx context.Context, folder remote.ID) iter.Seq2[remote.Entry, error] {
	return g.list(ctx, Children, folder, g.Driver.Children)
}

func (g *Gate) list(ctx context.Context, verb Verb, id remote.ID, send func(context.Context, remote.ID) iter.Seq2[remote.Entry, error]) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		c := g.next(verb, string(id))
		if err := g.before(ctx, c); err != nil {
			yield(remote.Entry{}, err)
			return
		}
		var passed int64
		var ended error
		for e, err := range send(ctx, id) {
			if cut := g.during(ctx, c, passed); cut != nil {
				ended = cut
				break
			}
			if _, gap := err.(*remote.Gap); err != nil && !gap {
				ended = err
				break
			}
			if !yield(e, err) {
				_ = g.after(ctx, c, nil) // nobody is there to be told
				return
			}
			passed++
		}
		if ended == io.EOF {
			ended = nil
		}
		if err := g.after(ctx, c, ended); err != nil {
			yield(remote.Entry{}, err)
		}
	}
}

func (g *Gate) Download(ctx context.Context, e remote.Entry, offset int64) (io.ReadCloser, error) {
	c := g.next(Download, string(e.ID))
	if err := g.before(ctx, c); err != nil {
		return nil, err
	}
	body, err := g.Driver.Download(ctx, e, offset)
	if told := g.after(ctx, c, err); told != nil {
		if err == nil {
			body.Close() // nobody will read it: the caller is told of another failure
		}
		return nil, told
	}
	if err != nil || g.During == nil {
		return body, err
	}
	if g.body != nil {
		body = g.body(c, body)
	}
	return &gatedBody{ReadCloser: body, during: func(n int64) error { return g.During(ctx, c, n) }}, nil
}

type gatedBody struct {
	io.ReadCloser
	during func(int64) error
	passed int64
}

func (b *gatedBody) Read(p []byte) (int, error) {
	if err := b.during(b.passed); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.passed += int64(n)
	return n, err
}
