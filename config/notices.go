package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Notices says how people hear of what needs them: a conflict, a halt, a sign-in, a client that stays out of step.
// A notice names clients, portals and files, and never holds a secret.
type Notices struct {
	// Desktop shows notices on the screen of whoever runs dossier, where there is a session to show them in.
	Desktop bool `toml:"desktop"`
	// Webhook is an address to which each notice is sent, as JSON with POST. https, except on this machine itself.
	Webhook string `toml:"webhook"`
	// WebhookSecret refers to a secret that goes along as "Authorization: Bearer …", so that the receiver knows who calls.
	WebhookSecret Secret `toml:"webhook_secret"`
	// Command is a program, by its whole path, and its arguments. It is run for each notice, without a shell; it
	// finds the notice as JSON on its standard input, and in variables such as DOSSIER_NOTICE_TITLE.
	Command []string `toml:"command"`
	// Digest is when, each day in local time, one notice sums up how all clients are, such as "08:30"; "" for none.
	Digest TimeOfDay `toml:"digest"`
	// Every is the least time between two notices of one kind about one client, however often something new happens.
	Every Duration `toml:"every"`
	// Remind is after how long a notice is repeated while its cause lasts; "0" for never.
	Remind Duration `toml:"remind"`
	// OutOfStep is how long a client may be out of step before it is told.
	OutOfStep Duration `toml:"out_of_step"`
	// Quiet is the part of the day in which nothing is told. What is over by its end is not told at all.
	Quiet Quiet `toml:"quiet"`
}

// Quiet is a part of each day, in local time; it may span midnight.
type Quiet struct {
	// From is when it begins, such as "20:00".
	From TimeOfDay `toml:"from"`
	// Until is when it ends, such as "07:00".
	Until TimeOfDay `toml:"until"`
}

// TimeOfDay is a time by the clock on the wall, "08:30"; "" is none.
type TimeOfDay string

// UnmarshalText reads a time of day.
func (d *TimeOfDay) UnmarshalText(text []byte) error {
	t := TimeOfDay(text)
	if _, ok := t.minutes(); t != "" && !ok {
		return fmt.Errorf(`%q is no time of day; write it like "08:30"`, string(t))
	}
	*d = t
	return nil
}

// Reached tells whether the clock on the wall has got so far, on the day of t. Never, if it is none.
func (d TimeOfDay) Reached(t time.Time) bool {
	at, ok := d.minutes()
	return ok && t.Hour()*60+t.Minute() >= at
}

func (d TimeOfDay) minutes() (int, bool) {
	t, err := time.Parse("15:04", string(d))
	return t.Hour()*60 + t.Minute(), err == nil && len(d) == len("15:04")
}

func checkNotices(r *report, n *Notices, m machine) {
	if n.Webhook != "" {
		if _, err := parseURL(n.Webhook); err != nil {
			r.fault("notices.webhook", "%v", err)
		}
	}
	if !n.WebhookSecret.IsZero() && n.Webhook == "" {
		r.fault("notices.webhook_secret", "there is no webhook that it could go to; add one, or take this out")
	}
	if r.has("notices.command") {
		if err := checkCommand(n.Command, m); err != nil {
			r.fault("notices.command", "%v", err)
		}
	}
	if (n.Quiet.From == "") != (n.Quiet.Until == "") {
		r.fault("notices.quiet", `give both, such as { from = "20:00", until = "07:00" }`)
	}
	checkRates(r, n)
}

// checkCommand wants a program by its whole path: what is found by its name alone depends on who looks.
func checkCommand(argv []string, m machine) error {
	if len(argv) == 0 || argv[0] == "" {
		return errors.New(`name a program, such as ["/usr/local/bin/tell-me"], or take this out`)
	}
	if strings.ContainsRune(strings.Join(argv, ""), 0) {
		return errors.New("it holds a NUL byte; write it without")
	}
	program, err := expandHome(argv[0], m.homeDir)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(program) {
		return fmt.Errorf(`%q: write the program's whole path, or start it with "~/"`, argv[0])
	}
	argv[0] = filepath.Clean(program)
	return nil
}

func checkRates(r *report, n *Notices) {
	const week = 7 * 24 * time.Hour
	for _, d := range []struct {
		key         string
		d           Duration
		least, most time.Duration
	}{
		{"every", n.Every, time.Minute, week},
		{"out_of_step", n.OutOfStep, time.Minute, 30 * 24 * time.Hour},
		{"remind", n.Remind, 0, 30 * 24 * time.Hour},
	} {
		if r.has("notices."+d.key) && (d.d.d < d.least || d.d.d > d.most) {
			r.fault("notices."+d.key, "%s is out of range; at least %s, at most %s", d.d, Duration{d.least}, Duration{d.most})
		}
	}
	if n.Remind.d > 0 && n.Remind.d < n.Every.d {
		r.fault("notices.remind", "%s is shorter than every, which is %s; a reminder cannot come sooner", n.Remind, n.Every)
	}
}
