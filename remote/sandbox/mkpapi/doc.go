// Package mkpapi imitates MijnKlantportaal's API on a store: its paths, bodies, status codes and oddities.
//
// What it does by default is what MijnKlantportaal documents; where nothing is known, the most conservative reading is the default
// and the others are quirks (see Quirks). What a client may rely on: an id stands for one content until it is gone; there is
// no hash, no version, no parent and no time of change; a change is a new file with a new id; equal names stand side by side.
//
// Where MijnKlantportaal says nothing, these are the answers given here:
//
//   - a page number that is none: 422; a page beyond the end: an empty one, whose from and to are null
//   - next_page_url names the page only, not the directory that was asked for, and ends in a comma as the vendor's sample does
//   - an unknown directory to post into: 422; one to list: 404
//   - a directory that is not empty is not deleted: 422
//   - a file request is completed with the delivery of the last required file, or of the last file if none is required; its form
//     stays open, and another delivery for the same entry takes the place of the first, which stays where it is
//   - a request still names a delivered file, or its directory, when that was deleted; nothing more can be delivered then
//   - a token call that is refused: 400
//   - a person is always signed in, and consents, at /oauth/authorize; the code is good for a minute, and once
//   - the number of calls in any minute is limited, wherever the minute begins; calls with a bad token are not counted
//
// Not imitated: calls to webhooks (they can be registered, nothing is sent), customer groups, and the parts of the API that have
// nothing to do with files. That there is one tree for each portal, and that no customer owns a directory, has no switch: what
// differed could not be asked for. Content is never removed from disk.
package mkpapi
