package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"dossier/daemon/doctor"
)

func TestAnswersAreReadLineByLine(t *testing.T) {
	var out bytes.Buffer
	k := &asker{in: strings.NewReader("one\r\n\n  two \nthree"), out: &out, terminal: -1}
	for i, want := range []string{"one", "otherwise", "two"} {
		if got, err := k.line(t.Context(), "?", "otherwise"); got != want || err != nil {
			t.Errorf("answer %d: %q, %v; want %q", i, got, err, want)
		}
	}
	if got, err := k.secret(t.Context(), "?"); got != "three" || err != nil {
		t.Errorf("the last line, without an end: %q, %v", got, err)
	}
	if _, err := k.secret(t.Context(), "?"); !errors.Is(err, errNoAnswer) {
		t.Errorf("after the end: %v", err)
	}
	if got, err := k.line(t.Context(), "?", "otherwise"); got != "otherwise" || err != nil {
		t.Errorf("after the end, with an answer otherwise: %q, %v", got, err)
	}
	if strings.Contains(out.String(), "three") {
		t.Error("an answer was repeated")
	}
}

func TestAnAnswerWithoutEndIsRefused(t *testing.T) {
	k := &asker{in: endless{}, out: io.Discard, terminal: -1}
	if _, err := k.line(t.Context(), "?", ""); err == nil {
		t.Error("it was taken")
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { b[0] = 'x'; return 1, nil }

// Whoever is asked can interrupt.
func TestAQuestionEndsWithItsContext(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close() // lets the reader end
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k := &asker{in: r, out: io.Discard, terminal: -1}
	if _, err := k.line(ctx, "?", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestOneOfSeveralIsChosenByNumberOrName(t *testing.T) {
	for text, want := range map[string]int{"2\n": 1, "\n": 0, "BOX\n": 0, "filesro\n": 1} {
		k := &asker{in: strings.NewReader(text), out: io.Discard, terminal: -1}
		if got, err := k.choose(t.Context(), "?", []string{"box", "filesro"}); got != want || err != nil {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	k := &asker{in: strings.NewReader("3\n"), out: io.Discard, terminal: -1}
	if _, err := k.choose(t.Context(), "?", []string{"box", "filesro"}); err == nil {
		t.Error("one that there is not was chosen")
	}
}

// What is well and alike is summed up, what is wrong is never left out, and lines stay within their width.
func TestALookIsToldCalmly(t *testing.T) {
	g := doctor.Group{Name: "folders"}
	for range 20 {
		g.Lines = append(g.Lines, doctor.Line{Check: "folder", Level: doctor.Well, Says: "fine"}, doctor.Line{Check: "folder", Level: doctor.Wrong, Says: strings.Repeat("gone ", 40), Do: "put it back\x1b[2J", Set: "x = 1"})
	}
	var out bytes.Buffer
	printExamined(&out, doctor.Report{Groups: []doctor.Group{g, {Name: "empty"}}}, false)
	text := out.String()
	if n := strings.Count(text, "ok     fine\n"); n != mostAlike {
		t.Errorf("%d lines of what is well", n)
	}
	for _, want := range []string{"Folders\n", "and 12 more that are well (folder)", "20 things to put right."} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if strings.Count(text, "WRONG") != 20 || strings.Contains(text, "\x1b") || strings.Contains(text, "Empty") {
		t.Errorf("%s", text)
	}
	for line := range strings.Lines(text) {
		if len(line) > lineWidth+2 {
			t.Errorf("a line of %d letters: %s", len(line), line)
		}
	}
}
