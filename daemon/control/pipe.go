package control

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// pipeName is the name of the pipe for the state folder at an absolute path. Windows does not tell letter cases apart.
func pipeName(dir string) string {
	dir = strings.ToLower(strings.TrimRight(strings.ReplaceAll(dir, "/", `\`), `\`))
	return fmt.Sprintf(`\\.\pipe\dossier-%x`, sha256.Sum256([]byte(dir)))
}

// descriptor is who may do what with a pipe, in Windows' own notation: its owner, SYSTEM and the Administrators everything, whoever
// comes over the network nothing. Nothing is inherited.
func descriptor(owner string) string {
	return "O:" + owner + "D:P(D;;GA;;;NU)(A;;GA;;;" + owner + ")(A;;GA;;;SY)(A;;GA;;;BA)"
}
