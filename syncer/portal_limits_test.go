package syncer

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// Acceptance of budgets, with the portal's limit enforced and the clock simulated: 1,000 files go up on a MijnKlantportaal that allows 60 calls
// a minute, and in the middle of it somebody saves a file.
func TestAThousandFilesWithinSixtyCallsAMinute(t *testing.T) {
	withLimits(t, func(w *portalWorld, traffic *traffic) {
		several(w, 1000)
		var saved, arrived time.Time
		var wait sync.WaitGroup
		wait.Go(func() {
			time.Sleep(7 * time.Minute)
			saved = time.Now()
			w.write("urgent.txt", "saved in the middle")
			for arrived.IsZero() && time.Since(saved) < time.Minute {
				time.Sleep(100 * time.Millisecond)
				if _, there := w.server.Tree(w.kind.portal)[at("urgent.txt")]; there {
					arrived = time.Now()
				}
			}
		})
		begun := time.Now()
		rep := w.run()
		took := time.Since(begun)
		wait.Wait()
		calls, refused := traffic.sum()
		used := float64(calls-refused) / (took.Minutes() * 60)
		part := float64(refused) / float64(calls)
		t.Logf("%d calls in %v: %.1f %% of the budget used, %.2f %% refused; the save was up after %v", calls, took, 100*used, 100*part, arrived.Sub(saved))
		if rep.Uploaded != 1001 || used < 0.97 || part >= 0.01 {
			t.Errorf("%d files up, %.3f used, %.4f refused: %+v", rep.Uploaded, used, part, rep)
		}
		if arrived.IsZero() || arrived.Sub(saved) > 10*time.Second {
			t.Errorf("the save was up after %v", arrived.Sub(saved))
		}
	})
}

// Three machines work with one key, each with a client of its own.
func TestThreeMachinesOnOneKeyShareItsBudget(t *testing.T) {
	withLimits(t, func(w *portalWorld, traffic *traffic) {
		machines := []*portalWorld{w, w.another("laptop"), w.another("server")}
		var wait sync.WaitGroup
		for n, m := range machines {
			name := fmt.Sprint("client ", n)
			id, err := w.server.MkdirAll(w.kind.portal, at(name))
			must(t, err)
			m.opt.Folder, m.opt.Name = remote.ID(id), name
			several(m, 150)
		}
		begun := time.Now()
		for _, m := range machines {
			wait.Go(func() {
				rep := m.run()
				up := rep.Uploaded
				for try := 0; rep.State == Partly && try < 3; try++ { // what was refused waits for its next try, and a run does not wait for it
					time.Sleep(time.Minute)
					rep = m.run()
					up += rep.Uploaded
				}
				if up != 150 || rep.State != InStep {
					t.Errorf("%d files up: %+v", up, rep)
				}
			})
		}
		wait.Wait()
		took := time.Since(begun)
		calls, refused := traffic.sum()
		t.Logf("%d calls in %v: %.1f %% of the budget used, %.2f %% refused", calls, took, 100*float64(calls-refused)/(took.Minutes()*60), 100*float64(refused)/float64(calls))
		if part := float64(refused) / float64(calls); part >= 0.05 {
			t.Errorf("%.3f refused", part)
		}
	})
}

// several saves so many files, in ten folders.
func several(w *portalWorld, n int) {
	for i := range n {
		w.write(fmt.Sprintf("%d/%d.txt", i%10, i), fmt.Sprint(w.host, " content ", i))
	}
	w.settle()
}

// withLimits runs a test on a MijnKlantportaal that enforces its limit. The driver is told nothing of it.
func withLimits(t *testing.T, test func(w *portalWorld, traffic *traffic)) {
	synctest.Test(t, func(t *testing.T) {
		server, err := sandbox.New(sandbox.Options{Seed: 1, Limits: true})
		must(t, err)
		defer server.Close()
		memory, err := server.InMemory(t.Context())
		must(t, err)
		defer memory.Close()
		dial := &http.Transport{DialContext: memory.DialContext, MaxIdleConnsPerHost: 16}
		defer dial.CloseIdleConnections()
		kind := portalKinds[1]
		counted := &traffic{}
		open := kind.open
		kind.open = func(o rest.Options) (remote.Driver, error) {
			wrap := o.Wrap
			o.Wrap = func(next http.RoundTripper) http.RoundTripper { return &countedWay{counted, wrap(next)} }
			o.Limits = rest.Limits{}
			return open(o)
		}
		test(newPortalWorld(t, kind, server, memory.Info.Portals[kind.portal], dial, "pc"), counted)
	})
}

// traffic counts what is sent to the portal, its download host aside.
type traffic struct {
	mu             sync.Mutex
	calls, refused int // guarded by mu
}

func (c *traffic) sum() (calls, refused int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls, c.refused
}

type countedWay struct {
	*traffic
	next http.RoundTripper
}

func (c *countedWay) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if strings.HasPrefix(r.URL.Host, "dl.") {
		return resp, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		c.refused++
	}
	return resp, err
}
