package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"dossier/daemon"
	"dossier/remote"
	"dossier/syncer"
	"dossier/syncer/plan"
)

// stateWords is each state as a person reads it.
var stateWords = map[syncer.State]string{
	syncer.InStep:    "in step",
	syncer.Conflicts: "conflicts",
	syncer.Halted:    "halted",
	syncer.SignIn:    "sign-in needed",
	syncer.Partly:    "partly done",
	syncer.Failed:    "error",
	syncer.Paused:    "paused",
	syncer.Locked:    "locked",
}

// toDo is how a client stands in a dry run that found nothing but work.
const toDo syncer.State = "to do"

func stateWord(s syncer.State) string {
	if w, ok := stateWords[s]; ok {
		return w
	}
	return string(s)
}

// most is how many items of a kind are told one by one, for each client.
const most = 10

// printRun says what a run did: a line a client, then what each needs from a person, then a sum.
func printRun(w io.Writer, r daemon.Run, dry bool) {
	var rows [][]string
	for i, c := range r.Clients {
		if dry && c.State == syncer.Partly && len(c.Problems) == 0 {
			r.Clients[i].State, c.State = toDo, toDo
		}
		rows = append(rows, []string{plain(c.Name), stateWord(c.State), doneWords(c, dry)})
	}
	table(w, rows)
	for _, c := range r.Clients {
		if dry {
			printPlanned(w, c)
		}
		if r.Exit == daemon.ExitInterrupted && c.State == syncer.Failed {
			c.Error = "" // the interruption is told once
		}
		printNeeds(w, c, r.Finished)
	}
	switch {
	case len(r.Clients) > 0:
		fmt.Fprintf(w, "\n%s: %s, in %s.\n", count(len(r.Clients), "client"), sumWords(r.Clients), took(r.Finished.Sub(r.Started)))
	case r.Err() == nil:
		fmt.Fprintln(w, "There is no client in the configuration yet, nor anything to discover.")
	}
	if r.Exit == daemon.ExitInterrupted {
		fmt.Fprintln(w, "Interrupted: what was done is kept, and the next run goes on from there.")
	}
}

// doneWords is what was done for a client, shortly.
func doneWords(c syncer.Report, dry bool) string {
	if dry {
		if len(c.Planned) == 0 {
			return "nothing to do"
		}
		return count(len(c.Planned), "step") + " to begin with"
	}
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	add(c.Uploaded, fmt.Sprintf("%s up (%s)", count(c.Uploaded, "file"), size(c.BytesUp)))
	add(c.Downloaded, fmt.Sprintf("%s down (%s)", count(c.Downloaded, "file"), size(c.BytesDown)))
	add(c.Folders, count(c.Folders, "folder")+" made")
	add(c.Moved, fmt.Sprintf("%d moved", c.Moved))
	add(c.Deleted, fmt.Sprintf("%d deleted", c.Deleted))
	add(c.Adopted, fmt.Sprintf("%d found equal", c.Adopted))
	if len(parts) == 0 && c.State == syncer.InStep {
		return "nothing to do"
	}
	if c.Halted != nil && c.Halted.Deletes > 0 {
		parts = append(parts, count(c.Halted.Deletes, "deletion")+" held back")
	}
	if n := len(besides(c)); n > 0 {
		parts = append(parts, count(n, "item")+" left")
	}
	if n := len(c.Conflicts); n > 0 {
		parts = append(parts, count(n, "conflict")+" to look at")
	}
	return strings.Join(parts, ", ")
}

// stateCures say what to do about a client that could not run at all.
var stateCures = map[syncer.State]string{
	syncer.SignIn: texts[remote.SignIn.String()].do,
	syncer.Failed: "Run dossier again in a while. If it stays so, `dossier doctor` finds out why.",
	syncer.Locked: "Another dossier is at work on it. Wait until it has finished, or stop it.",
}

// printNeeds says all that is not in step, why, and what to do; and tells whether there was anything to say.
func printNeeds(w io.Writer, c syncer.Report, now time.Time) bool {
	if c.Halted == nil && len(c.Conflicts) == 0 && len(c.Problems) == 0 && c.Error == "" {
		return false
	}
	fmt.Fprintf(w, "\n%s\n", plain(c.Name))
	if c.Error != "" {
		fmt.Fprintf(w, "  %s\n", plain(c.Error))
		if do := stateCures[c.State]; do != "" {
			fmt.Fprintf(w, "    %s\n", do)
		}
	}
	if c.Halted != nil {
		printHalt(w, c.Halted)
	}
	printConflicts(w, c.Conflicts)
	printProblems(w, besides(c), now)
	return true
}

// besides is the items whose reason the halt does not tell already.
func besides(c syncer.Report) []syncer.Problem {
	if c.Halted == nil {
		return c.Problems
	}
	return slices.DeleteFunc(slices.Clone(c.Problems), func(p syncer.Problem) bool {
		return p.Code == c.Halted.Code || p.Code == plan.ReasonDeletes && c.Halted.Deletes > 0
	})
}

func printHalt(w io.Writer, h *syncer.HaltedBy) {
	x := texts[h.Code]
	fmt.Fprintf(w, "  halted: %s", orElse(x.what, plain(h.Reason)))
	if h.Deletes > 0 {
		fmt.Fprintf(w, " (%s)", count(h.Deletes, "deletion"))
	}
	fmt.Fprintln(w)
	if reason := haltReason(h); reason != "" && x.what != "" {
		fmt.Fprintf(w, "    %s\n", reason)
	}
	if x.do != "" {
		fmt.Fprintf(w, "    %s\n", x.do)
	}
	if h.Plan != "" && h.Plan != h.Code { // one of that name goes away with its cause only
		fmt.Fprintf(w, "    To let exactly this through: dossier approve %s\n", h.Plan)
	}
}

// haltReason is what is known besides the code's own text.
func haltReason(h *syncer.HaltedBy) string {
	if h.Code == plan.ReasonEmptied && (h.Reason == "local" || h.Reason == "portal") {
		return "Nothing is left " + map[string]string{"local": "on this disk.", "portal": "on the portal."}[h.Reason]
	}
	return plain(h.Reason)
}

func printConflicts(w io.Writer, conflicts []syncer.Conflict) {
	if len(conflicts) == 0 {
		return
	}
	fmt.Fprintf(w, "  %s to look at: both versions were kept; keep the one you want, and delete the other\n", count(len(conflicts), "conflict"))
	var rows [][]string
	for _, c := range conflicts[:min(most, len(conflicts))] {
		rows = append(rows, []string{"    " + plain(c.Path), "and " + plain(c.Copy)})
	}
	table(w, rows)
	printMore(w, len(conflicts))
}

// printProblems tells items by reason, so that a reason is told once however many items have it.
func printProblems(w io.Writer, problems []syncer.Problem, now time.Time) {
	byCode := map[string][]syncer.Problem{}
	for _, p := range problems {
		byCode[p.Code] = append(byCode[p.Code], p)
	}
	codes := make([]string, 0, len(byCode))
	for code := range byCode {
		codes = append(codes, code)
	}
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(byCode[b]), len(byCode[a])), strings.Compare(a, b))
	})
	for _, code := range codes {
		items, x := byCode[code], texts[code]
		fmt.Fprintf(w, "  %s: %s\n", count(len(items), "item"), orElse(x.what, code))
		var rows [][]string
		for _, p := range items[:min(most, len(items))] {
			rows = append(rows, []string{"    " + orElse(plain(p.Path), "(the client's folder)"), plain(p.Reason), nextTry(p.RetryAt, now)})
		}
		table(w, rows)
		printMore(w, len(items))
		if x.do != "" {
			fmt.Fprintf(w, "    %s\n", x.do)
		}
	}
}

func nextTry(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	if d := at.Sub(now); d > time.Second {
		return "next try in " + took(d)
	}
	return "next try now"
}

func printMore(w io.Writer, n int) {
	if n > most {
		fmt.Fprintf(w, "    … and %d more\n", n-most)
	}
}

func printPlanned(w io.Writer, c syncer.Report) {
	if len(c.Planned) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s would begin with\n", plain(c.Name))
	var rows [][]string
	for _, p := range c.Planned[:min(5*most, len(c.Planned))] {
		to := ""
		if p.To != "" && p.To != p.Path {
			to = "to " + plain(p.To)
		}
		rows = append(rows, []string{"  " + plannedWord(p), plain(p.Path), to})
	}
	table(w, rows)
	if n := len(c.Planned); n > 5*most {
		fmt.Fprintf(w, "  … and %d more\n", n-5*most)
	}
}

// plannedWords are the operations of a dry run, by the side that would be changed.
var plannedWords = map[string]string{
	"send portal": "send to the portal", "send local": "fetch from the portal",
	"update portal": "send the new version", "update local": "fetch the new version",
	"make-folder portal": "make folder on the portal", "make-folder local": "make folder on the disk",
	"move portal": "move on the portal", "move local": "move on the disk",
	"delete portal": "delete on the portal", "delete local": "delete on the disk, into the vault",
	"conflict portal": "keep both versions", "conflict local": "keep both versions",
	"aside portal": "set aside on the portal", "aside local": "set aside on the disk",
}

func plannedWord(p syncer.Planned) string { return orElse(plannedWords[p.Op+" "+p.Side], p.Op) }

// sumPhrases word a number of clients in a state, in the order in which they are said.
var sumPhrases = []struct {
	state  syncer.State
	phrase string
}{
	{syncer.InStep, "in step"}, {syncer.Conflicts, "with conflicts"}, {syncer.Partly, "partly done"}, {toDo, "with something to do"}, {syncer.Halted, "halted"},
	{syncer.SignIn, "not signed in"}, {syncer.Locked, "locked"}, {syncer.Paused, "paused"}, {syncer.Failed, "failed"},
}

// sumWords counts clients by state.
func sumWords(clients []syncer.Report) string {
	n := map[syncer.State]int{}
	for _, c := range clients {
		n[c.State]++
	}
	var parts []string
	for _, s := range sumPhrases {
		if n[s.state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[s.state], s.phrase))
		}
	}
	return strings.Join(parts, ", ")
}
