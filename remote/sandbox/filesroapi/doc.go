// Package filesroapi imitates Files.ro's API, version 1, on a store: its paths, bodies, status codes and oddities.
//
// Files.ro is a newer relative of VueFileManager. Paths are as its documentation has them, mechanics as the stock program has them; where
// the two contradict each other, or a path is only assumed, one way is the default and the other a quirk (see Quirks). What a client may
// rely on: ids stay through rename, move, trash and restoring; the bytes behind an id never change. It can rely on little else:
// names are not unique, success says nothing of ids that were not found, calls for several items stop in their middle, sizes and times are
// texts for people, and nothing holds a listing still between two pages.
//
// Where nothing is known, these are the answers given here:
//
//   - calls for several items, on an id that is not there: DELETE passes over it; moving and restoring answer 404, and what came before stays done
//   - a target folder that is not there or is trashed: 404; of an upload: 500; another's item: 403
//   - the order without a sort: by id, which tells nothing of age
//   - a folder moved into itself or below itself is lost, as the real one's ring is: its id can be listed, no listing shows it
//   - chunks whose assembly was refused stay under their part's name, so that what is sent again is added to them
//   - POST, PATCH or DELETE on an unknown path: 405, since the catch-all route knows GET only
//   - notifications are among the user's relationships; what a request's visitor deletes is gone for good
//
// Not imitated: teams (their listings are empty), the pages behind share links, thumbnails, favourites, search, two-factor log-in, and
// emptying the trash. Uploads from URLs fetch nothing: the file is a line with its URL. Content is never removed from disk.
package filesroapi
