package watch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

func TestThePauseIsStretchedByWhatALookCosts(t *testing.T) {
	for name, c := range map[string]struct {
		every, cost time.Duration
		dice        float64
		want        time.Duration
	}{
		"as is":                    {30 * time.Second, 0, 0.5, 30 * time.Second},
		"a quarter less":           {30 * time.Second, 0, 0, 22500 * time.Millisecond},
		"a quarter more":           {30 * time.Second, 0, 1, 37500 * time.Millisecond},
		"a cheap look":             {30 * time.Second, time.Second, 0.5, 30 * time.Second},
		"a dear look":              {30 * time.Second, time.Minute, 0.5, 20 * time.Minute},
		"a very dear look":         {30 * time.Second, time.Hour, 0.5, time.Hour},
		"asked for less than ever": {2 * time.Hour, time.Hour, 0.5, 2 * time.Hour},
	} {
		if got := pause(c.every, c.cost, c.dice); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestWhatATickAsksFor(t *testing.T) {
	gone, full := &obstacle{absent: true, every: 1}, &obstacle{every: rarely}
	for name, c := range map[string]struct {
		o                 *obstacle
		there, same, room bool
		polls             int
		want              step
	}{
		"watched":                        {nil, true, true, true, 1, wait},
		"watched, and gone":              {nil, false, false, true, 1, attempt},
		"watched, and another":           {nil, true, false, true, 1, attempt},
		"just gone":                      {gone, false, false, true, 1, wait},
		"gone for a while":               {gone, false, false, true, eager, poll},
		"back":                           {gone, true, false, true, 1, attempt},
		"full":                           {full, true, true, false, 1, poll},
		"full, tried often enough":       {full, true, true, true, 1, poll},
		"full, to be tried again":        {full, true, true, true, 2 * rarely, attempt},
		"full, and no room yet":          {full, true, true, false, 2 * rarely, poll},
		"on the network, which is cheap": {&obstacle{every: 1}, true, true, true, 1, attempt},
	} {
		if got := decide(c.o, c.there, c.same, c.room, c.polls); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func half() float64 { return 0.5 }

func onNFS(string) (string, bool, error) { return "nfs", true, nil }

func TestANetworkDriveIsPolled(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		opt := f.options()
		opt.Drive, opt.dice = onNFS, half
		w := New(opt)
		defer w.Close()
		r := add(t, w, dir, RootOptions{})
		s := r.Status()
		if s.Mode != Polling || !strings.Contains(s.Reason, "network drive (nfs)") || s.Cure == "" || s.Every != 30*time.Second {
			t.Errorf("%+v", s)
		}
		same(t, f.list())
		polls := func() time.Duration {
			start := time.Now()
			if h := nextPoll(r); !h.All {
				t.Errorf("%+v", h)
			}
			return time.Since(start)
		}
		for range 3 {
			if d := polls(); d != 30*time.Second {
				t.Errorf("polled after %v", d)
			}
		}
		r.Looked(time.Minute)
		if d := polls(); d != 20*time.Minute {
			t.Errorf("polled after %v, though a look takes a minute", d)
		}
	})
}

// nextPoll waits for a hint, however long that takes: time costs nothing in a bubble.
func nextPoll(r *Root) Hint {
	<-r.Changed()
	return r.Take()
}

func TestARootIsWatchedWhenItNoLongerLiesOnTheNetwork(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		var local atomic.Bool
		opt := f.options()
		opt.Drive = func(string) (string, bool, error) { return "cifs", !local.Load(), nil }
		w := New(opt)
		defer w.Close()
		r := add(t, w, dir, RootOptions{})
		local.Store(true)
		if h := nextPoll(r); !h.All || r.Status().Mode != Watching {
			t.Errorf("%+v, %+v", h, r.Status())
		}
		same(t, f.list(), dir)
	})
}

// No event tells of what happens to the folders above a root.
func TestAnotherFolderAtTheSamePlaceIsFoundOut(t *testing.T) {
	parent := mkdir(t, t.TempDir(), "Clients")
	dir := mkdir(t, parent, "Jansen")
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		w := New(f.options())
		defer w.Close()
		r := add(t, w, dir, RootOptions{})
		rename(t, parent, parent+" old")
		mkdir(t, dir, "new")
		for range 6 { // looks for other reasons, each sooner than the next tick
			time.Sleep(10 * time.Second)
			r.Looked(time.Second)
		}
		if h := r.Take(); !h.All || r.Status().Mode != Watching {
			t.Errorf("%+v, %+v", h, r.Status())
		}
		same(t, f.list(), dir, filepath.Join(dir, "new"))
	})
}

func TestAFolderThatHasJustGoneIsLookedForMoreOften(t *testing.T) {
	dir := mkdir(t, t.TempDir(), "Jansen")
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		opt := f.options()
		opt.dice = half
		w := New(opt)
		defer w.Close()
		r := add(t, w, dir, RootOptions{})
		rename(t, dir, dir+" old")
		f.say(fsnotify.Rename, dir)
		if h := nextPoll(r); !h.All || r.Status().Mode != Polling {
			t.Errorf("%+v, %+v", h, r.Status())
		}
		start := time.Now()
		mkdir(t, dir)
		if h := nextPoll(r); !h.All || r.Status().Mode != Watching || time.Since(start) > 2*time.Second {
			t.Errorf("%+v, %+v after %v", h, r.Status(), time.Since(start))
		}
		rename(t, dir, dir+" too")
		f.say(fsnotify.Rename, dir)
		nextPoll(r)
		start = time.Now()
		for range 3 { // but to look at nothing is not asked for more often
			nextPoll(r)
		}
		if d := time.Since(start); d != 90*time.Second {
			t.Errorf("polled three times in %v", d)
		}
	})
}

func TestAWatchedRootThatNothingHappensInIsNotLookedAt(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := New(newFake().options())
		defer w.Close()
		r := add(t, w, dir, RootOptions{})
		time.Sleep(24 * time.Hour)
		if h := r.Take(); !h.Empty() {
			t.Errorf("%+v", h)
		}
	})
}

func TestARootWithoutEventsInItsTrialIsPolled(t *testing.T) {
	dir, trial := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		w := New(f.options())
		defer w.Close()
		r := add(t, w, dir, RootOptions{Trial: trial})
		if s := r.Status(); s.Mode != Polling || !strings.Contains(s.Reason, "made no event") {
			t.Errorf("%+v", s)
		}
		if left, err := os.ReadDir(trial); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		same(t, f.list())
	})
}

func TestTheLimitOfWatches(t *testing.T) {
	big, small := t.TempDir(), t.TempDir()
	for _, name := range []string{"a", "b", "c", "d/e", "d/f", "d/g"} {
		mkdir(t, big, name)
	}
	mkdir(t, small, "x")
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		var limit atomic.Int64
		limit.Store(6)
		f.onAdd(func(string) error {
			if len(f.list()) >= int(limit.Load()) {
				return syscall.ENOSPC
			}
			return nil
		})
		opt := f.options()
		opt.cap = func(name string) int { return map[string]int{maxWatches: int(limit.Load())}[name] }
		w := New(opt)
		defer w.Close()
		r := add(t, w, small, RootOptions{})
		poor := add(t, w, big, RootOptions{})

		s := poor.Status()
		want := "the system lets this user watch 6 folders (fs.inotify.max_user_watches); this client has 8, and other clients have 2"
		if s.Mode != Polling || s.Folders != 8 || s.Reason != want || !strings.Contains(s.Cure, "sudo sysctl fs.inotify.max_user_watches=524288") {
			t.Errorf("%+v", s)
		}
		same(t, f.list(), small, filepath.Join(small, "x"))
		if r.Status().Mode != Watching {
			t.Errorf("the client that fits is %+v", r.Status())
		}

		before := f.added
		for range 2 * rarely {
			if h := nextPoll(poor); !h.All {
				t.Errorf("%+v", h)
			}
		}
		if f.added != before {
			t.Error("it was tried again where there was no room")
		}
		limit.Store(100)
		for range rarely {
			nextPoll(poor)
		}
		if s := poor.Status(); s.Mode != Watching || s.Folders != 8 {
			t.Errorf("with a higher limit: %+v", s)
		}
	})
}

func TestTheLimitIsReachedByANewFolder(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	r := begin(t, f.options(), dir, RootOptions{})
	f.onAdd(func(string) error { return syscall.ENOSPC })
	mkdir(t, dir, "a")
	f.say(fsnotify.Create, filepath.Join(dir, "a"))
	for !next(t, r).All {
	}
	if s := r.Status(); s.Mode != Polling || s.Folders != 2 {
		t.Errorf("%+v", s)
	}
	same(t, f.list())
}

func TestWithoutAQueueEveryRootIsPolledUntilThereIsOne(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		var given atomic.Bool
		opt := Options{
			open: func() (source, error) {
				if !given.Load() {
					return nil, syscall.EMFILE
				}
				return f, nil
			},
			cap: func(name string) int { return map[string]int{maxInstances: 128}[name] },
		}
		w := New(opt)
		defer w.Close()
		r := add(t, w, dir, RootOptions{})
		s := r.Status()
		if s.Mode != Polling || !strings.Contains(s.Reason, "all 128 queues") || !strings.Contains(s.Cure, maxInstances+"=1024") {
			t.Errorf("%+v", s)
		}
		given.Store(true)
		for range rarely {
			nextPoll(r)
		}
		if s := r.Status(); s.Mode != Watching {
			t.Errorf("%+v", s)
		}
	})
}

func TestWhatIsSaidOfAnError(t *testing.T) {
	none := func(string) int { return 0 }
	inside := func(name string) int { return map[string]int{maxWatches: 9000, maxWatchesFor: 50}[name] }
	for name, c := range map[string]struct {
		o            *obstacle
		reason, cure string
	}{
		"no folder":           {notThere(nil), "not a folder", "put the client's folder back"},
		"no right":            {obstacleOf(syscall.EACCES), "may not be read", "give the user"},
		"gone meanwhile":      {obstacleOf(syscall.ENOENT), "not there", "put it back"},
		"an unknown error":    {obstacleOf(errors.New("odd")), "does not let it be watched: odd", ""},
		"a drive of no name":  {onNetwork(""), "network drive (of unknown kind)", "nothing need be done"},
		"a limit elsewhere":   {atLimit(syscall.EMFILE, 7, 0, none), "no more watches", ""},
		"too many open files": {atLimit(syscall.EMFILE, 7, 0, inside), "this client has 7 folders", ""},
		"inside a container":  {atLimit(syscall.ENOSPC, 7, 45, inside), "watch 50 folders (user.max_inotify_watches)", "sysctl user.max_inotify_watches"},
		"an odd queue":        {noQueue(errors.New("odd"), none), "gives no file events: odd", ""},
	} {
		if !strings.Contains(c.o.reason, c.reason) || !strings.Contains(c.o.cure, c.cure) || c.o.every < 1 {
			t.Errorf("%s: %+v", name, *c.o)
		}
	}
	if n := enough(400_000); n != 1048576 {
		t.Errorf("enough for 400,000 folders: %d", n)
	}
}
