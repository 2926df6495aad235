package doctor

import (
	"fmt"
	"maps"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
)

// probed is what came of the attempt to find out which way assumptions hold.
type probed struct {
	can   bool // the driver can find out
	wrote bool // probe files were allowed
	found []remote.Finding
	err   error
}

// assumed tells of each assumption whether it holds, and which setting is to be changed. set is what the configuration says.
func assumed(all []remote.Assumption, p probed, set map[string]any) []Line {
	var lines []Line
	if p.err != nil {
		lines = append(lines, Line{Check: "assumptions", Level: Wrong, Says: fmt.Sprintf("they could not be tried: %v", p.err), Do: "Try again. If it stays so, tell the portal's keeper."})
	}
	want := maps.Clone(set)
	if want == nil {
		want = map[string]any{}
	}
	maps.Copy(want, daemon.Settings(p.found, set))
	for _, a := range all {
		lines = append(lines, assumption(a, p, set, config.AssumeLine(want)))
	}
	return lines
}

// assumption words one of them; line is what shall stand in the configuration once all that differs is settled.
func assumption(a remote.Assumption, p probed, set map[string]any, line string) Line {
	l := Line{Check: "assumption " + a.ID, Level: Unknown, Says: a.Says}
	value, said := set[a.Setting]
	if said && a.Setting != "" {
		l.Says += fmt.Sprintf(" (set: %s)", config.AssumeLine(map[string]any{a.Setting: value}))
	}
	for _, f := range p.found {
		if f.ID == a.ID {
			return found(l, f, set, line)
		}
	}
	switch {
	case a.Probe && p.can && !p.wrote:
		l.Says += ": only --probe-writes finds out"
	case a.Setting == "":
		l.Either = true
		if l.Says += ", or not, which is lived with"; a.Why != "" {
			l.Says += ": " + a.Why
		}
	case a.Why != "":
		l.Says += ": " + a.Why
	case a.Setting != "":
		l.Says += ": nothing finds out; if it is not so, " + otherwise(a)
	}
	return l
}

// found words a finding.
func found(l Line, f remote.Finding, set map[string]any, line string) Line {
	if f.Seen != "" {
		l.Says += ": " + f.Seen
	}
	unset := daemon.Settles(f) && set[f.Setting] != f.Value
	switch {
	case f.Verdict == remote.Held && unset:
		l.Level, l.Do, l.Set = Note, "The portal can do more than is set. Have this line in its section; dossier login writes it.", line
	case f.Verdict == remote.Held:
		l.Level = Well
	case unset:
		l.Level, l.Do, l.Set = Wrong, "Have this line in the portal's section; dossier login writes it.", line
	case f.Verdict == remote.Differs:
		l.Level = Note
	}
	return l
}

// otherwise says what to set if an assumption does not hold.
func otherwise(a remote.Assumption) string {
	if b, ok := a.Default.(bool); ok {
		return "set " + config.AssumeLine(map[string]any{a.Setting: !b})
	}
	return fmt.Sprintf("set another %s under `assume` than %v", a.Setting, a.Default)
}
