package local_test

import (
	"testing"
	"time"

	"dossier/syncer/local"
)

// F17, E8: a file is sent once it has been left alone, and a time in the future does not hold it for ever.
func TestSettled(t *testing.T) {
	now := old
	ago := func(d time.Duration) int64 { return now.Add(-d).UnixNano() }
	for _, c := range []struct {
		name         string
		mtime, ctime int64
		use          local.Use
		owner        bool
		retry        time.Duration // 0: settled
	}{
		{"no writer, 1 s", ago(time.Second), ago(time.Second), local.Free, false, 0},
		{"no writer, too fresh", ago(400 * time.Millisecond), ago(time.Hour), local.Free, false, 600 * time.Millisecond},
		{"not known, 3 s", ago(3 * time.Second), ago(3 * time.Second), local.UseUnknown, false, 0},
		{"not known, 1 s", ago(time.Second), ago(time.Hour), local.UseUnknown, false, 2 * time.Second},
		{"renamed into place just now", ago(time.Hour), ago(time.Second), local.UseUnknown, false, 2 * time.Second},
		{"owner file there, 3 s", ago(3 * time.Second), ago(time.Hour), local.Free, true, 7 * time.Second},
		{"owner file there, 10 s", ago(10 * time.Second), ago(time.Hour), local.Free, true, 0},
		{"being written", ago(time.Hour), ago(time.Hour), local.InUse, false, 3 * time.Second},
		{"the disk's clock is 5 s ahead", ago(-5 * time.Second), ago(-5 * time.Second), local.UseUnknown, false, 3 * time.Second},
		{"time in the year 2106", ago(-80 * 365 * 24 * time.Hour), ago(time.Hour), local.UseUnknown, false, 0},
		{"time in 1960", ago(66 * 365 * 24 * time.Hour), ago(time.Hour), local.UseUnknown, false, 0},
	} {
		ok, retryAt := local.Settled(local.Info{Kind: local.File, MTime: c.mtime, CTime: c.ctime}, now, c.use, c.owner)
		if ok != (c.retry == 0) || !ok && retryAt.Sub(now) != c.retry {
			t.Errorf("%s: %v, again in %v", c.name, ok, retryAt.Sub(now))
		}
	}
}

// F3: a file that lost its content is not taken for an edit.
func TestSuspiciousZero(t *testing.T) {
	empty, full := local.Info{Kind: local.File}, local.Info{Kind: local.File, Size: 1}
	if !local.SuspiciousZero(5, empty) || local.SuspiciousZero(0, empty) || local.SuspiciousZero(5, full) {
		t.Error("only a file that had content and has none is suspicious")
	}
}

// F16: owner files tell of a document, Word's also when its name is long.
func TestOwnerOf(t *testing.T) {
	for _, c := range []struct {
		owner, doc string
		want       bool
	}{
		{"~$q1.xlsx", "q1.xlsx", true},
		{"~$nual report.docx", "annual report.docx", true},
		{".~lock.b.odt#", "b.odt", true},
		{"~$q1.xlsx", "q2.xlsx", false},
		{"~$x", "annual report.docx", false},
	} {
		class, of := local.ClassOfName(c.owner)
		if class != local.OfficeOwner || local.OwnerOf(of, c.doc) != c.want {
			t.Errorf("%q is of %q: %v", c.owner, c.doc, !c.want)
		}
	}
}
