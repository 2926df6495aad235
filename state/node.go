package state

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// NodeID is our own name for a file or folder. It is given once and never to another.
type NodeID uint64

// Root is the node of the client's folder itself. It is always there.
const Root NodeID = 1

// Node is what both sides last agreed on about one file or folder.
type Node struct {
	ID     NodeID
	Parent NodeID // 0: this is Root
	Local  string // its name on disk, byte for byte
	Remote string // its name on the portal, byte for byte
	Dir    bool
	Marks  uint32 // bits that the mirror gives a meaning; state only keeps them

	Size   int64 // bytes on disk
	MTime  int64 // nanoseconds since 1970; a hint
	CTime  int64 // the same, of the inode
	FileID string
	SHA256 SHA256
	SHA1   SHA1 // where the portal speaks it

	RemoteID   string // unique in base; empty: not on the portal
	RemoteSize int64  // bytes, as the portal tells; where it tells nothing the same as Size
	Content    string // content revision
	Guard      string // revision for conditions
	Seq        int64  // the portal's counter of changes; 0: it has none
}

// nodeVersion is the version byte of rows of base. Version 1 is read by the migration only.
const nodeVersion = 2

// maxText is the longest name, id or revision that a row takes, in bytes. Disks and portals stay far below.
const maxText = 8 << 10

const (
	nodeDir uint64 = 1 << iota
	nodeSameName
	nodeSameSize
	nodeSHA256
	nodeSHA1
	nodeContentIsSHA1
	nodeVolume // the file id is a volume, an inode and a birth time
)

func (n *Node) flags() uint64 {
	var f uint64
	set := func(on bool, bit uint64) {
		if on {
			f |= bit
		}
	}
	set(n.Dir, nodeDir)
	set(n.Remote == n.Local, nodeSameName)
	set(n.RemoteSize == n.Size, nodeSameSize)
	set(!n.SHA256.IsZero(), nodeSHA256)
	set(!n.SHA1.IsZero(), nodeSHA1)
	set(!n.SHA1.IsZero() && n.Content == n.SHA1.String(), nodeContentIsSHA1)
	return f
}

// encode leaves out what can be told from the rest, and the two ids, which are the key. The file id comes packed.
func (n *Node) encode(file fileID) []byte {
	f := n.flags()
	if file.volume != 0 {
		f |= nodeVolume
	}
	b := make([]byte, 0, 192)
	b = binary.AppendUvarint(b, f)
	b = binary.AppendUvarint(b, uint64(n.Marks))
	b = appendText(b, n.Local)
	if f&nodeSameName == 0 {
		b = appendText(b, n.Remote)
	}
	b = binary.AppendVarint(b, n.Size)
	if f&nodeSameSize == 0 {
		b = binary.AppendVarint(b, n.RemoteSize)
	}
	b = binary.AppendVarint(b, n.MTime)
	b = binary.AppendVarint(b, n.CTime-n.MTime)
	if f&nodeSHA256 != 0 {
		b = append(b, n.SHA256[:]...)
	}
	if f&nodeSHA1 != 0 {
		b = append(b, n.SHA1[:]...)
	}
	if f&nodeVolume != 0 {
		b = binary.AppendUvarint(b, file.volume)
		b = binary.AppendUvarint(b, file.inode)
		b = binary.AppendUvarint(b, file.birth)
	} else {
		b = appendText(b, file.plain)
	}
	b = appendText(b, n.RemoteID)
	if f&nodeContentIsSHA1 == 0 {
		b = appendText(b, n.Content)
	}
	b = appendText(b, n.Guard)
	return binary.AppendVarint(b, n.Seq)
}

// decodeNode reads a payload, all but the ids, one of which it gives apart; ok is false if encode cannot have written it. The strings
// share the payload's memory.
func decodeNode(payload string) (n Node, file fileID, ok bool) {
	d := decoder{rest: payload}
	f := d.uint()
	n.Dir = f&nodeDir != 0
	marks := d.uint()
	n.Marks = uint32(marks)
	n.Local = d.text()
	n.Remote = n.Local
	if f&nodeSameName == 0 {
		n.Remote = d.text()
	}
	n.Size = d.int()
	n.RemoteSize = n.Size
	if f&nodeSameSize == 0 {
		n.RemoteSize = d.int()
	}
	n.MTime = d.int()
	n.CTime = n.MTime + d.int()
	if f&nodeSHA256 != 0 {
		copy(n.SHA256[:], d.take(32))
	}
	if f&nodeSHA1 != 0 {
		copy(n.SHA1[:], d.take(20))
	}
	if f&nodeVolume != 0 {
		file.volume, file.inode, file.birth = d.uint(), d.uint(), d.uint()
		d.bad = d.bad || file.volume == 0
	} else {
		file.plain = d.text()
	}
	n.RemoteID = d.text()
	if f&nodeContentIsSHA1 == 0 {
		n.Content = d.text()
	} else {
		n.Content = hex.EncodeToString(n.SHA1[:])
	}
	n.Guard = d.text()
	n.Seq = d.int()
	return n, file, d.done() && marks <= 1<<32-1 && f < nodeVolume<<1
}

// fits refuses what a row must not hold.
func (n *Node) fits() error {
	for what, s := range map[string]string{"local name": n.Local, "remote name": n.Remote, "file id": n.FileID,
		"remote id": n.RemoteID, "content revision": n.Content, "guard revision": n.Guard} {
		if len(s) > maxText {
			return fmt.Errorf("%w: node %d: %s has %d bytes", ErrInvalid, n.ID, what, len(s))
		}
	}
	return nil
}
