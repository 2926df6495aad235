package mkpapi

import "dossier/remote/sandbox/mischief"

// Quirks are all the ways in which this portal can be made to differ. Sources are sections (§) and assumptions (A-n) of the fact
// sheet on MijnKlantportaal's API.
func Quirks() []mischief.Quirk {
	table := []mischief.Quirk{
		// sign-in
		{Name: "mkp-header-authentication", Does: "the token is expected in the header Authentication, and in no other", Source: "§2"},
		{Name: "mkp-bad-token-403", Does: "a missing or wrong token answers 403, not 401", Source: "A-3, §2"},
		{Name: "mkp-scope-401", Does: "a scope that is missing answers 401, not 403", Source: "A-3, §2"},
		{Name: "mkp-refresh-rotates", Does: "refreshing gives a new refresh token and voids the old", Source: "A-2, §2"},
		{Name: "mkp-refresh-expires", Does: "refresh tokens are refused thirty days after they were given", Source: "A-2, §2"},
		{Name: "mkp-token-401", Does: "a token call that is refused answers 401, not 400", Source: "A-2, §2"},
		{Name: "mkp-consent-denied", Does: "the person at the authorize page says no", Source: "§2"},

		// limits
		{Name: "mkp-limit-600", Does: "the limit is 600 calls a minute, as on request", Source: "§3"},
		{Name: "mkp-limit-bucket", Does: "the limit is a bucket that starts full and fills evenly; else no minute, wherever it begins, has more calls", Source: "§3"},
		{Name: "mkp-limit-counts-links", Does: "fetching a download link counts as a call", Source: "A-4, §3"},
		{Name: "mkp-limit-without-uploads", Does: "uploads do not count as calls", Source: "A-4, §3"},
		{Name: "mkp-limit-unsaid", Does: "no answer has X-RateLimit-Limit and X-RateLimit-Remaining", Source: "§3"},
		{Name: "mkp-429-plain", Does: "a 429 has a message only, as other refusals do", Source: "§3, §5"},

		// pages
		{Name: "mkp-next-without-comma", Does: "next_page_url and prev_page_url do not end in a comma", Source: "A-5, §4"},
		{Name: "mkp-per-page", Does: "the query parameter per_page is honoured, up to 100", Source: "A-5, §4"},
		{Name: "mkp-page-of-50", Does: "a page has 50 rows, not 15", Source: "A-5, §4"},
		{Name: "mkp-rows-shift", Does: "rows move between the pages of a listing: some are lost, some come twice", Source: "A-5, §4"},
		{Name: "mkp-list-newest-first", Does: "files are listed newest first, so that new ones push others to the next page", Source: "A-5, §4"},
		{Name: "mkp-list-by-name", Does: "files are listed by name, so that new ones come anywhere", Source: "A-5, §4"},

		// errors
		{Name: "mkp-errors-html", Does: "refusals are HTML, not JSON", Source: "A-3, §5"},
		{Name: "mkp-errors-empty", Does: "refusals have no body", Source: "A-3, §5"},

		// shapes
		{Name: "mkp-null-absent", Does: "members that would be null are left out", Source: "A-19, §7.1"},
		{Name: "mkp-extra-fields", Does: "objects have members that nobody told of", Source: "§0"},
		{Name: "mkp-links-plain", Does: "a link is a text, not an object with href and type", Source: "A-19, §7.1"},
		{Name: "mkp-times-zulu", Does: "times are in UTC, written with a Z", Source: "§1, §6.1"},
		{Name: "mkp-times-fraction", Does: "times have fractions of seconds", Source: "§1, §6.1"},
		{Name: "mkp-times-plain", Does: "times have a blank for the T, and no offset", Source: "§1, §6.1"},
		{Name: "mkp-mime-null", Does: "the mime of a file is null", Source: "§6.1"},
		{Name: "mkp-size-off", Does: "the size of a file is one more than it has bytes", Source: "A-17, §6.1"},
		{Name: "mkp-size-null", Does: "the size of a file is null", Source: "A-17, §6.1"},
		{Name: "mkp-country-absent", Does: "customers have no countryCode", Source: "§9"},
		{Name: "mkp-create-200", Does: "what is made is answered with 200, not 201", Source: "A-20, §6.2, §7.2"},

		// listing of files
		{Name: "mkp-list-404", Does: "there is no listing of files: 404", Source: "A-8, §6.2"},
		{Name: "mkp-list-405", Does: "there is no listing of files: 405", Source: "A-8, §6.2"},
		{Name: "mkp-list-root-only", Does: "the listing of files ignores directory, and always lists the root", Source: "A-8, §6.2"},
		{Name: "mkp-list-deep", Does: "the listing has all that lies below the directory, not only its children", Source: "A-8, §6.2"},
		{Name: "mkp-list-files-only", Does: "the listing has no directories", Source: "A-8, §6.2"},

		// downloads
		{Name: "mkp-download-directory-422", Does: "asking for the download of a directory answers 422, not 404", Source: "A-6, §6.2"},
		{Name: "mkp-link-ranges", Does: "the download host honours Range", Source: "A-16, §6.2"},
		{Name: "mkp-link-once", Does: "a download link is good for one fetch", Source: "A-16, §6.2"},
		{Name: "mkp-link-expired-404", Does: "a download link that has expired answers 404, not 403", Source: "§6.2, §13 8"},
		{Name: "mkp-link-expired-410", Does: "a download link that has expired answers 410, not 403", Source: "§6.2, §13 8"},

		// uploads
		{Name: "mkp-both-file-wins", Does: "a file and a directory in one call: the file is taken, the directory is ignored", Source: "A-7, §6.2"},
		{Name: "mkp-upload-directory-404", Does: "posting into a directory that is not there answers 404, not 422", Source: "§6.2"},
		{Name: "mkp-duplicate-refused", Does: "a name in use, whatever its case, answers 422", Source: "A-12, §6.2"},
		{Name: "mkp-duplicate-replaced", Does: "a file under a name in use takes the place of the old, under its id", Source: "A-12, §6.2"},
		{Name: "mkp-duplicate-replaced-new-id", Does: "a file under a name in use takes the place of the old, under a new id", Source: "A-12, §6.2"},
		{Name: "mkp-duplicate-renamed", Does: "an item under a name in use gets another name", Source: "A-12, A-11, §6.2"},
		{Name: "mkp-directory-adopted", Does: "making a directory that is there answers with the one that is there", Source: "A-12, §6.2"},
		{Name: "mkp-name-slug", Does: "names are kept in lower case, with - for blanks", Source: "A-11, §6.2"},
		{Name: "mkp-name-trimmed", Does: "blanks at the ends of a name are dropped, not refused", Source: "A-11, A-14, §6.2"},
		{Name: "mkp-name-100", Does: "names have up to 100 bytes, not 255", Source: "A-14, §6.2"},
		{Name: "mkp-name-special-refused", Does: "names with < > : \" | ? or * are refused", Source: "A-14, §6.2"},
		{Name: "mkp-too-large-422", Does: "a file above the largest size answers 422, not 413", Source: "A-13, §6.2"},
		{Name: "mkp-length-required", Does: "an upload without Content-Length answers 411", Source: "A-15, §6.2"},
		{Name: "mkp-torn-upload-stored", Does: "an upload whose body ends too early is stored as far as it came", Source: "A-15, §6.2"},

		// changes and deletions
		{Name: "mkp-rename", Does: "PATCH /files/{id} gives an item another name", Source: "A-10, §6.2"},
		{Name: "mkp-delete-404", Does: "nothing can be deleted: 404", Source: "A-9, §6.2"},
		{Name: "mkp-delete-405", Does: "nothing can be deleted: 405", Source: "A-9, §6.2"},
		{Name: "mkp-delete-200", Does: "a deletion answers 200 with a message, not 204", Source: "A-9, §6.2"},
		{Name: "mkp-delete-again-204", Does: "deleting what is not there answers 204, not 404", Source: "A-9, §6.2"},
		{Name: "mkp-delete-recursive", Does: "a directory is deleted with all that is in it, not refused with 422", Source: "A-9, §6.2"},
		{Name: "mkp-delete-shared-refused", Does: "what is shared cannot be deleted: 422", Source: "A-23, §8"},
		{Name: "mkp-share-inherits", Does: "what lies in a shared directory has its fileShareId too", Source: "A-23, §6.1"},

		// file requests
		{Name: "mkp-max-size-bytes", Does: "maxFileSize is in bytes, not kilobytes", Source: "A-18, §7.1"},
		{Name: "mkp-request-patch", Does: "PATCH /file-requests/{id} gives a request another name", Source: "A-21, §7.2"},
		{Name: "mkp-request-takes-files", Does: "deleting a request deletes what was delivered", Source: "A-9, §7.2"},
		{Name: "mkp-delivery-at-once", Does: "uploadedFileId shows only once a request is complete", Source: "A-22, §7.2"},
		{Name: "mkp-delivery-final", Does: "what was delivered cannot be delivered again", Source: "A-22, §7.2"},
		{Name: "mkp-delivery-swap-deletes", Does: "delivering again deletes the file that was delivered before", Source: "A-22, §7.2"},
		{Name: "mkp-delivery-renamed", Does: "a delivered file is named after what was asked for, not as the visitor names it", Source: "A-22, §7.2"},
		{Name: "mkp-complete-all", Does: "a request is complete with all its files, not with those that are required", Source: "A-22, §7.2"},
	}
	for i := range table {
		table[i].Portal = Name
	}
	return table
}
