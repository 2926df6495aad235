package box

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"dossier/remote"
)

// fields is what we ask of every item. Asking replaces the standard set.
const fields = "type,id,sequence_id,etag,sha1,name,size,content_modified_at,item_status,parent,file_version,uploader_display_name,lock,permissions"

// item is a file, folder or bookmark as Box writes it.
type item struct {
	Type       string  `json:"type"`
	ID         text    `json:"id"`
	Sequence   text    `json:"sequence_id"`
	ETag       text    `json:"etag"`
	SHA1       string  `json:"sha1"`
	Name       string  `json:"name"`
	Size       *number `json:"size"`
	ItemStatus string  `json:"item_status"`
	Parent     *struct {
		ID text `json:"id"`
	} `json:"parent"`
	Version *struct {
		ID text `json:"id"`
	} `json:"file_version"`
	Modified    stamp  `json:"content_modified_at"`
	Uploader    string `json:"uploader_display_name"`
	Permissions *struct {
		Download *bool `json:"can_download"`
	} `json:"permissions"`
	Lock *struct {
		By *struct {
			Name string `json:"name"`
		} `json:"created_by"`
		Ends stamp `json:"expired_at"`
	} `json:"lock"`
}

func (i item) active() bool { return i.ItemStatus == "" || i.ItemStatus == "active" }

func (i item) kind() remote.Kind {
	switch i.Type {
	case "file":
		return remote.File
	case "folder":
		return remote.Folder
	}
	return remote.Other
}

func (i item) parent() string {
	if i.Parent == nil {
		return ""
	}
	return string(i.Parent.ID)
}

// entry is the item in our words. Content is the version's id, which a download can be pinned to; the sha1 says whether two
// contents are equal.
func (i item) entry() remote.Entry {
	e := remote.Entry{
		ID: remote.ID(i.ID), Parent: remote.ID(i.parent()), Name: i.Name, Kind: i.kind(), Size: -1,
		Guard: string(i.ETag), Modified: time.Time(i.Modified), Uploader: i.Uploader, Frozen: i.frozen(time.Now()),
	}
	e.Seq = i.counted()
	if e.Kind != remote.File {
		return e
	}
	e.SHA1 = strings.ToLower(i.SHA1)
	if i.Size != nil {
		e.Size = int64(*i.Size)
	}
	switch {
	case i.Version != nil && i.Version.ID != "":
		e.Content = string(i.Version.ID)
	case e.SHA1 != "":
		e.Content = unpinned + e.SHA1
	}
	return e
}

// counted is the item's counter, from 1: Box begins with 0, which is our word for not being told.
func (i item) counted() int64 {
	n, err := strconv.ParseInt(string(i.Sequence), 10, 64)
	if err != nil {
		return 0
	}
	return n + 1
}

// unpinned marks a content revision for which Box told no version id.
const unpinned = "sha1:"

func (i item) frozen(now time.Time) string {
	if l := i.Lock; l != nil && !lockOver(time.Time(l.Ends), now) {
		if l.By != nil && l.By.Name != "" {
			return "locked on the portal by " + l.By.Name
		}
		return "locked on the portal"
	}
	if p := i.Permissions; p != nil && p.Download != nil && !*p.Download {
		return "no right to download it"
	}
	return ""
}

// text is a string that Box sometimes writes as a number, or as null.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")):
		*t = ""
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	default:
		var n json.Number
		if err := json.Unmarshal(b, &n); err != nil {
			return err
		}
		*t = text(n)
	}
	return nil
}

// number is a count that Box may write with an exponent, or as a string. It never leaves 0 … MaxInt64.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" || s == "" {
		return nil
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		*n = number(max(i, 0))
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return errors.New("not a number")
	}
	switch {
	case f >= math.MaxInt64:
		*n = math.MaxInt64
	case f > 0:
		*n = number(f)
	default:
		*n = 0
	}
	return nil
}

// stamp is a time; what cannot be read as one counts as not told.
type stamp time.Time

func (s *stamp) UnmarshalJSON(b []byte) error {
	t, err := time.Parse(`"`+time.RFC3339+`"`, string(b))
	if err == nil {
		*s = stamp(t.UTC())
	}
	return nil
}

// stampOf writes a time as Box takes it: whole seconds, not before 1970; empty: none to be sent.
func stampOf(t time.Time) string {
	if t.IsZero() || t.Unix() < 0 {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z07:00")
}
