package cli

import (
	"fmt"
	"io"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"dossier/syncer"
)

// bars show transfers on a terminal: one bar for everything known so far, and one for each big file. Elsewhere nothing is shown.
type bars struct {
	progress *mpb.Progress // nil: no terminal

	mu    sync.Mutex
	total *mpb.Bar // nil until something is transferred
	known int64    // bytes of all transfers that have begun
	moved int64
	files int
	big   map[string]*mpb.Bar
}

// bigFile is the size from which a file has a bar of its own, in bytes.
const bigFile = 32 << 20

func (a *app) newBars() *bars {
	if !a.Terminal {
		return &bars{}
	}
	return openBars(a.Err)
}

func openBars(w io.Writer) *bars {
	return &bars{progress: mpb.New(mpb.WithOutput(w), mpb.WithWidth(28), mpb.WithAutoRefresh()), big: map[string]*mpb.Bar{}}
}

// event is told of each transfer, from any goroutine.
func (b *bars) event(e syncer.Event) {
	if b.progress == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.Begun {
		b.begin(e)
	}
	b.move(e)
	if e.Ended {
		b.end(e)
	}
}

func (b *bars) begin(e syncer.Event) {
	if b.total == nil {
		b.total = b.bar("", decor.Any(func(decor.Statistics) string { return count(b.count(), "file") }, decor.WC{W: 12, C: decor.DindentRight}))
	}
	b.files++
	b.known += e.Size
	b.total.SetTotal(b.known, false)
	if e.Size >= bigFile {
		b.big[barKey(e)] = b.bar(plain(e.Path), nil)
		b.big[barKey(e)].SetTotal(e.Size, false)
	}
}

// count may be asked by the drawing goroutine.
func (b *bars) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.files
}

func (b *bars) move(e syncer.Event) {
	if b.total == nil || e.Bytes == 0 {
		return
	}
	b.moved += e.Bytes
	b.total.SetCurrent(max(b.moved, 0))
	if bar := b.big[barKey(e)]; bar != nil {
		bar.IncrInt64(e.Bytes)
	}
}

func (b *bars) end(e syncer.Event) {
	if bar := b.big[barKey(e)]; bar != nil {
		bar.Abort(true)
		delete(b.big, barKey(e))
	}
}

func barKey(e syncer.Event) string { return fmt.Sprint(e.Client, "\x00", e.Path, "\x00", e.Up) }

// bar is a line with a name, the bytes, the rate and the time left.
func (b *bars) bar(name string, first decor.Decorator) *mpb.Bar {
	before := []decor.Decorator{decor.Name(name, decor.WCSyncSpaceR)}
	if first != nil {
		before = []decor.Decorator{first}
	}
	return b.progress.AddBar(0, mpb.PrependDecorators(before...), mpb.AppendDecorators(
		decor.CountersKiloByte("% .1f of % .1f"), decor.Name(", "),
		decor.AverageSpeed(decor.SizeB1000(0), "% .1f"), decor.Name(", "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")))
}

// close takes the bars away: what was done is said in words.
func (b *bars) close() {
	if b.progress == nil {
		return
	}
	b.mu.Lock()
	if b.total != nil {
		b.total.Abort(true)
	}
	for _, bar := range b.big {
		bar.Abort(true)
	}
	b.mu.Unlock()
	b.progress.Wait()
}
