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
	{ID: "F-1", Says: "a folder can be listed, with all that lies in it", Setting: setFolders, Default: true, Quirks: []string{"filesro-no-folders-path"}, Probe: true},
	{ID: "F-2", Says: "a folder is listed at " + pathFolder, Setting: setFolder, Default: pathFolder,
		Why: "F-1 is played and probed: what the right path is cannot be guessed"},
	{ID: "F-3", Says: "a list of all files is not counted on (true: it is)", Setting: setLatest, Default: false, Quirks: []string{"filesro-no-latest"}, Probe: true},
	{ID: "F-4", Says: "if there is, it is at " + pathLatest, Setting: setLatestPath, Default: pathLatest, Why: "F-3 is played and probed"},
	{ID: "F-5", Says: "the trash can be listed", Setting: setTrash, Default: true, Quirks: []string{"filesro-no-trash-path"}, Probe: true},
	{ID: "F-6", Says: "the trash is listed at " + pathTrash, Setting: setTrashPath, Default: pathTrash, Why: "F-5 is played and probed"},
	{ID: "F-7", Says: "a folder is made with POST " + pathItems, Setting: setMake, Default: pathItems, Quirks: []string{"filesro-create-folder-path"}, Probe: true},
	{ID: "F-8", Says: "a path that does not exist shows the web app", Quirks: []string{"filesro-unknown-404"}, Why: "either way no JSON comes"},
	{ID: "F-9", Says: "of what is missing, the API speaks in JSON", Setting: setJSON404, Default: true, Quirks: []string{"filesro-html-404"}, Probe: true},
	{ID: "F-10", Says: "one upload path takes chunks and whole files, and tells them apart by their fields", Setting: setOnePiece, Default: false,
		Quirks: []string{"filesro-no-one-piece", "filesro-no-chunks"}, Probe: true},
	{ID: "F-11", Says: "a list without a page number is whole", Quirks: []string{"filesro-paged", "filesro-per-page-10", "filesro-limit-honoured", "filesro-page-ignored"},
		Why: "its own totals say whether it is, or is its first page; where the others are not to be had, it is an error"},
	{ID: "F-12", Says: "lists tell how much there is", Setting: setTotals, Default: true, Quirks: []string{"filesro-total-moves", "filesro-no-meta"}, Probe: true},
	{ID: "F-13", Says: "lists can be sorted by age", Quirks: []string{"filesro-sort-ignored", "filesro-order-shuffled"}, Why: "a list whose pages do not fit together is not believed"},
	{ID: "F-14", Says: "what is in the trash is not listed in its folder", Quirks: []string{"filesro-trashed-listed"}, Why: "it is left out by its date of deletion"},
	{ID: "F-15", Says: "names need not be unique", Setting: setTwins, Default: true, Quirks: []string{"filesro-names-unique"}, Probe: true},
	{ID: "F-16", Says: "blanks at the ends of names are taken off", Quirks: []string{"filesro-names-kept"}, Why: "such names are not sent"},
	{ID: "F-17", Says: "names of up to 255 characters are taken", Why: "nobody says how many; a refusal is told, and is not played since it would be as assumed"},
	{ID: "F-18", Says: "any kind of file is changed as a `file`", Setting: setOwnType, Default: false, Quirks: []string{"filesro-type-own", "filesro-type-strict"}, Probe: true},
	{ID: "F-19", Says: "to_home may always be sent", Quirks: []string{"filesro-to-home-required"}, Why: "it is"},
	{ID: "F-20", Says: "path need not be sent", Setting: setPath, Default: false, Quirks: []string{"filesro-path-required"}, Probe: true},
	{ID: "F-21", Says: "a DELETE keeps its body on the way", Setting: setDelete, Default: true, Quirks: []string{"filesro-delete-body-dropped", "filesro-delete-ignored"}, Probe: true},
	{ID: "F-22", Says: "8 MiB are small enough for a chunk", Setting: setChunk, Default: int64(advisedChunk), Quirks: []string{"filesro-small-requests"}},
	{ID: "F-23", Says: "a chunk that is sent once is stored once", Setting: setVerify, Default: false, Quirks: []string{"filesro-chunk-twice", "filesro-chunk-500-stored"},
		Why: "the length of a file of several chunks is compared before it gets its name, with the setting that of every file"},
	{ID: "F-24", Says: "is_last_chunk is 1 or 0", Quirks: []string{"filesro-boolean-words"}, Why: "both are understood wherever words are"},
	{ID: "F-25", Says: "programs are taken", Quirks: []string{"filesro-exe-banned"}, Why: "a refusal is told"},
	{ID: "F-26", Says: "file_url can be fetched with the token", Setting: setDownload, Default: true, Quirks: []string{"filesro-no-bearer-download", "filesro-download-plan", "filesro-bytes-missing"}, Probe: true},
	{ID: "F-27", Says: "contents are on the portal's own host", Quirks: []string{"filesro-s3", "filesro-file-url-elsewhere"},
		Why: "the token goes nowhere else: where the portal leads on to another host we follow without it, a file_url elsewhere is refused"},
	{ID: "F-28", Says: "a download tells its length", Setting: setLength, Default: true, Quirks: []string{"filesro-download-no-length"}, Probe: true},
	{ID: "F-29", Says: "60 calls a minute are allowed", Quirks: []string{"filesro-60-a-minute"}, Why: "`limits` sets it, and refusals are obeyed"},
	{ID: "F-30", Says: "a 401 may mean a full account, or a plan that does not allow it", Quirks: []string{"filesro-unauthorized-words"}, Why: "a cheap call with the same token tells them apart"},
	{ID: "F-31", Says: "tokens do not end", Quirks: []string{"filesro-token-expires"}, Why: "one that is refused is exchanged for another"},
	{ID: "F-32", Says: "status codes are those of the relative", Quirks: []string{"filesro-rename-201"}, Why: "any of 200 to 299 is success"},
	{ID: "F-33", Says: "dates cannot be compared", Quirks: []string{"filesro-dates-short"}, Why: "they are not read"},
	{ID: "F-34", Says: "mimetype, thumbnail, a folder's size and the time zone tell nothing reliable",
		Quirks: []string{"filesro-mime", "filesro-folder-size", "filesro-thumbnail-text", "filesro-timezone-text"}, Why: "they are not read"},
	{ID: "F-35", Says: "relationships may be an empty array", Quirks: []string{"filesro-relationships-object", "filesro-creator"}, Why: "both are understood"},
	{ID: "F-36", Says: "a folder that is not there answers 404", Quirks: []string{"filesro-unknown-empty"}, Why: "a list that does not say whose it is counts only if the folder is among the folders"},
}

// The settings.
const (
	setFolders    = "folders"
	setFolder     = "folder_path"
	setLatest     = "latest"
	setLatestPath = "latest_path"
	setTrash      = "trash"
	setTrashPath  = "trash_path"
	setMake       = "make_path"
	setJSON404    = "json_404"
	setOnePiece   = "one_piece"
	setTotals     = "totals"
	setTwins      = "twins"
	setOwnType    = "own_type"
	setPath       = "send_path"
	setDelete     = "delete"
	setChunk      = "chunk"
	setVerify     = "verify"
	setDownload   = "download"
	setLength     = "length"
)

// Paths below /api/v1. Those that are assumed (§3) are defaults only, and used through assumed.
const (
	pathFolder = "browse/folders/{id}" // F-2
	pathLatest = "browse/latest"       // F-4
	pathTrash  = "browse/trash/{id}"   // F-6
	pathItems  = "items"               // F-7 for POST; documented for PATCH and DELETE

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

	advisedChunk = 8 << 20    // F-22 (§7), bytes
	mostChunk    = 1024 << 20 // no sane server takes more in one request

	vendorCalls = 60 // F-29 (§9), a minute

	longestName = 255 // F-17, in UTF-16 units
)

// assumed is how the portal is taken to be.
type assumed struct {
	folderPath, latestPath, trashPath, makePath          string
	folders, latest, trash, json404, totals, twins       bool
	onePiece, ownType, path, delete, verify, read, sized bool
	chunk                                                int64
}

// assume reads the settings, and says what is wrong with them.
func assume(set rest.Assume) (assumed, error) {
	if err := set.Check(Assumptions); err != nil {
		return assumed{}, err
	}
	yes := func(name string) bool { return set.Bool(name, true) }
	no := func(name string) bool { return set.Bool(name, false) }
	a := assumed{
		folderPath: set.Text(setFolder, pathFolder), latestPath: set.Text(setLatestPath, pathLatest), trashPath: set.Text(setTrashPath, pathTrash), makePath: set.Text(setMake, pathItems),
		folders: yes(setFolders), latest: no(setLatest), trash: yes(setTrash), json404: yes(setJSON404), totals: yes(setTotals), twins: yes(setTwins),
		onePiece: no(setOnePiece), ownType: no(setOwnType), path: no(setPath), delete: yes(setDelete), verify: no(setVerify), read: yes(setDownload), sized: yes(setLength),
		chunk: set.Int(setChunk, advisedChunk),
	}
	return a, a.check()
}

func (a assumed) check() error {
	var faults []error
	for _, p := range []struct {
		setting, path string
		id            bool
	}{{setFolder, a.folderPath, true}, {setLatestPath, a.latestPath, false}, {setTrashPath, a.trashPath, true}, {setMake, a.makePath, false}} {
		if !pathForm.MatchString(strings.ReplaceAll(p.path, "{id}", "id")) || strings.Contains(p.path, "{id}") != p.id {
			faults = append(faults, fmt.Errorf("assume.%s: write a path such as %q, below /api/v1", p.setting, pathFolder))
		}
	}
	if a.chunk < 1 || a.chunk > mostChunk {
		faults = append(faults, fmt.Errorf("assume.%s: write a number of bytes between 1 and %d", setChunk, mostChunk))
	}
	if !a.folders && !a.latest {
		faults = append(faults, fmt.Errorf("assume.%s: without folders that can be listed, assume.%s must be true", setFolders, setLatest))
	}
	return errors.Join(faults...)
}

var pathForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$`)

// A file is changed as a `file`, whatever kind of file it is; where that is not so, as what the portal shows. (F-18, §11)
func (a assumed) typeOf(kind remote.Kind, shown string) string {
	switch {
	case kind == remote.Folder:
		return typeFolder
	case a.ownType && shown != "":
		return shown
	}
	return "file"
}
