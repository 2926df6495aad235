// Package control is how a running daemon is spoken to: HTTP over a socket that only its own user, and the system's administrator,
// can reach. It holds what goes over the wire, the server that a daemon puts in front of itself, and the client that commands use.
//
// # Where
//
// Each state folder has one socket, so each configuration has its own daemon, and several users of one computer do not meet. See Path.
//
// # Who
//
// Who calls is asked of the operating system on each connection, not of the caller: the user that the daemon runs as, and root (on Windows:
// SYSTEM and Administrators). The client asks the same of the daemon, so that nobody else's socket is taken for it. A Caller says who it was.
//
// # What
//
// Routes begin with the API's number, /v1. openapi.yaml describes each, and a test holds it against the handlers. Answers grow: a
// reader must let pass what it does not know. Requests are strict: what the daemon does not know is refused, as it would not be obeyed.
// Both sides say which revision they speak (see Revision), so that a refusal can say which of them is to be updated.
//
// # What is not promised
//
// A caller that reads too slowly misses progress, and is told; it never holds up the daemon. Whatever matters is in Status, not in the stream.
//
// BUG(control): On Windows another user of the computer, if he knows where a state folder is, can take the name of its pipe before the daemon
// does. The daemon then does not start, and says so; the client does not believe the other.
package control
