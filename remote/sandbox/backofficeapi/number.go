package backofficeapi

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"dossier/remote/sandbox/store"
)

// numbers are the ids that the API shows: folders and files are counted apart, a client has the id of his folder in the store. They
// are kept as documents of the store, and in memory for whoever asks with no View at hand.
type numbers struct {
	mu      sync.RWMutex
	folders space // and clients; guarded by mu, as are files
	files   space
}

type space struct {
	last  int64
	shown map[store.ID]int64
	item  map[int64]store.ID
}

const (
	foldersBucket = "backoffice/folders" // store id → number
	filesBucket   = "backoffice/files"

	clientsRoot = "clients" // how the root is shown

	// Folders are counted on from jumpTo when they come to jumpAt, as clients have the numbers from there on.
	jumpAt, jumpTo = 100_000, 1_000_000_000
)

func (n *numbers) load(v store.View) error {
	for bucket, s := range map[string]*space{foldersBucket: &n.folders, filesBucket: &n.files} {
		for key, raw := range v.Docs(bucket) {
			id, err := strconv.ParseUint(key, 10, 64)
			var number int64
			if err == nil {
				err = json.Unmarshal(raw, &number)
			}
			if err != nil {
				return fmt.Errorf("read number %s of %s: %w", key, bucket, err)
			}
			s.set(store.ID(id), number)
			if number != int64(id) { // not a client's
				s.last = max(s.last, number)
			}
		}
	}
	return nil
}

func (s *space) set(id store.ID, number int64) {
	if s.shown == nil {
		s.shown, s.item = map[store.ID]int64{}, map[int64]store.ID{}
	}
	s.shown[id], s.item[number] = number, id
}

func (s *space) next() int64 {
	if s.last++; s.last == jumpAt {
		s.last = jumpTo
	}
	return s.last
}

// of returns the space that items of a kind are counted in, and the bucket it is kept in.
func (n *numbers) of(kind store.Kind) (*space, string) {
	if kind == store.Folder {
		return &n.folders, foldersBucket
	}
	return &n.files, filesBucket
}

// give numbers a new item, unless it was known before the portal was set back to an older state.
func (n *numbers) give(tx *store.Tx, it *store.Item, client bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s, bucket := n.of(it.Kind)
	if s.shown[it.ID] != 0 {
		return
	}
	number := int64(it.ID)
	if !client {
		number = s.next()
	}
	s.set(it.ID, number)
	tx.SetDoc(bucket, storeKey(it.ID), json.RawMessage(strconv.FormatInt(number, 10)))
}

// show returns the number of an item, 0 if it has none.
func (n *numbers) show(id store.ID, kind store.Kind) int64 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	s, _ := n.of(kind)
	return s.shown[id]
}

// find returns the item of a number, 0 if there is none.
func (n *numbers) find(number int64, kind store.Kind) store.ID {
	n.mu.RLock()
	defer n.mu.RUnlock()
	s, _ := n.of(kind)
	return s.item[number]
}

// Settle gives a new item its number and, if it is a client, the default tree. The item must be put already.
func (a *API) Settle(tx *store.Tx, it *store.Item) {
	client := it.Parent == a.root && it.Kind == store.Folder
	if treeID(tx.View, it.ID) != 0 { // of another item, before the portal was set back to an older state
		tx.SetDoc(predefinedBucket, storeKey(it.ID), nil)
	}
	a.numbers.give(tx, it, client)
	if client {
		a.plantTree(tx, it)
	}
}

// ShowID writes an id as the portal does.
func (a *API) ShowID(id store.ID, kind store.Kind) string {
	if id == a.root {
		return clientsRoot
	}
	return strconv.FormatInt(a.numbers.show(id, kind), 10)
}

// ReadID reads an id; 0: it is none. A bare number is a client's or a folder's; the package comment has the other forms.
func (a *API) ReadID(text string) store.ID {
	if text == clientsRoot {
		return a.root
	}
	text = text[strings.LastIndexByte(text, '/')+1:]
	kind := store.Folder
	if digits, file := strings.CutPrefix(text, "f"); file {
		text, kind = digits, store.File
	}
	number, err := strconv.ParseInt(strings.TrimPrefix(text, "d"), 10, 64)
	if err != nil {
		return 0
	}
	return a.numbers.find(number, kind)
}
