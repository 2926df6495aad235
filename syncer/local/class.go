package local

// Class is what an entry means to us.
type Class uint8

const (
	Normal        Class = iota
	Ignored             // by a rule of the configuration (Entry.Why is the rule)
	Private             // never sent
	OfficeOwner         // says that somebody has the document Entry.Of open
	Temp                // a program's temporary file
	NeverLive           // a database of a program, unsafe to copy while in use (.pst, .qbw …)
	Link                // a symbolic link: reported, never followed
	CloudOnly           // a cloud placeholder: reported, never fetched
	Special             // device, socket, pipe, or a place where another disk is mounted
	BadName             // a name no portal can hold (not UTF-8), or that means the same portal name as a sibling
	Ours                // our own marker or directory
	ForeignMarker       // another client's marker: the folder is a wall
	Unseen              // there, but could not be looked at (Entry.Err)
)

// Entry is one name in a directory of the client.
type Entry struct {
	Name  string // on disk
	Plain string // on the portal ([Names.Decode])
	Info  Info
	Class Class
	Of    string // OfficeOwner: disk name of the document, as far as its name tells
	Why   string // Ignored: the rule
	Err   error  // Unseen

	// Descend is preset for directories of class Normal. The callback of [Scan] may clear it.
	Descend bool
}

// ClassOfName tells the class that a name alone decides (OfficeOwner with its document, Temp, NeverLive, else Normal). It
// holds for names on the portal as well.
func ClassOfName(name string) (class Class, of string) { return Normal, "" }
