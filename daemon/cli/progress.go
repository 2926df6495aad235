package cli

import (
	"fmt"
	"io"
	"path"
	"sync"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"dossier/syncer"
)

// bars show transfers on a terminal: one bar for everything known so far, and one for each big file. Elsewhere nothing is shown.
type bars struct {
	progress *mpb.Progress // nil: no terminal
	files    atomic.Int64  // begun; read by the goroutine that draws, which must not wait for mu

	mu    sync.Mutex
	total *mpb.Bar // nil until something is transferred
	known int64    // bytes of all transfers that have begun
	moved int64
	big   map[string]*mpb.Bar
}

// barWidth is the width of a bar itself, in columns.
const barWidth = 28

// bigFile is the size from which a file has a bar of its own, in bytes.
const bigFile = 32 << 20

func (a *app) newBars() *bars {
	if !a.Terminal || a.verbose { // a log of each step says it all
		return &bars{}
	}
	return openBars(a.Err, barWidth)
}

func openBars(w io.Writer, width int) *bars {
	return &bars{progress: mpb.New(mpb.WithOutput(w), mpb.WithWidth(width), mpb.WithAutoRefresh()), big: map[string]*mpb.Bar{}}
}

// above is where logs go while bars are drawn: above them.
func (b *bars) above(w io.Writer) io.Writer {
	if b.progress == nil {
		return w
	}
	return b.progress
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
		b.total = b.bar(func(decor.Statistics) string { return count(int(b.files.Load()), "file") })
	}
	b.files.Add(1)
	b.known += e.Size
	b.total.SetTotal(b.known, false)
	if e.Size >= bigFile {
		name := clip(plain(path.Base(e.Path)), nameWidth)
		b.big[barKey(e)] = b.bar(func(decor.Statistics) string { return name })
		b.big[barKey(e)].SetTotal(e.Size, false)
	}
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

// nameWidth is the width of what a bar begins with, in columns.
const nameWidth = 24

// bar is a line with a name, the bytes, the rate and the time left.
func (b *bars) bar(name decor.DecorFunc) *mpb.Bar {
	return b.progress.AddBar(0,
		mpb.PrependDecorators(decor.Any(name, decor.WC{W: nameWidth + 1, C: decor.DindentRight})),
		mpb.AppendDecorators(decor.CountersKiloByte("% .1f of % .1f"), decor.Name(", "),
			decor.AverageSpeed(decor.SizeB1000(0), "% .1f"), decor.Name(", "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")))
}

// clip shortens s to n letters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
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
