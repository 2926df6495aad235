// Package boxapi imitates Box's Content API on a store: its paths, bodies, status codes and oddities.
//
// What it does by default is what Box documents or was observed to do most often; where sources contradict each
// other, or nothing is known, one way is the default and the other a quirk (see Quirks). What a client may rely on,
// as on Box itself: ids stay through rename, move, new version and restoring; names clash regardless of case, over
// kinds; If-Match guards everything but moves; a folder's etag says nothing of what is in it; the trash keeps what
// was deleted, and counts towards the quota; events come at least once and have full sources.
//
// Where Box says nothing, these are the answers given here:
//
//   - a part or commit whose Digest does not match: 400 bad_digest; a Content-Range that does not fit: 416 invalid_range
//   - a session that was committed or aborted: 410 session_expired, as one that has expired
//   - a PUT that changes nothing: 200, with the etag as it was and no event
//   - changed times, description or tags: an ITEM_MODIFY event; a purge: none
//   - a position beyond the end, as after a portal was restored: no events, and the position of the end
//   - a link for a download is good for 15 minutes, and for any number of requests
//
// Not imitated: collaborations (accounts see one tree, whole, but for what is withdrawn from it), shared links, webhooks, metadata, search, tasks,
// comments, admin events, making links through the API, and the authorize page of OAuth. Content is never removed from
// disk, even when its last version is purged.
package boxapi
