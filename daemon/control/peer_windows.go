package control

import (
	"errors"
	"net"

	"golang.org/x/sys/windows"
)

// handleOf is the pipe of a connection.
func handleOf(conn net.Conn) (windows.Handle, error) {
	f, ok := conn.(interface{ Fd() uintptr })
	if !ok {
		return 0, errors.New("the connection is no pipe")
	}
	return windows.Handle(f.Fd()), nil
}

// peerOf tells which process is at the other end, and whose it is. The second may be hidden from us.
func peerOf(conn net.Conn) (Caller, error) {
	pipe, err := handleOf(conn)
	if err != nil {
		return Caller{}, err
	}
	var pid uint32
	if err := windows.GetNamedPipeClientProcessId(pipe, &pid); err != nil {
		return Caller{}, err
	}
	c := Caller{PID: int(pid), ID: "unknown"}
	if sid, err := userOf(pid); err == nil {
		c.ID = sid
	}
	return c, nil
}

// userOf is the SID of a process's user.
func userOf(pid uint32) (string, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(process)
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return "", err
	}
	defer token.Close()
	u, err := token.GetTokenUser()
	if err != nil {
		return "", err
	}
	return u.User.Sid.String(), nil
}

func ownSID() (string, error) {
	u, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", err
	}
	return u.User.Sid.String(), nil
}

// mayCallHere lets in everybody: the system has asked already, by the pipe's descriptor.
func mayCallHere(Caller) bool { return true }

// verify tells whether the one who made the pipe is to be believed: nobody can give to another what he made.
func verify(conn net.Conn, dir string) error {
	pipe, err := handleOf(conn)
	if err != nil {
		return err
	}
	sd, err := windows.GetSecurityInfo(pipe, windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	server, _, err := sd.Owner()
	if err != nil {
		return err
	}
	me, err := ownSID()
	if err != nil {
		return err
	}
	if server.String() == me || server.String() == ownerOf(dir) ||
		server.IsWellKnown(windows.WinLocalSystemSid) || server.IsWellKnown(windows.WinBuiltinAdministratorsSid) {
		return nil
	}
	return Errorf(NotAllowed, "find out who put it there", "%s is served by %s, who has no business there", Path(dir), server)
}

// ownerOf is the SID of a folder's owner; empty: not known.
func ownerOf(dir string) string {
	sd, err := windows.GetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return ""
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return ""
	}
	return owner.String()
}
