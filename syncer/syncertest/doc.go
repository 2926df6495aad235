// Package syncertest invents lives of a mirror and checks them: machines with simulated disks, one portal in memory, people who
// work on either side, also in the middle of a run, calls that fail, and machines that crash.
//
// A Script is one life, made from a seed: what people do, when, and what goes wrong. Live plays it in a bubble of time and tells
// what was not as it must be. Every effect of an engine, a call of the disk or of the portal, waits at a turnstile until the
// world lets it pass, one at a time, so that a script plays the same way each time, whatever the goroutines do. People act, and
// machines die, at the turnstile: between any two effects.
//
// What must be true (the letters are those of the properties):
//
//   - After every run the state is sound, and no content is anywhere that nobody has written (E11).
//   - When all is quiet every machine shows what the portal shows, and a further run makes no changing call and moves no byte,
//     also days later, when everything is looked at anew (P2, P11, E12).
//   - Every content that a person wrote, and that no person who saw it replaced or deleted, is still somewhere: on a disk, on the
//     portal, in its trash or, until all is quiet, in a vault (P6, E1, E2, E3, E5).
//   - No content is anywhere twice on one side (E4, P15).
//   - Where only one side was touched, that side is in the end just as the people left it, and the others are equal to it: nothing
//     came back, no copies, no conflicts.
//
// Contents are different at each writing, so that the last three can be told by content alone. What is not checked: which of two
// conflicting versions keeps the name, and how many calls a run needs before all is quiet; the tests of syncer do that.
package syncertest
