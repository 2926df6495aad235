package rest

import (
	"context"
	"io"
	"iter"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
)

// told is a driver that keeps the context of each call.
type told struct {
	remote.Driver
	ctx context.Context
}

func (d *told) Get(ctx context.Context, id remote.ID, k remote.Kind) (remote.Entry, error) {
	d.ctx = ctx
	return remote.Entry{}, context.Canceled
}

func (d *told) MakeFolder(ctx context.Context, p remote.Place) (remote.Entry, error) {
	d.ctx = ctx
	return remote.Entry{}, context.Canceled
}

func (d *told) Download(ctx context.Context, _ remote.Entry, _ int64) (io.ReadCloser, error) {
	d.ctx = ctx
	return nil, context.Canceled
}

func (d *told) Children(ctx context.Context, _ remote.ID) iter.Seq2[remote.Entry, error] {
	d.ctx = ctx
	return func(func(remote.Entry, error) bool) {}
}

// as is the context in which a Portal sends a client's call.
func as(t *testing.T, client remote.ID, u remote.Urgency) context.Context {
	t.Helper()
	d := &told{Driver: remotetest.NewMemory(remotetest.Full())}
	p := remote.NewPortal(d, remote.PortalOptions{}).Scope(client, func(remote.ID) bool { return true })
	switch u {
	case remote.UrgentSave:
		_, _ = p.MakeFolder(t.Context(), remote.Place{Parent: client, Name: "a"})
	case remote.UrgentWitness:
		_, _ = p.Get(t.Context(), client, remote.Folder)
	case remote.UrgentFetch:
		_, _ = p.Download(t.Context(), remote.Entry{ID: "1", Name: "a", Kind: remote.File, Size: 1}, 0)
	default:
		for range p.Children(t.Context(), client) {
			break
		}
	}
	if d.ctx == nil || remote.UrgencyOf(d.ctx) != u || remote.ClientOf(d.ctx) != client {
		t.Fatal("the portal does not say whose call it is")
	}
	return d.ctx
}

// spend uses up what may go at once, so that calls go one by one from now on.
func spend(t *testing.T, l *Limiter) {
	t.Helper()
	for range 31 {
		if err := l.Wait(as(t, "spender", remote.UrgentSave), false); err != nil {
			t.Fatal(err)
		}
	}
}

// standing are calls that wait; as each goes it puts its name down.
type standing struct {
	l    *Limiter
	wg   sync.WaitGroup
	mu   sync.Mutex
	gone []string
}

func (s *standing) call(ctx context.Context, name string) {
	s.wg.Go(func() {
		if s.l.Wait(ctx, false) == nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.gone = append(s.gone, name)
		}
	})
	synctest.Wait()
}

func TestTheMoreUrgentGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &standing{l: NewLimiter(Limits{Calls: 60})}
		spend(t, s.l)
		for u, name := range map[remote.Urgency]string{remote.UrgentLook: "look", remote.UrgentFetch: "fetch", remote.UrgentSave: "save", remote.UrgentWitness: "witness"} {
			s.call(as(t, "a", u), name)
		}
		s.wg.Wait()
		if want := "save witness fetch look"; strings.Join(s.gone, " ") != want {
			t.Errorf("they went %v, want %s", s.gone, want)
		}
	})
}

func TestClientsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &standing{l: NewLimiter(Limits{Calls: 60})}
		spend(t, s.l)
		a, b, c := as(t, "a", remote.UrgentFetch), as(t, "b", remote.UrgentFetch), as(t, "c", remote.UrgentFetch)
		for range 5 {
			s.call(a, "a")
		}
		s.call(b, "b")
		s.call(b, "b")
		s.call(c, "c")
		s.wg.Wait()
		if want := "a b c a b a a a"; strings.Join(s.gone, " ") != want {
			t.Errorf("they went %v, want %s", s.gone, want)
		}
	})
}

// However much there is to save, to ask and to fetch, listings go on: a twentieth of the calls is theirs.
func TestNobodyWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Calls: 60})
		var mu sync.Mutex
		n := map[remote.Urgency]int{}
		end := time.Now().Add(30 * time.Minute)
		var wg sync.WaitGroup
		for u := remote.UrgentSave; u <= remote.UrgentLook; u++ {
			for range 3 {
				ctx := as(t, "a", u)
				wg.Go(func() {
					for time.Now().Before(end) && l.Wait(ctx, false) == nil {
						mu.Lock()
						n[u]++
						mu.Unlock()
					}
				})
			}
		}
		wg.Wait()
		all := n[0] + n[1] + n[2] + n[3]
		t.Logf("of %d calls %d were saves, %d witnesses, %d fetches, %d listings", all, n[0], n[1], n[2], n[3])
		if n[0] < all*3/4 || n[1] < all/25 || n[2] < all/25 || n[3] < all/25 {
			t.Errorf("of %d calls: %v", all, n)
		}
	})
}

// A save runs ahead of the even pace; the others wait until that is made up for.
func TestASaveRunsAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Calls: 60})
		save, fetch := as(t, "a", remote.UrgentSave), as(t, "a", remote.UrgentFetch)
		wait := func(ctx context.Context, n int) time.Duration {
			began := time.Now()
			for range n {
				if err := l.Wait(ctx, false); err != nil {
					t.Fatal(err)
				}
			}
			return time.Since(began)
		}
		if took := wait(fetch, 15); took != 0 {
			t.Errorf("after a while without calls, 15 took %v", took)
		}
		if took := wait(save, 10); took != 0 {
			t.Errorf("10 saves took %v", took)
		}
		if took := wait(fetch, 1); took < 11*time.Second || took > 20*time.Second {
			t.Errorf("the next fetch waited for %v", took)
		}
	})
}

// An upload that waits for its own budget keeps nobody else.
func TestUploadsThatWaitKeepNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Calls: 1000, Uploads: 1})
		save := as(t, "a", remote.UrgentSave)
		_ = l.Wait(save, true)
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(save)
		wg.Go(func() { _ = l.Wait(ctx, true) })
		synctest.Wait()
		began := time.Now()
		for range 20 {
			if err := l.Wait(save, false); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("20 calls took %v", took)
		}
		cancel()
		wg.Wait()
	})
}

func TestThoseWhoGiveUpLeaveTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Calls: 60})
		spend(t, l)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if l.Wait(ctx, false) == nil {
					t.Error("one went")
				}
			})
		}
		synctest.Wait()
		cancel()
		wg.Wait()
		if s := l.Standing(); s.Waiting != 0 {
			t.Errorf("%d still wait", s.Waiting)
		}
		began := time.Now()
		if err := l.Wait(as(t, "a", remote.UrgentSave), false); err != nil || time.Since(began) > 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// A pause that begins while calls wait sends them away if it is a long one.
func TestALongPauseSendsThoseAwayWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Calls: 60})
		spend(t, l)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				e := asError(t, l.Wait(t.Context(), false))
				if e.Code != remote.Throttled || e.RetryAfter != 5*time.Minute {
					t.Errorf("got %v, again after %v", e, e.RetryAfter)
				}
			})
		}
		synctest.Wait()
		l.Pause(5 * time.Minute)
		wg.Wait()
	})
}

// A restart does not begin with a full budget: not for the portal, however often it happens.
func TestARestartBeginsWithWhatIsLeft(t *testing.T) {
	for _, way := range countings {
		synctest.Test(t, func(t *testing.T) {
			m := &metered{perMinute: 60, count: way.make(60), silent: true}
			var s Standing
			for began := time.Now(); time.Since(began) < 20*time.Minute; {
				l := NewLimiter(Limits{})
				l.Resume(s)
				l.Allow(Limits{Calls: 60})
				m.work(t.Context(), t, l, 4, m.served+10+rand.IntN(20))
				s = l.Standing()
				_ = Sleep(t.Context(), time.Duration(rand.IntN(3000))*time.Millisecond)
			}
			if m.refused*100 >= m.served {
				t.Errorf("%s: %d of %d were refused", way.name, m.refused, m.served)
			}
		})
	}
}

func TestAStandingTellsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Calls: 60, Uploads: 10})
		for range 2 {
			_ = l.Wait(t.Context(), true)
		}
		_ = l.Wait(t.Context(), false)
		l.Pause(time.Minute)
		s := l.Standing()
		if s.Calls.PerMinute != 60 || s.Calls.Left != 57 || s.Uploads.Left != 8 || s.Sent != 3 || time.Until(s.Paused) != time.Minute {
			t.Errorf("%+v", s)
		}
		if open := NewLimiter(Limits{}).Standing(); open.Calls.PerMinute != 0 || open.Calls.Left != -1 || !open.Paused.IsZero() {
			t.Errorf("an unknown budget: %+v", open)
		}
		_ = Sleep(t.Context(), 30*time.Second)
		after := NewLimiter(Limits{Calls: 60})
		after.Resume(s)
		if got := after.Standing(); got.Calls.Left != 57 || time.Until(got.Paused) != 30*time.Second {
			t.Errorf("after a restart: %+v", got)
		}
	})
}

// What the budget costs a call: with a limit far off, and with a thousand calls in the window.
func BenchmarkLimiter(b *testing.B) {
	for name, limits := range map[string]Limits{"open": {}, "told": {Calls: 60_000}} {
		b.Run(name, func(b *testing.B) {
			l := NewLimiter(limits)
			for b.Loop() {
				p, err := l.enter(b.Context(), false)
				if err != nil {
					b.Fatal(err)
				}
				p.answered(200, nil)
				if name == "told" {
					l.calls.window.keep(1000)
					l.calls.bucket = bucket{}
				}
			}
		})
	}
}
