package backofficeapi

import "dossier/remote/sandbox/mischief"

// Quirks are all the ways in which this Back Office can be made to differ. Sources are sections (§) of the fact sheet on the Back
// Office API.
func Quirks() []mischief.Quirk {
	table := []mischief.Quirk{
		// answers in general
		{Name: "bo-names-translated", Does: "predefined folders are named in the language of Accept-Language", Source: "§2 localisation"},
		{Name: "bo-validation-422", Does: "a field that cannot be taken is refused with 422, not with 400", Source: "§2 other errors"},
		{Name: "bo-missing-403", Does: "what does not exist is refused with 403, not with 404", Source: "§2 other errors"},
		{Name: "bo-token-403", Does: "a missing, wrong or expired token is refused with 403, not with 401", Source: "§2 other errors"},
		{Name: "bo-no-405", Does: "a method that a path does not have is refused with 404, not with 405", Source: "§2 other errors"},
		{Name: "bo-errors-html", Does: "refusals have an HTML body", Source: "§2 error body"},
		{Name: "bo-post-200", Does: "a POST that made something answers 200, not 201", Source: "§2 success"},
		{Name: "bo-delete-200", Does: "a DELETE answers 200, not 204", Source: "§2 success"},
		{Name: "bo-form-bodies", Does: "a body that is sent as a form is read as one", Source: "§8 Content-Type"},

		// limits
		{Name: "bo-limit-1", Does: "with limits, one call a second is let through, not two", Source: "§2 rate limit for the rest"},
		{Name: "bo-limit-503", Does: "with limits, what is too much is refused with 503, not with 429", Source: "§2 rate limit for the rest"},
		{Name: "bo-limit-bare", Does: "with limits, a refusal does not say when to come back", Source: "§2 rate limit for the rest"},

		// lists
		{Name: "bo-asc-refused", Does: "sort_order=asc is refused", Source: "§2 query parameters, asc"},
		{Name: "bo-brackets-raw", Does: "a filter whose brackets are escaped is not seen", Source: "§2 query parameters, brackets"},
		{Name: "bo-brackets-escaped", Does: "an address with brackets that are not escaped is refused", Source: "§2 query parameters, brackets"},
		{Name: "bo-default-limit-10", Does: "a list without limit has 10 rows at most, not 100", Source: "§2 query parameters, default limit"},
		{Name: "bo-limit-strict", Does: "a limit above 100 is refused, not brought down to 100", Source: "§2 query parameters, greatest limit"},
		{Name: "bo-short-pages", Does: "a list has 10 rows at most, whatever the limit", Source: "§2 query parameters, greatest limit"},
		{Name: "bo-files-unpaged", Does: "limit and offset mean nothing to a list of files: all of it comes each time", Source: "§2 query parameters, client files"},
		{Name: "bo-envelope-data", Does: "lists come as {\"data\": […]}", Source: "§2 envelope"},
		{Name: "bo-envelope-single", Does: "a list of one comes as the bare object", Source: "§2 envelope, §8 list sample"},
		{Name: "bo-envelope-unknown", Does: "lists come as {\"result\": […]}, which no source knows", Source: "§2 envelope, anything else"},

		// sign-in
		{Name: "bo-2fa", Does: "a sign-in gives no tokens, but mails a code to confirm", Source: "§3 with 2FA on"},
		{Name: "bo-refresh-bearer-only", Does: "the refresh token is taken as bearer only, not from the body", Source: "§3 refresh body"},
		{Name: "bo-refresh-body-only", Does: "the refresh token is taken from the body only, not as bearer", Source: "§3 refresh body"},
		{Name: "bo-no-refresh", Does: "no refresh token is good for anything", Source: "§3 failing that, sign in again"},
		{Name: "bo-refresh-rotates", Does: "refreshing gives a new refresh token and voids the old one", Source: "§3 refresh body"},
		{Name: "bo-short-tokens", Does: "access tokens live one minute", Source: "§3 life"},
		{Name: "bo-dates-zone", Does: "dates have the offset +03:00", Source: "§2 dates"},
		{Name: "bo-signin-unlimited", Does: "sign-ins are not counted, and nobody is blocked", Source: "§2 rate limit, by default"},

		// clients
		{Name: "bo-filter-emails", Does: "clients are filtered by filter[emails], as in the sample, not by filter[email]", Source: "§4 filters"},
		{Name: "bo-client-id-key", Does: "a client has its id under id, not under clientId", Source: "§4 client object"},

		// lists of files
		{Name: "bo-list-root-only", Does: "a list of files without a filter has only those that are in no folder", Source: "§5 unfiltered list"},
		{Name: "bo-root-filter", Does: "filter[directoryId] empty or null gives the files that are in no folder; else it is refused", Source: "§5 root only"},
		{Name: "bo-rows-hidden", Does: "lists leave out the files of predefined folders, as for a group without rights to them", Source: "§6 rights, lacks 10"},
		{Name: "bo-list-lags", Does: "a new file is listed five seconds later", Source: "§5 after every upload"},
		{Name: "bo-directory-tree-ids", Does: "the directoryId of a predefined folder is its id in the default tree", Source: "§5 directoryId, §6 treeFolderId"},
		{Name: "bo-name-in-requests", Does: "requests about files and a client's folders call the title name, as answers do", Source: "§8 caption vs name"},
		{Name: "bo-caption-in-answers", Does: "answers about files and a client's folders call the title caption, as requests do", Source: "§8 caption vs name"},
		{Name: "bo-no-client-id", Does: "answers leave clientId out", Source: "§8 clientId"},

		// uploads and the stored path
		{Name: "bo-upload-json", Does: "an upload must be JSON with the file in base64 or as a data URI, not a form", Source: "§5 how bytes are sent"},
		{Name: "bo-upload-202", Does: "an upload answers 202 without a body, and the file is listed five seconds later", Source: "§2 success, 202"},
		{Name: "bo-upload-1mib", Does: "files of more than 1 MiB are refused with 413", Source: "§5 no upload limit found"},
		{Name: "bo-upload-types", Does: "only .pdf, .jpg, .png and .docx are taken", Source: "§5 no allowed types found"},
		{Name: "bo-path-name-changed", Does: "the original name in the stored path is in lower case, with _ for blanks and what is not ASCII", Source: "§5 file, its parts"},
		{Name: "bo-path-opaque", Does: "the stored path shows neither the original name nor a time", Source: "§5 file, its parts"},
		{Name: "bo-path-follows-caption", Does: "the stored path changes when a file is renamed or moved, although its bytes do not", Source: "§5 file as content stamp"},
		{Name: "bo-replaced-in-place", Does: "a person can replace a file's bytes: its id stays, its stored path changes", Source: "§5 file as content stamp"},
		{Name: "bo-replaced-same-path", Does: "a person can replace a file's bytes, and neither its id nor its stored path show it", Source: "§5 file as content stamp"},

		// downloads
		{Name: "bo-download-absent", Does: "there is no download: every path answers 404", Source: "§5 how bytes are fetched"},
		{Name: "bo-download-elsewhere", Does: "a download is redirected to a storage on another host, which nobody serves", Source: "§5 how bytes are fetched, external storage"},
		{Name: "bo-download-html", Does: "a download answers 200 with the web page", Source: "§5 how bytes are fetched"},
		{Name: "bo-download-cut", Does: "a download ends one byte before the length it announced", Source: "§5 how bytes are fetched, length"},
		{Name: "bo-download-short", Does: "a download is half the file, and its length says so", Source: "§5 how bytes are fetched, length"},
		{Name: "bo-download-unsized", Does: "a download does not announce its length", Source: "§5 how bytes are fetched, length when given"},

		// changes
		{Name: "bo-captions-unique", Does: "a caption that another of the same folder has is refused", Source: "§5 same caption twice"},
		{Name: "bo-null-moves", Does: "an update with directoryId null moves the file out of its folder", Source: "§5 moving to root"},
		{Name: "bo-null-ignored", Does: "an update with directoryId null leaves the file in its folder and answers 200", Source: "§5 moving to root"},
		{Name: "bo-update-whole", Does: "an update is the whole: without caption the original name comes back, without directoryId the file leaves its folder", Source: "§8 PUT vs PATCH"},
		{Name: "bo-patch-405", Does: "PATCH is refused, only PUT is known", Source: "§8 PUT vs PATCH"},
		{Name: "bo-echo-old", Does: "the answer to an update of a file has the old name", Source: "§8 update file sample"},

		// folders
		{Name: "bo-folder-singular", Does: "folders are changed and deleted at …/folder/{id} only", Source: "§8 update folder, delete folder"},
		{Name: "bo-folder-mixed", Does: "PUT goes to …/folders/{id}, but PATCH and DELETE to …/folder/{id}", Source: "§8 update folder, index"},
		{Name: "bo-folder-list", Does: "a client's folders can be listed", Source: "§6 GET may exist"},
		{Name: "bo-folder-list-nameless", Does: "a client's folders can be listed, but the rows have no name", Source: "§6 GET may exist"},
		{Name: "bo-folder-caption-optional", Does: "a folder without caption is made, and named by the portal", Source: "§8 folder caption"},
		{Name: "bo-folder-delete-refused", Does: "a folder that is not empty is not deleted", Source: "§6 DELETE on a folder"},
		{Name: "bo-folder-delete-lifts", Does: "what is in a deleted folder moves to the client's root", Source: "§6 DELETE on a folder"},
		{Name: "bo-predefined-editable", Does: "predefined folders can be renamed and deleted in one client", Source: "§6 predefined folders"},
		{Name: "bo-tree-folder-null", Does: "treeFolderId is null for predefined folders as well", Source: "§6 treeFolderId"},
		{Name: "bo-tree-nested", Does: "the default tree comes nested, folders within their parents' children", Source: "§6 default tree"},
	}
	for i := range table {
		table[i].Portal = Name
	}
	return table
}
