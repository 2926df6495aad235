package control

import (
	"fmt"
	"iter"
	"strings"
	"testing"
)

// follow begins to follow a feed, and says hello.
func follow(t *testing.T, c *Client, since string) (next func() Change, stop func()) {
	t.Helper()
	pull, stop := iter.Pull2(c.Events(t.Context(), since))
	next = func() Change {
		t.Helper()
		change, err, ok := pull()
		if err != nil || !ok {
			t.Fatalf("the stream ended: %v", err)
		}
		return change
	}
	if hello := next(); hello.Kind != Hello {
		t.Fatalf("the stream begins with %+v", hello)
	}
	return next, stop
}

func ofClient(name string, files int) Change {
	return Change{Kind: OfClient, Client: &ClientStatus{Name: name, Files: files}}
}

func TestNewsArriveInOrder(t *testing.T) {
	r := run(t, &clerk{})
	r.feed.Publish(ofClient("before", 1))
	next, stop := follow(t, r.client(t), "")
	defer stop()
	r.feed.Publish(ofClient("a", 1))
	r.feed.Publish(Change{Kind: Progress, Event: &Event{Path: "p"}})
	r.feed.Publish(Change{Kind: Gone, Name: "a"})
	if c := next(); c.Client == nil || c.Client.Name != "a" || c.Cursor == "" {
		t.Errorf("first %+v", c)
	}
	if c := next(); c.Event == nil || c.Event.Path != "p" || c.Cursor != "" {
		t.Errorf("second %+v", c)
	}
	if c := next(); c.Kind != Gone || c.Name != "a" {
		t.Errorf("third %+v", c)
	}
	r.stop()
}

func TestAStreamEndsWithTheDaemon(t *testing.T) {
	r := run(t, &clerk{})
	next, stop := follow(t, r.client(t), "")
	defer stop()
	r.stop()
	if c := next(); c.Kind != Stopping {
		t.Errorf("the last is %+v", c)
	}
}

func TestWhoComesBackHearsTheLatestOfWhatHeMissed(t *testing.T) {
	r := run(t, &clerk{})
	c := r.client(t)
	next, stop := follow(t, c, "")
	r.feed.Publish(ofClient("a", 1))
	cursor := next().Cursor
	stop()
	r.feed.Publish(ofClient("a", 2))
	r.feed.Publish(ofClient("b", 1))
	r.feed.Publish(Change{Kind: OfBudget, Budget: &Budget{Portal: "office"}})
	r.feed.Publish(ofClient("a", 3))
	next, stop = follow(t, c, cursor)
	defer stop()
	var got []string
	for range 3 {
		switch c := next(); {
		case c.Client != nil:
			got = append(got, fmt.Sprint(c.Client.Name, c.Client.Files))
		case c.Budget != nil:
			got = append(got, c.Budget.Portal)
		}
	}
	if want := "b1 office a3"; strings.Join(got, " ") != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestACursorOfAnotherDaemonMissesEverything(t *testing.T) {
	r := run(t, &clerk{})
	c := r.client(t)
	r.feed.Publish(ofClient("a", 1))
	for _, cursor := range []string{"other-1", "-1", "1", "?", r.feed.life + "-99", r.feed.life + "--1"} {
		next, stop := follow(t, c, cursor)
		if m := next(); m.Kind != Missed || m.Cursor != r.feed.life+"-1" {
			t.Errorf("%s: %+v", cursor, m)
		}
		stop()
	}
}

func TestASlowListenerIsDroppedAndTold(t *testing.T) {
	f := NewFeed()
	_, l, err := f.listen("")
	if err != nil {
		t.Fatal(err)
	}
	for i := range backlog {
		f.Publish(Change{Kind: Progress, Event: &Event{Bytes: int64(i)}})
	}
	f.Publish(Change{Kind: Progress, Event: &Event{}})
	if !f.listeners[l] {
		t.Fatal("dropped for progress, which nobody needs")
	}
	f.Publish(ofClient("a", 1))
	if f.listeners[l] {
		t.Fatal("a listener that is far behind is kept")
	}
	f.Publish(ofClient("a", 2)) // must not meet the closed channel
	heard := 0
	for range l.news {
		heard++
	}
	if heard != backlog || l.last.Kind != Dropped {
		t.Errorf("heard %d, and at last %+v", heard, l.last)
	}
	f.leave(l)
}

func TestListenersAreBounded(t *testing.T) {
	f := NewFeed()
	var first *listener
	for range maxListeners {
		_, l, err := f.listen("")
		if err != nil {
			t.Fatal(err)
		}
		first = l
	}
	if _, _, err := f.listen(""); CodeOf(err) != TooMany {
		t.Errorf("one too many: %v", err)
	}
	f.leave(first)
	if _, _, err := f.listen(""); err != nil {
		t.Errorf("after one has left: %v", err)
	}
	f.close()
	if _, _, err := f.listen(""); CodeOf(err) != Stopped {
		t.Errorf("at the end: %v", err)
	}
}
