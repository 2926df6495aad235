package control

import (
	"strconv"

	"golang.org/x/sys/unix"
)

func credentials(fd int) (Caller, error) {
	cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return Caller{}, err
	}
	pid, err := unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	if err != nil {
		pid = 0 // who it is counts; which of his processes is only told
	}
	return Caller{ID: strconv.FormatUint(uint64(cred.Uid), 10), PID: pid}, nil
}
