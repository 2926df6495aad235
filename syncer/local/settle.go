package local

import "time"

// How long a file must be left alone before it is sent.
const (
	SettleFree    = 1 * time.Second  // the system can tell that no writer is left
	SettleUnknown = 3 * time.Second  // it cannot
	SettleOwned   = 10 * time.Second // an office program has the document open
)

// clockAhead is how far ahead of ours a disk's clock may be before its times say nothing about when the file was written.
const clockAhead = time.Minute

// Settled reports whether the file of info has been left alone long enough to be sent, and if not, when to look again.
// ownerFile means that an office owner file stands beside it.
func Settled(info Info, now time.Time, use Use, ownerFile bool) (ok bool, retryAt time.Time) {
	wait := SettleUnknown
	switch {
	case use == InUse:
		return false, now.Add(SettleUnknown)
	case ownerFile:
		wait = SettleOwned
	case use == Free:
		wait = SettleFree
	}
	last := max(evidence(info.MTime, now), evidence(info.CTime, now))
	retryAt = time.Unix(0, last).Add(wait)
	if !retryAt.After(now) {
		return true, time.Time{}
	}
	return false, retryAt
}

// evidence is t if it can be the time of a write, now if the disk's clock is a little ahead, and 0 if it is far ahead: a
// time in the future must not hold a file for ever.
func evidence(t int64, now time.Time) int64 {
	switch n := now.UnixNano(); {
	case t <= n:
		return t
	case t <= now.Add(clockAhead).UnixNano():
		return n
	}
	return 0
}

// SuspiciousZero reports whether a file that had content is empty now, as after a crash of the machine (F3). Such a file
// is held, not sent.
func SuspiciousZero(before int64, now Info) bool {
	return before > 0 && now.Kind == File && now.Size == 0
}
