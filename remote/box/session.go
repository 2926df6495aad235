package box

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// largestPart bounds the part size that a portal can make us hash and send in one go.
const largestPart = 1 << 30

// session is a large upload under way. It is what Upload.Keep stores: with it, and the parts that Box lists, another process
// goes on.
type session struct {
	ID       string `json:"id"`
	PartSize int64  `json:"part_size"`
	Upload   string `json:"upload"`
	List     string `json:"list"`
	Commit   string `json:"commit"`
	Abort    string `json:"abort"`

	// What it is for. Another content, or another target, cannot go on with it.
	Size   int64  `json:"size"`
	SHA1   string `json:"sha1"`
	File   string `json:"file,omitempty"`
	Parent string `json:"parent,omitempty"`
	Name   string `json:"name,omitempty"`

	resumed bool // there may be parts already
}

func purpose(t target, u remote.Upload) session {
	s := session{Size: u.Source.Size(), SHA1: u.SHA1}
	if t.old != nil {
		s.File = string(t.old.ID)
	} else {
		s.Parent, s.Name = string(t.at.Parent), t.at.Name
	}
	return s
}

func (s session) fits(p session) bool {
	p.ID, p.PartSize, p.Upload, p.List, p.Commit, p.Abort = s.ID, s.PartSize, s.Upload, s.List, s.Commit, s.Abort
	return s == p && s.valid() == nil
}

func (s session) valid() error {
	if s.ID == "" || s.Upload == "" || s.List == "" || s.Commit == "" || s.Abort == "" {
		return corrupt("open upload session", "a session without its addresses")
	}
	if s.PartSize <= 0 || s.PartSize > largestPart {
		return corrupt("open upload session", fmt.Sprintf("a session with parts of %d bytes", s.PartSize))
	}
	return nil
}

// sendInSession goes on with the session of an earlier attempt, or opens one; and once more if it turns out to be dead.
func (d *Driver) sendInSession(ctx context.Context, t target, u remote.Upload) (remote.Entry, error) {
	told := rest.NewProgress(u.Progress)
	u.Progress = told.Add
	s, err := d.resumed(ctx, t, u)
	for try := 0; ; try++ {
		if err == nil && s == nil {
			s, err = d.openSession(ctx, t, u)
		}
		if err != nil {
			return remote.Entry{}, err
		}
		e, err := d.through(ctx, s, t, u)
		switch {
		case err == nil:
			return e, nil
		case dead(err) && try == 0:
			s = nil
			told.Undo()
			continue
		case pointless(err):
			told.Undo()
			d.abort(ctx, s)
		}
		return remote.Entry{}, err
	}
}

// through sends what is missing and commits.
func (d *Driver) through(ctx context.Context, s *session, t target, u remote.Upload) (remote.Entry, error) {
	parts, err := d.sendParts(ctx, s, u)
	if err != nil {
		return remote.Entry{}, undone(err)
	}
	if err := u.Source.Check(); err != nil {
		return remote.Entry{}, &remote.Error{Op: fmt.Sprintf("upload %q", t.name()), Code: remote.Changed, Err: err}
	}
	return d.commit(ctx, s, parts, t, u)
}

// dead says that a session cannot be gone on with. Whatever it held is lost.
func dead(err error) bool {
	if remote.IsMaybeDone(err) {
		return false
	}
	if is(err, "session_expired", "upload_failed", "invalid_upload_session_id") {
		return true
	}
	s := status(err)
	return s == http.StatusGone || is(err, reasonNoSession) || s == http.StatusRequestedRangeNotSatisfiable
}

// reasonNoSession is ours: Box's 404 can be about the session, or about the folder that the file shall go to.
const reasonNoSession = "no such upload session"

// pointless says that the session will not be of use to a later attempt either. After a 412 it still is: the engine may come
// back with a newer revision; and so it is after all that passes by itself.
func pointless(err error) bool {
	if remote.IsMaybeDone(err) {
		return false
	}
	switch remote.CodeOf(err) {
	case remote.NameTaken, remote.BadName, remote.TooBig, remote.Quota, remote.Denied, remote.Changed, remote.NotFound, remote.Trashed:
		return true
	}
	return false
}

// resumed is the session that u.Resume names, if it can serve; nil: a new one is needed.
func (d *Driver) resumed(ctx context.Context, t target, u remote.Upload) (*session, error) {
	var s session
	if u.Resume == "" || json.Unmarshal([]byte(u.Resume), &s) != nil || !d.reaches(s) {
		return nil, nil
	}
	if !s.fits(purpose(t, u)) {
		if s.valid() == nil {
			d.abort(ctx, &s)
		}
		return nil, nil
	}
	s.resumed = true
	return &s, nil
}

// reaches says whether a session is where our token may go: it is not if the portal has another address by now.
func (d *Driver) reaches(s session) bool {
	for _, address := range []string{s.Upload, s.List, s.Commit, s.Abort} {
		u, err := url.Parse(address)
		if err != nil || !d.trusted(u) {
			return false
		}
	}
	return true
}

// openSession opens a session and has it remembered before anything relies on that.
func (d *Driver) openSession(ctx context.Context, t target, u remote.Upload) (*session, error) {
	path, err := t.path("upload_sessions")
	if err != nil {
		return nil, err
	}
	body := map[string]any{"file_size": u.Source.Size(), "file_name": t.name()}
	if t.old == nil {
		body["folder_id"] = string(t.at.Parent)
	}
	var answer struct {
		ID        text   `json:"id"`
		PartSize  number `json:"part_size"`
		Endpoints struct {
			Upload string `json:"upload_part"`
			Commit string `json:"commit"`
			Abort  string `json:"abort"`
			List   string `json:"list_parts"`
		} `json:"session_endpoints"`
	}
	_, err = d.rest.JSON(ctx, rest.Call{Op: "open upload session", Object: t.name(), Method: http.MethodPost, URL: d.upload + path,
		Write: true, Upload: true, Body: rest.JSONBody(body)}, &answer)
	if err != nil {
		return nil, undone(err)
	}
	s := purpose(t, u)
	s.ID, s.PartSize = string(answer.ID), int64(answer.PartSize)
	s.Upload, s.Commit, s.Abort, s.List = answer.Endpoints.Upload, answer.Endpoints.Commit, answer.Endpoints.Abort, answer.Endpoints.List
	if err := s.valid(); err != nil {
		return nil, err
	}
	if !d.reaches(s) {
		return nil, corrupt("open upload session", "the portal sent us to another host, which must not have our token")
	}
	return &s, d.keep(ctx, &s, u)
}

func (d *Driver) keep(ctx context.Context, s *session, u remote.Upload) error {
	if u.Keep == nil {
		return nil
	}
	data, err := json.Marshal(s)
	if err == nil {
		err = u.Keep(string(data))
	}
	if err == nil {
		return nil
	}
	d.abort(ctx, s)
	return &remote.Error{Op: "remember upload session", Code: remote.Unknown, Err: err}
}

// abort gives a session up. It matters little whether that succeeds: sessions end by themselves after a week.
func (d *Driver) abort(ctx context.Context, s *session) {
	_, _ = d.rest.JSON(ctx, rest.Call{Op: "abort upload session", Method: http.MethodDelete, URL: s.Abort, Write: true}, nil)
}

// commit makes a file of the parts. Box may need time: 202 asks to come again, and parts_mismatch means that it has not yet
// seen the last part that it took.
func (d *Driver) commit(ctx context.Context, s *session, parts []part, t target, u remote.Upload) (remote.Entry, error) {
	header := t.header()
	header.Set("Digest", digest(u.SHA1))
	call := rest.Call{Op: "commit upload", Object: t.name(), Method: http.MethodPost, URL: s.Commit, Header: header, Write: true,
		Accept: []int{200, 201, 202}, Silence: longestSubtree, Body: rest.JSONBody(map[string]any{
			"parts": parts, "attributes": attributes{Modified: stampOf(u.Modified)}})}
	accepted := false
	for range d.polite.rounds {
		var answer uploaded
		var said time.Duration
		resp, err := d.rest.JSON(ctx, call, &answer)
		switch {
		case is(err, "parts_mismatch") && !accepted:
		case err != nil:
			return remote.Entry{}, commitError(err, accepted)
		case resp.StatusCode != http.StatusAccepted:
			return answer.entry(t, u)
		default:
			accepted, said = true, rest.RetryAfter(resp.Header)
		}
		if err := rest.Sleep(ctx, d.polite.next(said)); err != nil {
			return remote.Entry{}, commitError(&remote.Error{Op: call.Op, Err: err}, accepted)
		}
	}
	return remote.Entry{}, commitError(&remote.Error{Op: fmt.Sprintf("upload %q", t.name()), Code: remote.Busy,
		Err: errors.New("the portal has not put the parts together")}, accepted)
}

// commitError: once Box has accepted a commit, an error later on does not tell that the file was not made.
func commitError(err error, accepted bool) error {
	e, ok := errors.AsType[*remote.Error](err)
	if !ok {
		return err
	}
	if accepted {
		e.Outcome = remote.MaybeDone
	}
	if e.Status == http.StatusNotFound && e.Code == remote.NotFound {
		e.Reason = reasonNoSession
	}
	return err
}

// digest is a SHA-1 as the Digest header takes it.
func digest(hexSHA1 string) string {
	sum, _ := hex.DecodeString(hexSHA1)
	return "sha=" + base64.StdEncoding.EncodeToString(sum)
}
