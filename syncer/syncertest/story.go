package syncertest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Tell makes a script by hand. A line is something that a person does before the next run, or a run:
//
//	portal write d/a        new content for a file, which is made if it is not there
//	pc0 mkdir d             pc0, pc1 … are the machines
//	pc0 move d/a e/b        a file that is there is replaced
//	portal remove d
//	run pc0 pc1             these machines run, one after the other unless the kind has them run together
//	run                     all machines do
//	wait 3h                 time passes after the last run
//
// It panics at a line that it does not understand.
func Tell(kind Kind, lines ...string) Script {
	s := Script{Kind: kind}
	var r Round
	for _, line := range lines {
		words := strings.Fields(line)
		switch words[0] {
		case "run":
			for _, m := range words[1:] {
				r.Runs = append(r.Runs, machineNumber(m))
			}
			for n := 0; len(words) == 1 && n < kind.Machines; n++ {
				r.Runs = append(r.Runs, n)
			}
			r.Pause = 5 * time.Second
			s.Rounds = append(s.Rounds, r)
			r = Round{}
		case "wait":
			d, err := time.ParseDuration(words[1])
			if err != nil {
				panic(err)
			}
			s.Rounds[len(s.Rounds)-1].Pause = d
		default:
			r.Events = append(r.Events, told(words))
		}
	}
	if len(r.Events) > 0 {
		s.Rounds = append(s.Rounds, r)
	}
	return s
}

func machineNumber(word string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(word, "pc"))
	if err != nil {
		panic(fmt.Sprintf("no machine is called %q", word))
	}
	return n
}

func told(words []string) Event {
	e := Event{Do: Told, Side: Portal, Words: words[1:]}
	if words[0] != "portal" {
		e.Side = machineNumber(words[0])
	}
	return e
}

// told does what a story says. What cannot be done makes the story wrong.
func (p *doing) told() string {
	words := p.e.Words
	var did string
	switch words[0] {
	case "write":
		did = p.write(words[1], true)
	case "mkdir":
		did = p.did(p.side.mkdir(words[1]), "makes folder %q", words[1])
	case "move":
		did = p.moveOver(words[1], words[2])
	case "remove":
		did = p.remove(words[1])
	case "restore":
		did = p.restore()
	}
	if did == "" {
		p.w.wrong("the story cannot go on: %v", words)
	}
	return did
}
