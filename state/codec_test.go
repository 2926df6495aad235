package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// FuzzDecodeNode: no payload makes decoding panic, and what decodes survives a round trip.
func FuzzDecodeNode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add((&Node{Local: "a", Remote: "b", Size: 3, Content: "12", SHA1: SHA1{1}}).encode(fileID{volume: 1, inode: 7, birth: 8}))
	f.Add([]byte("P01010000000000000000000000000\x0000\x0010\x000")) // a volume numbered 0
	f.Add((&Node{Dir: true, Guard: "deadbeef"}).encode(fileID{plain: "x"}))
	f.Fuzz(func(t *testing.T, payload []byte) {
		n, file, ok := decodeNode(string(payload))
		if !ok {
			return
		}
		again, fileAgain, ok := decodeNode(string(n.encode(file)))
		if !ok || again != n || fileAgain != file {
			t.Errorf("%+v %+v came back as %+v %+v, %v", n, file, again, fileAgain, ok)
		}
	})
}

// FuzzDecodeSeen is FuzzDecodeNode for rows of seen.
func FuzzDecodeSeen(f *testing.F) {
	f.Add([]byte(nil))
	f.Add((&Seen{Name: "a", Parent: "1", SHA1: SHA1{1}, Gone: true}).encode())
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, ok := decodeSeen(string(payload))
		if !ok {
			return
		}
		again, ok := decodeSeen(string(s.encode()))
		if !ok || !cmp.Equal(again, s) {
			t.Errorf("%+v came back as %+v, %v", s, again, ok)
		}
	})
}

// FuzzText: every text comes back byte for byte (P17), also one that looks like a number or a digest.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "0", "00", "+1", "-1", "18446744073709551615", "18446744073709551616", "deadbeef", "DEADBEEF", "deadbee", "é\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := decoder{rest: string(appendText(nil, s))}
		if got := d.text(); got != s || !d.done() {
			t.Errorf("%q came back as %q, rest %q", s, got, d.rest)
		}
	})
}

// FuzzFileID: every file id comes back byte for byte.
func FuzzFileID(f *testing.F) {
	for _, s := range []string{"", "v-1-2", "v-01-2", "v-1-", "--", "a-b-c-zz-3w5e11264sgsf", "v-1-3w5e11264sgsg", "V-A-b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		volume, inode, birth, ok := splitFileID(s)
		if ok && joinFileID(volume, inode, birth) != s {
			t.Errorf("%q came back as %q", s, joinFileID(volume, inode, birth))
		}
	})
}

// TestAFlippedBitShows: a sealed row with any one bit changed does not open, nor does it under another key.
func TestAFlippedBitShows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(rt, "key")
		payload := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "payload")
		row := seal(key, 1, payload)
		if _, got, ok := unseal(key, row); !ok || got != string(payload) {
			rt.Fatalf("the row does not open")
		}
		bit := rapid.IntRange(0, 8*len(row)-1).Draw(rt, "bit")
		row[bit/8] ^= 1 << (bit % 8)
		if _, _, ok := unseal(key, row); ok {
			rt.Fatalf("bit %d flipped, and the row opens", bit)
		}
		row[bit/8] ^= 1 << (bit % 8)
		key[0]++
		if _, _, ok := unseal(key, row); ok {
			rt.Fatalf("the row opens under another key")
		}
	})
}
