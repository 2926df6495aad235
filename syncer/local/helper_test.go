package local_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

// old is a time long past, so that nothing is racy.
var old = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// bench is a simulated disk with a vault.
type bench struct {
	t     *testing.T
	disk  *simdisk.Disk
	user  simdisk.User
	vault *local.Vault
}

func newBench(t *testing.T, opt simdisk.Options) *bench {
	t.Helper()
	disk := simdisk.New(opt)
	return &bench{t, disk, disk.User(), openVault(t, disk)}
}

func openVault(t *testing.T, disk local.Disk) *local.Vault {
	t.Helper()
	vault, err := local.OpenVault(disk, local.VaultOptions{Client: "jansen", Run: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	return vault
}

// write puts a settled file on disk and returns its fingerprint.
func (b *bench) write(rel, data string) local.Fingerprint {
	b.t.Helper()
	b.user.WriteFile(rel, data)
	b.user.SetTime(rel, old.UnixNano())
	f := b.hash(rel)
	f.Racy = false // as if it had been hashed later
	return f
}

func (b *bench) hash(rel string) local.Fingerprint {
	b.t.Helper()
	f, err := local.Hash(b.t.Context(), b.disk, local.In(rel))
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

// stage receives data.
func (b *bench) stage(id, data string) *local.Staged {
	b.t.Helper()
	s, err := stage(b, id, data)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func stage(b *bench, id, data string) (*local.Staged, error) {
	s, err := local.Stage(b.t.Context(), b.disk, id)
	if err != nil {
		return nil, err
	}
	if err := s.Restart(); err != nil {
		return nil, err
	}
	if _, err := s.Write([]byte(data)); err != nil {
		return nil, err
	}
	_, err = s.Finish(local.Want{Size: int64(len(data))}, old.Add(time.Hour))
	return s, err
}

// at fails the test unless the file at rel holds data; "" stands for no file.
func (b *bench) at(rel, data string) {
	b.t.Helper()
	if got, _ := b.user.ReadFile(rel); got != data {
		b.t.Errorf("%s holds %q, not %q", rel, got, data)
	}
}

// vaulted returns the items in the vault by their path.
func (b *bench) vaulted() map[string]local.Item {
	b.t.Helper()
	items, err := b.vault.List()
	if err != nil {
		b.t.Fatal(err)
	}
	byPath := map[string]local.Item{}
	for _, item := range items {
		byPath[item.Path] = item
	}
	return byPath
}

// holds reports whether some file of the disk has the content data.
func (b *bench) holds(data string) bool {
	for _, area := range []local.Area{local.Client, local.House} {
		for _, content := range b.disk.Tree(area) {
			if content == data {
				return true
			}
		}
	}
	return false
}

func (b *bench) want(err, target error) {
	b.t.Helper()
	if !errors.Is(err, target) {
		b.t.Errorf("error is %v, not %v", err, target)
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }
