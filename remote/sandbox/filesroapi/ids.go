package filesroapi

import (
	"fmt"
	"strconv"
	"strings"

	"dossier/remote/sandbox/store"
)

// home is how the folder of everything is written where a folder's id is wanted. Files.ro takes any text that is no id for it.
const home = "home"

// Ids are written as UUIDs, as Laravel makes them: they tell nothing of the order in which they were given. A file has a second one in
// the name of its stored bytes.
const (
	spread   uint64 = 0x9E3779B97F4A7C15 // odd, so that multiplying by it can be undone
	check    uint64 = 0xBF58476D1CE4E5B9
	itemKey  uint64 = 0x5851F42D4C957F2D
	bytesKey uint64 = 0x14057B7EF767814F
)

var gather = inverse(spread)

// inverse returns the number that undoes the multiplication by an odd number, modulo 2⁶⁴.
func inverse(n uint64) uint64 {
	inv := n
	for range 6 { // each step doubles the number of bits that are right
		inv *= 2 - n*inv
	}
	return inv
}

// rank is the order of ids as they are written.
func rank(id store.ID) uint64 { return (uint64(id) ^ itemKey) * spread }

func showUUID(id store.ID, key uint64) string {
	h := (uint64(id) ^ key) * spread
	g := (h ^ h>>29) * check
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", h>>32, h>>16&0xffff, h>>4&0xfff, 0x8000|h&0xf<<8|g&0xff, g>>16)
}

// readUUID reads what showUUID wrote with the same key; 0: it is none of ours.
func readUUID(text string, key uint64) store.ID {
	text = strings.ToLower(text)
	if !isUUID(text) {
		return 0
	}
	h, err := strconv.ParseUint(text[:8]+text[9:13]+text[15:18]+text[20:21], 16, 64)
	if err != nil {
		return 0
	}
	if id := store.ID(h*gather ^ key); showUUID(id, key) == text {
		return id
	}
	return 0
}

// isUUID is the rule that Laravel calls uuid.
func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(strings.ToLower(text)) {
		switch dash := i == 8 || i == 13 || i == 18 || i == 23; {
		case dash && c != '-', !dash && !strings.ContainsRune("0123456789abcdef", rune(c)):
			return false
		}
	}
	return true
}

// ShowID writes an id as the portal does.
func (a *API) ShowID(id store.ID, _ store.Kind) string {
	if id == a.root {
		return home
	}
	return showUUID(id, itemKey)
}

// ReadID reads what ShowID wrote; 0: it is none.
func (a *API) ReadID(text string) store.ID {
	if text == home {
		return a.root
	}
	return readUUID(text, itemKey)
}
