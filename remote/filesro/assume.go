package filesro

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"dossier/remote"
	"dossier/remote/rest"
)

// What is assumed of Files.ro, because neither the vendor nor anybody else says so, or because what the vendor documents and what
// the source of its relative does are two things. Each fact stands here only; "§" is a section of the fact sheet on Files.ro's
// API from which this driver was written. Those with a setting can be changed under `assume` in the configuration.

// Assumptions lists them, for the check of the configuration, for `dossier doctor` and for the manual.
var Assumptions = []remote.Assumption{
	{ID: "F-1", Says: "a folder is listed at " + pathFolder, Setting: setFolder, Default: pathFolder, Probe: true},
	{ID: "F-2", Says: "all files are listed, whole, at browse/latest", Setting: setLatest, Default: false, Probe: true},
	{ID: "F-3", Says: "the list of all files is at " + pathLatest, Setting: setLatestPath, Default: pathLatest, Probe: true},
	{ID: "F-4", Says: "the trash is listed at " + pathTrash, Setting: setTrash, Default: pathTrash, Probe: true},
	{ID: "F-5", Says: "a folder is made with POST " + pathItems, Setting: setMake, Default: pathItems, Probe: true},
	{ID: "F-6", Says: "a file is sent in chunks, by the fields of a request to one path", Setting: setOnePiece, Default: false, Probe: true},
	{ID: "F-7", Says: "lists tell how much there is", Setting: setTotals, Default: true, Probe: true},
	{ID: "F-8", Says: "a list without a page number is whole, or is its first page", Why: "its own totals say which"},
	{ID: "F-9", Says: "a DELETE keeps its body on the way", Probe: true, Why: "each deletion is looked after, and one that did nothing is told"},
	{ID: "F-10", Says: "8 MiB are small enough for a chunk", Setting: setChunk, Default: int64(advisedChunk)},
	{ID: "F-11", Says: "file_url can be fetched with the token, on the portal's own host, or leads to another one", Probe: true,
		Why: "the token goes to the portal's own host only, whatever the portal says"},
	{ID: "F-12", Says: "a download tells its length", Setting: setLength, Default: true, Probe: true},
	{ID: "F-13", Says: "60 calls a minute are allowed", Why: "`limits` sets it, and refusals are obeyed"},
	{ID: "F-14", Says: "a 401 may mean a full account or a plan that does not allow it", Why: "a cheap call with the same token tells them apart"},
	{ID: "F-15", Says: "dates cannot be compared", Why: "they are not read"},
	{ID: "F-16", Says: "mimetype and filesize tell nothing reliable", Why: "they are not read"},
	{ID: "F-17", Says: "any kind of file is deleted as a `file`", Why: "what is still there afterwards is deleted under the kind that the portal shows"},
	{ID: "F-18", Says: "to_home may always be sent, and path never need be", Why: "both are so in every version known"},
	{ID: "F-19", Says: "the time zone tells nothing", Why: "it is not read"},
	{ID: "F-20", Says: "names of up to 255 characters are taken", Why: "a refusal is told, and the stricter reading of a character fits both"},
}

// The settings.
const (
	setFolder     = "folder_path"
	setLatest     = "latest"
	setLatestPath = "latest_path"
	setTrash      = "trash_path"
	setMake       = "make_path"
	setOnePiece   = "one_piece"
	setTotals     = "totals"
	setChunk      = "chunk"
	setLength     = "length"
)

// Paths below /api/v1. Those that are assumed (§3) are defaults only, and used through assumed.
const (
	pathFolder = "browse/folders/{id}" // F-1
	pathLatest = "browse/latest"       // F-3
	pathTrash  = "browse/trash/{id}"   // F-4
	pathItems  = "items"               // F-5 for POST; documented for PATCH and DELETE

	pathTree    = "browse/navigation"
	pathUser    = "user"
	pathTokens  = "user/tokens"
	pathLogin   = "login"
	pathMoves   = "moves"
	pathRestore = "trash/restore"
	pathUploads = "uploads"
)

const (
	// homeSegment stands for the account's file system where a path wants a folder (§5): any text that is no folder's id does.
	homeSegment = "all"

	advisedChunk = 8 << 20    // F-10 (§7), bytes
	mostChunk    = 1024 << 20 // no sane server takes more in one request

	vendorCalls = 60 // F-13 (§9), a minute

	longestName = 255 // F-20, in UTF-16 units
)

// assumed is how the portal is taken to be.
type assumed struct {
	folder, latestPath, trash, make         string // paths
	latest, onePiece, totals, tellsNoLength bool
	chunk                                   int64
}

// assume reads the settings, and says what is wrong with them.
func assume(set rest.Assume) (assumed, error) {
	if err := set.Check(Assumptions); err != nil {
		return assumed{}, err
	}
	a := assumed{
		folder: set.Text(setFolder, pathFolder), latestPath: set.Text(setLatestPath, pathLatest), trash: set.Text(setTrash, pathTrash), make: set.Text(setMake, pathItems),
		latest: set.Bool(setLatest, false), onePiece: set.Bool(setOnePiece, false), totals: set.Bool(setTotals, true),
		tellsNoLength: !set.Bool(setLength, true), chunk: set.Int(setChunk, advisedChunk),
	}
	var faults []error
	for _, p := range []struct {
		setting, path string
		id            bool
	}{{setFolder, a.folder, true}, {setLatestPath, a.latestPath, false}, {setTrash, a.trash, true}, {setMake, a.make, false}} {
		if !pathForm.MatchString(strings.ReplaceAll(p.path, "{id}", "id")) || strings.Contains(p.path, "{id}") != p.id {
			faults = append(faults, fmt.Errorf("assume.%s: write a path such as %q, below /api/v1", p.setting, pathFolder))
		}
	}
	if a.chunk < 1 || a.chunk > mostChunk {
		faults = append(faults, fmt.Errorf("assume.%s: write a number of bytes between 1 and %d", setChunk, mostChunk))
	}
	return a, errors.Join(faults...)
}

var pathForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$`)

// A file is deleted, moved and restored as a `file`, whatever kind of file it is. (F-17, §11)
func typeOf(kind remote.Kind) string {
	if kind == remote.Folder {
		return typeFolder
	}
	return "file"
}
