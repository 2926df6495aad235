package control

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os/user"
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

// guarded is a listener that asks the system who each caller is.
type guarded struct {
	net.Listener
	log *slog.Logger
}

// visit is a connection and who is at its other end; nobody, if the system does not tell.
type visit struct {
	net.Conn
	caller Caller
}

func (g *guarded) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	caller, err := peerOf(conn)
	if err != nil {
		g.log.Warn("the system does not tell who calls", "error", err)
		return &visit{Conn: conn}, nil
	}
	return &visit{conn, caller.named()}, nil
}

// withCaller notes whose requests come over a connection.
func withCaller(ctx context.Context, conn net.Conn) context.Context {
	if v, ok := conn.(*visit); ok {
		return context.WithValue(ctx, callerKey{}, v.caller)
	}
	return ctx
}

// admit lets through the requests of those who may call. The others are told, and hung up on, before anything of theirs is looked at.
func admit(may func(Caller) bool, log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _ := CallerOf(r.Context())
		if caller.ID == "" || !may(caller) {
			log.Warn("a caller was refused", "user", caller.Name, "pid", caller.PID)
			w.Header().Set("Connection", "close")
			reply(w, Errorf(NotAllowed, asOwner, "this daemon belongs to another user"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

const asOwner = "run the command as the user that the daemon runs as, or as administrator"

// notOurs is the error for a socket that this user may not use.
func notOurs(dir string) error {
	return Errorf(NotAllowed, asOwner, "the daemon of %s belongs to another user", dir)
}
