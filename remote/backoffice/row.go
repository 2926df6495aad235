package backoffice

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"dossier/remote"
)

// longestText bounds a name or a stored path as the portal tells it, in bytes.
const longestText = 4096

// fileRow is a file, in lists and in the answers to changes. There is no size, digest or time anywhere. (§5)
type fileRow struct {
	ID number `json:"id"`
	title
	File      string `json:"file"` // stored path
	Directory number `json:"directoryId"`
}

// folderRow is a client's folder, in answers to changes, and in lists where there are any.
type folderRow struct {
	ID number `json:"id"`
	title
	Directory number `json:"directoryId"`
	Tree      number `json:"treeFolderId"` // of the default tree; 0: the client's own
}

// title is what something is called: by the word of answers, or by that of requests (B-37).
type title struct {
	Name    string `json:"name"`
	Caption string `json:"caption"`
}

func (t title) text() string { return cmp.Or(t.Name, t.Caption) }

// clientRow is a client. What its fields are called is assumed (B-14).
type clientRow struct {
	ID       number `json:"id"`
	ClientID number `json:"clientId"`
	Name     string `json:"name"`
	Nickname string `json:"nickname"`
	Company  string `json:"companyShortName"`
	Email    string `json:"email"`
}

// row is what lists are made of.
type row interface {
	key() int64
	sound() error
	size() int // of its texts, in bytes
}

func (r fileRow) key() int64   { return int64(r.ID) }
func (r folderRow) key() int64 { return int64(r.ID) }
func (r clientRow) key() int64 {
	if r.ClientID != 0 {
		return int64(r.ClientID)
	}
	return int64(r.ID)
}

func (r fileRow) sound() error   { return sound(r.key(), r.Name, r.Caption, r.File) }
func (r folderRow) sound() error { return sound(r.key(), r.Name, r.Caption) }
func (r clientRow) sound() error { return sound(r.key(), r.Name, r.Nickname, r.Company, r.Email) }

func sound(id int64, texts ...string) error {
	if id <= 0 {
		return errors.New("a row without an id")
	}
	for _, t := range texts {
		if len(t) > longestText {
			return errors.New("a row with a text of more than 4,096 bytes")
		}
	}
	return nil
}

// number is an id: null and 0 are none, and one in quotes is taken for what it says.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" {
		*n = 0
		return nil
	}
	i, err := strconv.ParseInt(s, 10, 64)
	if err != nil || i < 0 || i > 1e18 {
		return errors.New("an id that is no whole number")
	}
	*n = number(i)
	return nil
}

// rowsOf reads a list in each shape that it may have: bare, in an envelope, or one row as it is (B-11). Anything else, an object
// that tells of an error above all, is no list, and least of all an empty one.
func rowsOf[T row](raw json.RawMessage) ([]T, error) {
	var list []T
	if isArray(raw) {
		return checked(list, json.Unmarshal(raw, &list))
	}
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(raw, &envelope); err != nil || isNull(raw) {
		return nil, errors.New("what came is no list")
	}
	if isArray(envelope.Data) {
		return checked(list, json.Unmarshal(envelope.Data, &list))
	}
	if len(envelope.Data) > 0 {
		return nil, errors.New("what came is no list")
	}
	one, err := oneOf[T](raw)
	return []T{one}, err
}

// oneOf reads one row, bare or in an envelope.
func oneOf[T row](raw json.RawMessage) (T, error) {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(raw, &envelope) == nil && len(envelope.Data) > 0 {
		raw = envelope.Data
	}
	var r T
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return r, errors.New("what came is not what was asked for")
	}
	list, err := checked([]T{r}, json.Unmarshal(raw, &r))
	if err == nil {
		list[0], err = r, r.sound()
	}
	return r, err
}

func checked[T row](list []T, err error) ([]T, error) {
	if err != nil {
		return nil, errors.New("a row in another shape than is known")
	}
	return list, nil
}

func isArray(raw json.RawMessage) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) }
func isNull(raw json.RawMessage) bool  { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// about is what a request says of a file or folder (B-37). The folder is left out where there is none.
func (d *Driver) about(caption string, folder int64) map[string]any {
	said := map[string]any{d.set.title: caption}
	if folder != 0 {
		said["directoryId"] = folder
	}
	return said
}

// content is a file's revision: nothing replaces the bytes of an id, and new bytes have another stored path (B-16).
func (d *Driver) revision(r fileRow) string {
	if !d.set.pathTells {
		return strconv.FormatInt(r.key(), 10)
	}
	c := strconv.FormatInt(r.key(), 10) + ":" + r.File
	if len(c) <= longestContent {
		return c
	}
	sum := sha256.Sum256([]byte(r.File))
	return strconv.FormatInt(r.key(), 10) + " " + hex.EncodeToString(sum[:])
}

// longestContent bounds a revision, in bytes: of a longer stored path it has the digest.
const longestContent = 1000

// entry is the file in our words.
func (d *Driver) entry(client int64, r fileRow) remote.Entry {
	e := remote.Entry{ID: fileID(client, r.key()), Parent: folderID(client, int64(r.Directory)), Name: shownName(r), Kind: remote.File,
		Size: -1, Content: d.revision(r), Token: d.tokenIn(r.File)}
	if err := usable(r.File); err != nil && d.content != nil && d.content.pinned {
		e.Frozen = err.Error()
	}
	return e
}

func (r fileRow) size() int   { return len(r.text()) + len(r.File) }
func (r folderRow) size() int { return len(r.text()) }
func (r clientRow) size() int { return len(r.Name) + len(r.Nickname) + len(r.Company) + len(r.Email) }
