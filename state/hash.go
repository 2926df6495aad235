package state

import (
	"encoding/hex"
	"fmt"
)

// SHA256 is a content's SHA-256; all zero: not known.
type SHA256 [32]byte

// SHA1 is a content's SHA-1; all zero: not known.
type SHA1 [20]byte

// IsZero tells that the hash is not known.
func (h SHA256) IsZero() bool { return h == SHA256{} }

// IsZero tells that the hash is not known.
func (h SHA1) IsZero() bool { return h == SHA1{} }

// String is lower-case hex; empty: not known.
func (h SHA256) String() string { return hexOf(h[:], h.IsZero()) }

// String is lower-case hex; empty: not known.
func (h SHA1) String() string { return hexOf(h[:], h.IsZero()) }

// MarshalText writes hex.
func (h SHA256) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// MarshalText writes hex.
func (h SHA1) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads hex; empty: not known.
func (h *SHA256) UnmarshalText(b []byte) error { return readHex(h[:], b) }

// UnmarshalText reads hex; empty: not known.
func (h *SHA1) UnmarshalText(b []byte) error { return readHex(h[:], b) }

func hexOf(b []byte, zero bool) string {
	if zero {
		return ""
	}
	return hex.EncodeToString(b)
}

func readHex(to, text []byte) error {
	clear(to)
	if len(text) == 0 {
		return nil
	}
	if len(text) != 2*len(to) {
		return fmt.Errorf("read hash %q: want %d hex digits", text, 2*len(to))
	}
	if _, err := hex.Decode(to, text); err != nil {
		return fmt.Errorf("read hash %q: %v", text, err)
	}
	return nil
}
