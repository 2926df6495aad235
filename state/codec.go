package state

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strconv"
	"strings"
)

// A sealed row is a version byte, the payload, and a CRC-32C over key, version and payload: a flipped bit shows, and so does a row
// under another's key.
const sealSize = 1 + crc32.Size

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func seal(key []byte, version byte, payload ...[]byte) []byte {
	size := sealSize
	for _, part := range payload {
		size += len(part)
	}
	row := append(make([]byte, 0, size), version)
	for _, part := range payload {
		row = append(row, part...)
	}
	return binary.LittleEndian.AppendUint32(row, rowSum(key, row))
}

// unseal gives back what seal put in; ok is false if the row is not what was written. The payload is a copy.
func unseal(key, row []byte) (version byte, payload string, ok bool) {
	version, part, ok := opened(key, row)
	return version, string(part), ok
}

// opened is unseal without the copy.
func opened(key, row []byte) (version byte, payload []byte, ok bool) {
	if len(row) < sealSize {
		return 0, nil, false
	}
	body := row[:len(row)-crc32.Size]
	if binary.LittleEndian.Uint32(row[len(body):]) != rowSum(key, body) {
		return 0, nil, false
	}
	return body[0], body[1:], true
}

func rowSum(key, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, body)
}

// Texts are packed: ids and revisions are mostly decimal numbers or hex digests.
const (
	textRaw = iota
	textDecimal
	textHex
)

func appendText(b []byte, s string) []byte {
	if v, ok := decimal(s); ok {
		return binary.AppendUvarint(append(b, textDecimal), v)
	}
	if isHex(s) {
		b = binary.AppendUvarint(b, uint64(len(s)/2)<<2|textHex)
		return hexAppend(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(s))<<2+textRaw)
	return append(b, s...)
}

// decimal reads a number that strconv would print the same way.
func decimal(s string) (uint64, bool) {
	if s == "" || len(s) > 20 || (s[0] == '0' && len(s) > 1) || s[0] == '+' {
		return 0, false
	}
	v, err := strconv.ParseUint(s, 10, 64)
	return v, err == nil
}

func isHex(s string) bool {
	return len(s) >= 8 && len(s)%2 == 0 && strings.Trim(s, "0123456789abcdef") == ""
}

func hexAppend(b []byte, s string) []byte {
	b, _ = hex.AppendDecode(b, []byte(s)) // isHex was asked
	return b
}

// decoder reads a payload front to back. After the first fault everything it gives is zero, and bad is set.
type decoder struct {
	rest string
	bad  bool
}

func (d *decoder) uint() uint64 {
	var v uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		c := d.rest[i]
		if i == binary.MaxVarintLen64-1 && c > 1 {
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.rest = d.rest[i+1:]
			return v
		}
	}
	d.fail()
	return 0
}

func (d *decoder) int() int64 {
	u := d.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.rest)) {
		d.fail()
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) text() string {
	head := d.uint()
	switch head & 3 {
	case textRaw:
		return d.take(head >> 2)
	case textHex:
		return hex.EncodeToString([]byte(d.take(head >> 2)))
	case textDecimal:
		if v := d.uint(); !d.bad {
			return strconv.FormatUint(v, 10)
		}
	}
	d.fail()
	return ""
}

func (d *decoder) fail() { d.rest, d.bad = "", true }

// done tells whether everything was read and nothing was amiss.
func (d *decoder) done() bool { return !d.bad && d.rest == "" }
