package state

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// TestAPageThatPointsBackUpIsFound: bbolt alone would walk in a circle for ever.
func TestAPageThatPointsBackUpIsFound(t *testing.T) {
	path, good := sample(t, t.TempDir())
	root, size := rootPage(t, path)
	for name, child := range map[string]uint64{"to itself": root, "out of the file": 1 << 40, "to the header": 0} {
		t.Run(name, func(t *testing.T) {
			bad := append([]byte{}, good...)
			const second = pageHeader + branchSize + 8 // the second child's number
			binary.NativeEndian.PutUint64(bad[root*size+second:], child)
			path := filepath.Join(t.TempDir(), "client.db")
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenClient(path, Options{ReadOnly: true}); !errors.Is(err, ErrCorrupt) {
				t.Errorf("open to read: %v", err)
			}
			c := openAt(t, path, Options{NoSync: true})
			if c.Fresh().Aside == "" {
				t.Errorf("fresh: %+v", c.Fresh())
			}
			check(t, c)
		})
	}
}

// rootPage finds the branch page at the top of base.
func rootPage(t *testing.T, path string) (root, size uint64) {
	t.Helper()
	db := must(bbolt.Open(path, 0o600, nil))
	defer db.Close()
	size = uint64(db.Info().PageSize)
	if err := db.View(func(tx *bbolt.Tx) error { root = uint64(tx.Bucket([]byte(nodeBucket)).Root()); return nil }); err != nil {
		t.Fatal(err)
	}
	flags := must(os.ReadFile(path))[root*size+8]
	if flags != branchFlag {
		t.Fatalf("page %d has flags %x: the sample is too small", root, flags)
	}
	return root, size
}
