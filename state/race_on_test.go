//go:build race

package state

// raceEnabled: the race detector is in the binary, so that random cases cost twenty times as much.
const raceEnabled = true
