package notice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"dossier/config"
)

const (
	memoryVersion = 1
	// together is how many notices of a kind there are before they become one, at once and within spread.
	together = 3
	spread   = 10 * time.Minute
	// forget is after how long something that is over is not remembered: longer than config allows every to be.
	forget = 30 * day
)

// onceOnly are kinds that are told once for each fact, and never repeated.
var onceOnly = map[Kind]bool{SignInSoon: true, Request: true}

// Decide tells what is to be told now, and what to remember of it. now is in local time. The memory that goes in is not changed.
//
// News about a subject is told at once, unless a notice of the kind about it went out within rules.Every; what
// lasts is told again after rules.Remind; many at once become one; what is over is not told any more.
func Decide(now time.Time, rules config.Notices, m Memory, seen Observations) ([]Notice, Memory) {
	m = m.clone()
	current := topics(now, rules.OutOfStep.Std(), seen)
	m.age(now, current)
	if quiet(rules.Quiet, now) {
		return nil, m
	}
	due := map[Kind][]topic{}
	var kinds []Kind // in the order of their urgency
	for _, t := range current {
		if !m.due(now, rules, t) {
			continue
		}
		if len(due[t.kind]) == 0 {
			kinds = append(kinds, t.kind)
		}
		due[t.kind] = append(due[t.kind], t)
	}
	var all []Notice
	for _, k := range kinds {
		all = append(all, m.tell(now, k, due[k])...)
	}
	if n, ok := m.digest(now, rules, seen); ok {
		all = append(all, n)
	}
	return all, m
}

// quiet tells whether a moment is in the quiet part of its day, which may span midnight.
func quiet(q config.Quiet, now time.Time) bool {
	begun, ended := q.From.Reached(now), q.Until.Reached(now)
	if q.From < q.Until {
		return begun && !ended
	}
	return q.From != q.Until && (begun || !ended)
}

func (m Memory) clone() Memory {
	c := Memory{Version: memoryVersion, Told: map[string]Told{}, Sent: map[Kind][]time.Time{}, Digest: m.Digest}
	maps.Copy(c.Told, m.Told)
	for k, times := range m.Sent {
		c.Sent[k] = slices.Clone(times)
	}
	return c
}

// age notes what is over and forgets what is long over. A clock that was set back must not silence anything for years.
func (m Memory) age(now time.Time, current []topic) {
	lasts := map[string]bool{}
	for _, t := range current {
		lasts[t.key()] = true
	}
	for key, told := range m.Told {
		if told.At.After(now) {
			told.At = now
		}
		told.Over = told.Over || !lasts[key]
		m.Told[key] = told
		if told.Over && !lasts[key] && now.Sub(told.At) > forget {
			delete(m.Told, key)
		}
	}
	for k, times := range m.Sent {
		m.Sent[k] = slices.DeleteFunc(times, func(t time.Time) bool { return t.After(now) || now.Sub(t) >= spread })
	}
}

// due tells whether a topic is to be told now.
func (m Memory) due(now time.Time, rules config.Notices, t topic) bool {
	told, known := m.Told[t.key()]
	since, remind := now.Sub(told.At), rules.Remind.Std()
	news := slices.ContainsFunc(hashed(t.facts), func(f string) bool { return !slices.Contains(told.What, f) })
	switch {
	case !known:
		return true
	case news || told.Over && !onceOnly[t.kind]:
		return since >= rules.Every.Std()
	default:
		return remind > 0 && since >= remind && !onceOnly[t.kind]
	}
}

// tell makes notices of what is due of one kind: one each, or one for all. If a few have just gone out, the others wait, and come as one.
func (m Memory) tell(now time.Time, k Kind, due []topic) []Notice {
	room := together - len(m.Sent[k])
	if room <= 0 {
		return nil
	}
	var all []Notice
	if len(due) > room {
		all = []Notice{merged(k, due)}
	}
	for _, t := range due {
		m.Told[t.key()] = Told{At: now, What: hashed(t.facts)}
		if len(due) <= room {
			t.notice.Kind = k
			all = append(all, t.notice)
		}
	}
	for i := range all {
		all[i].Time = now
		m.Sent[k] = append(m.Sent[k], now)
	}
	return all
}

var mergedTitles = map[Kind]string{
	Conflicts: "%d clients have conflicts", Halted: "%d clients are halted", SignIn: "%d portals need a sign-in",
	SignInSoon: "%d portals will soon need a sign-in", OutOfStep: "%d clients have been out of step for long", Request: "%d file requests are complete",
}

func merged(k Kind, due []topic) Notice {
	n := Notice{Kind: k, Next: "Run `dossier status`: it says what each of them needs."}
	var about []string
	for _, t := range due {
		about = append(about, t.notice.Client+t.notice.Portal)
		if t.notice.Client != "" {
			n.Clients = append(n.Clients, t.notice.Client)
		}
		n.Clients = append(n.Clients, t.notice.Clients...)
	}
	n.Title = fmt.Sprintf(mergedTitles[k], len(due))
	n.Text = names(about) + "."
	return n
}

// digest sums up once a day, after the time of day that was asked for. The first digest of all waits for the next day if it is late.
func (m *Memory) digest(now time.Time, rules config.Notices, seen Observations) (Notice, bool) {
	today := now.Format(time.DateOnly)
	if m.Digest == "" && rules.Digest.Reached(now) {
		m.Digest = today
		return Notice{}, false
	}
	if m.Digest == "" {
		m.Digest = now.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	if m.Digest == today || !rules.Digest.Reached(now) {
		return Notice{}, false
	}
	m.Digest = today
	return summary(now, rules, seen), true
}

func summary(now time.Time, rules config.Notices, seen Observations) Notice {
	n := Notice{Kind: Digest, Time: now}
	needs := map[string][]string{} // by client or portal
	var order, sentences []string
	for _, t := range topics(now, rules.OutOfStep.Std(), seen) {
		if t.kind == Request || t.kind == SignInSoon {
			continue
		}
		for _, who := range append(slices.Clone(t.notice.Clients), t.notice.Client) {
			if who != "" && needs[who] == nil {
				order = append(order, who)
			}
			needs[who] = append(needs[who], string(t.kind))
		}
	}
	for _, who := range order {
		sentences = append(sentences, who+" ("+strings.Join(needs[who], ", ")+")")
	}
	n.Clients = order
	n.Title = fmt.Sprintf("%s, all in step", count(len(seen.Clients), "client"))
	if len(order) > 0 {
		n.Title = fmt.Sprintf("%s, %d need you", count(len(seen.Clients), "client"), len(order))
		n.Text, n.Next = names(sentences)+".", "Run `dossier status`."
	} else {
		n.Text = "Nothing needs you."
	}
	return n
}
