package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Marker is the file [MarkerName] in a client's folder that says whose folder it is and which machine works on it.
type Marker struct {
	Mirror       string    `json:"mirror"`        // id of the mirror (client and portal)
	Installation string    `json:"installation"`  // id of the installation that works on it
	Epoch        int64     `json:"epoch"`         // counts up as the state does, see ErrMarkerNewer
	Dir          string    `json:"dir,omitempty"` // file id of the folder it was made in, "" where these do not last
	Host         string    `json:"host"`          // the machine that works on it
	Beat         time.Time `json:"beat,omitzero"` // when that machine last said so; zero if it left in order
}

// Errors of markers.
var (
	// ErrMarkerMissing: the folder was emptied, or it is another one. Nothing of the client may run; a marker is made again
	// only when a person asks for it.
	ErrMarkerMissing = errors.New("the folder has lost its marker")
	// ErrMarkerForeign: the folder belongs to another client.
	ErrMarkerForeign = errors.New("the folder carries another client's marker")
	// ErrMarkerCopied: the folder is a copy of the client's folder, made with marker and all, or a backup of it put back.
	ErrMarkerCopied = fmt.Errorf("the folder is a copy, the marker was made in another one: %w", ErrRootReplaced)
	// ErrMarkerNewer: our state was restored from a backup. The mirror begins anew in adopt mode.
	ErrMarkerNewer = errors.New("the folder is newer than our state")
	// ErrLeased: only one machine works on a shared folder.
	ErrLeased = errors.New("another machine is working on this folder")
)

// LeaseTerm is how long after its last beat a machine is believed to be at work. It must beat more often.
const LeaseTerm = 2 * time.Minute

// maxMarker bounds what is read as a marker, bytes.
const maxMarker = 64 << 10

// CreateMarker writes the first marker of a folder, with the folder's id. It never replaces one ([ErrTaken]).
func CreateMarker(disk Disk, m Marker) error {
	id, err := disk.Identity()
	if err != nil {
		return err
	}
	m.Dir = id
	temp, err := writeMarker(disk, m)
	if err != nil {
		return err
	}
	if err := rename(disk, temp, In(MarkerName)); err != nil {
		return errors.Join(fmt.Errorf("create marker: %w", err), gone(disk.Remove(temp)))
	}
	return nil
}

// writeMarker writes m under a name of its own in the house.
func writeMarker(disk Disk, m Marker) (Path, error) {
	if err := checkID(m.Mirror); err != nil {
		return Path{}, err
	}
	temp := InHouse("marker-" + m.Mirror)
	if err := gone(disk.Remove(temp)); err != nil {
		return Path{}, err
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Path{}, err
	}
	return temp, writeNew(disk, temp, append(data, '\n'))
}

// ReadMarker returns the marker, or [ErrMarkerMissing]. A marker that cannot be understood is missing.
func ReadMarker(disk Disk) (Marker, error) {
	var m Marker
	data, err := readSmall(disk, In(MarkerName), maxMarker)
	if errors.Is(err, fs.ErrNotExist) {
		return m, ErrMarkerMissing
	}
	if err != nil {
		return m, fmt.Errorf("read marker: %w", err)
	}
	if err := json.Unmarshal(data, &m); err != nil || m.Mirror == "" {
		return Marker{}, fmt.Errorf("%w: it cannot be read: %v", ErrMarkerMissing, err)
	}
	return m, nil
}

// CheckMarker returns the marker if the folder is there and the same as was opened, carries mine, is not being worked on by
// another machine, and is not newer than our state. mine has Mirror, Installation, Epoch and Host set. Errors, in this
// order: [ErrRootMissing], [ErrRootReplaced], [ErrMarkerMissing], [ErrMarkerForeign], [ErrMarkerCopied], [ErrLeased],
// [ErrMarkerNewer]. But for the first three the marker is returned as well.
func CheckMarker(disk Disk, mine Marker) (Marker, error) {
	id, err := disk.Identity()
	if err != nil {
		return Marker{}, err
	}
	found, err := ReadMarker(disk)
	if err != nil {
		return Marker{}, err
	}
	if found.Mirror != mine.Mirror {
		return found, ErrMarkerForeign
	}
	if found.Dir != "" && id != "" && found.Dir != id {
		return found, ErrMarkerCopied
	}
	if err := checkLease(disk, found, mine); err != nil {
		return found, err
	}
	if found.Epoch > mine.Epoch {
		return found, fmt.Errorf("%w: epoch %d, ours is %d", ErrMarkerNewer, found.Epoch, mine.Epoch)
	}
	return found, nil
}

// checkLease returns [ErrLeased] if another machine or installation has beaten within the term. The disk's own clock is
// asked, as two machines that share a folder need not agree on the time.
func checkLease(disk Disk, found, mine Marker) error {
	if found.Host == mine.Host && found.Installation == mine.Installation || found.Beat.IsZero() {
		return nil
	}
	marker, err := disk.Lstat(In(MarkerName))
	if err != nil {
		return err
	}
	now, err := diskNow(disk, mine)
	if err != nil {
		return err
	}
	if age := time.Duration(now - marker.MTime); age < LeaseTerm {
		return fmt.Errorf("%w: %s, %v ago", ErrLeased, found.Host, age.Round(time.Second))
	}
	return nil
}

// diskNow is the time the disk gives to a file that is written now, Unix nanoseconds.
func diskNow(disk Disk, mine Marker) (int64, error) {
	temp, err := writeMarker(disk, mine)
	if err != nil {
		return 0, err
	}
	info, err := disk.Lstat(temp)
	return info.MTime, errors.Join(err, gone(disk.Remove(temp)))
}

// Beat says that we are at work: it writes installation, host, epoch and time into the marker, after checking it as
// [CheckMarker] does. It never makes a marker.
//
// BUG(local): two machines that take over the same expired lease in the same moment both believe to have it, until the next
// beat of the one that wrote first.
func Beat(disk Disk, mine Marker) error {
	mine.Beat = time.Now().UTC().Round(0)
	return update(disk, mine)
}

// Leave says that we are no longer at work, so that another machine need not wait.
func Leave(disk Disk, mine Marker) error {
	mine.Beat = time.Time{}
	return update(disk, mine)
}

func update(disk Disk, mine Marker) error {
	found, err := CheckMarker(disk, mine)
	if err != nil {
		return err
	}
	mine.Dir = found.Dir
	temp, err := writeMarker(disk, mine)
	if err != nil {
		return err
	}
	if err := disk.Replace(temp, In(MarkerName)); err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return disk.SyncDir(In(""))
}

// Rebind accepts a folder that [ErrMarkerCopied] was reported for, after a person said that it is the client's folder now.
func Rebind(disk Disk, mine Marker) error {
	if _, err := CheckMarker(disk, mine); !errors.Is(err, ErrMarkerCopied) {
		return err
	}
	id, err := disk.Identity()
	if err != nil {
		return err
	}
	mine.Dir = id
	temp, err := writeMarker(disk, mine)
	if err != nil {
		return err
	}
	if err := disk.Replace(temp, In(MarkerName)); err != nil {
		return fmt.Errorf("rebind: %w", err)
	}
	return disk.SyncDir(In(""))
}
