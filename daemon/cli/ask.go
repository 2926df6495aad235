package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// asker asks a person, or reads what a script sends, one line an answer. Questions go where progress goes.
type asker struct {
	in       io.Reader
	out      io.Writer
	terminal int // its file descriptor; -1: answers do not come from a terminal
}

func (a *app) asker() *asker {
	k := &asker{in: a.In, out: a.Err, terminal: -1}
	if f, ok := a.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		k.terminal = int(f.Fd())
	}
	return k
}

// interactive tells whether somebody sits there.
func (k *asker) interactive() bool { return k.terminal >= 0 }

// maxAnswer bounds an answer, bytes.
const maxAnswer = 64 << 10

var errNoAnswer = errors.New("there is no answer: nothing more comes from standard input")

// line asks for a line. An empty answer, or the end of a script's, is otherwise, if there is one.
func (k *asker) line(ctx context.Context, question, otherwise string) (string, error) {
	if otherwise != "" {
		question += " [" + otherwise + "]"
	}
	fmt.Fprint(k.out, question+": ")
	text, err := k.read(ctx, k.readLine)
	if !k.interactive() {
		fmt.Fprintln(k.out)
	}
	if text = strings.TrimSpace(text); text == "" && otherwise != "" && (err == nil || errors.Is(err, errNoAnswer)) {
		return otherwise, nil
	}
	return text, err
}

// secret asks for a secret, which is not shown.
func (k *asker) secret(ctx context.Context, question string) (string, error) {
	read := k.readLine
	if k.interactive() {
		before, err := term.GetState(k.terminal)
		if err != nil {
			return "", err
		}
		defer func() { _ = term.Restore(k.terminal, before) }() // else an interrupted question leaves a mute terminal
		fmt.Fprint(k.out, question+" (not shown): ")
		defer fmt.Fprintln(k.out)
		read = func() (string, error) {
			text, err := term.ReadPassword(k.terminal)
			return string(text), err
		}
	}
	text, err := k.read(ctx, read)
	if text = strings.TrimSpace(text); text == "" && err == nil {
		return "", errors.New("nothing was entered")
	}
	return text, err
}

// yes asks whether something shall be done; an empty answer is yes. A script is not asked.
func (k *asker) yes(ctx context.Context, question string) (bool, error) {
	if !k.interactive() {
		return true, nil
	}
	text, err := k.line(ctx, question, "Y/n")
	return text == "Y/n" || strings.HasPrefix(strings.ToLower(text), "y"), err
}

// choose asks for one of several, by number or by name.
func (k *asker) choose(ctx context.Context, question string, from []string) (int, error) {
	for i, s := range from {
		fmt.Fprintf(k.out, "  %2d  %s\n", i+1, plain(s))
	}
	for {
		text, err := k.line(ctx, question, "1")
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(from) {
			return n - 1, nil
		}
		for i, s := range from {
			if strings.EqualFold(s, text) {
				return i, nil
			}
		}
		fmt.Fprintf(k.out, "%q is none of these.\n", plain(text))
		if !k.interactive() {
			return 0, usagef("%q is none of %s", text, quoted(from))
		}
	}
}

// read waits for an answer or the end of ctx. An answer that nobody waits for any more ends with the process.
func (k *asker) read(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := read()
		got <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case a := <-got:
		return a.text, a.err
	}
}

// readLine reads byte by byte: what follows is the next question's answer.
func (k *asker) readLine() (string, error) {
	var line []byte
	b := make([]byte, 1)
	for len(line) < maxAnswer {
		n, err := k.in.Read(b)
		switch {
		case n == 1 && b[0] == '\n':
			return strings.TrimSuffix(string(line), "\r"), nil
		case n == 1:
			line = append(line, b[0])
		case errors.Is(err, io.EOF) && len(line) > 0:
			return string(line), nil
		case errors.Is(err, io.EOF):
			return "", errNoAnswer
		case err != nil:
			return "", err
		}
	}
	return "", fmt.Errorf("an answer of more than %d bytes", maxAnswer)
}
