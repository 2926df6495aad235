package backoffice

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// What is assumed of a Back Office, because its documentation does not say so or contradicts itself. Each fact stands here only; "§" is
// a section of the fact sheet from which this driver was written. What has a setting can be set under `assume` in the configuration.

// Assumptions lists them, for the check of the configuration, for `dossier doctor` and for the manual.
var Assumptions = []remote.Assumption{
	{ID: "B-1", Says: "it is the edition that the documentation describes", Why: "what differs is told by the assumptions below, and anything else is refused as corrupt"},
	{ID: "B-2", Says: "names may come translated", Quirks: []string{"bo-names-translated"}, Why: "one language is always asked for, and nothing is known by its name"},
	{ID: "B-3", Says: "401, 403, 404, 422, 429 and 5xx mean what they usually do", Quirks: []string{"bo-validation-422", "bo-missing-403", "bo-token-403", "bo-no-405", "bo-post-200", "bo-delete-200"}, Why: "else an error is told in the wrong words, and nothing is done"},
	{ID: "B-4", Says: "nobody tells what an error looks like", Quirks: []string{"bo-errors-html"}, Why: "the status decides, the text is for the log"},
	{ID: "B-5", Says: "it bears one to two calls a second", Quirks: []string{"bo-limit-1", "bo-limit-503", "bo-limit-bare"}, Why: "`limits` in the configuration says otherwise"},
	{ID: "B-6", Says: "nothing can be relied on to be sorted", Quirks: []string{"bo-asc-refused"}, Why: "no order is asked for"},
	{ID: "B-7", Says: "brackets in a query may be escaped", Quirks: []string{"bo-brackets-raw", "bo-brackets-escaped"}, Why: "filters only make a look shorter: what else comes is left out", Probe: true},
	{ID: "B-8", Says: "lists are paged by limit and offset", Setting: assumePaging, Default: true, Quirks: []string{"bo-short-pages", "bo-default-limit-10", "bo-limit-strict"}, Probe: true},
	{ID: "B-9", Says: "a second page like the first means that paging is ignored", Quirks: []string{"bo-files-unpaged"}, Why: "the list then counts if it was shorter than a page, else it is an error"},
	{ID: "B-10", Says: "the list of files is paged like the others", Setting: assumePaging, Default: true, Quirks: []string{"bo-files-unpaged"}, Probe: true},
	{ID: "B-11", Says: "a list comes bare, in an envelope, or as the one row it has", Quirks: []string{"bo-envelope-data", "bo-envelope-single", "bo-envelope-unknown"}, Why: "all three are read, anything else is an error", Probe: true},
	{ID: "B-12", Says: "the clients' own sign-in opens nothing here", Why: "it is never used"},
	{ID: "B-13", Says: "a refresh token goes as the bearer and in the body", Quirks: []string{"bo-2fa", "bo-refresh-bearer-only", "bo-refresh-body-only", "bo-no-refresh", "bo-refresh-rotates", "bo-short-tokens", "bo-dates-zone", "bo-signin-unlimited"}, Why: "if it is not taken, we sign in again, once a minute at most"},
	{ID: "B-14", Says: "a client has an id or clientId, and a name, nickname, company or e-mail address", Quirks: []string{"bo-client-id-key", "bo-filter-emails"}, Why: "what none of them tells is called Client and its number"},
	{ID: "B-15", Says: "a stored path ends in the name that was sent", Quirks: []string{"bo-path-name-changed"}, Why: "the extension is only shown, and a path is taken for nothing else"},
	{ID: "B-16", Says: "another stored path under the same id means other bytes", Setting: assumePathTells, Default: true, Quirks: []string{"bo-path-follows-caption", "bo-replaced-in-place", "bo-replaced-same-path"}, Why: "nothing in the API replaces bytes: it takes somebody who does"},
	{ID: "B-17", Says: "directoryId is one of the client's own folders", Quirks: []string{"bo-directory-tree-ids"}, Why: "no other kind of id is ever sent in its place"},
	{ID: "B-18", Says: "the list of files has those of all folders", Setting: assumeWhole, Default: true, Quirks: []string{"bo-list-root-only", "bo-rows-hidden"}, Probe: true},
	{ID: "B-19", Says: "there is no way to ask for the files outside folders", Quirks: []string{"bo-root-filter"}, Why: "they are sorted out here"},
	{ID: "B-20", Says: "several files of a folder may have one caption", Setting: assumeTwins, Default: true, Quirks: []string{"bo-captions-unique"}, Probe: true},
	{ID: "B-21", Says: "captions may have any characters", Why: "those that are commonly changed or refused are not sent"},
	{ID: "B-22", Says: "a file does not move out of all folders", Setting: assumeMoveToRoot, Default: false, Quirks: []string{"bo-null-moves", "bo-null-ignored"}},
	{ID: "B-23", Says: "captions have extensions", Setting: assumeExtensions, Default: true, Why: "the office decides how its captions look"},
	{ID: "B-24", Says: "the file name that goes with an upload shows in the stored path", Setting: assumeStoredNames, Default: true, Quirks: []string{"bo-path-opaque"}, Probe: true},
	{ID: "B-25", Says: "content goes up as a form with the file in it", Setting: assumeUpload, Default: byForm, Quirks: []string{"bo-upload-json", "bo-upload-1mib", "bo-upload-types"}, Why: "it is never tried out on live data"},
	{ID: "B-26", Says: "an upload shows in the list at once", Setting: assumeListLag, Default: int64(0), Quirks: []string{"bo-list-lags", "bo-upload-202"}, Probe: true},
	{ID: "B-27", Says: "there is no download but at the address that is configured", Quirks: []string{"bo-download-absent", "bo-download-html", "bo-download-cut", "bo-download-short", "bo-download-unsized", "bo-download-elsewhere"}, Why: "`download` in the configuration names one", Probe: true},
	{ID: "B-28", Says: "a client's folders cannot be listed", Setting: assumeListFolders, Default: false, Quirks: []string{"bo-folder-list", "bo-folder-list-nameless"}, Probe: true},
	{ID: "B-29", Says: "folders of the default tree can neither be renamed nor deleted", Quirks: []string{"bo-predefined-editable"}, Why: "it is not tried"},
	{ID: "B-30", Says: "treeFolderId is of the default tree, whose ids are others", Quirks: []string{"bo-tree-folder-null", "bo-tree-nested"}, Why: "it is never sent"},
	{ID: "B-31", Says: "a folder that is deleted takes all in it along, for good", Setting: assumeDeleteFolders, Default: false, Quirks: []string{"bo-folder-delete-refused", "bo-folder-delete-lifts"}, Why: "no folder is deleted unless this is set, and then only an empty one that we made"},
	{ID: "B-32", Says: "a folder is updated below folders, not folder", Setting: assumeFolderPath, Default: "", Quirks: []string{"bo-folder-singular", "bo-folder-mixed"}, Why: "empty: what answers first is remembered"},
	{ID: "B-33", Says: "a folder is deleted where it is updated, and not below files", Quirks: []string{"bo-folder-singular", "bo-folder-mixed"}, Why: "a folder's id sent there would delete a file"},
	{ID: "B-34", Says: "bodies are proper JSON", Why: "those of the samples are none"},
	{ID: "B-35", Says: "the type of a body is told", Quirks: []string{"bo-form-bodies"}, Why: "the samples leave it out"},
	{ID: "B-36", Says: "the answer to a change may show what was before", Quirks: []string{"bo-echo-old"}, Why: "the list is looked at"},
	{ID: "B-37", Says: "a request's caption is an answer's name", Setting: assumeTitle, Default: byCaption, Quirks: []string{"bo-name-in-requests", "bo-caption-in-answers"}, Why: "of answers both are read"},
	{ID: "B-38", Says: "clientId may be missing in answers", Quirks: []string{"bo-no-client-id"}, Why: "it is not read"},
	{ID: "B-39", Says: "PATCH and PUT do the same", Quirks: []string{"bo-patch-405", "bo-update-whole"}, Why: "everything is always sent, and PUT is sent where PATCH is answered with 405"},
	{ID: "B-40", Says: "a folder needs a caption", Quirks: []string{"bo-folder-caption-optional"}, Why: "it is always sent"},
	{ID: "B-41", Says: "files may be deleted", Setting: assumeDelete, Default: true, Why: "there is no trash: an office may not want it"},
	{ID: "B-42", Says: "one machine writes", Setting: assumeWriter, Default: "", Why: "empty: this one; else the host name of the one that does"},
	{ID: "B-43", Says: "folders that others made have no names that we could know", Setting: assumeFolderNames, Default: "", Why: "such as \"17/d5 = VAT; 17/d9 = Wages\""},
	{ID: "B-44", Says: "there is no trash", Why: "nothing in the API takes a deletion back"},
}

const (
	assumePaging        = "paging"
	assumeWhole         = "list_whole"
	assumeListLag       = "list_lag" // seconds
	assumePathTells     = "path_tells_content"
	assumeTwins         = "twins"
	assumeMoveToRoot    = "move_to_root"
	assumeExtensions    = "caption_extensions"
	assumeStoredNames   = "stored_names"
	assumeUpload        = "upload"
	assumeTitle         = "title_in_requests"
	assumeListFolders   = "list_folders"
	assumeDeleteFolders = "delete_folders"
	assumeFolderPath    = "folder_path"
	assumeDelete        = "delete"
	assumeWriter        = "writer"
	assumeFolderNames   = "folder_names"

	byCaption = "caption" // B-37
	byName    = "name"

	byForm    = "multipart" // B-25
	byBase64  = "base64"
	byDataURI = "data-uri"
)

const (
	// B-2 (§2): the language that is always asked for.
	language = "en"

	// B-5 (§2): calls a minute, if nothing is set.
	assumedCalls = 90

	// B-8 (§2): rows of a page.
	pageSize = 100

	// B-13 (§3): the page says that five sign-ins a minute lock an account for a while.
	signInsApart = time.Minute

	// B-14, B-43: what is shown of those whose name cannot be known.
	namelessClient = "Client %d"
	namelessFolder = "Folder %d"
)

// B-32 (§8): the two spellings of a folder's address, in the order in which they are tried.
var folderPaths = []string{"folders", "folder"}

// B-32, B-39 (§8): an answer that may mean "not this way" as well as "no such thing".
func notThisWay(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed
}

// settings are the assumptions as they are set.
type settings struct {
	paging, whole, twins, moveToRoot   bool
	bareCaptions, storedNames          bool
	listFolders, deleteFolders, delete bool
	upload, title, folderPath, writer  string
	folderNames                        map[remote.ID]string
	pathTells                          bool
	listLag                            time.Duration
}

func settingsOf(a rest.Assume) (s settings, err error) {
	if err := a.Check(Assumptions); err != nil {
		return s, err
	}
	s = settings{
		paging: a.Bool(assumePaging, true), whole: a.Bool(assumeWhole, true), twins: a.Bool(assumeTwins, true),
		moveToRoot: a.Bool(assumeMoveToRoot, false), bareCaptions: !a.Bool(assumeExtensions, true),
		upload: a.Text(assumeUpload, byForm), title: a.Text(assumeTitle, byCaption), listFolders: a.Bool(assumeListFolders, false),
		deleteFolders: a.Bool(assumeDeleteFolders, false), delete: a.Bool(assumeDelete, true),
		pathTells: a.Bool(assumePathTells, true),
		listLag:   time.Duration(a.Int(assumeListLag, 0)) * time.Second, folderPath: a.Text(assumeFolderPath, ""), writer: a.Text(assumeWriter, ""),
	}
	s.storedNames = a.Bool(assumeStoredNames, true) && s.upload == byForm // no file name goes with JSON
	s.folderNames, err = foldersNamed(a.Text(assumeFolderNames, ""))
	switch {
	case err != nil:
	case s.upload != byForm && s.upload != byBase64 && s.upload != byDataURI:
		err = fmt.Errorf("assume.%s: write %q, %q or %q", assumeUpload, byForm, byBase64, byDataURI)
	case s.title != byCaption && s.title != byName:
		err = fmt.Errorf("assume.%s: write %q or %q", assumeTitle, byCaption, byName)
	case s.upload != byForm && s.bareCaptions:
		err = fmt.Errorf("assume.%s: without a form the extension goes nowhere but into the caption", assumeExtensions)
	case s.folderPath != "" && s.folderPath != folderPaths[0] && s.folderPath != folderPaths[1]:
		err = fmt.Errorf("assume.%s: write %q or %q", assumeFolderPath, folderPaths[0], folderPaths[1])
	}
	return s, err
}

// foldersNamed reads names that a person gives to folders (B-43): "17/d5 = VAT; 17/d9 = Wages".
func foldersNamed(text string) (map[remote.ID]string, error) {
	names := map[remote.ID]string{}
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		id, name, _ := strings.Cut(part, "=")
		id, name = strings.TrimSpace(id), strings.TrimSpace(name)
		r, err := parse(remote.ID(id))
		if err != nil || r.folder == 0 {
			err = errors.New("a folder is written as 17/d5")
		} else if why := refusedName(name); why != "" {
			err = errors.New(why)
		}
		if err != nil {
			return nil, fmt.Errorf("assume.%s: %q: %w", assumeFolderNames, strings.TrimSpace(part), err)
		}
		names[remote.ID(id)] = name
	}
	return names, nil
}
