package box

import "time"

// waits is how patiently the driver asks again where Box says "not yet".
type waits struct {
	unsaid  time.Duration // where Box does not say how long
	longest time.Duration // whatever Box says
	rounds  int           // at most
}

// Commits of large uploads have needed more than fifteen rounds (rclone allows a hundred).
var defaultWaits = waits{unsaid: 2 * time.Second, longest: 30 * time.Second, rounds: 100}

func (w waits) next(said time.Duration) time.Duration {
	if said <= 0 {
		said = w.unsaid
	}
	return min(said, w.longest)
}
