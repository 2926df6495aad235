// Package remotetest is what portals are tested with: a suite that every driver must pass, odd names, a portal in memory,
// and wrappers that fail, stall or gate a driver's calls.
//
// A driver's own test file makes a Fixture, an empty folder and Somebody who works on the portal behind the driver's back, and
// calls Run: about 30 lines. The mirror's tests put a Memory behind a Faulty or a Gate.
//
// The suite is itself tested: a Memory passes it with each feature missing in turn, and some thirty drivers that break one
// promise each must be caught. Whoever adds a promise to remote.Driver adds both: a test here, and such a driver.
package remotetest
