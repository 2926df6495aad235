package config

import (
	"testing"
	"time"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "1B": 1, "500MB": 500e6, "1.5 GB": 15e8, "1GiB": 1 << 30, "2kB": 2000, "2KB": 2000, "3TiB": 3 << 40,
		"": -1, "5": -1, "-1GB": -1, "1 gigabyte": -1, "1,000MB": -1, "1e3MB": -1, "1GB ": -1, " 1GB": -1, ".5GB": -1, "99999999999TB": -1,
	} {
		var s Size
		err := s.UnmarshalText([]byte(text))
		if want < 0 && err == nil || want >= 0 && (err != nil || s != want) {
			t.Errorf("%q = %d, %v; want %d (-1: refused)", text, s, err, want)
		}
	}
}

func TestDurations(t *testing.T) {
	const day, refused = 24 * time.Hour, -1
	for text, want := range map[string]time.Duration{
		"0": 0, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "30d": 30 * day, "1d12h": 36 * time.Hour, "1.5h": 90 * time.Minute,
		"250ms": 250 * time.Millisecond, "36500d": 36500 * day,
		"": refused, "5": refused, "-5s": refused, "5 s": refused, "d": refused, "1y": refused, "5ns": refused, "1h1d": refused,
		"36501d": refused, "36500d1s": refused, "999999d": refused, "9999999999h": refused,
	} {
		var d Duration
		err := d.UnmarshalText([]byte(text))
		if want == refused && err == nil || want >= 0 && (err != nil || d.Std() != want) {
			t.Errorf("%q = %v, %v; want %v (-1ns: refused)", text, d, err, want)
		}
	}
	for want, d := range map[string]time.Duration{"30d": 30 * day, "1h30m0s": 90 * time.Minute, "0s": 0, "36h0m0s": 36 * time.Hour} {
		if got := For(d).String(); got != want {
			t.Errorf("String of %v = %s, want %s", d, got, want)
		}
	}
}
