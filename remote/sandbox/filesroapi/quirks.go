package filesroapi

import "dossier/remote/sandbox/mischief"

// Quirks are all the ways in which this Files.ro can be made to differ. Sources are sections (§) of the fact sheet on its API.
func Quirks() []mischief.Quirk {
	table := []mischief.Quirk{
		// signing in
		{Name: "filesro-unverified", Does: "logging in is refused because the e-mail is not verified", Source: "§2 login"},
		{Name: "filesro-token-expires", Does: "new tokens have expires_at, and end after 24 hours", Source: "§1 expires_at, §2"},
		{Name: "filesro-unauthorized-words", Does: "a missing or revoked token is answered as the documentation has it: type error, \"You are not authorized\"", Source: "§9 row 6"},
		{Name: "filesro-60-a-minute", Does: "a user may make 60 calls a minute, if there are limits", Source: "§9 limits"},

		// paths
		{Name: "filesro-unknown-404", Does: "a path that is not served answers 404, not the page of the web app", Source: "§2 catch-all, §3"},
		{Name: "filesro-html-404", Does: "a missing record is a page in HTML also for who asks for JSON", Source: "§2 Accept, §9 row 4"},
		{Name: "filesro-no-folders-path", Does: "GET /browse/folders/{id} is not there", Source: "§3 list a folder"},
		{Name: "filesro-no-latest", Does: "GET /browse/latest is not there", Source: "§3, §5 latest"},
		{Name: "filesro-no-trash-path", Does: "GET /browse/trash/{id} is not there", Source: "§3 list trash"},
		{Name: "filesro-create-folder-path", Does: "folders are made at POST /create-folder, and POST /items is not there", Source: "§3 create folder"},
		{Name: "filesro-no-request-detail", Does: "GET /requests/{id} is not there", Source: "§3 file request detail"},
		{Name: "filesro-no-request-close", Does: "DELETE /requests/{id} is not there", Source: "§3 mark request filled"},
		{Name: "filesro-delete-body-dropped", Does: "the body of a DELETE is lost on the way", Source: "§6 delete"},
		{Name: "filesro-delete-ignored", Does: "a DELETE of items answers success and does nothing", Source: "§6 delete: success proves nothing"},

		// listings
		{Name: "filesro-unknown-empty", Does: "the listing of a folder that is unknown or trashed is empty, not 404", Source: "§5 unknown folder"},
		{Name: "filesro-paged", Does: "a listing without page is its first page, not all of it", Source: "§5 paging"},
		{Name: "filesro-page-ignored", Does: "whatever page is asked for, the first comes: the others are for a cursor that nobody knows", Source: "§1 cursor and limit, §5"},
		{Name: "filesro-per-page-10", Does: "pages have 10 entries, not 50", Source: "§5 site setting"},
		{Name: "filesro-limit-honoured", Does: "the query's limit sets the length of pages", Source: "§1 cursor and limit, §5"},
		{Name: "filesro-total-moves", Does: "each page tells another total", Source: "§5 no snapshot"},
		{Name: "filesro-no-meta", Does: "listings have entries, and neither totals nor links", Source: "§5 envelope"},
		{Name: "filesro-order-shuffled", Does: "without a sort each listing has another order", Source: "§5 unspecified order"},
		{Name: "filesro-sort-ignored", Does: "sort and direction have no effect", Source: "§5 sort"},
		{Name: "filesro-trashed-listed", Does: "folders are listed with what was trashed from them", Source: "§5 trashed left out"},

		// shapes
		{Name: "filesro-dates-short", Does: "dates have no time of day", Source: "§4 dates, §11"},
		{Name: "filesro-mime", Does: "mimetype is a MIME type, not the extension", Source: "§4 mimetype, §11"},
		{Name: "filesro-folder-size", Does: "a folder's filesize is a number of bytes, not null", Source: "§4 folder filesize"},
		{Name: "filesro-file-url-elsewhere", Does: "file_url leads to another host", Source: "§8 the URL comes from the server"},
		{Name: "filesro-thumbnail-text", Does: "the thumbnail of an image is a text, not an object of sizes", Source: "§4 thumbnail"},
		{Name: "filesro-relationships-object", Does: "relationships without members are {}, not []", Source: "§4 relationships"},
		{Name: "filesro-creator", Does: "relationships have the creator of an item", Source: "§4 sample"},
		{Name: "filesro-timezone-text", Does: "the user's time zone is a name, not a number of hours", Source: "§11 timezone"},
		{Name: "filesro-rename-201", Does: "a rename answers 201", Source: "introduction: status codes are not documented"},

		// changes
		{Name: "filesro-type-strict", Does: "items of a type other than file and folder are refused with 422", Source: "§11 type"},
		{Name: "filesro-type-own", Does: "a file is only found under its own type, such as image", Source: "§11 type"},
		{Name: "filesro-to-home-required", Does: "restoring without to_home is refused with 422", Source: "§11 to_home"},
		{Name: "filesro-names-unique", Does: "a name in use is refused with 422", Source: "§6 duplicates"},
		{Name: "filesro-names-kept", Does: "blanks around names stay", Source: "§4 name"},

		// uploads
		{Name: "filesro-no-one-piece", Does: "an upload with the part file is refused with 422: only chunks are taken", Source: "§3 upload, one piece"},
		{Name: "filesro-no-chunks", Does: "an upload with the part chunk is refused with 422: only whole files are taken", Source: "§3 one path, three meanings"},
		{Name: "filesro-path-required", Does: "an upload without path is refused with 422", Source: "§7 path, §11"},
		{Name: "filesro-boolean-words", Does: "is_last_chunk may be the text true or false", Source: "§7 is_last_chunk"},
		{Name: "filesro-small-requests", Does: "a request above 1 MiB is answered with 413 and a page of nginx", Source: "§7 sizes"},
		{Name: "filesro-exe-banned", Does: "programs are refused with 422 after assembly", Source: "§7 failures"},
		{Name: "filesro-chunk-twice", Does: "the first chunk under each part name is put into the file twice", Source: "§7 mechanics 4"},
		{Name: "filesro-chunk-500-stored", Does: "the first chunk under each part name is answered with 500 although it is stored", Source: "§7 mechanics 4"},
		{Name: "filesro-remote-queued", Does: "files that were to come from URLs stay in the queue", Source: "§10 remote uploads"},

		// downloads
		{Name: "filesro-s3", Does: "downloads are redirected to a signed link on another origin, and left-over chunks go after a day", Source: "§8 S3, §7 mechanics 5"},
		{Name: "filesro-no-bearer-download", Does: "files cannot be fetched with a token", Source: "§8 auth"},
		{Name: "filesro-download-plan", Does: "downloads are refused with 401: the account's plan has none", Source: "§8 401"},
		{Name: "filesro-bytes-missing", Does: "downloads answer 500: the bytes are not in storage", Source: "§8 500"},
		{Name: "filesro-download-no-length", Does: "downloads come without Content-Length", Source: "§8 exact size"},

		// file requests
		{Name: "filesro-status-open", Does: "a request that nothing came for is open, not null or active", Source: "§10 create, §11 status"},
		{Name: "filesro-status-unknown", Does: "a request that nothing came for has a status that nobody has heard of", Source: "§11 status"},
		{Name: "filesro-status-active", Does: "a new request's status is active, not null", Source: "§10 create"},
		{Name: "filesro-folder-id-empty", Does: "an empty folder_id is taken for home, and home's requests have an empty one", Source: "§10 create, §11 folder_id"},
		{Name: "filesro-request-all-required", Does: "a request needs all four fields; an empty folder_id is home", Source: "§10 create"},
		{Name: "filesro-request-needs-token", Does: "a request is shown only to who is signed in", Source: "§10 detail"},
		{Name: "filesro-request-lost-cache", Does: "the cache is lost: a request that has files expires like one without", Source: "§10 expired"},
		{Name: "filesro-no-notifications", Does: "filled requests leave no notification", Source: "§10 finding completed requests"},
		{Name: "filesro-notified-at-home", Does: "also requests made at home leave a notification when they are filled", Source: "§10 finding completed requests"},
		{Name: "filesro-notification-text", Does: "the action of a notification is plain text", Source: "§10 docs' sample"},
		{Name: "filesro-notifications-bare", Does: "notifications come without the wrapping data", Source: "§10, §4 wrapping"},
	}
	for i := range table {
		table[i].Portal = Name
	}
	return table
}
