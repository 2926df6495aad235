package backoffice

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// signIns are the calls to sign in and to refresh since the last time.
func (w *world) signIns() (signIns, refreshes int) {
	calls := w.office.Calls(sandbox.BackOffice)
	w.office.ResetCalls()
	return calls["POST /api/v2/signin"], calls["POST /api/v2/refresh"]
}

// One sign-in serves until a minute before the token ends; then it is refreshed.
func TestTokensAreReusedAndRefreshed(t *testing.T) {
	for quirk, want := range map[string][2]int{"bo-signin-unlimited": {0, 1}, "bo-refresh-bearer-only": {0, 1}, "bo-refresh-body-only": {0, 1}, "bo-refresh-rotates": {0, 1}, "bo-no-refresh": {1, 1}} {
		inWorldOf(t, sandbox.Options{TokenLife: time.Hour}, rest.Options{}, func(w *world) {
			w.quirk(quirk)
			w.shows()
			if signIns, refreshes := w.signIns(); signIns != 1 || refreshes != 0 {
				w.Fatalf("%s: signed in %d times, refreshed %d times", quirk, signIns, refreshes)
			}
			time.Sleep(58 * time.Minute)
			w.shows()
			if signIns, refreshes := w.signIns(); signIns != 0 || refreshes != 0 {
				w.Errorf("%s: signed in %d times, refreshed %d times, with a good token", quirk, signIns, refreshes)
			}
			for range 3 {
				time.Sleep(59*time.Minute + time.Second)
				w.shows()
				if signIns, refreshes := w.signIns(); [2]int{signIns, refreshes} != want {
					w.Errorf("%s: signed in %d times, refreshed %d times, want %v", quirk, signIns, refreshes, want)
				}
			}
		})
	}
}

// A token that the portal has voided is renewed once, and the call made again.
func TestVoidedTokensAreRenewed(t *testing.T) {
	inWorld(t, func(w *world) {
		w.create("a.pdf", "a")
		time.Sleep(2 * time.Minute)
		w.fault(mischief.Fault{Do: mischief.Expired, Times: 1})
		w.create("b.pdf", "b")
		w.shows("a.pdf", "b.pdf")
	})
}

// Wrong passwords lock an account: one a minute at most is tried, whatever is asked.
func TestSignInsAreAMinuteApart(t *testing.T) {
	for name, spoil := range map[string]func(w *world) *Driver{
		"a wrong password": func(w *world) *Driver { return w.sign(rest.Options{Password: "wrong-password"}) },
		"a portal in trouble": func(w *world) *Driver {
			w.fault(mischief.Fault{Do: mischief.Status, Status: 500, Path: "/signin"})
			return w.sign(rest.Options{})
		},
		"an answer of another shape": func(w *world) *Driver {
			w.fault(mischief.Fault{Do: mischief.HTML, Path: "/signin"})
			return w.sign(rest.Options{})
		},
	} {
		inWorld(t, func(w *world) {
			d := spoil(w)
			defer d.Close()
			began := time.Now()
			tries := 0
			for time.Since(began) < 10*time.Minute {
				if _, err := d.Account(w.ctx); err == nil {
					w.Fatalf("%s: signed in", name)
				}
				n, _ := w.signIns()
				tries += n
				time.Sleep(7 * time.Second)
			}
			if tries < 2 || tries > 10 {
				w.Errorf("%s: %d sign-ins in ten minutes", name, tries)
			}
		})
	}
}

// A second factor cannot be given by a service: it is said in words, and not tried on and on.
func TestSecondFactor(t *testing.T) {
	inWorld(t, func(w *world) {
		w.quirk("bo-2fa")
		for range 5 {
			_, err := w.Account(w.ctx)
			if e := code(w, err, remote.SignIn); !strings.Contains(e.Error(), "second factor") && e.RetryAfter == 0 {
				w.Errorf("%v", e)
			}
		}
		if signIns, _ := w.signIns(); signIns != 1 {
			w.Errorf("signed in %d times", signIns)
		}
	})
}

// Neither the password nor a token is ever logged, and the password goes nowhere but to the sign-in.
func TestSecretsStayOutOfTheLog(t *testing.T) {
	inWorld(t, func(w *world) {
		w.create("a.pdf", "a")
		w.fault(mischief.Fault{Do: mischief.Status, Status: 400, Body: `{"message":"bad ` + w.info().Password + `"}`})
		_, err := w.crawl()
		if strings.Contains(w.log.String(), w.info().Password) || err != nil && strings.Contains(err.Error(), w.info().Password) {
			w.Errorf("the password is told: %v", err)
		}
	})
}

// Whatever the portal's budget, and however it refuses, all is done in the end; without a setting we stay below what is assumed.
func TestBudget(t *testing.T) {
	for _, quirk := range []string{"bo-limit-1", "bo-limit-503", "bo-limit-bare"} {
		inWorldOf(t, sandbox.Options{Limits: true}, rest.Options{}, func(w *world) {
			w.quirk(quirk)
			const files = 100
			began := time.Now()
			for i := 0; i < files; {
				_, err := w.Create(w.ctx, w.upload(itoa(i+1)+".pdf", "x"))
				switch remote.CodeOf(err) {
				case remote.Throttled, remote.Unavailable:
					time.Sleep(time.Second)
					continue
				}
				if err != nil {
					w.Fatalf("%s: %v", quirk, err)
				}
				i++
			}
			if n := len(w.there()); n < files {
				w.Errorf("%s: %d files are there", quirk, n)
			}
			if took := time.Since(began); took < files*time.Minute/assumedCalls-2*time.Second || took > 10*time.Minute {
				w.Errorf("%s: %d files took %v", quirk, files, took)
			}
		})
	}
}

func TestBudgetIsAssumedUnlessTold(t *testing.T) {
	if got := Budget(rest.Options{URL: "https://office.test"}); got != (rest.Limits{Calls: assumedCalls}) {
		t.Errorf("assumed are %+v", got)
	}
	if got := Budget(rest.Options{Limits: rest.Limits{Uploads: 7}}); got != (rest.Limits{Uploads: 7}) {
		t.Errorf("told were 7 uploads, taken %+v", got)
	}
	synctest.Test(t, func(t *testing.T) {
		d := say(t, nil, map[string]http.HandlerFunc{"GET /clients": reply(200, `[]`)})
		d, err := open(rest.Options{URL: "https://office.test", Email: "a@office.test", Password: "password", Transport: d.options.Transport})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range 180 {
			if _, err := d.Account(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 118*time.Second || took > 125*time.Second {
			t.Errorf("180 calls took %v", took)
		}
	})
}

// Errors are sorted by their status alone, and a write that may have been done says so.
func TestErrorsAreSorted(t *testing.T) {
	for _, c := range []struct {
		status int
		want   remote.Code
		maybe  bool
	}{
		{400, remote.Unknown, false}, {403, remote.Denied, false}, {413, remote.TooBig, false}, {422, remote.Unknown, false},
		{429, remote.Throttled, false}, {500, remote.Unavailable, true}, {502, remote.Unavailable, true}, {503, remote.Unavailable, true},
		{409, remote.Busy, false}, {302, remote.Corrupt, true},
	} {
		inWorld(t, func(w *world) {
			w.shows()
			w.fault(mischief.Fault{Do: mischief.Status, Status: c.status, Method: "POST"})
			_, err := w.Create(w.ctx, w.upload("a.pdf", "a"))
			if e := code(w, err, c.want); (e.Outcome == remote.MaybeDone) != c.maybe || e.Status != c.status {
				w.Errorf("%d: %v", c.status, e)
			}
			w.shows()
		})
	}
}

// 401 for good means that a person must sign in.
func TestUnauthorizedForGood(t *testing.T) {
	inWorld(t, func(w *world) {
		w.shows()
		time.Sleep(2 * time.Minute)
		w.fault(mischief.Fault{Do: mischief.Expired})
		_, err := w.crawl()
		code(w, err, remote.SignIn)
	})
}
