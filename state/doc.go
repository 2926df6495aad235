// Package state remembers what both sides last agreed on, what was under way, and what was done.
//
// A client has one file (Client), an account one (Account); both are bbolt. The package knows no portal and no disk: the mirror
// translates. What is in a client's file:
//
//   - base: the tree both sides last agreed on, a Node a row;
//   - seen: the portal's tree as last observed, where it differs from base, so that the remote tree is base ⊕ seen; and the crawl
//     under way, spilled here and merged from here;
//   - intents: operations begun and not finished, written before the act;
//   - tombstones: what was in base and is gone, for a year;
//   - runs and the record: what was done, hash-chained;
//   - the window of the guards, halts, approvals, conflicts left, problems, loops, the pause, and Meta.
//
// # Rows of base
//
// A row's key is its parent's id and its own, so that a directory is one range: one seek a directory, none a file. The names are in
// the row, not in the key: a directory is loaded whole and matched in memory, twins (two names that fold to one) need no special
// keys, and a rename touches one row. Moving or renaming a folder touches that folder's row only, whatever lies in it. Three indexes
// (node, remote id, file id) serve what does not match by place; their entries share rows (shelf), because a row of bbolt costs more than
// an entry. Node ids are never used twice. A file in base takes about 220 bytes after compaction, up to 310 before: bbolt gives no page
// back, so a file that has doubled since it was last written anew is written anew when it is opened.
//
// # Transactions
//
// Reads do not return errors. A row that does not decode, a page that cannot be, a fault in the mapped file end the transaction on
// the spot: View and Update return ErrCorrupt, nothing after the read in the caller's function is run, and nothing is committed. So
// damage can never be taken for absence. The file is then refused for further work, and set aside when it is opened the next time
// (Client.Fresh): the mirror starts in adopt mode.
//
// A transaction belongs to the goroutine that was given it, and ends with the function. No transaction stays open over a transfer or
// any other wait: an open read keeps bbolt from reusing pages, and one that wants to grow the file waits for it.
//
// Every commit is durable when it returns. Client.Commit lets many goroutines share one fsync.
//
// # What is not promised
//
// bbolt has no checksum on its pages. Each row of ours carries a CRC over key and value, which finds flipped bits in what is read;
// damage to a page that nobody reads is not found until somebody does (Client.Check reads all). The hash chain shows that
// an entry of the record was altered, removed or moved. Whoever can write the file can also rewrite the whole chain; only a head
// that was kept elsewhere (Client.Keep) tells then.
package state
