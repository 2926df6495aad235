package boxapi

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"dossier/remote/sandbox/store"
)

// sessions is what is known of upload sessions in memory only.
type sessions struct {
	mu     sync.Mutex
	active map[string]*activeSession
}

// activeSession remembers which parts are coming in, and a hash that runs after them: it has seen the content up to
// the first hole, so that a commit need not read it all again.
type activeSession struct {
	coming map[int64]bool // by offset; guarded by sessions.mu

	mu   sync.Mutex // guards what follows, while the hash reads
	sum  hash.Hash
	upTo int64
}

func (s *sessions) get(id string) *activeSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active == nil {
		s.active = map[string]*activeSession{}
	}
	as := s.active[id]
	if as == nil {
		as = &activeSession{coming: map[int64]bool{}, sum: sha1.New()}
		s.active[id] = as
	}
	return as
}

func (s *sessions) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.active, id)
}

// begin notes that a part is coming in; false if the same one already is.
func (s *sessions) begin(id string, offset int64) bool {
	as := s.get(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if as.coming[offset] {
		return false
	}
	as.coming[offset] = true
	return true
}

func (s *sessions) done(id string, offset int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if as := s.active[id]; as != nil {
		delete(as.coming, offset)
	}
}

// advance lets the hash run to the end of what is stored without a hole.
func (as *activeSession) advance(stored []part, content io.ReaderAt) error {
	as.mu.Lock()
	defer as.mu.Unlock()
	for _, p := range stored {
		if p.Offset != as.upTo {
			continue
		}
		n, err := io.Copy(as.sum, io.NewSectionReader(content, p.Offset, p.Size))
		as.upTo += n
		if err != nil {
			return err
		}
	}
	return nil
}

// hash returns the digest of a complete session.
func (s *sessions) hash(of *session, content io.ReaderAt) (sum store.SHA1, err error) {
	as := s.get(of.ID)
	as.mu.Lock()
	defer as.mu.Unlock()
	n, err := io.Copy(as.sum, io.NewSectionReader(content, as.upTo, of.Size-as.upTo))
	as.upTo += n
	as.sum.Sum(sum[:0])
	return sum, err
}

func digestHeader(sum store.SHA1) string {
	return "sha=" + base64.StdEncoding.EncodeToString(sum[:])
}

var (
	rangeMisfit  = &problem{status: http.StatusRequestedRangeNotSatisfiable, code: "invalid_range", message: "The Content-Range does not fit the upload session"}
	rangeOverlap = &problem{status: http.StatusConflict, code: "range_overlaps_existing_part", message: "Part overlaps an already uploaded part"}
)

// putPart answers PUT on a session. The body goes to its place as it comes, with no lock held.
func (a *API) putPart(c *call) error {
	var s *session
	var err error
	a.store.View(func(v store.View) { s, err = a.session(v, c) })
	if err != nil {
		return c.drained(err)
	}
	from, to, total, err := contentRange(c.r.Header.Get("Content-Range"))
	if err != nil {
		return c.drained(err)
	}
	size := to - from + 1
	last := to == s.Size-1
	if total != s.Size || from < 0 || from%s.PartSize != 0 || to >= s.Size || size <= 0 || size > s.PartSize || size < s.PartSize && !last {
		return c.drained(rangeMisfit)
	}
	if !a.sessions.begin(s.ID, from) {
		return c.drained(rangeOverlap)
	}
	defer a.sessions.done(s.ID, from)
	if a.storedAt(s, from) {
		return c.drained(rangeOverlap)
	}
	p, err := a.receivePart(c, s, from, size)
	if err != nil {
		return err
	}
	if a.desk.First("part-500-stored", s.ID+"/"+strconv.FormatInt(from, 10), 1) {
		return &problem{status: 500, code: "internal_server_error", message: "Internal Server Error"}
	}
	if a.has("part-bare") {
		return writeJSON(c.w, http.StatusOK, p)
	}
	return writeJSON(c.w, http.StatusOK, map[string]part{"part": p})
}

// drained reads what the client is still sending, so that he can read the refusal.
func (c *call) drained(err error) error {
	io.Copy(io.Discard, c.r.Body)
	return err
}

func (a *API) storedAt(s *session, offset int64) (stored bool) {
	a.store.View(func(v store.View) { stored = v.Doc(s.partsBucket(), strconv.FormatInt(offset, 10)) != nil })
	return stored
}

func (a *API) receivePart(c *call, s *session, from, size int64) (part, error) {
	stage, err := a.store.Stage(s.ID)
	if err != nil {
		return part{}, err
	}
	defer stage.Release()
	sum := sha1.New()
	n, err := io.Copy(io.MultiWriter(sum, io.NewOffsetWriter(stage, from)), io.LimitReader(c.r.Body, size))
	if err != nil || n != size {
		return part{}, c.drained(bad("bad_request", "The body is shorter than its Content-Range"))
	}
	if extra, _ := io.CopyN(io.Discard, c.r.Body, 1); extra > 0 {
		return part{}, c.drained(rangeMisfit)
	}
	var got store.SHA1
	sum.Sum(got[:0])
	if c.r.Header.Get("Digest") != digestHeader(got) {
		return part{}, badPartDigest
	}
	p := part{ID: strings.ToUpper(a.opts.Random.Text(8)), Offset: from, Size: size, SHA1: hex.EncodeToString(got[:])}
	var stored []part
	err = a.store.Update(func(tx *store.Tx) error {
		if _, err := a.session(tx.View, c); err != nil { // aborted meanwhile
			return err
		}
		raw, err := json.Marshal(p)
		tx.SetDoc(s.partsBucket(), strconv.FormatInt(from, 10), raw)
		stored = append(s.parts(tx.View), p)
		return err
	})
	if err != nil {
		return part{}, err
	}
	return p, a.sessions.get(s.ID).advance(stored, stage)
}

// contentRange reads "bytes a-b/total".
func contentRange(header string) (from, to, total int64, err error) {
	text, ok := strings.CutPrefix(header, "bytes ")
	span, whole, ok2 := strings.Cut(text, "/")
	first, last, ok3 := strings.Cut(span, "-")
	if !ok || !ok2 || !ok3 {
		return 0, 0, 0, bad("bad_request", "The Content-Range header is missing or invalid")
	}
	from, err1 := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	total, err3 := strconv.ParseInt(whole, 10, 64)
	if errors.Join(err1, err2, err3) != nil {
		return 0, 0, 0, bad("bad_request", "The Content-Range header is invalid")
	}
	return from, to, total, nil
}
