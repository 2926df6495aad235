package plan

import (
	"fmt"
	"testing"
)

// big is a client with so many files, twenty a folder, in step.
func big(files int) *pretend { return office(files) }

// An in-step client with changes in one file of a hundred. The figure to reach is a million nodes a second.
func BenchmarkOnePercentChanged(b *testing.B) {
	for _, files := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(files), func(b *testing.B) {
			p := big(files)
			for i, n := range p.files() {
				switch {
				case i%100 != 0:
				case i%300 == 0:
					n.Side[Local].Place.Name += ".renamed"
				default:
					n.Side[i/100%2].Content = p.revision(Side(i/100%2), "changed")
				}
			}
			w, pol := World{Nodes: p.nodes}, p.guarded()
			perNode(b, len(p.nodes), func() { Make(w, pol) })
		})
	}
}

// The first sight of a client with everything new on one side.
func BenchmarkAllNew(b *testing.B) {
	p := newPretend(plainNames)
	up := Root
	for i := range 100_000 {
		if i%20 == 0 {
			up = p.both(Root, fmt.Sprintf("folder %d", i/20), Folder, "").ID
		}
		p.add(Local, up, fmt.Sprintf("file %d", i), File, fmt.Sprintf("h%d", i))
	}
	w, pol := World{Nodes: p.nodes}, p.guarded()
	perNode(b, len(p.nodes), func() { Make(w, pol) })
}

// All new in one folder, on both sides: the names must be found by looking them up.
func BenchmarkAdoptOneFolder(b *testing.B) {
	p := newPretend(plainNames)
	for i := range 50_000 {
		p.add(Local, Root, fmt.Sprintf("file %d", i), File, fmt.Sprintf("h%d", i))
		p.add(Remote, Root, fmt.Sprintf("file %d", i), File, fmt.Sprintf("h%d", i))
	}
	w, pol := World{Nodes: p.nodes}, p.guarded()
	perNode(b, len(p.nodes), func() { Make(w, pol) })
}

func perNode(b *testing.B, nodes int, do func()) {
	b.ReportAllocs()
	for b.Loop() {
		do()
	}
	b.ReportMetric(float64(nodes)*float64(b.N)/b.Elapsed().Seconds(), "nodes/s")
}
