package control

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os/user"
	"time"
)

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

// named fills in a caller's name.
func (c Caller) named() Caller {
	c.Name = c.ID
	if u, err := user.LookupId(c.ID); err == nil {
		c.Name = u.Username
	}
	return c
}

// refusal is what a stranger is told before the door is shut: he is not asked what he wants.
var refusal = func() []byte {
	const body = `{"error":{"code":"not-allowed","message":"this daemon belongs to another user","do":"run the command as that user, or as administrator"}}` + "\n"
	return fmt.Appendf(nil, "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}()

// guarded is a listener that lets in only who may call.
type guarded struct {
	net.Listener
	may func(Caller) bool
	log *slog.Logger
}

// visit is a connection and who is at its other end.
type visit struct {
	net.Conn
	caller Caller
}

func (g *guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		caller, err := peerOf(conn)
		if err == nil && g.may(caller) {
			return &visit{conn, caller.named()}, nil
		}
		g.log.Warn("a caller was refused", "uid", caller.ID, "pid", caller.PID, "error", err)
		turnAway(conn)
	}
}

func turnAway(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write(refusal) // he may be gone
	_ = conn.Close()
}

// notOurs is the error for a socket that this user may not use.
func notOurs(dir string) error {
	return Errorf(NotAllowed, "run the command as the user that the daemon runs as, or as administrator", "the daemon of %s belongs to another user", dir)
}
