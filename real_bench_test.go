package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dossier/remote/sandbox"
)

// settleTime is how long dossier leaves a file alone after its last change, where the system can tell that no writer is left: the floor of
// the benchmark of saves.
const settleTime = time.Second

// BenchmarkSaveToPortal saves fifty different files, one after the other, while a daemon is at work, and prints how long it takes until each
// is on the portal.
func BenchmarkSaveToPortal(b *testing.B) {
	for b.Loop() {
		r := newReal(b, sandbox.Options{})
		m := r.machine("office")
		d := m.started()
		var took []time.Duration
		for n := range 50 {
			rel := fmt.Sprintf("%d/file %d.txt", n%7, n)
			m.must(os.MkdirAll(filepath.Dir(filepath.Join(m.folder, rel)), 0o755))
			begun := time.Now()
			m.write(rel, fmt.Sprint("content ", n))
			d.soon(rel, func() bool { return m.onPortal()[rel] != "" })
			took = append(took, time.Since(begun))
		}
		d.stop()
		slices.Sort(took)
		median, worst := took[len(took)/2], took[len(took)-1]
		b.Logf("%d of 50 saves on the portal; median %v, worst %v; floor (settle time) %v, ratio %.2f", len(took), median, worst, settleTime, float64(median)/float64(settleTime))
		b.ReportMetric(float64(median.Milliseconds()), "ms/save")
		b.ReportMetric(float64((median - settleTime).Milliseconds()), "ms-over-settle")
	}
}

// BenchmarkChangeOnBoxToDisk puts twenty files on Box, one after the other, and prints how long it takes until each is on disk. The floor is
// the portal's own round trip: a file that is put there and listed.
func BenchmarkChangeOnBoxToDisk(b *testing.B) {
	for b.Loop() {
		r := newReal(b, sandbox.Options{})
		m := r.machine("office")
		d := m.started()
		var took, floor []time.Duration
		for n := range 20 {
			rel := fmt.Sprintf("there %d.txt", n)
			begun := time.Now()
			r.put(rel, fmt.Sprint("content ", n))
			d.soon("", func() bool { return r.onPortal()[rel] != "" })
			floor = append(floor, time.Since(begun))
			d.soon(rel, func() bool { _, err := os.Stat(filepath.Join(m.folder, rel)); return err == nil })
			took = append(took, time.Since(begun))
		}
		d.stop()
		slices.Sort(took)
		slices.Sort(floor)
		b.Logf("%d of 20 changes on disk; median %v, worst %v; floor (put and seen on the portal) %v", len(took), took[len(took)/2], took[len(took)-1], floor[len(floor)/2])
		b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms/change")
	}
}

// started is a daemon that watches already.
func (m *machine) started() *running {
	m.Helper()
	d := m.start()
	d.until("it watches", func() bool {
		out, _ := m.command("status").Output()
		return strings.Contains(string(out), "in step")
	})
	return d
}

// soon polls often, as time is what is measured.
func (d *running) soon(what string, holds func() bool) {
	d.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			d.kill()
			d.Fatalf("never came: %s\n%s", what, d.log.String())
		}
	}
}
