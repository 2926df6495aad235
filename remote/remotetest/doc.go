// Package remotetest is what portals are tested with: a suite that every driver must pass, odd names, a portal in memory,
// and wrappers that fail, stall or gate a driver's calls.
//
// A driver's own test file makes a Fixture and calls Run. The mirror's tests put a Memory behind a Faulty or a Gate.
package remotetest
