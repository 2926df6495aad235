// Package plan decides. From what both sides last agreed on, what each side shows now, and a policy, it makes the operations
// that may be done at once, the items that must wait and why, and the halts that need a person. It does nothing itself: no
// disk, no network, no clock, no logger; the same values in give the same plan out.
//
// A plan holds only operations that are legal in the trees it was made from: parents exist, names are free, nothing busy is
// touched. Once some of them have been done, or new things were seen, plan again: the order of work falls out of planning
// again and again, until a plan is empty.
//
// # How a plan is made
//
// Make goes through the items that are not in step, their folders and their neighbours; what is in step elsewhere costs one look.
//
//   - unify: what is one item seen twice becomes one. An item gone from a side, where a new one has come in its place, is that one
//     with a changed content; what is new on both sides in one place is one item.
//   - merge: for each item on its own, existence, folder, name and content, each three-way against the base.
//   - repair: one tree of all that. Folders live that something living is in; of two moves that would put folders into one another
//     the winner's stands; names are given out, so that no two items want one.
//   - steps: what is legal now. Moves come before all else, and a folder that moves keeps what is in it waiting for one plan. A
//     circle, as when two names are swapped, is broken by a passing name.
//   - deletes: what is to go, whole folders at once, if all of it was vouched for and nothing in it is pending.
//   - guard: what a person must see first.
//
// # What is remembered, and what is not
//
// Nothing but the base. Each plan is made anew, so an operation that was done and not recorded, or failed, or was never begun, needs
// no repair: the next plan sees what is. Two things follow. A passing name is recognised by how it is made, and counts as the name
// in the base. And a folder that one side moved and the other deleted is not recorded in its new place before all that was in it
// is back on both sides, since until then only its old place in the base tells that what is missing was not deleted by itself.
//
// # What is not promised
//
// A rename is seen only by identity (NodeID): whoever makes the World finds out which file on disk is which. Two folders that were
// made on both sides with one name become one folder; two that were renamed to one name do not. An item of its own (Aside) begins
// without a past: its copies on the portal are new. Where an item waits for a person, what needs its name or its folder waits too.
package plan
