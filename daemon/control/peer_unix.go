//go:build unix

package control

import (
	"errors"
	"net"
	"os"
	"strconv"
	"syscall"
)

// peerOf asks the system who is at the other end of a connection.
func peerOf(conn net.Conn) (c Caller, err error) {
	raw, ok := conn.(syscall.Conn)
	if !ok {
		return c, errors.New("the connection does not tell who calls")
	}
	rc, err := raw.SyscallConn()
	if err != nil {
		return c, err
	}
	var asked error
	err = rc.Control(func(fd uintptr) { c, asked = credentials(int(fd)) })
	return c, errors.Join(err, asked)
}

func ownID() string { return strconv.Itoa(os.Geteuid()) }

func mayCallHere(c Caller) bool { return mayCall(c.ID, ownID()) }

// verify tells whether the one who serves the folder's socket is to be believed.
func verify(conn net.Conn, dir string) error {
	server, err := peerOf(conn)
	if err != nil {
		return err
	}
	if mayServe(server.ID, ownID(), ownerOf(dir)) {
		return nil
	}
	return Errorf(NotAllowed, "find out who put it there", "%s is served by user %s, who has no business there", Path(dir), server.named().Name)
}

// ownerOf is the uid of a folder's owner; empty: not known.
func ownerOf(dir string) string {
	info, err := os.Stat(dir)
	if err != nil {
		return ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return strconv.FormatUint(uint64(st.Uid), 10)
}
