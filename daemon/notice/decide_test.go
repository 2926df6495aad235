package notice

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"dossier/config"
)

// days plays Decide on a clock of its own. The memory goes through its file's form each time, as after a restart.
type days struct {
	t     *testing.T
	now   time.Time
	rules config.Notices
	m     Memory
}

func newDays(t *testing.T) *days {
	rules := config.Defaults().Notices
	rules.Digest = ""
	return &days{t: t, now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), rules: rules}
}

// after lets time go by, and returns what is told then, as kind and title.
func (d *days) after(pass time.Duration, seen Observations) []string {
	d.t.Helper()
	d.now = d.now.Add(pass)
	before, _ := json.Marshal(d.m)
	notices, m := Decide(d.now, d.rules, d.m, seen)
	if now, _ := json.Marshal(d.m); string(now) != string(before) {
		d.t.Error("the memory that went in was changed")
	}
	data, err := json.Marshal(m)
	if err != nil {
		d.t.Fatal(err)
	}
	d.m = Memory{}
	if err := json.Unmarshal(data, &d.m); err != nil {
		d.t.Fatal(err)
	}
	var said []string
	for _, n := range notices {
		said = append(said, string(n.Kind)+": "+n.Title)
		if n.Title == "" || n.Text == "" || (n.Next == "" && n.Kind != Digest) || !n.Time.Equal(d.now) {
			d.t.Errorf("incomplete: %+v", n)
		}
	}
	return said
}

func (d *days) wants(got []string, want ...string) {
	d.t.Helper()
	if len(got) != len(want) || (len(got) > 0 && !reflect.DeepEqual(got, want)) {
		d.t.Errorf("at %s told %q, want %q", d.now.Format("2 Jan 15:04"), got, want)
	}
}

func conflicted(names ...string) Observations {
	return Observations{Clients: []Client{{Name: "Jansen", Portal: "office", Conflicts: names}}}
}

func TestTheSameIsNotToldTwice(t *testing.T) {
	d := newDays(t)
	d.wants(d.after(0, conflicted("a.pdf")), "conflicts: Jansen has 1 conflict")
	d.wants(d.after(23*time.Hour, conflicted("a.pdf")))
	d.wants(d.after(time.Hour, conflicted("a.pdf")), "conflicts: Jansen has 1 conflict")
	d.rules.Remind = config.For(0)
	d.wants(d.after(100*time.Hour, conflicted("a.pdf")))
}

func TestNewsComesButNotTooOften(t *testing.T) {
	d := newDays(t)
	d.wants(d.after(0, conflicted("a.pdf")), "conflicts: Jansen has 1 conflict")
	d.wants(d.after(59*time.Minute, conflicted("a.pdf", "b.pdf")))
	d.wants(d.after(time.Minute, conflicted("a.pdf", "b.pdf")), "conflicts: Jansen has 2 conflicts")
	d.wants(d.after(2*time.Hour, conflicted("b.pdf"))) // fewer is no news
}

func TestWhatIsOverIsNotTold(t *testing.T) {
	d := newDays(t)
	d.wants(d.after(0, conflicted("a.pdf")), "conflicts: Jansen has 1 conflict")
	d.wants(d.after(time.Minute, conflicted()))
	d.wants(d.after(48*time.Hour, conflicted()))
	d.wants(d.after(time.Minute, conflicted("a.pdf")), "conflicts: Jansen has 1 conflict")
	d.wants(d.after(time.Minute, conflicted()))
	d.wants(d.after(time.Minute, conflicted("a.pdf"))) // comes and goes: within the hour it is not told again
	d.after(31*24*time.Hour, conflicted())
	if d.after(31*24*time.Hour, conflicted()); len(d.m.Told) != 0 {
		t.Errorf("still remembered: %v", d.m.Told)
	}
}

func halted(n int) Observations {
	var seen Observations
	for i := range n {
		seen.Clients = append(seen.Clients, Client{Name: fmt.Sprintf("C%02d", i), Halted: &Halt{Reason: "200 deletions", Plan: "7f3a91c2"}})
	}
	return seen
}

func TestManyAtOnceBecomeOne(t *testing.T) {
	d := newDays(t)
	d.wants(d.after(0, halted(12)), "halted: 12 clients are halted")
	d.wants(d.after(time.Minute, halted(12)))
}

func TestManyOneAfterTheOtherBecomeOne(t *testing.T) {
	d := newDays(t)
	for n := 1; n <= 3; n++ {
		d.wants(d.after(time.Minute, halted(n)), fmt.Sprintf("halted: C%02d is halted", n-1))
	}
	for n := 4; n <= 9; n++ {
		d.wants(d.after(time.Minute, halted(n)))
	}
	d.wants(d.after(10*time.Minute, halted(9)), "halted: 6 clients are halted")
}

func TestAHaltNamesWhatToDo(t *testing.T) {
	all, _ := Decide(time.Now(), config.Defaults().Notices, Memory{}, halted(1))
	if len(all) != 1 || all[0].Next != "Run `dossier approve 7f3a91c2`, or bring the files back." || all[0].Client != "C00" {
		t.Errorf("told %+v", all)
	}
}

func TestASignInIsToldOnceForAllThatWait(t *testing.T) {
	seen := halted(0)
	for i := range 12 {
		seen.Clients = append(seen.Clients, Client{Name: fmt.Sprint("C", i), Portal: "office", Behind: time.Unix(1, 0)})
	}
	seen.Portals = []Portal{{Name: "office", SignIn: true}}
	d := newDays(t)
	d.wants(d.after(0, seen), "sign-in: 12 clients need a sign-in to portal office")
	d.wants(d.after(23*time.Hour, seen))
	d.wants(d.after(time.Hour, seen), "sign-in: 12 clients need a sign-in to portal office")
}

func TestATokensEndIsToldAWeekAndADayAhead(t *testing.T) {
	d := newDays(t)
	seen := Observations{Portals: []Portal{{Name: "office", Ends: d.now.Add(8 * 24 * time.Hour)}}}
	const told = "sign-in-soon: Portal office will soon need a sign-in"
	d.wants(d.after(0, seen))
	d.wants(d.after(24*time.Hour, seen), told)
	d.wants(d.after(5*24*time.Hour, seen))
	d.wants(d.after(24*time.Hour, seen), told)
	d.wants(d.after(20*time.Hour, seen))
	d.wants(d.after(5*time.Hour, seen)) // it has ended: now the portal says so itself
}

func TestAClientBehindForLongIsTold(t *testing.T) {
	d := newDays(t)
	behind := func(c Client) Observations {
		c.Name, c.Portal, c.Behind = "Jansen", "office", time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		return Observations{Clients: []Client{c}, Portals: []Portal{{Name: "office"}}}
	}
	d.wants(d.after(4*time.Hour-time.Second, behind(Client{})))
	d.wants(d.after(time.Second, behind(Client{Paused: true})))
	d.wants(d.after(0, behind(Client{})), "out-of-step: Jansen has been out of step for long")
}

func TestARequestIsToldOnce(t *testing.T) {
	d := newDays(t)
	seen := Observations{Requests: []Delivered{{ID: "r1", Client: "Jansen", Name: "VAT 2026"}}}
	d.wants(d.after(0, seen), "request-complete: Jansen has delivered everything")
	d.wants(d.after(48*time.Hour, seen))
	d.wants(d.after(time.Hour, Observations{}))
	d.wants(d.after(48*time.Hour, seen))
}

func TestTheDigestComesOnceADay(t *testing.T) {
	d := newDays(t)
	d.rules.Digest = "08:30"
	seen := halted(2)
	for i := range 78 {
		seen.Clients = append(seen.Clients, Client{Name: fmt.Sprint("D", i)})
	}
	d.after(0, Observations{}) // installed at noon: the first digest is tomorrow's
	d.wants(d.after(20*time.Hour+29*time.Minute, Observations{Clients: seen.Clients[2:]}))
	d.wants(d.after(time.Minute, Observations{Clients: seen.Clients[2:]}), "digest: 78 clients, all in step")
	d.wants(d.after(time.Hour, Observations{Clients: seen.Clients[2:]}))
	d.after(time.Hour, seen)
	d.wants(d.after(22*time.Hour, seen), "digest: 80 clients, 2 need you")
	d.after(10*24*time.Hour, seen)
	d.wants(d.after(20*time.Hour, seen)) // asleep at half past eight, and already summed up today
}

func TestNothingIsToldInQuietHours(t *testing.T) {
	d := newDays(t)
	d.rules.Quiet = config.Quiet{From: "20:00", Until: "07:00"}
	d.wants(d.after(8*time.Hour, conflicted("a.pdf")))
	d.wants(d.after(10*time.Hour+59*time.Minute, conflicted("a.pdf")))
	d.wants(d.after(time.Minute, conflicted("a.pdf")), "conflicts: Jansen has 1 conflict")
}

func TestAClockSetBackSilencesNothingForLong(t *testing.T) {
	d := newDays(t)
	d.wants(d.after(0, conflicted("a.pdf")), "conflicts: Jansen has 1 conflict")
	d.wants(d.after(-365*24*time.Hour, conflicted("a.pdf")))
	d.wants(d.after(24*time.Hour, conflicted("a.pdf")), "conflicts: Jansen has 1 conflict")
}

func TestNamesThatAPortalChoseCannotDressUp(t *testing.T) {
	all, _ := Decide(time.Now(), config.Defaults().Notices, Memory{}, conflicted("a\x1b[2J\nb", "\u202efdp.exe", strings.Repeat("x", 500)))
	text := all[0].Text
	if strings.ContainsAny(text, "\x1b\n\u202e") || len([]rune(text)) > 300 {
		t.Errorf("told %q", text)
	}
}

func TestTheMemoryIsKept(t *testing.T) {
	dir := t.TempDir()
	if m, err := Load(dir); err != nil || len(m.Told) > 0 {
		t.Fatalf("an empty folder: %v, %v", m, err)
	}
	_, m := Decide(time.Now().UTC().Round(0), config.Defaults().Notices, Memory{}, conflicted("secret name.pdf"))
	if err := Save(dir, m); err != nil {
		t.Fatal(err)
	}
	back, err := Load(dir)
	if err != nil || !reflect.DeepEqual(back, m) {
		t.Errorf("read %+v, %v; want %+v", back, err, m)
	}
	data, _ := os.ReadFile(dir + "/" + FileName)
	if info, err := os.Stat(dir + "/" + FileName); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' || strings.Contains(string(data), "secret name") {
		t.Errorf("%v, %v: %s", info.Mode(), err, data)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if err := os.WriteFile(dir+"/"+FileName, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil {
		t.Error("a damaged file is read without a word")
	}
}

func TestQuietCoversItsPartOfTheDay(t *testing.T) {
	for _, c := range []struct {
		from, until config.TimeOfDay
		at          string
		want        bool
	}{
		{"20:00", "07:00", "19:59", false}, {"20:00", "07:00", "20:00", true}, {"20:00", "07:00", "23:59", true},
		{"20:00", "07:00", "06:59", true}, {"20:00", "07:00", "07:00", false},
		{"12:00", "13:00", "12:30", true}, {"12:00", "13:00", "13:00", false}, {"12:00", "13:00", "11:59", false},
		{"", "", "12:00", false}, {"12:00", "12:00", "12:00", false},
	} {
		at, err := time.Parse("15:04", c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := quiet(config.Quiet{From: c.from, Until: c.until}, at); got != c.want {
			t.Errorf("quiet from %q until %q covers %s: %v, want %v", c.from, c.until, c.at, got, c.want)
		}
	}
}
