package remote_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
)

func open(t *testing.T, p *remote.Portal, e remote.Entry) io.ReadCloser {
	t.Helper()
	r, err := p.Download(t.Context(), e, 0)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestContentThatComesDownIsChecked(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	for _, tt := range []struct {
		what   string
		change func(*remote.Entry)
		cut    bool
		offset int64
		want   remote.Code
		bytes  string
	}{
		{"as announced", func(*remote.Entry) {}, false, 0, 0, "0123456789"},
		{"a part, as announced", func(*remote.Entry) {}, false, 4, 0, "456789"},
		{"shorter", func(*remote.Entry) {}, true, 0, remote.Corrupt, "01234"},
		{"a shorter part", func(*remote.Entry) {}, true, 1, remote.Corrupt, "12345"},
		{"longer", func(e *remote.Entry) { e.Size = 9 }, false, 0, remote.Corrupt, ""},
		{"other bytes", func(e *remote.Entry) { e.SHA1 = strings.Repeat("0", 40) }, false, 0, remote.Corrupt, "0123456789"},
		{"other bytes by SHA-256", func(e *remote.Entry) { e.SHA256 = strings.Repeat("0", 64) }, false, 0, remote.Corrupt, "0123456789"},
		{"shorter, without a digest", func(e *remote.Entry) { e.SHA1 = "" }, true, 0, remote.Corrupt, "01234"},
		{"of unknown size", func(e *remote.Entry) { e.Size, e.SHA1 = -1, "" }, false, 0, 0, "0123456789"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			var d remote.Driver = w.gate
			if tt.cut {
				d = remotetest.Faulty(d, remotetest.Each(remotetest.Download, remotetest.Fault{Inside: true, At: 5, Quiet: true}))
			}
			e := w.file
			tt.change(&e)
			p := remote.NewPortal(d, remote.PortalOptions{})
			r, err := p.Download(t.Context(), e, tt.offset)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if string(got) != tt.bytes || (err == nil) != (tt.want == 0) || remote.CodeOf(err) != tt.want {
				t.Errorf("read %q, %v; want %q, %s", got, err, tt.bytes, tt.want)
			}
			if n, again := r.Read(make([]byte, 1)); n != 0 || again == nil || err != nil && again != err {
				t.Errorf("a read after the end gives %d bytes, %v", n, again)
			}
		})
	}
}

func TestResumedContentIsCheckedAsAWhole(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	p := remote.NewPortal(w.gate, remote.PortalOptions{})
	for before, want := range map[string]remote.Code{"0123": 0, "0x23": remote.Corrupt} {
		sum := remote.NewDigest()
		io.WriteString(sum, before)
		r, err := p.Resume(t.Context(), w.file, sum)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if string(got) != "456789" || remote.CodeOf(err) != want {
			t.Errorf("after %q: read %q, %v; want %s", before, got, err, want)
		}
		if want == 0 && (sum.SHA1() != w.file.SHA1 || sum.Size() != 10) {
			t.Errorf("the digest is %s of %d bytes", sum.SHA1(), sum.Size())
		}
	}
}

func TestNothingIsSentForContentThatIsAllThere(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	p := remote.NewPortal(w.gate, remote.PortalOptions{})
	for before, want := range map[string]remote.Code{"0123456789": 0, "x123456789": remote.Corrupt, "01234567890": remote.Corrupt} {
		sum := remote.NewDigest()
		io.WriteString(sum, before)
		r, err := p.Resume(t.Context(), w.file, sum)
		if remote.CodeOf(err) != want || (err == nil) != (want == 0) {
			t.Errorf("%q: error is %v, want %s", before, err, want)
		}
		if err != nil {
			continue
		}
		if got, err := io.ReadAll(r); len(got) != 0 || err != nil {
			t.Errorf("%q: read %q, %v", before, got, err)
		}
		r.Close()
	}
	if w.gate.Calls() != 0 {
		t.Error("calls were sent")
	}
}

func TestTransfersKeepToTheirNumberAndUploadsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := remotetest.Full()
		f.Parallel = 2
		w := newWorld(t, f)
		p := remote.NewPortal(w.gate, remote.PortalOptions{})
		one, two := open(t, p, w.file), open(t, p, w.file)
		began := make(chan string, 2)
		w.gate.Before = func(_ context.Context, c remotetest.Call) error {
			began <- string(c.Verb)
			return nil
		}
		go func() { open(t, p, w.file).Close() }()
		synctest.Wait()
		go p.Create(t.Context(), remotetest.UploadOf(remote.Place{Parent: root, Name: "saved"}, []byte("x")))
		synctest.Wait()
		if len(began) != 0 {
			t.Fatalf("%s began while two transfers ran", <-began)
		}
		one.Close()
		one.Close() // a second time: it must not free a second place
		if got := <-began; got != "create" {
			t.Errorf("%s began first, though an upload waited", got)
		}
		if got := <-began; got != "download" {
			t.Errorf("%s began second", got)
		}
		two.Close()
		synctest.Wait()
	})
}

func TestWhoGivesUpWaitingLeavesHisPlaceToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := remotetest.Full()
		f.Parallel = 1
		w := newWorld(t, f)
		p := remote.NewPortal(w.gate, remote.PortalOptions{})
		busy := open(t, p, w.file)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Download(ctx, w.file, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v, want deadline exceeded", err)
		}
		busy.Close()
		open(t, p, w.file).Close()
	})
}

func TestATurnThatComesAsSomebodyGivesUpIsNotLost(t *testing.T) {
	f := remotetest.Full()
	f.Parallel = 1
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, f)
			p := remote.NewPortal(w.gate, remote.PortalOptions{})
			busy := open(t, p, w.file)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				if r, err := p.Download(ctx, w.file, 0); err == nil {
					r.Close()
				}
			}()
			synctest.Wait()
			cancel()
			busy.Close()
			synctest.Wait()
			open(t, p, w.file).Close() // hangs if the place is lost: synctest ends the test
		})
	}
}

func TestADownloadThatFailsFreesItsPlace(t *testing.T) {
	f := remotetest.Full()
	f.Parallel = 1
	w := newWorld(t, f)
	p := remote.NewPortal(remotetest.Faulty(w.memory, remotetest.NthOf(remotetest.Download, 1, remotetest.Fault{Code: remote.Busy})), remote.PortalOptions{})
	if _, err := p.Download(t.Context(), w.file, 0); remote.CodeOf(err) != remote.Busy {
		t.Fatalf("error is %v, want busy", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	r, err := p.Download(ctx, w.file, 0)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
}
