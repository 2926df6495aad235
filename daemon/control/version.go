package control

import "time"

const (
	// API is the number that routes begin with. It changes when something in it is taken away or means something else.
	API = 1

	// Revision counts what was added to the API since it began.
	Revision = 1
)

// Version is how a daemon answers a greeting.
type Version struct {
	API      int       `json:"api"`
	Revision int       `json:"revision"`
	Version  string    `json:"version"` // of dossier
	PID      int       `json:"pid"`
	Started  time.Time `json:"started"`
}
