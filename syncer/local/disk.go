package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Names that are ours wherever they stand.
const (
	HouseName  = ".dossier"        // our directory beside the clients' folders
	MarkerName = ".dossier-client" // the file that says whose folder this is
)

// Disk is one client's directory and our own beside it, one method per system call. Every effect of this package on a
// disk is one call of a Disk.
//
// A Disk must: check each path ([Path.Check]); never follow a symbolic link, in any component; return errors for which
// [errors.Is] answers [fs.ErrNotExist], [fs.ErrExist], [fs.ErrPermission], [ErrInUse], [ErrNoSpace] and [ErrLink]. It may
// be used by several goroutines. A call that fails may all the same have had its effect: callers look before they
// conclude.
type Disk interface {
	// Lstat describes what is at p, itself, never what it points to.
	Lstat(p Path) (Info, error)
	// ReadDir lists a directory completely, sorted by name, or fails.
	ReadDir(p Path) ([]Named, error)
	// Open opens a regular file for reading.
	Open(p Path) (Reader, error)
	// Create makes a new, empty file, mode 0600, and opens it for writing. It never opens an existing one.
	Create(p Path) (Writer, error)
	// Append opens an existing file of ours (House only) for writing at its end.
	Append(p Path) (Writer, error)
	// Mkdir makes one directory, mode 0777 less the umask in the client's folder, 0700 in the house.
	Mkdir(p Path) error
	// RenameNoReplace renames a file or directory. If something is at to, nothing happens and the error is [fs.ErrExist].
	RenameNoReplace(from, to Path) error
	// Replace renames a file of the house over a file of ours: the marker, or one in the house. Any other target is refused.
	Replace(from, to Path) error
	// Remove removes a file or an empty directory of the house. In the client's folder nothing is ever removed: it is refused.
	Remove(p Path) error
	// Chtimes sets the time of modification, Unix nanoseconds; the disk may round it.
	Chtimes(p Path, mtime int64) error
	// Chmod sets the permission bits.
	Chmod(p Path, mode fs.FileMode) error
	// SyncDir makes the directory's entries durable.
	SyncDir(p Path) error
	// InUse tells whether some program has the file open for writing.
	InUse(p Path) (Use, error)
	// Space tells how much room there is.
	Space() (Space, error)
	// Identity returns the file id of the client's folder, asked by its path and not by the handle we hold. It returns
	// [ErrRootMissing] if there is no directory, [ErrRootReplaced] if it is another one than was opened.
	Identity() (string, error)
	// Close releases the handles.
	Close() error
}

// Reader is a file opened for reading. Stat describes the opened file, wherever its name is now.
type Reader interface {
	io.ReadSeekCloser
	io.ReaderAt
	Stat() (Info, error)
}

// Writer is a file of ours opened for writing. Sync makes its content durable, not its name.
type Writer interface {
	io.WriteCloser
	Sync() error
	Stat() (Info, error)
}

// Kind is what stands at a name.
type Kind uint8

const (
	None        Kind = iota // nothing
	File                    // a regular file
	Dir                     // a directory
	Symlink                 // a symbolic link or junction
	Mount                   // a directory where another file system begins
	Placeholder             // a file whose content is in a cloud (OneDrive, iCloud); reading it would fetch it
	Other                   // a device, socket, pipe
)

var kindNames = [...]string{"nothing", "file", "folder", "symbolic link", "mount point", "cloud placeholder", "special file"}

// String returns the kind in plain words.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Info is what a directory entry tells without being opened.
type Info struct {
	Kind   Kind
	Size   int64       // bytes; 0 for what is not a file
	MTime  int64       // modification, Unix nanoseconds
	CTime  int64       // change of the inode, Unix nanoseconds; 0 where there is none
	FileID string      // volume, inode and birth time, or the Windows file id; "" if the file system has none
	Links  int         // hard links
	Mode   fs.FileMode // permission bits
}

// Named is an entry of a directory. If Err is not nil the entry is there but could not be looked at.
type Named struct {
	Name string
	Info Info
	Err  error
}

// Space is the room on the file system, bytes, for us and in all.
type Space struct{ Free, Total int64 }

// Use tells whether a file is open for writing.
type Use uint8

const (
	UseUnknown Use = iota // the system does not say
	Free                  // nobody has it open for writing
	InUse                 // somebody has
)

// Errors that callers ask for by name.
var (
	ErrInUse         = errors.New("the file is open in another program")
	ErrNoSpace       = errors.New("the disk is full")
	ErrLink          = errors.New("a symbolic link is in the way")
	ErrRefused       = errors.New("refused: not a file of ours")
	ErrNotSupported  = errors.New("not supported by this file system")
	ErrRootMissing   = errors.New("the client's folder is not there")
	ErrRootReplaced  = errors.New("another folder stands where the client's folder was")
	ErrChanged       = errors.New("changed meanwhile")
	ErrTaken         = errors.New("something else is there already")
	ErrNotEmpty      = errors.New("holds something unexpected")
	ErrMismatch      = errors.New("not the content that was announced")
	ErrVaultFull     = errors.New("the vault is full and everything in it is still within its term")
	ErrForeignMarker = errors.New("belongs to another client: it carries another client's marker")
)

// DiskError says which call failed, and where.
type DiskError struct {
	Op   string // the method, lower case
	Path Path
	Err  error
}

// Error returns `op "path": cause`.
func (e *DiskError) Error() string { return fmt.Sprintf("%s %q: %v", e.Op, e.Path.String(), e.Err) }

// Unwrap returns the cause.
func (e *DiskError) Unwrap() error { return e.Err }

// replaceable reports whether a file of ours stands at p, which may be replaced.
func replaceable(p Path) bool {
	return p.Area == House && p.Rel != "" || p == In(MarkerName)
}
