// Package backofficeapi imitates the Back Office API v2 of B2CORE ("Client files") on a store: its paths, bodies, status codes
// and oddities.
//
// Each folder directly below the store's root is a client, whose id is the folder's id in the store; what lies below it is his tree.
// Files, folders of clients, and folders of the default tree are each counted from 1, as in tables of a database: the same small
// number is a file, a folder of some client and a default folder at once, and a call that takes the one for the other does damage.
// ShowID writes these bare numbers. ReadID takes a bare number for a client or folder, "d5" for a folder, "f9" for a file; what
// stands before a slash, as in "17/f9", it passes over.
//
// What it does by default is what the vendor documents and, where nothing is known, what the fact sheet assumes; whatever was
// assumed, or contradicts itself in the documentation, has a quirk that plays it the other way (see Quirks). As on the product:
// a client's folders cannot be listed, there is no trash, no content is replaced, and what is posted twice is there twice.
//
// Where nothing is known, these are the answers given here:
//
//   - refusals: {"code": status, "message": text}, and "errors" by field where a field is at fault
//   - a client that the account may not see: 403; a method that a path does not have: 405; an id that is no number: 400
//   - the lock after five sign-ins in a minute, good and bad ones counted: five minutes of 429 with Retry-After, for that e-mail
//   - a refresh token lives seven days; a code for the second factor five minutes, and is confirmed with {"token", "code"}
//   - lists come by id, 100 rows at most and by default; a filter for what the sandbox does not keep matches no client
//   - downloads: GET /storage/{file} on the same origin, with the token
//   - the default tree is empty until an administrator adds to it (see API.AddDefaultFolder); it does not bind a person in the
//     web pages, who may rename a predefined folder of one client
//
// Not imitated: file storages, access rights of groups, the front office, quotas, events. An upload as JSON is held in memory.
package backofficeapi
