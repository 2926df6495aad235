package mischief

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

type countingBody struct {
	io.ReadCloser
	n int64
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	return n, err
}

type countingWriter struct {
	http.ResponseWriter
	n int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.n += int64(n)
	return n, err
}

// ReadFrom lets the connection send a file by itself.
func (w *countingWriter) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseWriter, r)
	w.n += n
	return n, err
}

func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recorder takes an answer that nobody gets, or not as it is.
type recorder struct {
	header http.Header
	status int
	keep   bool
	body   []byte
}

func discard() *recorder { return &recorder{header: http.Header{}, status: http.StatusOK} }

func (r *recorder) Header() http.Header    { return r.header }
func (r *recorder) WriteHeader(status int) { r.status = status }
func (r *recorder) Write(p []byte) (int, error) {
	if r.keep {
		r.body = append(r.body, p...)
	}
	return len(p), nil
}

// cuttingWriter cuts the connection after some bytes. Their number is announced in full, as the portal did.
type cuttingWriter struct {
	http.ResponseWriter
	left int64
}

func (w *cuttingWriter) Write(p []byte) (int, error) {
	if int64(len(p)) < w.left {
		n, err := w.ResponseWriter.Write(p)
		w.left -= int64(n)
		return n, err
	}
	w.ResponseWriter.Write(p[:w.left])
	http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

type slowWriter struct {
	http.ResponseWriter
	ctx   context.Context
	delay time.Duration
	step  int
}

func (w *slowWriter) Write(p []byte) (written int, err error) {
	step := w.step
	if step <= 0 {
		step = 4096
	}
	for len(p) > 0 && err == nil {
		if !sleep(w.ctx, w.delay) {
			return written, context.Cause(w.ctx)
		}
		n := min(step, len(p))
		n, err = w.ResponseWriter.Write(p[:n])
		http.NewResponseController(w.ResponseWriter).Flush()
		written += n
		p = p[n:]
	}
	return written, err
}

// lengthWriter announces a length that is not the body's. What is too long for the announcement is dropped by
// net/http, what is too short ends with the connection.
type lengthWriter struct {
	http.ResponseWriter
	by   int64
	done bool
}

func (w *lengthWriter) WriteHeader(status int) {
	if n, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64); err == nil {
		w.Header().Set("Content-Length", strconv.FormatInt(max(0, n+w.by), 10))
	}
	w.done = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *lengthWriter) Write(p []byte) (int, error) {
	if !w.done {
		w.Header().Set("Content-Length", strconv.FormatInt(max(0, int64(len(p))+w.by), 10))
		w.WriteHeader(http.StatusOK)
	}
	w.ResponseWriter.Write(p)
	return len(p), nil
}
