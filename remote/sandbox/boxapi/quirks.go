package boxapi

import "dossier/remote/sandbox/mischief"

// Quirks are all the ways in which this Box can be made to differ. Sources are sections (§) and rows (§15 n) of the
// fact sheet on Box's API.
func Quirks() []mischief.Quirk {
	table := []mischief.Quirk{
		// upload sessions
		{Name: "commit-202", Does: "the first two commits of a session answer 202 with Retry-After, and nothing is committed yet", Source: "§15 1, §9"},
		{Name: "commit-202-done", Does: "the first commit of a session answers 202 although it is carried out; repeating it gives the 201", Source: "§15 1, §16"},
		{Name: "parts-mismatch", Does: "the first commit of a session answers 400 parts_mismatch", Source: "§15 2, §3.2"},
		{Name: "part-500-stored", Does: "each part answers 500 the first time although it is stored", Source: "§15 3, §9"},
		{Name: "late-clash", Does: "creating a session does not check the name; the clash shows at the commit", Source: "§15 4"},
		{Name: "commit-bad-digest", Does: "the first commit of a session is refused as if the digest of the whole did not match", Source: "§15 5"},
		{Name: "commit-attributes-ignored", Does: "the attributes of a commit, such as content_modified_at, have no effect", Source: "§9 attributes"},
		{Name: "part-bare", Does: "a stored part is answered without the wrapper {\"part\": …}", Source: "§9 Part"},

		// names
		{Name: "conflicts-object", Does: "every 409 gives the conflicting item as an object", Source: "§15 6, §3.3"},
		{Name: "conflicts-array", Does: "every 409 gives the conflicting item in an array", Source: "§15 6, §3.3"},
		{Name: "conflict-without-sha1", Does: "a 409 gives the conflicting file without sha1 and version", Source: "§8 last row"},
		{Name: "move-conflict-bare", Does: "the 409 of a rename or move does not say which item is in the way", Source: "§15 7, §3.3"},
		{Name: "duplicate-names", Does: "names are not checked: several items of one folder can have the same", Source: "§15 8, §11"},
		{Name: "exact-names", Does: "names clash only if they are equal byte for byte, not regardless of case", Source: "§15 9, §11"},
		{Name: "names-nfc", Does: "names clash if they are equal once normalised", Source: "§11 Unicode"},
		{Name: "names-code-points", Does: "the 255 characters of a name are counted as code points, not as UTF-16 units", Source: "§11 length"},
		{Name: "sanitise-names", Does: "characters that a file name cannot have are dropped instead of refused", Source: "§11 silently removed"},
		{Name: "leading-space-refused", Does: "names that begin with a space are refused", Source: "§11 leading space"},
		{Name: "special-names-refused", Does: "names with < > : | ? or * are refused", Source: "§11 error page"},
		{Name: "name-reserved", Does: "making an item answers 409 name_temporarily_reserved the first time for each name", Source: "§3.2"},

		// changes
		{Name: "operation-blocked", Does: "moving, copying, deleting or restoring an item answers 409 operation_blocked_temporary the first time", Source: "§15 10, §5.4"},
		{Name: "delete-500", Does: "every item's first deletion answers 500 and is not carried out", Source: "§15 10"},
		{Name: "move-503-applied", Does: "moving a folder answers 503 although it is carried out", Source: "§5.4, §16"},
		{Name: "put-times-ignored", Does: "a PUT does not change content_created_at and content_modified_at", Source: "§4 content_modified_at"},
		{Name: "no-trash", Does: "what is deleted is purged at once", Source: "§5.5"},
		{Name: "restore-new-id", Does: "what is restored from the trash has another id", Source: "§4 id"},
		{Name: "etag-content-only", Does: "a file's etag changes with its content only", Source: "§4 etag"},
		{Name: "folder-etag-children", Does: "a folder's etag changes when something directly in it does", Source: "§4 etag"},
		{Name: "if-match-missing-412", Does: "If-Match on an item that is not there answers 412, not 404", Source: "§4 If-Match"},
		{Name: "trashed-not-found", Does: "an item in the trash answers 404 not_found, not 404 trashed", Source: "§3.2, §16"},
		{Name: "version-201", Does: "uploading a new version answers 201, not 200", Source: "§8"},
		{Name: "torn-upload-stored", Does: "an upload whose body ends too early is stored as far as it came", Source: "§8 short body"},

		// downloads
		{Name: "download-202", Does: "the first download of each version answers 202 with Retry-After and no body", Source: "§10"},
		{Name: "download-no-ranges", Does: "the download host ignores Range and sends everything", Source: "§10 Range"},
		{Name: "range-400", Does: "a Range outside the file is refused by the API with 400, not by the download host with 416", Source: "§10 Range"},

		// listings and shapes
		{Name: "short-pages", Does: "pages have half as many entries as they could", Source: "§5.1"},
		{Name: "list-default-1000", Does: "a listing without limit has pages of 1000, not of 100", Source: "§5.1 limit"},
		{Name: "unstable-offset", Does: "listings by offset lose and repeat entries between pages", Source: "§15 10, §5.1"},
		{Name: "marker-null", Does: "the last page has \"next_marker\": null", Source: "§5.1"},
		{Name: "marker-empty", Does: "the last page has \"next_marker\": \"\"", Source: "§5.1"},
		{Name: "order-object", Does: "\"order\" of a listing is an object, not an array", Source: "§15 12, §5.1"},
		{Name: "exponent-numbers", Does: "sizes and quotas are written as 1.5e+03", Source: "§15 11, §1"},
		{Name: "number-ids", Does: "ids and sequence ids are numbers, not strings", Source: "§1"},
		{Name: "sha1-upper", Does: "sha1 is written in upper case", Source: "§4 sha1"},
		{Name: "parent-hidden", Does: "the parent of an item is null, as for one we may not see", Source: "§4 parent"},

		// events
		{Name: "events-duplicate", Does: "every event comes twice in its page", Source: "§15 13, §12.1"},
		{Name: "events-replay", Does: "every page begins with up to five events that were served before, and the position moves on", Source: "§15 13, §12.1"},
		{Name: "events-shuffled", Does: "the events of a page come in reverse order", Source: "§12.1"},
		{Name: "events-position-zero", Does: "a page without events has next_stream_position 0", Source: "§15 13, §12.1"},
		{Name: "events-number-position", Does: "next_stream_position is a number of 19 digits, not a string", Source: "§15 13, §12.1"},
		{Name: "events-source-null", Does: "every second event has no source", Source: "§12.1"},
		{Name: "events-descendants", Does: "trashing or moving a folder gives an event for everything below it as well", Source: "§12.1"},
		{Name: "events-modify", Does: "a new version is announced as ITEM_MODIFY, not as ITEM_UPLOAD", Source: "§12.1"},
		{Name: "events-expired", Does: "every position but now is refused as too old", Source: "§12.1 retention, §17 2"},
		{Name: "poll-reconnect", Does: "the long poll answers reconnect at once", Source: "§12.2"},
		{Name: "poll-max-retries", Does: "the long poll answers max_retries at once", Source: "§12.2"},
		{Name: "poll-false-alarm", Does: "the long poll answers new_change at once, whether or not there is one", Source: "§12.2"},
		{Name: "poll-silent", Does: "the long poll never says anything", Source: "§12.2"},
		{Name: "poll-numbers", Does: "ttl and max_retries of the long poll are numbers, not strings", Source: "§12.2"},

		// limits
		{Name: "limits-any-minute", Does: "with limits, no minute, wherever it begins, has more calls than the limit; without, a bucket that starts full fills evenly", Source: "§11 rate limits"},

		// sign-in
		{Name: "refresh-ends-access", Does: "refreshing voids the access token that came with the refresh token", Source: "§2"},
		{Name: "refresh-reuse", Does: "a refresh token can be used again", Source: "§15 14, §2"},
		{Name: "bad-token-403", Does: "a missing or wrong token answers 403, not 401", Source: "§2"},
		{Name: "short-tokens", Does: "access tokens live one minute, so that they expire during a transfer", Source: "§15 15"},

		// file requests
		{Name: "submission-version", Does: "a submission under a name in use becomes a new version of that file", Source: "§13"},
		{Name: "submission-duplicate", Does: "a submission under a name in use becomes a second file of that name", Source: "§13"},
	}
	for i := range table {
		table[i].Portal = Name
	}
	return table
}
