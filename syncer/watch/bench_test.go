package watch

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// BenchmarkWatch5000 prints what it costs to begin to watch 5,000 folders, and what is kept for them, beside the floor: a walk through them alone.
func BenchmarkWatch5000(b *testing.B) {
	dir := b.TempDir()
	for i := range 50 {
		for j := range 99 { // with the folder above and the root: 5,001
			if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("client folder %d", i), fmt.Sprintf("year and month %d", j)), 0o755); err != nil {
				b.Fatal(err)
			}
		}
	}
	var walk, watch time.Duration
	var kept uint64
	for b.Loop() {
		start := time.Now()
		if n := walkAlone(b, dir); n != 5001 {
			b.Fatalf("%d folders", n)
		}
		walk += time.Since(start)

		before := heap()
		start = time.Now()
		w := New(Options{})
		r, err := w.Add(dir, RootOptions{})
		if err != nil {
			b.Fatal(err)
		}
		<-r.Changed()
		watch += time.Since(start)
		kept += heap() - before
		if s := r.Status(); s.Folders != 5001 {
			b.Fatalf("%+v", s)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	n := float64(b.N)
	b.ReportMetric(walk.Seconds()*1000/n, "ms-floor")
	b.ReportMetric(watch.Seconds()*1000/n, "ms-watch")
	b.ReportMetric(float64(watch)/float64(walk), "ratio")
	b.ReportMetric(float64(kept)/n/5001, "heap-bytes/folder")
	b.ReportMetric(float64(kept)/n/(1<<20), "heap-MB")
}

func walkAlone(b *testing.B, dir string) (folders int) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			folders++
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return folders
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
