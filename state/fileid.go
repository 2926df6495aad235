package state

import (
	"fmt"
	"strconv"
	"strings"
)

// A file id is the volume's name, the inode and the birth time, the last two in base 36: "<volume>-<inode>-<birth>". All files of a
// folder share the long first part, so that a row keeps its number only. Ids of any other form are kept as they are.
type fileID struct {
	volume       uint64 // its number, 1 first; 0: not of that form
	inode, birth uint64
	plain        string
}

// splitFileID gives the volume's name, if the id has the common form.
func splitFileID(s string) (volume string, inode, birth uint64, ok bool) {
	last := strings.LastIndexByte(s, '-')
	if last < 0 {
		return "", 0, 0, false
	}
	first := strings.LastIndexByte(s[:last], '-')
	if first < 0 {
		return "", 0, 0, false
	}
	inode, inodeOK := base36(s[first+1 : last])
	birth, birthOK := base36(s[last+1:])
	return s[:first], inode, birth, inodeOK && birthOK
}

// base36 reads a number that strconv would print the same way.
func base36(s string) (uint64, bool) {
	v, err := strconv.ParseUint(s, 36, 64)
	return v, err == nil && strconv.FormatUint(v, 36) == s
}

func joinFileID(volume string, inode, birth uint64) string {
	b := make([]byte, 0, len(volume)+28)
	b = append(b, volume...)
	b = strconv.AppendUint(append(b, '-'), inode, 36)
	return string(strconv.AppendUint(append(b, '-'), birth, 36))
}

// packFileID numbers the volume, and notes a new one.
func (tx *Tx) packFileID(s string) (fileID, error) {
	volume, inode, birth, ok := splitFileID(s)
	if !ok {
		return fileID{plain: s}, nil
	}
	number, err := tx.volumeNumber(volume)
	return fileID{volume: number, inode: inode, birth: birth}, err
}

func (tx *Tx) unpackFileID(f fileID) string {
	if f.volume == 0 {
		return f.plain
	}
	volumes := tx.allVolumes()
	if f.volume > uint64(len(volumes)) {
		tx.corrupt(volumeBucket, "volume %d is not there", f.volume)
	}
	return joinFileID(volumes[f.volume-1], f.inode, f.birth)
}

func (tx *Tx) volumeNumber(name string) (uint64, error) {
	for i, known := range tx.allVolumes() {
		if known == name {
			return uint64(i) + 1, nil
		}
	}
	n := uint64(len(tx.volumes)) + 1
	if err := tx.put(volumeBucket, number(n), jsonVersion, []byte(name)); err != nil {
		return 0, fmt.Errorf("note volume: %w", err)
	}
	tx.volumes = append(tx.volumes, name)
	return n, nil
}

// allVolumes reads the names once a transaction: there are a few, one a disk the folder ever lay on.
func (tx *Tx) allVolumes() []string {
	if tx.volumes != nil {
		return tx.volumes
	}
	tx.volumes = []string{}
	for k, v := range tx.raw(volumeBucket) {
		tx.volumes = append(tx.volumes, tx.open(volumeBucket, k, v, jsonVersion))
	}
	return tx.volumes
}
