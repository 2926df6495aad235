package control

import "context"

// Caller is who speaks, as the operating system says.
type Caller struct {
	ID   string // uid, or SID
	Name string // for the record; the id if the name is not known
	PID  int    // 0: not known
}

type callerKey struct{}

// CallerOf is who asked for what is done under ctx; false: nobody did through the socket.
func CallerOf(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}
