package state

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// budget is the bytes of state a file may cost (design §10).
const budget = 300

// TestStateCostsAtMost300BytesAFile plants 100,000 files in 5,000 folders as an office would name them, in the commits of a first
// run, and prints what the file takes.
func TestStateCostsAtMost300BytesAFile(t *testing.T) {
	for name, plant := range map[string]func(testing.TB, *Client, int){"folder by folder": plant, "in any order": plantShuffled} {
		t.Run(name, func(t *testing.T) { costOf(t, plant) })
	}
}

func costOf(t *testing.T, plant func(testing.TB, *Client, int)) {
	files := int64(100_000)
	if testing.Short() || raceEnabled {
		files = 20_000
	}
	c := openTest(t, Options{NoSync: true})
	plant(t, c, int(files))
	grown := sizeOf(t, c) / files
	c = reopen(t, c) // which compacts
	check(t, c)
	cost := sizeOf(t, c) / files
	t.Logf("%d bytes a file before the file was opened again", grown)
	t.Logf("%d files: %d bytes a file, budget %d, ratio %.2f", files, cost, budget, float64(cost)/budget)
	if cost > budget {
		t.Errorf("state costs %d bytes a file, want at most %d", cost, budget)
	}
	if testing.Verbose() {
		explain(t, c, int(files))
	}
}

func sizeOf(t testing.TB, c *Client) int64 {
	t.Helper()
	info, err := os.Stat(c.Path())
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// explain prints where the bytes are.
func explain(t *testing.T, c *Client, files int) {
	err := c.f.transact(false, func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if s := b.Stats(); s.KeyN > 10 {
				pages := s.LeafAlloc + s.BranchAlloc
				t.Logf("%-10s %7d rows  %6.1f bytes a file, %3d %% of its pages used", name, s.KeyN,
					float64(pages)/float64(files), 100*(s.LeafInuse+s.BranchInuse)/pages)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// plant writes files as a first run does, 20 a folder, some hundred a commit.
func plant(t testing.TB, c *Client, files int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	const perDir, perCommit = 20, 500
	var dir NodeID
	for done := 0; done < files; {
		update(t, c, func(tx *Tx) error {
			for range perCommit {
				if done%perDir == 0 {
					dir = must(tx.NewID())
					if err := tx.Put(officeFolder(r, dir, parentOf(r, dir))); err != nil {
						return err
					}
				}
				if err := tx.Put(officeFile(r, must(tx.NewID()), dir)); err != nil {
					return err
				}
				done++
			}
			return nil
		})
	}
}

// plantShuffled writes the folders first and the files as parallel transfers end: in any order.
func plantShuffled(t testing.TB, c *Client, files int) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	dirs := files / 20
	update(t, c, func(tx *Tx) error {
		for range dirs {
			if err := tx.Put(officeFolder(r, must(tx.NewID()), Root)); err != nil {
				return err
			}
		}
		return nil
	})
	for range files / 25 {
		update(t, c, func(tx *Tx) error {
			for range 25 {
				if err := tx.Put(officeFile(r, must(tx.NewID()), Root+1+NodeID(r.IntN(dirs)))); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// parentOf spreads folders over four levels.
func parentOf(r *rand.Rand, dir NodeID) NodeID {
	const stride = 21 // ids between two folders
	if n := (dir - 2) / stride; n > 0 {
		return 2 + stride*NodeID(r.Uint64N(uint64(n))/2)
	}
	return Root
}

func officeFolder(r *rand.Rand, id, parent NodeID) Node {
	name := fmt.Sprintf("%d %s", 2015+r.IntN(12), pick(r, "Btw-aangifte", "Jaarrekening", "Salarisadministratie", "Correspondentie", "Bank"))
	return Node{ID: id, Parent: parent, Local: name, Remote: name, Dir: true, FileID: someFileID(r, id), MTime: someTime(r), CTime: someTime(r),
		RemoteID: fmt.Sprint(290_000_000_000 + r.Int64N(10_000_000_000)), Guard: "0"}
}

func officeFile(r *rand.Rand, id, parent NodeID) Node {
	name := fmt.Sprintf("%d-%02d-%02d %s %d.%s", 2015+r.IntN(12), 1+r.IntN(12), 1+r.IntN(28),
		pick(r, "Inkoopfactuur", "Verkoopfactuur Bakkerij Jansen", "Bankafschrift", "Loonstrook", "Offerte", "Aangifte omzetbelasting Q3"),
		r.IntN(100_000), pick(r, "pdf", "xlsx", "docx", "xml"))
	var seed [16]byte
	binary.LittleEndian.PutUint64(seed[:], r.Uint64())
	n := Node{ID: id, Parent: parent, Local: name, Remote: name, Size: r.Int64N(5 << 20), MTime: someTime(r), FileID: someFileID(r, id),
		SHA256: sha256.Sum256(seed[:]), SHA1: sha1.Sum(seed[:]), RemoteID: fmt.Sprint(1_700_000_000_000 + r.Int64N(500_000_000_000)),
		Guard: fmt.Sprint(r.IntN(4)), Seq: r.Int64N(4)}
	n.CTime = n.MTime + r.Int64N(int64(time.Hour))
	n.RemoteSize, n.Content = n.Size, n.SHA1.String()
	return n
}

// someFileID has a volume, an inode and a birth time.
func someFileID(r *rand.Rand, id NodeID) string {
	return joinFileID("3f1c7a0e-52b4-4c0e-9d43-0a1b2c3d4e5f", 12_000_000+uint64(id), uint64(someTime(r)))
}

func someTime(r *rand.Rand) int64 { return 1_500_000_000_000_000_000 + r.Int64N(1e17) }

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// BenchmarkBase prints rows a second, and the ratio to the floor: the same bytes put and read through bbolt alone.
func BenchmarkBase(b *testing.B) {
	const files = 20_000
	b.Run("put", func(b *testing.B) {
		var ours, floor time.Duration
		for range b.N {
			c := openTest(b, Options{NoSync: true})
			start := time.Now()
			plant(b, c, files)
			ours += time.Since(start)
			floor += putFloor(b, c)
		}
		report(b, files, ours, floor)
	})
	b.Run("walk", func(b *testing.B) {
		c := openTest(b, Options{NoSync: true})
		plant(b, c, files)
		var ours, floor time.Duration
		for range b.N {
			start := time.Now()
			view(b, c, func(tx *Tx) { walkAll(tx, Root) })
			ours += time.Since(start)
			start = time.Now()
			view(b, c, func(tx *Tx) { tx.rows(nodeBucket) })
			floor += time.Since(start)
		}
		report(b, files, ours, floor)
	})
}

func report(b *testing.B, files int, ours, floor time.Duration) {
	per := float64(files) * float64(b.N)
	b.ReportMetric(per/ours.Seconds(), "files/s")
	b.ReportMetric(per/floor.Seconds(), "floor/s")
	b.ReportMetric(ours.Seconds()/floor.Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// walkAll reads the tree as the mirror does, a folder at a time.
func walkAll(tx *Tx, dir NodeID) (n int) {
	for _, child := range tx.Children(dir) {
		n++
		if child.Dir {
			n += walkAll(tx, child.ID)
		}
	}
	return n
}

// putFloor writes the rows of base that c holds, without indexes, into another file.
func putFloor(b *testing.B, c *Client) time.Duration {
	db := must(bbolt.Open(filepath.Join(b.TempDir(), "floor.db"), 0o600, &bbolt.Options{NoSync: true, FreelistType: bbolt.FreelistMapType}))
	defer db.Close()
	var rows [][2][]byte
	view(b, c, func(tx *Tx) { rows, _ = someRows(tx.in(nodeBucket), idKey(0), 1<<30) })
	start := time.Now()
	for len(rows) > 0 {
		n := min(525, len(rows))
		err := db.Update(func(tx *bbolt.Tx) error {
			bucket := must(tx.CreateBucketIfNotExists([]byte("rows")))
			for _, row := range rows[:n] {
				if err := bucket.Put(row[0], row[1]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		rows = rows[n:]
	}
	return time.Since(start)
}
