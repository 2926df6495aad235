package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// topic is one thing that could be told now.
type topic struct {
	kind   Kind
	about  string   // the client, the portal, or the request's id
	facts  []string // one that was not told before is news
	notice Notice
}

func (t topic) key() string { return string(t.kind) + "\x00" + t.about }

// topics lists all that holds now, most urgent first.
func topics(now time.Time, behindFor time.Duration, seen Observations) []topic {
	waiting := map[string][]string{} // clients, by portal
	for _, c := range seen.Clients {
		waiting[c.Portal] = append(waiting[c.Portal], c.Name)
	}
	signIn := map[string]bool{}
	var all []topic
	for _, p := range seen.Portals {
		signIn[p.Name] = p.SignIn
		all = append(all, aboutPortal(now, p, waiting[p.Name])...)
	}
	for _, c := range seen.Clients {
		all = append(all, aboutClient(now, behindFor, c, signIn[c.Portal])...)
	}
	for _, d := range seen.Requests {
		name := plain(d.Client)
		all = append(all, topic{Request, d.ID, nil, Notice{Client: d.Client, Title: name + " has delivered everything",
			Text: fmt.Sprintf("The file request %q is complete.", plain(d.Name)), Next: "Look into the client's folder Requests."}})
	}
	return all
}

const (
	week = 7 * 24 * time.Hour
	day  = 24 * time.Hour
)

// aboutPortal tells of a sign-in once, however many clients wait for it; of one to come a week ahead, and a day ahead again.
func aboutPortal(now time.Time, p Portal, clients []string) []topic {
	name := plain(p.Name)
	next := fmt.Sprintf("Run `dossier login %s`.", name)
	left := p.Ends.Sub(now)
	switch {
	case p.SignIn:
		text := fmt.Sprintf("Portal %s no longer accepts dossier's sign-in. %s until somebody signs in.", name, nothingMoves(clients))
		return []topic{{SignIn, p.Name, nil, Notice{Portal: p.Name, Clients: clients, Title: signInTitle(name, len(clients)), Text: text, Next: next}}}
	case p.Ends.IsZero() || left > week || left <= 0:
		return nil
	}
	facts := []string{"week " + p.Ends.UTC().Format(time.DateOnly)}
	if left <= day {
		facts = append(facts, "day "+p.Ends.UTC().Format(time.DateOnly))
	}
	return []topic{{SignInSoon, p.Name, facts, Notice{Portal: p.Name, Title: "Portal " + name + " will soon need a sign-in",
		Text: fmt.Sprintf("Its token ends on %s.", p.Ends.In(now.Location()).Format("Monday 2 January at 15:04")), Next: next}}}
}

func signInTitle(portal string, clients int) string {
	if clients > 1 {
		return fmt.Sprintf("%d clients need a sign-in to portal %s", clients, portal)
	}
	return "Portal " + portal + " needs a sign-in"
}

func nothingMoves(clients []string) string {
	if len(clients) == 0 {
		return "Nothing moves"
	}
	return "Nothing moves for " + names(clients)
}

func aboutClient(now time.Time, behindFor time.Duration, c Client, signIn bool) []topic {
	var all []topic
	name := plain(c.Name)
	if c.Halted != nil {
		all = append(all, topic{Halted, c.Name, []string{c.Halted.Plan, c.Halted.Reason}, Notice{Client: c.Name, Title: name + " is halted",
			Text: plain(c.Halted.Reason) + ".", Next: afterHalt(c)}})
	}
	if n := len(c.Conflicts); n > 0 {
		all = append(all, topic{Conflicts, c.Name, c.Conflicts, Notice{Client: c.Name, Title: name + " has " + count(n, "conflict"),
			Text: "Both versions were kept of " + names(c.Conflicts) + ".", Next: "Run `dossier conflicts`, look at both, and keep the right one."}})
	}
	if !c.Behind.IsZero() && now.Sub(c.Behind) >= behindFor && c.Halted == nil && !signIn && !c.Paused {
		all = append(all, topic{OutOfStep, c.Name, nil, Notice{Client: c.Name, Title: name + " has been out of step for long",
			Text: "Not everything has arrived since " + c.Behind.In(now.Location()).Format("Monday 2 January 15:04") + ".",
			Next: fmt.Sprintf("Run `dossier status %q`: it says what waits, and why.", name)}})
	}
	return all
}

func afterHalt(c Client) string {
	if c.Halted.Plan != "" {
		return fmt.Sprintf("Run `dossier approve %s`, or bring the files back.", plain(c.Halted.Plan))
	}
	return fmt.Sprintf("Run `dossier status %q`: it says what to do.", plain(c.Name))
}

// names lists the first few of many.
func names(all []string) string {
	const few = 3
	shown := make([]string, 0, few)
	for _, n := range all[:min(few, len(all))] {
		shown = append(shown, plain(n))
	}
	if more := len(all) - few; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(shown, ", "), more)
	}
	return strings.Join(shown, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// hashed makes of facts what the memory keeps: enough to know them again.
func hashed(facts []string) []string {
	var all []string
	for _, f := range facts {
		sum := sha256.Sum256([]byte(f))
		all = append(all, hex.EncodeToString(sum[:6]))
	}
	return all
}
