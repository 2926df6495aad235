package control

import (
	"strconv"

	"golang.org/x/sys/unix"
)

func credentials(fd int) (Caller, error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return Caller{}, err
	}
	return Caller{ID: strconv.FormatUint(uint64(cred.Uid), 10), PID: int(cred.Pid)}, nil
}
