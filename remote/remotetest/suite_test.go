package remotetest

import (
	"testing"

	"dossier/remote"
)

func memoryFixture(m *Memory, driver remote.Driver) Fixture {
	_, trash := m.AsTrash()
	return Fixture{
		Driver:   driver,
		Root:     MemoryRoot,
		Somebody: m.Somebody(),
		Break:    m.Break,
		Peek:     m.Peek,
		Expect: Expect{
			Feed: !m.NoFeed, Unsized: m.NoSizes, Restore: trash, Resumes: m.ChunkSize + 1,
			Calls: map[Verb]int{Account: 1, Create: 1, MakeFolder: 1, Get: 1, Download: 1, Children: 1, Crawl: 2, Replace: 1, Move: 1, Delete: 1, Confirm: 1},
		},
	}
}

// TestMemoryPasses proves the suite on the portal in memory, whole and with each feature missing in turn.
func TestMemoryPasses(t *testing.T) {
	for lack, change := range map[string]func(*remote.Features, *Memory){
		"nothing":         func(*remote.Features, *Memory) {},
		"digest":          func(f *remote.Features, _ *Memory) { f.Digest = "" },
		"sha1 but sha256": func(f *remote.Features, _ *Memory) { f.Digest = "sha256" },
		"folding":         func(f *remote.Features, _ *Memory) { f.CaseFold = false },
		"listing":         func(f *remote.Features, _ *Memory) { f.Listing = false },
		"replace":         func(f *remote.Features, _ *Memory) { f.Replace = false },
		"guard":           func(f *remote.Features, _ *Memory) { f.GuardContent = false },
		"rename":          func(f *remote.Features, _ *Memory) { f.Rename = false },
		"move files":      func(f *remote.Features, _ *Memory) { f.MoveFiles = false },
		"move folders":    func(f *remote.Features, _ *Memory) { f.MoveFolders = false },
		"trash":           func(f *remote.Features, _ *Memory) { f.Trash = false },
		"recognise":       func(f *remote.Features, _ *Memory) { f.Recognise = false },
		"seals":           func(f *remote.Features, _ *Memory) { f.Seals = false },
		"times":           func(f *remote.Features, _ *Memory) { f.Times = false },
		"delete":          func(f *remote.Features, _ *Memory) { f.Delete = false },
		"delete tree":     func(f *remote.Features, _ *Memory) { f.DeleteTree = false },
		"downloads":       func(f *remote.Features, _ *Memory) { f.SendOnly = true },
		"sizes":           func(f *remote.Features, m *Memory) { f.Digest, m.NoSizes = "", true },
		"unique names":    func(f *remote.Features, m *Memory) { f.CaseFold, m.Twins = false, true },
		"feed":            func(_ *remote.Features, m *Memory) { m.NoFeed = true },
		"entries in it":   func(_ *remote.Features, m *Memory) { m.OpaqueFeed = true },
		"all that may be": func(f *remote.Features, m *Memory) {
			*f, m.NoFeed = remote.Features{Parallel: 1, Looks: 2}, true
		},
	} {
		t.Run("without "+lack, func(t *testing.T) {
			Run(t, func(testing.TB) Fixture {
				m := NewMemory(Full())
				m.ChunkSize, m.PageSize = 1<<20, 300
				change(&m.features, m)
				f := memoryFixture(m, m)
				if lack != "nothing" {
					f.Expect.Many = 700
				}
				return f
			})
		})
	}
}

func TestGatedMemoryPasses(t *testing.T) {
	Run(t, func(testing.TB) Fixture {
		m := NewMemory(Full())
		m.ChunkSize = 1 << 20
		f := memoryFixture(m, NewGate(m))
		f.Expect.Many = 500
		return f
	})
}

func TestMemoryBehindAPortalPasses(t *testing.T) {
	Run(t, func(testing.TB) Fixture {
		m := NewMemory(Full())
		m.ChunkSize = 1 << 20
		f := memoryFixture(m, remote.NewPortal(m, remote.PortalOptions{}))
		f.Expect.Many = 500
		return f
	})
}
