package cli

import (
	"dossier/remote"
	"dossier/syncer/plan"
)

// text is what a person reads about a reason or an error: what it means, worded so that it fits one item and many, and what to do.
type text struct {
	what string
	do   string // empty: nothing to do, it passes by itself
}

// texts has one entry for each code that a report can hold: the reasons of packages plan and syncer, and the error codes of package
// remote.
var texts = map[string]text{
	// remote.Unknown has the same code.
	plan.ReasonUnknown: {"not readable, or failed for a reason that is not known, so nothing is decided about it", "Check that it can be opened, then run dossier again."},
	plan.ReasonBusy:    {"being worked on", ""},
	plan.ReasonRefused: {"under a name that the other side cannot hold", "Rename it."},
	plan.ReasonTaken:   {"under a name that another item has there", "Rename one of the two."},
	plan.ReasonHeld:    {"under a hold: not to be deleted, moved or overwritten", "Take the hold away if the change is meant."},
	plan.ReasonHidden:  {"once kept in step, and now under a name that is left alone", "Rename it back, or change `ignore` in the configuration."},
	plan.ReasonPrivate: {"private: stays on this disk", ""},
	plan.ReasonPending: {"gone on one side; one more look must confirm it before it is deleted on the other side", "If dossier runs all day it looks again by itself. If not, run it again in a minute or later."},
	plan.ReasonUnsent:  {"changed here, and this client only receives", "Move it elsewhere, or set `mode = \"two-way\"` for this client."},
	plan.ReasonReported: {"changed on the portal, and this client only sends",
		"Fetch it from the portal by hand, or have this client receive: `mode = \"two-way\"`, and on a Back Office `download` in the portal's section."},
	plan.ReasonParent: {"waiting for the folder around it", ""},
	plan.ReasonPinned: {"changed here, and not to be changed on the portal", "Share the new version there by hand, or end the sharing of the old one."},
	plan.ReasonTwin:   {"a second item of one name on the portal, come a moment ago: it may be about to take the place of the first", ""},
	plan.ReasonLedger: {"not known any more: this portal cannot list folders, and the list of them that dossier keeps is gone or not whole",
		"Bring the account's state file back from a backup, or from the copy beside the vault. Nothing runs until then, lest everything be sent twice."},
	plan.ReasonForgotten: {"perhaps on the portal already: what dossier has sent is not known any more, and this portal does not show it",
		"Bring dossier's state back from a backup. If there is none, approve the plan: what is not known to be there is sent, and you may find it there twice."},
	plan.ReasonDeletes: {"more files would be deleted than the limit allows",
		"If that is meant, approve the plan. If not, bring the files back where they are missing."},
	plan.ReasonEmptied: {"one side is empty, as when a disk is not there",
		"Check that the right disk is mounted and that the portal shows its files. If it was emptied on purpose, approve the plan."},
	plan.ReasonChanges: {"more files have changed than the limit allows, as when a disk is being encrypted",
		"Open some of them. If they are well, approve the plan."},
	plan.ReasonConflicts: {"more files were changed on both sides than the limit allows",
		"Look at the copies made so far. If they are as they should be, approve the plan."},
	plan.ReasonRestored: {"the portal shows an older state than before, as when it was restored from a backup",
		"Ask the portal's keeper. Then approve the plan: both sides are put together, and nothing is deleted."},
	plan.ReasonRoot: {"the client's folder is not there, or is not the one it was",
		"Mount the disk, or put the folder back where it was. If it is the right one, and an earlier installation marked it, remove the file .dossier-client in it; " +
			"a portal that does not show what lies there is then sent all of it once more."},
	plan.ReasonAccount: {"the token now speaks for another account than before",
		"Put the right token in place. Nothing runs until then."},
	plan.ReasonEncryption: {"many files lost their form together with their names, as when a disk is being encrypted by an intruder",
		"Take this machine off the network, and look at the files before anything else. The versions before are in the portal's history or the vault."},

	"waiting":             {"waiting", ""},
	"possibly-duplicated": {"sent when the connection broke, and this portal does not tell whether it arrived: it may lie there twice", "Look on the portal, and delete one of the two there."},
	"emptied-file":        {"empty now, and held content before, as after a crash", "Look at it. Save it once more if it is meant to be empty, or restore it from the portal."},
	"misfiled":            {"a document that was in another client's folder", "Move it back, or approve the plan if this client shall have it."},
	"loop": {"set aside: the same contents come back again and again",
		"Another program, or the portal itself, may be changing it back. It is carried over again once it is saved with new content."},
	"disk": {"refused by this disk", "Check the disk, and who may write to the folder."},

	remote.NotFound.String():    {"not on the portal, or not shown to us", "Check the folder's id and who may see it."},
	remote.Trashed.String():     {"in the portal's trash", "Restore it there if it is missed."},
	remote.NameTaken.String():   {"under a name that another item has on the portal", "Rename one of the two."},
	remote.Stale.String():       {"changed while we worked on it", ""},
	remote.BadName.String():     {"under a name that the portal refuses", "Rename it."},
	remote.TooBig.String():      {"larger than the portal accepts", "Make it smaller, or add it to `ignore`."},
	remote.Quota.String():       {"without room: the portal is full", "Make room on the portal, and empty its trash."},
	remote.Denied.String():      {"not allowed on the portal", "Ask the portal's keeper for the right to change this folder."},
	remote.SignIn.String():      {"the portal does not accept the token", "Sign in again: `dossier login` with the portal's name. Or put a new secret where the configuration says."},
	remote.Throttled.String():   {"waiting: the portal asks us to slow down", ""},
	remote.Busy.String():        {"locked on the portal for now", ""},
	remote.Unavailable.String(): {"waiting: the portal cannot be reached", "Check the connection, and the portal's address in the configuration."},
	remote.Corrupt.String():     {"told of by the portal in a way that cannot be", "If it stays so, ask the portal's keeper."},
	remote.Changed.String():     {"saved while it was being sent", ""},
	remote.Reset.String():       {"looked at again, with everything on the portal", ""},
	remote.Unsupported.String(): {"beyond what this portal can do", "Do it on the portal by hand."},
}
