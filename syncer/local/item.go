package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Why an item went into the vault.
type Why string

const (
	Replaced Why = "replaced"
	Deleted  Why = "deleted"
	Renaming Why = "renaming" // on its way to another name, never for long
	NoteLost Why = "unknown"  // the note beside it cannot be read
)

// Item is one thing in the vault and where it belongs.
type Item struct {
	ID   string    `json:"-"`    // in the order of time
	Path string    `json:"path"` // in the client's folder, names on disk
	To   string    `json:"to,omitempty"`
	When time.Time `json:"when"`
	Why  Why       `json:"why"`
	Run  string    `json:"run,omitempty"`
	Kind Kind      `json:"kind"`
	Size int64     `json:"size"` // bytes; of all files if a folder

	Files []ItemFile `json:"files"` // what it consisted of: a file itself under Rel "", or all that was in the folder
}

// ItemFile is a file of an item as it was when it came in. A zero sum was not known.
type ItemFile struct {
	Rel    string `json:"rel"`
	Size   int64  `json:"size"`
	MTime  int64  `json:"mtime"` // Unix nanoseconds
	FileID string `json:"file_id,omitempty"`
	SHA256 Sum256 `json:"sha256,omitzero"`
}

func itemFile(rel string, f Fingerprint) ItemFile {
	return ItemFile{Rel: rel, Size: f.Size, MTime: f.MTime, FileID: f.FileID, SHA256: f.SHA256}
}

// maxMeta bounds a note: a folder of 1,000,000 files has one of about 200 MB.
const maxMeta = 1 << 30

// readItem returns the item in the directory at. One whose note is lost or cannot be read is not lost: it is said to belong at
// the client's root, under its id.
func readItem(disk Disk, at Path) (Item, error) {
	info, err := disk.Lstat(at.Join(itemName))
	if err != nil {
		return Item{}, fmt.Errorf("read vault item: %w", err)
	}
	_, id := at.Split()
	var item Item
	data, err := readSmall(disk, at.Join(metaName), maxMeta)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Item{}, fmt.Errorf("read vault item: %w", err)
	}
	if err != nil || json.Unmarshal(data, &item) != nil || item.Path == "" {
		item = Item{Path: id, Why: NoteLost, Kind: info.Kind, Size: info.Size, When: time.Unix(0, info.CTime).UTC()}
	}
	item.ID = id
	return item, nil
}

// unchanged reads the whole item and compares it with what it was when it came in. More files than there were is a change.
func (v *Vault) unchanged(ctx context.Context, item Item) (bool, error) {
	_, at, err := v.find(item.ID)
	if errors.Is(err, fs.ErrNotExist) { // it was restored or removed while we looked
		return true, nil
	}
	if err != nil {
		return false, err
	}
	known := make(map[string]ItemFile, len(item.Files))
	for _, f := range item.Files {
		known[f.Rel] = f
	}
	at = at.Join(itemName)
	if item.Kind == File {
		return sameFile(ctx, v.disk, at, known[""])
	}
	same := true
	err = walk(v.disk, at, "", func(rel string, info Info) (bool, error) {
		if info.Kind == Dir || !same {
			return same, nil
		}
		was, ok := known[rel]
		delete(known, rel)
		if !ok || info.Kind != File {
			same = ok
			return true, nil
		}
		fileSame, err := sameFile(ctx, v.disk, at.Join(rel), was)
		same = same && fileSame
		return true, err
	})
	return same && len(known) == 0, err
}

// untouched tells, without reading it, that nobody wrote into a file since long before it came in: its size and time are as they
// were, and the time is old enough to mean something.
func (v *Vault) untouched(item Item) bool {
	if item.Kind != File || len(item.Files) != 1 {
		return false
	}
	_, at, err := v.find(item.ID)
	if err != nil {
		return false
	}
	info, err := v.disk.Lstat(at.Join(itemName))
	was := item.Files[0]
	return err == nil && info.Size == was.Size && info.MTime == was.MTime && item.When.Sub(time.Unix(0, was.MTime)) > RacyWindow
}

// sameFile compares the content, or size and time if the sum was not known.
func sameFile(ctx context.Context, disk Disk, p Path, was ItemFile) (bool, error) {
	info, err := disk.Lstat(p)
	if err != nil {
		return false, gone(err)
	}
	if info.Size != was.Size {
		return false, nil
	}
	if was.SHA256.IsZero() {
		return info.MTime == was.MTime, nil
	}
	now, err := Hash(ctx, disk, p)
	if errors.Is(err, ErrChanged) {
		return false, nil
	}
	return now.SHA256 == was.SHA256, err
}

// walk calls visit for all that is below p, parents first, rel being relative to p. visit says whether to go into a folder.
func walk(disk Disk, p Path, rel string, visit func(rel string, info Info) (bool, error)) error {
	list, err := disk.ReadDir(p)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Err != nil {
			return &DiskError{"lstat", p.Join(e.Name), e.Err}
		}
		below := Path{House, rel}.Join(e.Name).Rel
		into, err := visit(below, e.Info)
		if err != nil {
			return err
		}
		if into && e.Info.Kind == Dir {
			if err := walk(disk, p.Join(e.Name), below, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// add counts bytes in, or out if negative.
func (v *Vault) add(size int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.used >= 0 {
		v.used += size
	}
}

// fits reports whether size more bytes are within the limit, as far as is known.
func (v *Vault) fits(size, limit int64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.used >= 0 && v.used+size <= limit
}

// room returns [ErrVaultFull] if size more bytes are too many. Other clients' vaults count as they were when last looked at.
func (v *Vault) room(size int64) error {
	limit := v.opt.Cap
	if limit == 0 {
		space, err := v.disk.Space()
		if err != nil {
			return err
		}
		limit = space.Total / defaultCapPart
	}
	if v.fits(size, limit) {
		return nil
	}
	used, err := v.sum()
	if err != nil {
		return err
	}
	v.mu.Lock()
	v.used = used
	v.mu.Unlock()
	if !v.fits(size, limit) {
		return fmt.Errorf("%w: %d bytes of %d, %d more needed", ErrVaultFull, used, limit, size)
	}
	return nil
}

// sum adds up the vaults of all clients of the house.
func (v *Vault) sum() (used int64, err error) {
	clients, err := v.disk.ReadDir(vaultDir)
	if err != nil {
		return 0, gone(err)
	}
	for _, c := range clients {
		other := Vault{disk: v.disk, opt: VaultOptions{Client: c.Name}}
		items, err := other.List()
		if err != nil {
			return 0, err
		}
		for _, item := range items {
			used += item.Size
		}
	}
	return used, nil
}
