package syncertest

import "slices"

// Shrink drops what it can from a script that fails, for as long as it fails.
func Shrink(s Script, fails func(Script) bool) Script {
	for again := true; again; {
		again = false
		for i := len(s.Rounds) - 1; i >= 0; i-- {
			if t := s.withoutRound(i); fails(t) {
				s, again = t, true
			}
		}
		for i := range s.Rounds {
			for j := len(s.Rounds[i].Events) - 1; j >= 0; j-- {
				if t := s.withoutEvent(i, j); fails(t) {
					s, again = t, true
				}
			}
		}
	}
	return s
}

func (s Script) withoutRound(i int) Script {
	s.Rounds = slices.Delete(slices.Clone(s.Rounds), i, i+1)
	return s
}

func (s Script) withoutEvent(i, j int) Script {
	s.Rounds = slices.Clone(s.Rounds)
	s.Rounds[i].Events = slices.Delete(slices.Clone(s.Rounds[i].Events), j, j+1)
	return s
}
