package daemon

import (
	"context"
	"time"

	"dossier/daemon/notice"
	"dossier/syncer"
)

// tellEvery is how often it is thought over what people should hear; news within it become one notice where they can.
const tellEvery = 15 * time.Second

// teller has people told what needs them.
type teller struct {
	h      *house
	behind map[string]time.Time // client → since when it has not been in step
}

// run tells for as long as ctx lasts.
func (t *teller) run(ctx context.Context, clients func() []KeptClient) {
	sender := notice.NewSender(t.h.Config.Notices, t.h.Log)
	defer func() {
		ends, stop := context.WithTimeout(context.WithoutCancel(ctx), tellEnd)
		defer stop()
		sender.Close(ends)
	}()
	memory, err := notice.Load(t.h.Config.State)
	if err != nil {
		t.h.Log.Warn("what people were told is not known any more; they may be told again", "error", err)
	}
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			memory = t.tell(sender.Send, memory, clients(), time.Now())
		}
	}
}

// tellEnd is how long notices may take to go out when the daemon stops.
const tellEnd = 3 * time.Second

// tell thinks over once what is to be told, and remembers it before it is sent.
func (t *teller) tell(send func(notice.Notice), m notice.Memory, clients []KeptClient, now time.Time) notice.Memory {
	all, next := notice.Decide(now, t.h.Config.Notices, m, t.observe(clients, now))
	if len(all) == 0 {
		return next
	}
	for _, n := range all {
		send(n)
	}
	if err := notice.Save(t.h.Config.State, next); err != nil {
		t.h.Log.Warn("what people were told could not be noted; they may be told again", "error", err)
	}
	return next
}

// observe says how things stand in the words of notices.
func (t *teller) observe(clients []KeptClient, now time.Time) (seen notice.Observations) {
	portals := map[string]bool{}
	for _, c := range clients {
		if c.Ran.IsZero() {
			continue
		}
		seen.Clients = append(seen.Clients, t.client(c, now))
		portals[c.Client.Portal] = portals[c.Client.Portal] || c.Report.State == syncer.SignIn
	}
	for name, signIn := range portals {
		seen.Portals = append(seen.Portals, notice.Portal{Name: name, SignIn: signIn})
	}
	return seen
}

func (t *teller) client(c KeptClient, now time.Time) notice.Client {
	n := notice.Client{Name: c.Client.Name, Portal: c.Client.Portal, Paused: c.Report.State == syncer.Paused}
	for _, x := range c.Report.Conflicts {
		n.Conflicts = append(n.Conflicts, x.Path)
	}
	if h := c.Report.Halted; h != nil {
		n.Halted = &notice.Halt{Reason: h.Reason, Plan: h.Plan}
	}
	switch c.Report.State {
	case syncer.InStep, syncer.Conflicts, syncer.Paused:
		delete(t.behind, n.Name)
	default:
		t.behind[n.Name] = earlier(t.behind[n.Name], now)
	}
	n.Behind = t.behind[n.Name]
	return n
}
