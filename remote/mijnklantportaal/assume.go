package mijnklantportaal

import (
	"net/http"

	"dossier/remote"
	"dossier/remote/rest"
)

// What is assumed of MijnKlantportaal, because its documentation does not say. Each fact stands here only, or in the function
// that is named beside it; "A-8" is the fact's number in the sheet from which this driver was written. Those with a Setting can be
// set under `assume` in the configuration; without any, the driver uses documented calls only.

// Assumptions lists them, for the check of the configuration, for `dossier doctor` and for the manual.
var Assumptions = []remote.Assumption{
	{ID: headerID, Says: "the token goes in the header Authorization, as the API's description has it (or as the guide has it: Authentication)", Setting: assumeHeader, Default: headerUsual,
		Quirks: []string{"mkp-header-authentication"}, Why: "a probe would have to be signed in already"},
	{ID: "A-1", Says: "a portal has one file system", Why: "an id names one item, wherever it lies"},
	{ID: "A-2", Says: "refresh tokens live long and do not change; a refusal means that somebody must sign in",
		Quirks: []string{"mkp-refresh-rotates", "mkp-refresh-expires", "mkp-token-401"}, Why: "one that does come is kept, and a refusal is told"},
	{ID: "A-3", Says: "every 404 has the portal's message (true: it may have any body), other errors are as usual", Setting: assumeBareErrors, Default: false,
		Quirks: []string{"mkp-errors-html", "mkp-errors-empty", "mkp-bad-token-403", "mkp-scope-401"}, Probe: true},
	{ID: "A-4", Says: "fetching a download link's content is not counted as a call", Setting: assumeLinksCounted, Default: false,
		Quirks: []string{"mkp-limit-counts-links", "mkp-limit-without-uploads"}, Probe: true},
	{ID: "A-5", Says: "pages are asked for by number, hold 15 items, and keep their order while they are read",
		Quirks: []string{"mkp-next-without-comma", "mkp-per-page", "mkp-page-of-50", "mkp-rows-shift", "mkp-list-newest-first", "mkp-list-by-name"}, Probe: true, Why: "any size will do, and an item that comes twice makes the list a doubt"},
	{ID: "A-6", Says: "a folder has no download: 404",
		Quirks: []string{"mkp-download-directory-422"}, Probe: true, Why: "folders are never asked for one"},
	{ID: "A-7", Says: "a file and a folder in one call are refused",
		Quirks: []string{"mkp-both-file-wins"}, Why: "they are never sent together"},
	{ID: "A-8", Says: "GET /files lists a folder's children, page by page (false: only what we sent is known)", Setting: assumeListing, Default: false,
		Quirks: []string{"mkp-list-404", "mkp-list-405", "mkp-list-root-only", "mkp-list-deep", "mkp-list-files-only"}, Probe: true},
	{ID: "A-9", Says: "DELETE removes a file or an empty folder (heeded with listing only)", Setting: assumeDelete, Default: false,
		Quirks: []string{"mkp-delete-404", "mkp-delete-405", "mkp-delete-200", "mkp-delete-again-204", "mkp-delete-recursive", "mkp-request-takes-files"}, Probe: true},
	{ID: trashID, Says: "what is deleted cannot be taken back (true: it can, in the portal's web pages)", Setting: assumeTrash, Default: false, Why: "nothing shows it: if it is set, deleted files are not kept in our vault first"},
	{ID: "A-10", Says: "nothing can be renamed, moved or replaced",
		Quirks: []string{"mkp-rename"}, Why: "there is no call for it, and a file that has another size is another content"},
	{ID: "A-11", Says: "a file gets the name that it is sent with",
		Quirks: []string{"mkp-name-slug", "mkp-name-trimmed", "mkp-duplicate-renamed"}, Probe: true, Why: "the name that the answer tells counts"},
	{ID: "A-12", Says: "several items of a folder may have one name (" + twinsAllowed + "), or the second is " + twinsRefused + ", is " + twinsReplace + " the first or is " + twinsRename, Setting: assumeTwins, Default: twinsAllowed,
		Quirks: []string{"mkp-duplicate-refused", "mkp-duplicate-replaced", "mkp-duplicate-replaced-new-id", "mkp-duplicate-renamed", "mkp-directory-adopted"}, Probe: true},
	{ID: "A-13", Says: "the size of a file in bytes has no limit but the portal's space (0)", Setting: assumeMaxSize, Default: int64(0),
		Quirks: []string{"mkp-too-large-422"}, Why: "to find out would take files of any size"},
	{ID: "A-14", Says: "names have at most 255 bytes, without / \\ and control characters, and no blank at either end",
		Quirks: []string{"mkp-name-100", "mkp-name-trimmed", "mkp-name-special-refused"}, Why: "the stricter reading; a name that is refused is told"},
	{ID: "A-15", Says: "an upload comes whole, in one go, with its length; one that breaks leaves nothing",
		Quirks: []string{"mkp-length-required", "mkp-torn-upload-stored"}, Why: "the documented way; whether one was done is looked up"},
	{ID: "A-16", Says: "a download link heeds no ranges: what is there already is read again and dropped", Setting: assumeRanges, Default: false,
		Quirks: []string{"mkp-link-ranges", "mkp-link-once"}, Probe: true},
	{ID: "A-17", Says: "a file's size is the number of bytes that were sent",
		Quirks: []string{"mkp-size-off", "mkp-size-null"}, Probe: true, Why: "the only check that there is: another size is told as damage"},
	{ID: "A-18", Says: "the largest size of a requested file is in kilobytes",
		Quirks: []string{"mkp-max-size-bytes"}, Why: "it is shown, and not enforced"},
	{ID: "A-19", Says: "what is not set yet is null or left out",
		Quirks: []string{"mkp-null-absent", "mkp-links-plain"}, Why: "both are understood"},
	{ID: "A-20", Says: "making something answers 201",
		Quirks: []string{"mkp-create-200"}, Why: "any 2xx with the thing in it will do"},
	{ID: "A-21", Says: "a file request cannot be changed",
		Quirks: []string{"mkp-request-patch"}, Why: "there is no call for it"},
	{ID: "A-22", Says: "files of a request may come one by one, and be exchanged",
		Quirks: []string{"mkp-delivery-at-once", "mkp-delivery-final", "mkp-delivery-renamed", "mkp-delivery-swap-deletes", "mkp-complete-all"}, Why: "each file's id is looked at, not the request's end"},
	{ID: "A-23", Says: "what is shared with a customer is left alone, for his link would break (true: it may be replaced and deleted as all else)", Setting: assumeShared, Default: false,
		Quirks: []string{"mkp-delete-shared-refused", "mkp-share-inherits"}, Why: "it is for the office to say"},
	{ID: "A-24", Says: "a customer has no folder of his own", Why: "the configuration says which folder is whose"},
	{ID: "A-25", Says: "webhooks tell nothing of files", Why: "they are not used"},
}

// The settings under `assume`.
const (
	assumeListing      = "listing"
	assumeDelete       = "delete"
	assumeTrash        = "trash"
	assumeTwins        = "twins"
	assumeShared       = "shared"
	assumeRanges       = "ranges"
	assumeLinksCounted = "links_counted"
	assumeMaxSize      = "max_size"
	assumeBareErrors   = "bare_errors"
	assumeHeader       = "header"

	// trashID is the second half of A-9: whether there is a trash.
	trashID = "A-9b"
	// headerID is no assumption of the sheet's but a contradiction in the documentation, in its section 2.
	headerID = "§2"
)

// what becomes of a second item with a name in use. A known hole: where somebody replaces a file and it keeps its id, a content of
// the same size does not show, for nothing else is told of it. What we send ourselves never replaces, as we look first.
const (
	twinsAllowed = "allowed"
	twinsRefused = "refused"
	twinsReplace = "replacing"
	twinsRename  = "renamed"
)

// facts is what the settings say.
type facts struct {
	listing, delete, trash, shared, ranges, linksCounted, bareErrors bool

	twins, tokenHeader string
	maxSize            int64
}

func factsOf(a rest.Assume) facts {
	return facts{
		listing: a.Bool(assumeListing, false), delete: a.Bool(assumeDelete, false), trash: a.Bool(assumeTrash, false),
		shared: a.Bool(assumeShared, false), ranges: a.Bool(assumeRanges, false), linksCounted: a.Bool(assumeLinksCounted, false),
		bareErrors: a.Bool(assumeBareErrors, false), twins: a.Text(assumeTwins, twinsAllowed),
		tokenHeader: a.Text(assumeHeader, headerUsual), maxSize: a.Int(assumeMaxSize, 0),
	}
}

// deletes: without listing nobody could tell whether a folder is empty, nor what else is there.
func (f facts) deletes() bool { return f.listing && f.delete }

// unique: names in a folder are; to be safe, whatever their case.
func (f facts) unique() bool { return f.twins != twinsAllowed }

// takesNames: the portal makes an item under a name in use in a way that we do not want, so that we must look first.
func (f facts) takesNames() bool { return f.twins == twinsReplace || f.twins == twinsRename }

const headerUsual = "Authorization"

// header puts the token where the portal looks for it.
func (f facts) header(wrap func(http.RoundTripper) http.RoundTripper) func(http.RoundTripper) http.RoundTripper {
	if f.tokenHeader == headerUsual {
		return wrap
	}
	return func(t http.RoundTripper) http.RoundTripper {
		if wrap != nil {
			t = wrap(t)
		}
		return renamed{t, f.tokenHeader}
	}
}

type renamed struct {
	http.RoundTripper
	header string
}

func (r renamed) RoundTrip(req *http.Request) (*http.Response, error) {
	if token, ok := req.Header[headerUsual]; ok {
		req = req.Clone(req.Context())
		delete(req.Header, headerUsual)
		req.Header[r.header] = token
	}
	return r.RoundTripper.RoundTrip(req)
}

//
const (
	longestName       = 255 // bytes
	refusedCharacters = `/\`
)

// why a shared item is left alone; empty: nothing stops us.
func (f facts) pinned(share *string) string {
	if share == nil || *share == "" || f.shared {
		return ""
	}
	return "it is shared with a customer on the portal"
}
