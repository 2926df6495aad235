package sandbox_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dossier/remote/sandbox"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("SANDBOX_TEST_SERVE"); dir != "" {
		serveForever(dir)
	}
	os.Exit(m.Run())
}

// serveForever is the process that TestWhatWasAnsweredSurvivesKill kills.
func serveForever(dir string) {
	s, err := sandbox.New(sandbox.Options{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	running, err := s.Serve(context.Background(), "")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	box := running.Info.Portals[sandbox.Box]
	fmt.Println(box.URL, box.Token)
	running.Wait()
}

func TestWhatWasAnsweredSurvivesKill(t *testing.T) { // E2, of the sandbox itself
	dir := t.TempDir()
	var mu sync.Mutex
	answered := map[string]string{} // name → sha1
	for round := range 3 {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), "SANDBOX_TEST_SERVE="+dir)
		process.Stderr = os.Stderr
		out, err := process.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		url, token, _ := strings.Cut(strings.TrimSpace(line), " ")
		w := &world{T: t, client: &http.Client{Transport: &http.Transport{}}, box: sandbox.PortalInfo{URL: url, Token: token}}
		enough := make(chan struct{})
		var writers sync.WaitGroup
		for n := range 4 {
			writers.Go(func() {
				for i := 0; ; i++ {
					name := fmt.Sprintf("%d-%d-%d", round, n, i)
					body, kind := form("attributes", inFolder(name, "0"), "file", strings.Repeat(name, 1+i%30*500))
					a, err := w.try("POST", "/api/2.0/files/content", body, "Content-Type", kind)
					if err != nil {
						return // killed
					}
					mu.Lock()
					answered[name] = a.str("entries", 0, "sha1")
					if len(answered) == 100*(round+1) {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		<-enough
		process.Process.Kill()
		process.Wait()
		writers.Wait()
		w.client.CloseIdleConnections()
	}
	s, err := sandbox.New(sandbox.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tree := s.Tree(sandbox.Box)
	for name, sum := range answered {
		if tree[name].SHA1 != sum || sum == "" {
			t.Errorf("%s was answered with %s, and is %q", name, sum, tree[name].SHA1)
		}
		content, err := s.Open(sandbox.Box, name)
		if err != nil {
			t.Errorf("content of %s: %v", name, err)
			continue
		}
		content.Close()
	}
	t.Logf("%d uploads were answered before three kills", len(answered))
}

func TestARestartKeepsItemsTokensAndSessions(t *testing.T) {
	dir := t.TempDir()
	opts := small
	opts.Dir, opts.Durable = dir, true
	var token, refresh, session, file string
	var before map[string]sandbox.Entry
	t.Run("before", func(t *testing.T) {
		w := newWorld(t, opts)
		_, files := bakery(w)
		file, token = files[0], w.box.Token
		refresh = w.want(w.refresh(w.box.RefreshToken), 200).str("refresh_token")
		session = w.want(w.begin(w.box.Folder, "big.bin"), 201).str("id")
		w.want(w.part(session, 0), 200)
		w.want(w.part(session, 8), 200)
		before = w.Tree(sandbox.Box)
	})
	t.Run("after", func(t *testing.T) {
		w := newWorld(t, opts)
		if diff := cmp.Diff(before, w.Tree(sandbox.Box)); diff != "" {
			t.Errorf("tree (-before +after):\n%s", diff)
		}
		if w.box.Token != token {
			t.Error("the token has changed")
		}
		w.want(w.refresh(refresh), 200)
		w.want(w.part(session, 4), 200)
		w.want(w.commit(session), 201)
		if got := w.want(w.fetch(file), 200).body; got != "content 0" {
			t.Errorf("downloaded %q", got)
		}
	})
}

func TestARestoredPortalRunsBackwards(t *testing.T) { // P20
	box(t, sandbox.Options{}, func(w *world) {
		_, files := bakery(w)
		snap := w.Snapshot()
		old, at := w.Tree(sandbox.Box), now(w)
		w.want(w.version(files[0], "f0.txt", "newer"), 200)
		w.want(w.do("DELETE", "/2.0/files/"+files[1], nil), 204)
		later := now(w)
		if err := w.RestoreSnapshot(snap); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(old, w.Tree(sandbox.Box)); diff != "" {
			t.Errorf("tree (-then +now):\n%s", diff)
		}
		if got := w.want(w.fetch(files[0]), 200).body; got != "content 0" {
			t.Errorf("downloaded %q", got)
		}
		notes, page := eventsSince(w, later)
		if notes != "200 <nil>;" || page.str("next_stream_position") != at {
			t.Errorf("from a position of the future: %s, position %s, want %s", notes, page.str("next_stream_position"), at)
		}
	})
}

func TestAPersonAtWorkOnThePortal(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		at := now(w)
		put := func(path, content string) sandbox.Entry {
			e, err := w.Put(sandbox.Box, path, strings.NewReader(content), time.Unix(1e9, 0))
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		first := put("Clients/Jansen/a.txt", "one")
		second := put("Clients/Jansen/A.TXT", "two")
		if first.ID != second.ID || first.Version == second.Version || second.Etag != "1" {
			t.Errorf("%+v became %+v", first, second)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.Rename(sandbox.Box, "Clients/Jansen/a.txt", "b.txt"))
		must(w.Move(sandbox.Box, "Clients/Jansen/b.txt", "Clients/b.txt"))
		must(w.Trash(sandbox.Box, "Clients/Jansen"))
		must(w.Restore(sandbox.Box, w.Trashed(sandbox.Box)[0].ID))
		must(w.Purge(sandbox.Box, "Clients/Jansen"))
		if got := w.Tree(sandbox.Box)["Clients/b.txt"]; got.ID != first.ID || got.Modified.Unix() != 1e9 {
			t.Errorf("at the end %+v", got)
		}
		if err := w.Trash(sandbox.Box, "Clients/Jansen"); !os.IsNotExist(err) {
			t.Errorf("trashing what is gone: %v", err)
		}
		if err := w.Move(sandbox.Box, "Clients", "Clients/in itself"); err == nil {
			t.Error("a folder was moved into itself")
		}
		notes, _ := eventsSince(w, at)
		var kinds []string
		for event := range strings.SplitSeq(strings.TrimPrefix(notes, "200 <nil>;"), ";") {
			kind, _, _ := strings.Cut(event, " ")
			kinds = append(kinds, kind)
		}
		if got := strings.Join(kinds, " "); got != "ITEM_CREATE ITEM_UPLOAD ITEM_UPLOAD ITEM_RENAME ITEM_MOVE ITEM_TRASH ITEM_UNDELETE_VIA_TRASH " {
			t.Errorf("events %s", got)
		}
		if w.Calls(sandbox.Box).Mutating() != 0 {
			t.Error("a person's work is counted as calls")
		}
	})
}

func TestServeListensUntilItIsClosed(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	running, err := s.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := running.Info.Portals[sandbox.Box]
	w := &world{T: t, client: &http.Client{Transport: &http.Transport{}}, box: box, Server: s}
	id := w.want(w.upload(box.Folder, "a.txt", "hello"), 201).str("entries", 0, "id")
	if got := w.want(w.fetch(id), 200).body; got != "hello" {
		t.Errorf("downloaded %q", got)
	}
	w.client.CloseIdleConnections()
	if err := running.Close(); err != nil {
		t.Error(err)
	}
	if _, err := w.try("GET", "/2.0/users/me", nil); err == nil {
		t.Error("it still listens")
	}
	if _, err := s.Serve(t.Context(), "nonsense"); err == nil {
		t.Error("nonsense was listened on")
	}
}

func TestCloseEndsWhatIsBeingServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := sandbox.New(sandbox.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		m, err := s.InMemory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w := &world{T: t, client: m.Client(), box: m.Info.Portals[sandbox.Box], Server: s, memory: m}
		url := w.want(w.do("OPTIONS", "/2.0/events", nil), 200).str("entries", 0, "url")
		ended := make(chan error)
		go func() {
			_, err := w.try("GET", url, nil)
			ended <- err
		}()
		synctest.Wait()
		began := time.Now()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err == nil || time.Since(began) > 0 {
			t.Errorf("the long poll ended after %s with %v", time.Since(began), err)
		}
		if _, err := w.try("GET", "/2.0/users/me", nil); err == nil {
			t.Error("it is still served")
		}
		w.client.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestServeTakesConsecutivePorts(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for port := 20_000; port < 30_000; port += 500 { // another program may be on one of them
		running, err := s.Serve(t.Context(), fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Logf("port %d: %v", port, err)
			continue
		}
		defer running.Close()
		info := running.Info
		var got []string
		for _, name := range sandbox.Portals() {
			got = append(got, info.Portals[name].URL)
		}
		for _, name := range sandbox.Portals() {
			if at := info.Portals[name].Downloads; at != "" {
				got = append(got, at)
			}
		}
		got = append(got, info.Visitor, info.Admin)
		for i, url := range got {
			if want := fmt.Sprintf("http://127.0.0.1:%d", port+i); url != want {
				t.Errorf("listener %d is at %s, want %s", i, url, want)
			}
		}
		return
	}
	t.Error("not enough ports in a row were free")
}
