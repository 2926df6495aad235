package mischief

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Portal is what Handler needs to know to fail in the portal's own words.
type Portal struct {
	Name string
	// Error answers with the portal's error body. Headers are set already.
	Error func(w http.ResponseWriter, status int, code string)
	// Expired answers as if the access token had expired.
	Expired func(w http.ResponseWriter)
}

// Handler counts the calls to a portal's routes and lets those fail that a rule matches.
func (d *Desk) Handler(p Portal, mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		route := routeOf(r.Method, pattern)
		d.count(p.Name, route)
		in := &countingBody{ReadCloser: r.Body}
		out := &countingWriter{ResponseWriter: w}
		r.Body = in
		defer func() { d.moved(in.n, out.n) }()
		fault := d.match(p.Name, r.Method, route, r.URL.RequestURI())
		if fault == nil {
			mux.ServeHTTP(out, r)
			return
		}
		fault.play(p, mux, out, r)
	})
}

// routeOf is the name under which a call is counted.
func routeOf(method, pattern string) string {
	if pattern == "" || pattern == "/" {
		return method + " ?"
	}
	return strings.TrimSuffix(strings.TrimSuffix(pattern, "{$}"), "/")
}

type activeKey struct{}

// Active says whether a fault of this kind, which only the portal itself can play (EmptyList, EndlessList,
// ShiftingPages), was chosen for the call.
func Active(ctx context.Context, kind string) bool { return ctx.Value(activeKey{}) == kind }

func (f *Fault) play(p Portal, next http.Handler, w http.ResponseWriter, r *http.Request) {
	switch f.Do {
	case Status:
		f.answer(p, w, r)
	case StatusApplied:
		next.ServeHTTP(discard(), r)
		f.answer(p, w, r)
	case LoseBefore:
		panic(http.ErrAbortHandler)
	case LoseAfter:
		next.ServeHTTP(discard(), r)
		panic(http.ErrAbortHandler)
	case CutBody:
		next.ServeHTTP(&cuttingWriter{ResponseWriter: w, left: f.Bytes}, r)
	case SlowBody:
		next.ServeHTTP(&slowWriter{ResponseWriter: w, ctx: r.Context(), delay: f.Delay, step: int(f.Bytes)}, r)
	case Slow:
		if !sleep(r.Context(), f.Delay) {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	case WrongLength:
		next.ServeHTTP(&lengthWriter{ResponseWriter: w, by: f.Bytes}, r)
	case ChangedLength, Truncated:
		f.changed(next, w, r)
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>")
	case Expired:
		p.Expired(w)
	case RateLimit:
		w.Header().Set("Retry-After", seconds(max(f.Delay, time.Second)))
		p.Error(w, http.StatusTooManyRequests, "rate_limit_exceeded")
	case Elsewhere:
		http.Redirect(w, r, f.To+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	default: // played by the portal
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), activeKey{}, f.Do)))
	}
}

func (f *Fault) answer(p Portal, w http.ResponseWriter, r *http.Request) {
	if f.Delay > 0 {
		w.Header().Set("Retry-After", seconds(f.Delay))
	}
	if f.Body == "" {
		p.Error(w, f.Status, f.Code)
		return
	}
	w.WriteHeader(f.Status)
	io.WriteString(w, f.Body)
}

// changed answers with a body that is complete as far as HTTP can tell, but longer or shorter than it should be.
func (f *Fault) changed(next http.Handler, w http.ResponseWriter, r *http.Request) {
	rec := discard()
	rec.keep = true
	next.ServeHTTP(rec, r)
	body := rec.body
	switch by := f.Bytes; {
	case f.Do == Truncated:
		body = body[:len(body)/2]
	case by < 0:
		body = body[:max(0, int64(len(body))+by)]
	default:
		body = append(body, make([]byte, by)...)
	}
	for name, values := range rec.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(rec.status)
	w.Write(body)
}

func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

// sleep waits, and says whether the caller still does.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
