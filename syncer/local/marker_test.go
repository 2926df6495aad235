package local_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

var mine = local.Marker{Mirror: "m1", Installation: "i1", Epoch: 3, Host: "pc1"}

// F1, promise 2: each way in which a root can be another than it was has its own error, and no marker is made by itself.
func TestCheckMarker(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(b *bench)
		mine  local.Marker
		want  error
	}{
		"as it was":         {func(*bench) {}, mine, nil},
		"root gone":         {func(b *bench) { b.user.RemoveRoot(true) }, mine, local.ErrRootMissing},
		"root replaced":     {func(b *bench) { b.user.ReplaceRoot() }, mine, local.ErrRootReplaced},
		"marker gone":       {func(b *bench) { b.user.Remove(local.MarkerName) }, mine, local.ErrMarkerMissing},
		"marker torn":       {func(b *bench) { b.user.WriteFile(local.MarkerName, "\x00\x00") }, mine, local.ErrMarkerMissing},
		"another client's":  {func(*bench) {}, local.Marker{Mirror: "m2", Epoch: 3}, local.ErrMarkerForeign},
		"state restored":    {func(*bench) {}, local.Marker{Mirror: "m1", Installation: "i1", Epoch: 2, Host: "pc1"}, local.ErrMarkerNewer},
		"state went on":     {func(*bench) {}, local.Marker{Mirror: "m1", Installation: "i1", Epoch: 9, Host: "pc1"}, nil},
		"another machine":   {func(*bench) {}, local.Marker{Mirror: "m1", Installation: "i2", Epoch: 3, Host: "pc2"}, local.ErrLeased},
		"unreadable marker": {func(b *bench) { b.user.Deny(local.MarkerName, true) }, mine, errAny},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, simdisk.Options{})
			if err := errors.Join(local.CreateMarker(b.disk, mine), local.Beat(b.disk, mine)); err != nil {
				t.Fatal(err)
			}
			c.spoil(b)
			before := b.disk.Tree(local.Client)
			_, err := local.CheckMarker(b.disk, c.mine)
			if !errors.Is(err, c.want) && !(c.want == errAny && err != nil) {
				t.Errorf("check: %v, not %v", err, c.want)
			}
			beatErr := local.Beat(b.disk, c.mine)
			if (beatErr == nil) != (c.want == nil) {
				t.Errorf("beat: %v", beatErr)
			}
			if c.want != nil && !equalTrees(before, b.disk.Tree(local.Client)) {
				t.Error("the folder was changed")
			}
		})
	}
}

var errAny = errors.New("any error")

func TestCreateMarkerNeverReplaces(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	if err := local.CreateMarker(b.disk, mine); err != nil {
		t.Fatal(err)
	}
	b.want(local.CreateMarker(b.disk, local.Marker{Mirror: "m2"}), local.ErrTaken)
	if got, err := local.ReadMarker(b.disk); err != nil || got.Mirror != "m1" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Promise 9: a second machine on a shared folder waits for the lease, whatever the clock of its own says.
func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, simdisk.Options{})
		other := local.Marker{Mirror: "m1", Installation: "i2", Epoch: 3, Host: "pc2"}
		if err := errors.Join(local.CreateMarker(b.disk, mine), local.Beat(b.disk, mine)); err != nil {
			t.Fatal(err)
		}
		b.want(local.Beat(b.disk, other), local.ErrLeased)
		time.Sleep(local.LeaseTerm - time.Second)
		b.want(local.Beat(b.disk, other), local.ErrLeased)
		time.Sleep(2 * time.Second)
		if err := local.Beat(b.disk, other); err != nil {
			t.Fatalf("after its term: %v", err)
		}
		b.want(local.Beat(b.disk, mine), local.ErrLeased)
		if err := errors.Join(local.Leave(b.disk, other), local.Beat(b.disk, mine)); err != nil {
			t.Errorf("after it left: %v", err)
		}
	})
}

// E2: a crash or failure at any call of a beat leaves a whole marker.
func TestBeatIsWholeOrNot(t *testing.T) {
	for n := 0; ; n++ {
		b := newBench(t, simdisk.Options{})
		if err := local.CreateMarker(b.disk, mine); err != nil {
			t.Fatal(err)
		}
		next := mine
		next.Epoch++
		err := b.stopAfter(n, func() error { return local.Beat(b.disk, next) })
		b.disk.Crash(newRand(uint64(n)))
		got, readErr := local.ReadMarker(b.disk)
		if readErr != nil || got.Epoch != mine.Epoch && got.Epoch != next.Epoch {
			t.Fatalf("after %d calls: %+v, %v", n, got, readErr)
		}
		if err == nil {
			if got.Epoch != next.Epoch {
				t.Error("a beat that returned is not durable")
			}
			break
		}
	}
}

// A folder put back from a backup is another folder until a person says that it is the client's.
func TestRebind(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	if err := local.CreateMarker(b.disk, mine); err != nil {
		t.Fatal(err)
	}
	marker, _ := b.user.ReadFile(local.MarkerName)
	copied := newBench(t, simdisk.Options{Now: func() time.Time { return old }}) // made at another time: another id
	copied.user.WriteFile(local.MarkerName, marker)
	_, err := local.CheckMarker(copied.disk, mine)
	b.want(err, local.ErrMarkerCopied)
	b.want(local.Beat(copied.disk, mine), local.ErrMarkerCopied)
	if err := errors.Join(local.Rebind(copied.disk, mine), local.Beat(copied.disk, mine)); err != nil {
		t.Error(err)
	}
}
