package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"dossier/config"
	"dossier/state"
)

// Desk answers what people ask about clients, and does what they decide. It works where the states are: in the daemon that runs and
// has them open, or in the command itself. Arguments and answers are plain values that JSON can carry, so that whoever asks need not know.
type Desk struct {
	Config *config.Config
	States States
	Log    *slog.Logger
}

// States lends clients' states to the desk.
type States interface {
	// Lend calls fn with the state of a client, and must not return before fn does. Fn keeps nothing of it. A client that never ran has
	// none: ErrNeverRan. One that another process has is state.ErrLocked.
	Lend(ctx context.Context, c Client, need Need, fn func(*state.Client) error) error
}

// Need is what a state is lent for.
type Need uint8

const (
	ToRead Need = iota // fn only reads
	ToNote             // fn writes into the state; a run may be under way meanwhile
	ToWork             // fn changes the client's folder or its vault: no run of the client may be under way until it is done
)

// ErrNeverRan is the error of asking for the state of a client that has not run here.
var ErrNeverRan = errors.New("this client has not run here yet")

// Asker answers questions: a desk of this process, or a daemon that runs.
type Asker interface {
	Ask(ctx context.Context, verb string, args json.RawMessage) (json.RawMessage, error)
}

// Verb is one thing that can be asked, what comes with it and what comes back.
type Verb[Args, Answer any] struct {
	Name string
	do   func(*Desk, context.Context, Args) (Answer, error)
}

// Of asks somebody.
func (v Verb[Args, Answer]) Of(ctx context.Context, whom Asker, args Args) (answer Answer, err error) {
	sent, err := json.Marshal(args)
	if err != nil {
		return answer, fmt.Errorf("ask %s: %w", v.Name, err)
	}
	got, err := whom.Ask(ctx, v.Name, sent)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(got, &answer); err != nil {
		return answer, fmt.Errorf("ask %s: the answer cannot be read: %w", v.Name, err)
	}
	return answer, nil
}

// handle is the other end of Of. An argument that is not known was meant for another version: it is refused.
func (v Verb[Args, Answer]) handle(ctx context.Context, d *Desk, sent json.RawMessage) (json.RawMessage, error) {
	var args Args
	in := json.NewDecoder(bytes.NewReader(sent))
	in.DisallowUnknownFields()
	if err := in.Decode(&args); err != nil {
		return nil, refusef("%s: the question cannot be read: %v", v.Name, err)
	}
	answer, err := v.do(d, ctx, args)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

type handler func(context.Context, *Desk, json.RawMessage) (json.RawMessage, error)

// verbs is all that a desk can be asked.
var verbs = map[string]handler{
	VerbStatus.Name:       VerbStatus.handle,
	VerbLog.Name:          VerbLog.handle,
	VerbVerify.Name:       VerbVerify.handle,
	VerbApprove.Name:      VerbApprove.handle,
	VerbVaultList.Name:    VerbVaultList.handle,
	VerbVaultRestore.Name: VerbVaultRestore.handle,
	VerbVaultEmpty.Name:   VerbVaultEmpty.handle,
	VerbPause.Name:        VerbPause.handle,
	VerbResume.Name:       VerbResume.handle,
}

// Ask answers by the name of a verb. Errors are those of the work itself; see [Refusal] for how they travel.
func (d *Desk) Ask(ctx context.Context, verb string, args json.RawMessage) (json.RawMessage, error) {
	answer, known := verbs[verb]
	if !known {
		return nil, refusef("this version of dossier does not know %q", verb)
	}
	return answer(ctx, d, args)
}

// Which names clients; none: all.
type Which struct {
	Clients []string `json:"clients,omitempty"`
}

// chosen lists the clients of these names, in the order of the configuration; none: all.
func (d *Desk) chosen(names []string) ([]Client, error) {
	all, err := Known(d.Config)
	if err != nil {
		return nil, err
	}
	return choose(all, names)
}

// view reads a client's state. never is true for a client that has not run yet.
func (d *Desk) view(ctx context.Context, c Client, fn func(*state.Tx) error) (never bool, err error) {
	err = d.States.Lend(ctx, c, ToRead, func(st *state.Client) error { return st.View(fn) })
	if errors.Is(err, ErrNeverRan) {
		return true, nil
	}
	return false, about(c, err)
}

// change writes into a client's state.
func (d *Desk) change(ctx context.Context, c Client, fn func(*state.Tx) error) error {
	return about(c, d.States.Lend(ctx, c, ToNote, func(st *state.Client) error { return st.Update(fn) }))
}

// about says whose error it is.
func about(c Client, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("client %q: %w", c.Name, err)
}
