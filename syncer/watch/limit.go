package watch

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
)

// Names of the kernel's settings on Linux.
const (
	maxWatches    = "fs.inotify.max_user_watches"
	maxWatchesFor = "user.max_inotify_watches" // the same, but lower within some containers
	maxInstances  = "fs.inotify.max_user_instances"
)

// tightest returns the setting that bounds our watches; 0 where there is none.
func tightest(limit func(string) int) (name string, most int) {
	most, inside := limit(maxWatches), limit(maxWatchesFor)
	if inside > 0 && inside < most {
		return maxWatchesFor, inside
	}
	return maxWatches, most
}

// atLimit explains that the system allows no more watches. The root has need folders, and held are watched of other roots.
func atLimit(err error, need, held int, limit func(string) int) *obstacle {
	o := &obstacle{need: need, every: rarely}
	name, most := tightest(limit)
	if most <= 0 || !errors.Is(err, syscall.ENOSPC) {
		o.reason = fmt.Sprintf("the system allows no more watches (%v), and this client has %d folders", err, need)
		o.cure = otherCure(runtime.GOOS)
		return o
	}
	o.reason = fmt.Sprintf("the system lets this user watch %d folders (%s); this client has %d, and other clients have %d", most, name, need, held)
	o.cure = sysctlCure(name, enough(need+held))
	return o
}

// noQueue explains that the system gives us no source of events at all.
func noQueue(err error, limit func(string) int) *obstacle {
	o := &obstacle{every: rarely, reason: fmt.Sprintf("the system gives no file events: %v", err)}
	if most := limit(maxInstances); isLimit(err) && most > 0 {
		o.reason = fmt.Sprintf("other programs of this user have taken all %d queues of file events (%s), or all files that may be open", most, maxInstances)
		o.cure = sysctlCure(maxInstances, max(1024, 2*most))
	}
	return o
}

// enough is a limit with room for twice the folders and for other programs; each watch costs about 1 kB of memory, and only when it is used.
func enough(folders int) int {
	n := 524288
	for n < 2*folders {
		n *= 2
	}
	return n
}

func sysctlCure(name string, value int) string {
	return fmt.Sprintf("raise the limit: sudo sysctl %[1]s=%[2]d; to keep it over a restart: echo %[1]s=%[2]d | sudo tee /etc/sysctl.d/60-dossier.conf", name, value)
}

func otherCure(goos string) string {
	switch goos {
	case "darwin":
		return "raise the number of files that dossier may open (each watched file takes one): NumberOfFiles in its launchd file, or ulimit -n"
	case "linux":
		return "raise the number of files that dossier may open: LimitNOFILE in its unit, or ulimit -n"
	}
	return "close other programs that watch files, or restart the computer"
}
