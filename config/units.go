package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// Size is a number of bytes, written "500MB", "1.5 GiB" or "0".
type Size int64

var sizeText = regexp.MustCompile(`^[0-9]+(\.[0-9]+)? ?(B|[kKMGT]i?B)$`)

// UnmarshalText reads a size. A bare number other than 0 is refused: bytes are seldom what is meant.
func (s *Size) UnmarshalText(text []byte) error {
	t := string(text)
	if t == "0" {
		*s = 0
		return nil
	}
	if !sizeText.MatchString(t) {
		return fmt.Errorf(`%q is no size; write it like "500MB", "1.5GB" or "0"`, t)
	}
	n, err := humanize.ParseBytes(t)
	if err != nil || n > math.MaxInt64 {
		return fmt.Errorf("%q is too large a size; at most %s", t, humanize.Bytes(math.MaxInt64))
	}
	*s = Size(n)
	return nil
}

// String writes the size for people, such as "1.0 GB".
func (s Size) String() string { return humanize.Bytes(uint64(max(s, 0))) }

// Duration is a length of time, written "90s", "1h30m", "30d" or "0".
// It is a struct so that a bare number in the file cannot pass for nanoseconds.
type Duration struct{ d time.Duration }

// For makes a Duration of a time.Duration.
func For(d time.Duration) Duration { return Duration{d} }

// Std returns the duration as the standard library has it.
func (d Duration) Std() time.Duration { return d.d }

// String writes whole days as "30d" and the rest as Go does.
func (d Duration) String() string {
	const day = 24 * time.Hour
	if d.d > 0 && d.d%day == 0 {
		return fmt.Sprintf("%dd", d.d/day)
	}
	return d.d.String()
}

var durationText = regexp.MustCompile(`^(?:([0-9]{1,6})d)?((?:[0-9]+(?:\.[0-9]+)?(?:h|m|s|ms))*)$`)

// UnmarshalText reads a duration: days, then whatever Go's own syntax allows down to milliseconds.
func (d *Duration) UnmarshalText(text []byte) error {
	t := strings.TrimSpace(string(text))
	if t == "0" {
		d.d = 0
		return nil
	}
	m := durationText.FindStringSubmatch(t)
	if m == nil || t == "" {
		return fmt.Errorf(`%q is no length of time; write it like "90s", "1h30m" or "30d"`, t)
	}
	sum, err := sumDuration(m[1], m[2])
	if err != nil {
		return fmt.Errorf("%q is too long a time; at most 100 years", t)
	}
	d.d = sum
	return nil
}

// sumDuration adds days and the rest, each possibly empty; more than 100 years is an error.
func sumDuration(days, rest string) (time.Duration, error) {
	const century = 100 * 365 * 24 * time.Hour
	var sum time.Duration
	if days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || time.Duration(n) > century/(24*time.Hour) {
			return 0, strconv.ErrRange
		}
		sum = time.Duration(n) * 24 * time.Hour
	}
	if rest != "" {
		r, err := time.ParseDuration(rest)
		if err != nil || r > century-sum {
			return 0, strconv.ErrRange
		}
		sum += r
	}
	return sum, nil
}
