package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"dossier/state"
)

// VerbLog asks for entries of the record, VerbVerify whether it is as it was written.
var (
	VerbLog    = Verb[LogArgs, LogPage]{"log", (*Desk).log}
	VerbVerify = Verb[Which, Verification]{"verify", (*Desk).verify}
)

// LogArgs choose entries.
type LogArgs struct {
	Clients []string          `json:"clients,omitempty"` // none: all
	From    time.Time         `json:"from,omitzero"`     // from this time on
	To      time.Time         `json:"to,omitzero"`       // before this time
	Last    int               `json:"last,omitempty"`    // only so many of the newest; 0: all
	After   map[string]uint64 `json:"after,omitempty"`   // by client: only what comes after this entry, as LogPage.Seen tells
	Follow  bool              `json:"follow,omitempty"`  // a client that another process has is passed over: its entries come when it is done
}

// LogPage is entries of all clients, oldest first.
type LogPage struct {
	Entries []state.Entry     `json:"entries"`
	Seen    map[string]uint64 `json:"seen"` // by client: the last entry there is
}

func (d *Desk) log(ctx context.Context, args LogArgs) (LogPage, error) {
	page := LogPage{Entries: []state.Entry{}, Seen: map[string]uint64{}}
	maps.Copy(page.Seen, args.After)
	clients, err := d.chosen(args.Clients)
	if err != nil {
		return page, err
	}
	for _, c := range clients {
		_, err := d.view(ctx, c, func(tx *state.Tx) error { return page.read(tx, c.Name, args) })
		if err != nil && !(args.Follow && errors.Is(err, state.ErrLocked)) {
			return page, err
		}
	}
	slices.SortStableFunc(page.Entries, func(a, b state.Entry) int { return a.Time.Compare(b.Time) })
	if args.Last > 0 {
		page.Entries = page.Entries[max(0, len(page.Entries)-args.Last):]
	}
	return page, nil
}

func (p *LogPage) read(tx *state.Tx, client string, args LogArgs) error {
	for e, err := range tx.Record(args.After[client]) {
		if err != nil {
			return fmt.Errorf("%w; see dossier log --verify", err)
		}
		p.Seen[client] = e.Seq
		if (args.From.IsZero() || !e.Time.Before(args.From)) && (args.To.IsZero() || e.Time.Before(args.To)) {
			p.Entries = append(p.Entries, e)
		}
	}
	return nil
}

// Verification is what the check of records found.
type Verification struct {
	Clients []Verified `json:"clients"`
}

// Verified is what the check of one client's record found.
type Verified struct {
	Client  string        `json:"client"`
	Entries uint64        `json:"entries"`
	Faults  []state.Fault `json:"faults"`
	Kept    bool          `json:"kept"` // compared with the heads that are kept beside the vault
}

func (d *Desk) verify(ctx context.Context, which Which) (Verification, error) {
	all := Verification{Clients: []Verified{}}
	clients, err := d.chosen(which.Clients)
	if err != nil {
		return all, err
	}
	for _, c := range clients {
		v := Verified{Client: c.Name, Faults: []state.Fault{}}
		_, err := d.view(ctx, c, func(tx *state.Tx) error {
			kept, there, err := Kept(c, tx.Meta().Mirror)
			v.Kept, v.Entries = there, tx.Head().Seq
			v.Faults = append(v.Faults, tx.Verify(kept.Heads...)...)
			return err
		})
		if err != nil {
			return all, err
		}
		all.Clients = append(all.Clients, v)
	}
	return all, nil
}
