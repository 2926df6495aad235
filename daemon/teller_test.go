package daemon

import (
	"os"
	"slices"
	"testing"
	"time"

	"dossier/config"
	"dossier/daemon/notice"
	"dossier/syncer"
)

// People are told of what needs them, once, also over a restart; and not of what they cannot do anything about.
func TestPeopleAreToldOnceWhatNeedsThem(t *testing.T) {
	o := newOffice(t)
	o.opt.Config.Notices.Digest = "" // at its hour it would be one more
	h := newHouse(o.opt, syncer.RunOptions{})
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.Local)
	client := func(name string, r syncer.Report) KeptClient {
		return KeptClient{Client: Client{Client: config.Client{Name: name, Portal: "office"}}, Report: r, Ran: now}
	}
	clients := []KeptClient{
		client("A", syncer.Report{State: syncer.InStep}),
		client("B", syncer.Report{State: syncer.Halted, Halted: &syncer.HaltedBy{Reason: "200 files would be deleted", Plan: "7f3a91c2"}}),
		client("C", syncer.Report{State: syncer.Conflicts, Conflicts: []syncer.Conflict{{Path: "a.docx"}}}),
		{Client: Client{Client: config.Client{Name: "D"}}}, // has not run yet
	}
	if err := makeState(o); err != nil {
		t.Fatal(err)
	}
	tell := func(m notice.Memory, at time.Time) (kinds []notice.Kind, next notice.Memory) {
		teller := &teller{h: h, behind: map[string]time.Time{}}
		next = teller.tell(func(n notice.Notice) { kinds = append(kinds, n.Kind) }, m, clients, at)
		slices.Sort(kinds)
		return kinds, next
	}
	kinds, _ := tell(notice.Memory{}, now)
	if !slices.Equal(kinds, []notice.Kind{notice.Conflicts, notice.Halted}) {
		t.Errorf("told of %v", kinds)
	}
	kept, err := notice.Load(o.opt.Config.State)
	o.must(err)
	if kinds, _ := tell(kept, now.Add(time.Minute)); len(kinds) != 0 {
		t.Errorf("told again of %v", kinds)
	}
	clients[0].Report.State = syncer.SignIn
	if kinds, _ := tell(kept, now.Add(2*time.Minute)); !slices.Equal(kinds, []notice.Kind{notice.SignIn}) {
		t.Errorf("told of %v, and a sign-in is needed", kinds)
	}
}

// A client is told to be out of step only when it has been so for long.
func TestHowLongAClientIsBehind(t *testing.T) {
	x := &teller{behind: map[string]time.Time{}}
	now := time.Now()
	at := func(s syncer.State, after time.Duration) time.Time {
		c := KeptClient{Client: Client{Client: config.Client{Name: "A"}}, Report: syncer.Report{State: s}, Ran: now}
		return x.client(c, now.Add(after)).Behind
	}
	at(syncer.Partly, 0)
	if since := at(syncer.Failed, time.Hour); !since.Equal(now) {
		t.Errorf("behind since %v", since)
	}
	if since := at(syncer.InStep, 2*time.Hour); !since.IsZero() {
		t.Errorf("in step, and behind since %v", since)
	}
	if since := at(syncer.Partly, 3*time.Hour); !since.Equal(now.Add(3 * time.Hour)) {
		t.Errorf("behind again since %v", since)
	}
}

func makeState(o *office) error {
	return os.MkdirAll(o.opt.Config.State, 0o700)
}
