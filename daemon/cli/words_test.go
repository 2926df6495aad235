package cli

import (
	"strings"
	"testing"
	"time"
)

func TestCountsAreSaidInTheRightNumber(t *testing.T) {
	for want, got := range map[string]string{
		"0 files": count(0, "file"), "1 file": count(1, "file"), "12,345 files": count(12345, "file"),
		"1 copy": count(1, "copy"), "2 copies": count(2, "copy"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTimesAreSaidShortly(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	for want, got := range map[string]string{
		"30 ms": took(30 * time.Millisecond), "0.4 s": took(400 * time.Millisecond), "12 s": took(12 * time.Second), "3 min 5 s": took(185 * time.Second), "2 h 1 min": took(121 * time.Minute),
		"just now": ago(now.Add(-time.Second), now), "3 minutes ago": ago(now.Add(-3*time.Minute), now), "2 hours from now": ago(now.Add(2*time.Hour), now),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestColumnsStandUnderEachOther(t *testing.T) {
	var b strings.Builder
	table(&b, [][]string{{"Café Zonnig", "in step", ""}, {"B", "halted", "34 deletions wait"}})
	want := "Café Zonnig  in step\nB            halted   34 deletions wait\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// P7 of the promises: a name from the portal cannot make the terminal do anything.
func TestNamesCannotDriveTheTerminal(t *testing.T) {
	for _, s := range []string{"a\x1b[31mb", "a\rb", "a\nb", "a\u009bb", "a\u202eb"} {
		if got := plain(s); strings.ContainsAny(got, "\x1b\r\n\u009b\u202e") || !strings.HasPrefix(got, "a") || !strings.HasSuffix(got, "b") {
			t.Errorf("%q became %q", s, got)
		}
	}
	if plain("Café – 日本.pdf") != "Café – 日本.pdf" {
		t.Error("an ordinary name was changed")
	}
}
