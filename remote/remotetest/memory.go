package remotetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"dossier/remote"
)

// MemoryRoot is the folder of a Memory that is always there.
const MemoryRoot remote.ID = "0"

// Full is all that a portal can do, for NewMemory: switch off what a test wants to be missing.
func Full() remote.Features {
	return remote.Features{
		Digest: "sha1", CaseFold: true, Listing: true, Replace: true, GuardContent: true, Rename: true, MoveFiles: true,
		MoveFolders: true, Trash: true, Recognise: true, Seals: true, Delete: true, DeleteTree: true, Looks: 1, Parallel: 4, Times: true, TimeStep: time.Second,
	}
}

// Memory is a portal in memory and the driver that speaks to it. It keeps what Driver, Feed and Trash promise, as far as its
// features go, and its revisions, ids and positions are the same in each run of the same calls.
// The exported fields are to be set before the first call.
type Memory struct {
	NoFeed     bool  // there is no change feed
	NoCounts   bool  // entries have no counters
	NoSizes    bool  // sizes are not told
	Twins      bool  // several items of one folder may have one name
	NoDelete   bool  // deleting is not allowed
	PageSize   int   // entries of a listing or feed for one call
	ChunkSize  int64 // a larger upload goes in resumable chunks of so many bytes; 0: none does
	OpaqueFeed bool  // the feed tells ids only, no entries
	TellTokens bool  // entries tell the token of the upload that made them

	features remote.Features

	mu       sync.Mutex
	tree     tree
	trashed  map[remote.ID]bool // deleted by itself: what lies below is in the trash as well
	broken   map[remote.ID]bool // cannot be listed
	log      []logged           // the feed
	epoch    int                // feed positions of an older epoch are lost
	grew     chan struct{}      // closed when log grows
	sessions map[string]*session
	tokens   map[string]remote.ID // of the uploads that are recognised by them
	last     int                  // number that the last id or revision was made of
	calls    int                  // how many have arrived
	quota    int64                // bytes; 0: none
}

// NewMemory makes an empty portal that can do what features says, with a feed, and pages of 1,000.
func NewMemory(features remote.Features) *Memory {
	m := &Memory{
		PageSize: 1000,
		features: features,
		tree:     newTree(),
		trashed:  map[remote.ID]bool{},
		broken:   map[remote.ID]bool{},
		grew:     make(chan struct{}),
		sessions: map[string]*session{},
		tokens:   map[string]remote.ID{},
	}
	m.tree.put(&item{Entry: remote.Entry{ID: MemoryRoot, Name: "Memory", Kind: remote.Folder, Size: -1}})
	return m
}

// AsFeed is the change feed, unless NoFeed is set.
func (m *Memory) AsFeed() (remote.Feed, bool) { return memoryFeed{m}, !m.NoFeed }

// AsTrash is the trash, where Features.Trash says that there is one.
func (m *Memory) AsTrash() (remote.Trash, bool) { return memoryTrash{m}, m.features.Trash }

// Features is what NewMemory was told, and what the fields say.
func (m *Memory) Features() remote.Features {
	f := m.features
	f.Twins = f.Twins || m.Twins
	f.Delete = f.Delete && !m.NoDelete
	return f
}

// arrive counts a call, or says why it is not even sent.
func (m *Memory) arrive(ctx context.Context) error {
	if ctx.Err() != nil {
		return &remote.Error{Err: context.Cause(ctx)}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	return nil
}

// next is a number that was not given out before. mu is held.
func (m *Memory) next() int {
	m.last++
	return m.last
}

func fail(code remote.Code, format string, args ...any) *remote.Error {
	return &remote.Error{Code: code, Err: fmt.Errorf(format, args...)}
}
