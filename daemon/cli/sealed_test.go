package cli_test

import (
	"encoding/binary"
	"hash/crc32"
)

// sealed is a row as package state writes it: a version, the payload, and a CRC-32C over the key and these.
func sealed(key []byte, version, payload byte) []byte {
	row := []byte{version, payload}
	sum := crc32.Update(crc32.Checksum(key, crc32.MakeTable(crc32.Castagnoli)), crc32.MakeTable(crc32.Castagnoli), row)
	return binary.LittleEndian.AppendUint32(row, sum)
}
