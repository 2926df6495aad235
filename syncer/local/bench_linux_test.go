package local_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dossier/syncer/local"
)

// bigTree makes a folder of 5,000 folders with 20 files each, with names as accountants have them.
func bigTree(b *testing.B) string {
	b.Helper()
	root := filepath.Join(b.TempDir(), "Client")
	for i := range 5000 {
		dir := filepath.Join(root, fmt.Sprintf("Bakkerij %03d/20%02d - BTW aangifte", i/20, i%20))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range 20 {
			f, err := os.Create(filepath.Join(dir, fmt.Sprintf("Factuur 2026-%04d verkoop.pdf", j)))
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	}
	return root
}

// median runs f n times.
func median(n int, f func()) time.Duration {
	times := make([]time.Duration, n)
	for i := range times {
		runtime.GC()
		start := time.Now()
		f()
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[n/2]
}

// Budget: a scan of 100,000 files in 5,000 folders takes at most 1.5 times as long as a parallel walk that only stats.
func BenchmarkScan(b *testing.B) {
	root := bigTree(b)
	disk, err := local.OSDisk(root)
	if err != nil {
		b.Fatal(err)
	}
	defer disk.Close()
	ignore, err := local.NewIgnore([]string{"*.bak", "/Archief/", "Thumbs.db"})
	if err != nil {
		b.Fatal(err)
	}
	opt := local.ScanOptions{Ignore: ignore, Private: []string{"Intern/"}}
	files := 0
	scan := func() {
		files = 0
		err := local.Scan(b.Context(), disk, opt, func(l *local.Listing) error {
			for _, e := range l.Entries {
				if e.Info.Kind == local.File && e.Class == local.Normal {
					files++
				}
			}
			return l.Err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	scan()
	for b.Loop() {
		figure, floor := median(7, scan), median(7, func() { statWalk(b, root) })
		b.ReportMetric(figure.Seconds()*1e3, "figure-ms")
		b.ReportMetric(floor.Seconds()*1e3, "floor-ms")
		b.ReportMetric(float64(figure)/float64(floor), "ratio")
	}
	if files != 100_000 {
		b.Fatalf("saw %d files", files)
	}
}

// statWalk is the floor: four goroutines read directories and stat each entry relative to its directory.
func statWalk(b *testing.B, root string) {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	todo, busy := []string{root}, 0
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				mu.Lock()
				for len(todo) == 0 && busy > 0 {
					cond.Wait()
				}
				if len(todo) == 0 {
					mu.Unlock()
					return
				}
				dir := todo[len(todo)-1]
				todo = todo[:len(todo)-1]
				busy++
				mu.Unlock()
				found := statDir(b, dir)
				mu.Lock()
				todo = append(todo, found...)
				busy--
				cond.Broadcast()
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

func statDir(b *testing.B, dir string) (dirs []string) {
	f, err := os.Open(dir)
	if err != nil {
		b.Error(err)
		return nil
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		b.Error(err)
	}
	var st unix.Stat_t
	for _, name := range names {
		if err := unix.Fstatat(int(f.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			b.Error(err)
		}
		if st.Mode&unix.S_IFMT == unix.S_IFDIR {
			dirs = append(dirs, dir+"/"+name)
		}
	}
	return dirs
}

// Budget: a file is hashed at no less than 0.95 of the speed of the two digests alone.
func BenchmarkHash(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "Client")
	const size = 256 << 20
	if err := os.Mkdir(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "big"), make([]byte, size), 0o644); err != nil {
		b.Fatal(err)
	}
	disk, err := local.OSDisk(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer disk.Close()
	for b.Loop() {
		figure := median(5, func() {
			if _, err := local.Hash(b.Context(), disk, local.In("big")); err != nil {
				b.Fatal(err)
			}
		})
		floor := median(5, func() { digestFile(b, filepath.Join(dir, "big")) })
		b.ReportMetric(figure.Seconds()*1e3, "figure-ms")
		b.ReportMetric(floor.Seconds()*1e3, "floor-ms")
		b.ReportMetric(float64(figure)/float64(floor), "ratio")
	}
}

// digestFile is the floor: both digests of a file, nothing else.
func digestFile(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := io.CopyBuffer(io.MultiWriter(sha256.New(), sha1.New()), struct{ io.Reader }{f}, make([]byte, 256<<10)); err != nil {
		b.Fatal(err)
	}
}

// The floor of placing a received file durably is what cannot be left out: write, sync, rename, sync the folder.
func BenchmarkCommit(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "Client")
	if err := os.Mkdir(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	disk, err := local.OSDisk(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer disk.Close()
	data, n := make([]byte, 10<<10), 0
	const files = 200
	for b.Loop() {
		figure := median(5, func() {
			for range files {
				n++
				commitOne(b, disk, fmt.Sprint("f", n), data)
			}
		})
		floor := median(5, func() {
			for range files {
				n++
				placeOne(b, dir, fmt.Sprint("f", n), data)
			}
		})
		b.ReportMetric(figure.Seconds()*1e3/files, "figure-ms/file")
		b.ReportMetric(floor.Seconds()*1e3/files, "floor-ms/file")
		b.ReportMetric(float64(figure)/float64(floor), "ratio")
	}
}

func commitOne(b *testing.B, disk local.Disk, name string, data []byte) {
	staged, err := local.Stage(b.Context(), disk, name)
	if err != nil {
		b.Fatal(err)
	}
	staged.Write(data)
	if _, err := staged.Finish(local.Want{Size: int64(len(data))}, old); err != nil {
		b.Fatal(err)
	}
	if _, err := local.Commit(b.Context(), disk, staged, local.In(name), nil, nil); err != nil {
		b.Fatal(err)
	}
}

func placeOne(b *testing.B, dir, name string, data []byte) {
	temp := filepath.Join(dir, name+".tmp")
	f, err := os.Create(temp)
	if err != nil {
		b.Fatal(err)
	}
	f.Write(data)
	f.Sync()
	f.Close()
	if err := os.Rename(temp, filepath.Join(dir, name)); err != nil {
		b.Fatal(err)
	}
	d, err := os.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	d.Sync()
	d.Close()
}
