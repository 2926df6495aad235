package rest

import (
	"errors"
	"io"
	"strings"
	"testing"

	"dossier/remote"
)

func TestExact(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		n    int64
		code remote.Code
		read string
	}{
		"as announced": {body: "abc", n: 3, read: "abc"},
		"empty":        {body: "", n: 0, read: ""},
		"shorter":      {body: "ab", n: 3, code: remote.Corrupt, read: "ab"},
		"longer":       {body: "abcd", n: 3, code: remote.Corrupt, read: "abc"},
	} {
		for _, one := range []bool{false, true} {
			var r io.Reader = strings.NewReader(c.body)
			if one {
				r = oneByte{r}
			}
			data, err := io.ReadAll(Exact(io.NopCloser(r), c.n))
			if string(data) != c.read || remote.CodeOf(err) != c.code || (err == nil) != (c.code == 0) {
				t.Errorf("%s: got %q, %v", name, data, err)
			}
		}
	}
}

type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(1, len(p))]) }

func TestSentTellsAndTakesBack(t *testing.T) {
	var sum int64
	p := NewProgress(func(n int64) { sum += n })
	rc, err := Sent(text("0123456789"), 2, 5, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(rc)
	if string(data) != "23456" || err != nil || sum != 5 {
		t.Errorf("got %q, %v, told %d", data, err, sum)
	}
	p.Undo()
	p.Undo()
	if sum != 0 {
		t.Errorf("%d bytes were not taken back", sum)
	}
}

func TestSentAsksLastWhetherTheFileIsTheSame(t *testing.T) {
	rc, err := Sent(text("abc"), 0, 3, func() error { return errors.New("saved meanwhile") }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.ReadAll(rc); remote.CodeOf(err) != remote.Changed {
		t.Errorf("got %v", err)
	}
}
