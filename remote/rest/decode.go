package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// defaultLimit bounds a JSON answer in bytes.
const defaultLimit = 32 << 20

// corrupt is an answer that cannot be what it claims.
type corrupt struct {
	text string
	err  error // io.ErrUnexpectedEOF if the answer was cut
}

func (c *corrupt) Error() string { return c.text }
func (c *corrupt) Unwrap() error { return c.err }

// decode reads exactly one JSON value from an answer.
func decode(resp *http.Response, limit int64, out any) error {
	if limit <= 0 {
		limit = defaultLimit
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/html" {
		return &corrupt{text: "a web page came instead of data: is there a sign-in page or a proxy in between?"}
	}
	body := &meter{r: io.LimitReader(resp.Body, limit+1)}
	d := json.NewDecoder(body)
	d.UseNumber()
	err := d.Decode(out)
	if err == nil {
		err = nothingAfter(d)
	}
	switch {
	case body.n > limit:
		return &corrupt{text: fmt.Sprintf("an answer of more than %d bytes", limit)}
	case body.err != nil && !errors.Is(body.err, io.ErrUnexpectedEOF):
		return body.err // the connection, not the answer
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &corrupt{text: "the answer was cut off", err: io.ErrUnexpectedEOF}
	case err != nil:
		return &corrupt{text: "no valid JSON: " + shorten(err.Error())}
	}
	return announced(resp, body.n)
}

func nothingAfter(d *json.Decoder) error {
	if _, err := d.Token(); err == nil {
		return errors.New("something follows after the end")
	} else if err != io.EOF {
		return fmt.Errorf("something follows after the end: %w", err)
	}
	return nil
}

// announced compares what came with Content-Length: the real transport does so, one of the caller's own may not.
func announced(resp *http.Response, n int64) error {
	if resp.ContentLength < 0 || resp.Uncompressed || resp.ContentLength == n {
		return nil
	}
	return &corrupt{text: fmt.Sprintf("an answer of %d bytes, announced were %d", n, resp.ContentLength)}
}

// meter counts, and remembers how the reading ended if not at the end.
type meter struct {
	r   io.Reader
	n   int64
	err error
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	if err != nil && err != io.EOF {
		m.err = err
	}
	return n, err
}

func shorten(s string) string {
	const most = 300
	s = strings.ToValidUTF8(s, "?")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
