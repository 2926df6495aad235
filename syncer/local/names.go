package local

// Names is the mapping between the names a portal has and the names this disk can hold. It is a value: a test on Linux
// runs the rules of Windows.
type Names struct {
	Windows bool // characters, reserved names, trailing dot or blank, as Windows has them
	Folding Folding
}

// Folding is how the file system compares and keeps names and times, as [Probe] found it.
type Folding struct {
	Case        bool  // "A" and "a" are one name
	Unicode     bool  // composed (NFC) and decomposed (NFD) forms are one name
	Granularity int64 // of times of modification, nanoseconds
	NoReplace   bool  // files: a rename that meets something at its target is refused by the file system itself
	NoReplaceIn bool  // the same for folders; if not, a small window remains
}

// Encode returns the name on disk for a name on the portal. exact means that [Names.Decode] gives name back; it is false
// only for names beyond the length limit, whose disk name the caller keeps.
func (n Names) Encode(name string) (disk string, exact bool) { return name, true }

// Decode returns the name on the portal for a name on disk.
func (n Names) Decode(disk string) string { return disk }

// Key returns the same string for all disk names that this file system takes for one.
func (n Names) Key(disk string) string { return disk }

// Twin returns a second name for an entry whose plain disk name is taken: "stem ~tag.ext". The same name and tag always give
// the same twin. tag is, for instance, the remote id.
func (n Names) Twin(disk, tag string) string { return disk + tag }
