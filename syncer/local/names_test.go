package local_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"dossier/syncer/local"
)

var (
	linux   = local.Names{}
	windows = local.Names{Windows: true, Folding: local.Folding{Case: true}}
	mac     = local.Names{Folding: local.Folding{Case: true, Unicode: true}}
	systems = map[string]local.Names{"linux": linux, "windows": windows, "mac": mac}
)

// F13: what a disk cannot hold gets a name it can.
func TestEncode(t *testing.T) {
	for _, c := range []struct{ name, linux, windows string }{
		{"BTW 2026 Q1.xlsx", "BTW 2026 Q1.xlsx", "BTW 2026 Q1.xlsx"},
		{"a/b", "a／b", "a／b"},
		{"../../x", "..／..／x", "..／..／x"},
		{"", "‛", "‛"},
		{".", "．", "．"},
		{"..", ".．", ".．"},
		{"a\x00b", "a␀b", "a␀b"},
		{"a\nb\x7f", "a␊b␡", "a␊b␡"},
		{"\xff.pdf", "‛FF.pdf", "‛FF.pdf"},
		{"Q1?.pdf", "Q1?.pdf", "Q1？.pdf"},
		{`a\b:c`, `a\b:c`, "a＼b：c"},
		{"a.", "a.", "a．"},
		{"a ", "a ", "a␠"},
		{" a", " a", " a"},
		{"CON", "CON", "‛CON"},
		{"con.tar.gz", "con.tar.gz", "‛con.tar.gz"},
		{"COM1 .txt", "COM1 .txt", "‛COM1 .txt"},
		{"LPT²", "LPT²", "‛LPT²"},
		{"CONTRACT.pdf", "CONTRACT.pdf", "CONTRACT.pdf"},
		{".dossier", "‛.dossier", "‛.dossier"},
		{".Dossier-Client", "‛.Dossier-Client", "‛.Dossier-Client"},
		{"a／b", "a‛／b", "a‛／b"},
		{"‛x", "‛‛x", "‛‛x"},
		{"Wat？", "Wat？", "Wat‛？"},
		{"a．b", "a．b", "a．b"},
		{"21% BTW %2F.pdf", "21% BTW %2F.pdf", "21% BTW %2F.pdf"},
	} {
		for system, want := range map[string]string{"linux": c.linux, "windows": c.windows} {
			n := systems[system]
			got, exact := n.Encode(c.name)
			if got != want || !exact {
				t.Errorf("%s: Encode(%q) = %q, %v; want %q", system, c.name, got, exact, want)
			}
			if back := n.Decode(got); back != c.name {
				t.Errorf("%s: Decode(%q) = %q; want %q", system, got, back, c.name)
			}
		}
	}
}

// A name that a person made on disk and that Encode would not have made stands for itself.
func TestDecodeOfOtherNames(t *testing.T) {
	for _, name := range []string{"a‛", "‛41.pdf", "‛ff", "‛‛‛", "x\xff", "a?", "‛CONTRACT", "", ".dossier"} {
		if got := windows.Decode(name); got != name && mustEncode(windows, got) != name {
			t.Errorf("Decode(%q) = %q, whose name on disk is another", name, got)
		}
	}
}

func mustEncode(n local.Names, name string) string { disk, _ := n.Encode(name); return disk }

// check verifies what each name on disk must be.
func checkName(t interface{ Errorf(string, ...any) }, n local.Names, name string) {
	disk, exact := n.Encode(name)
	if exact && n.Decode(disk) != name {
		t.Errorf("Decode(Encode(%q)) = %q", name, n.Decode(disk)) // P17
	}
	here := n.Windows || runtime.GOOS != "windows" // a test of other systems' rules on Windows
	if !utf8.ValidString(disk) || disk == "" || here && (local.In(disk).Check() != nil || filepath.Base(disk) != disk) {
		t.Errorf("Encode(%q) = %q is not a name", name, disk)
	}
	if strings.EqualFold(disk, local.HouseName) || strings.EqualFold(disk, local.MarkerName) {
		t.Errorf("Encode(%q) = %q means something else", name, disk)
	}
	if n.Windows && (strings.ContainsAny(disk, `<>:"|?*\/`) || strings.HasSuffix(disk, ".") || strings.HasSuffix(disk, " ")) {
		t.Errorf("Encode(%q) = %q is no name on Windows", name, disk)
	}
	if len(disk) > 255 && !n.Windows || len(utf16s(disk)) > 255 {
		t.Errorf("Encode(%q) is too long: %d", name, len(disk))
	}
}

func utf16s(s string) (units []rune) {
	for _, r := range s {
		units = append(units, r)
		if r > 0xffff {
			units = append(units, r)
		}
	}
	return units
}

// oddNames draws short names from what makes trouble, and any bytes.
func oddNames() *rapid.Generator[string] {
	odd := rapid.SampledFrom([]string{"a", "A", "ä", "a\u0308", ".", " ", "CON", "con", "nul", "~$", "‛", "FF", "ff", "／", "/", "：", ":",
		"．", "␠", "␀", "\x00", "\n", "\xff", "\xc3", ".dossier", "-client", "\\", "K", "K", "ﬀ", "ß", "ss", "1A2B3C4D"})
	joined := rapid.Map(rapid.SliceOfN(odd, 0, 5), func(parts []string) string { return strings.Join(parts, "") })
	bytes := rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) string { return string(b) })
	return rapid.OneOf(joined, joined, bytes)
}

// P17: decode(encode(name)) = name for all byte strings up to the limit, and names that differ, also when folded, have names on
// disk that differ when folded.
func TestNamesAreReversibleAndInjective(t *testing.T) {
	for system, n := range systems {
		t.Run(system, rapid.MakeCheck(func(t *rapid.T) {
			a, b := oddNames().Draw(t, "a"), oddNames().Draw(t, "b")
			checkName(t, n, a)
			checkName(t, n, b)
			diskA, exactA := n.Encode(a)
			diskB, exactB := n.Encode(b)
			if exactA && exactB && n.Key(a) != n.Key(b) && n.Key(diskA) == n.Key(diskB) {
				t.Fatalf("%q and %q are both %q", a, b, diskA)
			}
		}))
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"", ".", "..", "../../x", "a/b", "CON", "\x00", "\xff", "‛FF", strings.Repeat("é", 150), strings.Repeat("a", 300) + ".pdf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, n := range systems {
			checkName(t, n, name)
			twin := n.Twin(mustEncode(n, name), "id")
			if len(twin) > 255 && !n.Windows || strings.Contains(twin, "/") {
				t.Errorf("Twin(%q) = %q", name, twin)
			}
		}
	})
}

// P17: beyond the limit a name is cut, keeps its extension, and is told to be inexact.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("a", 300)
	for _, name := range []string{long + ".pdf", long, strings.Repeat("é", 150) + ".xlsx", "." + long} {
		got, exact := linux.Encode(name)
		if exact || len(got) > 255 || len(got) < 250 {
			t.Errorf("Encode of %d bytes: %d bytes, %v", len(name), len(got), exact)
		}
		if ext := filepath.Ext(name); len(ext) < 20 && !strings.HasSuffix(got, ext) {
			t.Errorf("Encode lost %q: %q", ext, got)
		}
	}
	one, _ := linux.Encode(long + "1.pdf")
	two, _ := linux.Encode(long + "2.pdf")
	if one == two {
		t.Error("two long names are one")
	}
	if _, exact := windows.Encode(strings.Repeat("é", 255)); !exact {
		t.Error("Windows holds 255 characters, however many bytes")
	}
}

// F12, F14: Key takes names for one as the disk does.
func TestKey(t *testing.T) {
	for _, c := range []struct {
		a, b                string
		linux, windows, mac bool
	}{
		{"A", "a", false, true, true},
		{"Ä", "ä", false, true, true},
		{"ä", "a\u0308", false, false, true},
		{"a", "b", false, false, false},
	} {
		for system, want := range map[string]bool{"linux": c.linux, "windows": c.windows, "mac": c.mac} {
			if n := systems[system]; (n.Key(c.a) == n.Key(c.b)) != want {
				t.Errorf("%s: %q and %q are one: %v", system, c.a, c.b, !want)
			}
		}
	}
}

func TestTwin(t *testing.T) {
	a, b := linux.Twin("report.pdf", "id1"), linux.Twin("report.pdf", "id2")
	if a == b || a != linux.Twin("report.pdf", "id1") || !strings.HasPrefix(a, "report ~") || !strings.HasSuffix(a, ".pdf") {
		t.Errorf("%q, %q", a, b)
	}
}

func TestPathsAreChecked(t *testing.T) {
	for _, rel := range []string{"..", "../x", "a/../b", "a//b", "/a", "a/", ".", "a\x00"} {
		if local.In(rel).Check() == nil {
			t.Errorf("%q passes", rel)
		}
	}
	for _, rel := range []string{"", "a", "a/b", "...", "a b/ç"} {
		if err := local.In(rel).Check(); err != nil {
			t.Error(err)
		}
	}
}
