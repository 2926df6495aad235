package local

import (
	"errors"
	"time"
)

// Marker is the file [MarkerName] in a client's folder that says whose folder it is and which machine works on it.
type Marker struct {
	Mirror       string    `json:"mirror"`       // id of the mirror (client and portal)
	Installation string    `json:"installation"` // id of the installation that made it
	Epoch        int64     `json:"epoch"`        // counts up with each run that changed the state
	Dir          string    `json:"dir"`          // file id of the folder it was made in: a copied folder has another
	Host         string    `json:"host"`         // who works on it
	Beat         time.Time `json:"beat"`         // when that machine last said so
	Stable       bool      `json:"stable"`       // Dir means something on this file system
}

// Errors of markers. What to do about each is told by the caller.
var (
	ErrMarkerMissing = errors.New("the folder has lost its marker")
	ErrMarkerForeign = errors.New("the folder carries another client's marker")
	ErrMarkerNewer   = errors.New("the folder is newer than our state: the state was restored from a backup")
	ErrLeased        = errors.New("another machine is working on this folder")
)

// LeaseTerm is how long after its last beat a machine is believed to be at work.
const LeaseTerm = 2 * time.Minute

// CreateMarker writes the first marker of a folder. It never replaces one ([ErrTaken]).
func CreateMarker(disk Disk, m Marker) error { return errTodo }

// ReadMarker returns the marker, or [ErrMarkerMissing].
func ReadMarker(disk Disk) (Marker, error) { return Marker{}, errTodo }

// CheckMarker returns the marker if the folder is there, the same as was opened, carries mine, is not at work elsewhere, and
// is not newer than our state: [ErrRootMissing], [ErrRootReplaced], [ErrMarkerMissing], [ErrMarkerForeign], [ErrLeased],
// [ErrMarkerNewer]. mine has Mirror, Installation, Epoch and Host set.
func CheckMarker(disk Disk, mine Marker) (Marker, error) { return Marker{}, errTodo }

// Beat says that we are at work: it writes host, epoch and time into the marker, after checking it ([CheckMarker]). It never
// makes a marker.
func Beat(disk Disk, mine Marker) error { return errTodo }
