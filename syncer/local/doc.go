// Package local is one client's directory on disk: looking at it, and changing it without losing a byte.
//
// Everything goes through a [Disk], one method per system call, so that each effect can be held, failed or simulated
// (package simdisk). The real one is [OSDisk].
//
// What is promised:
//
//   - No file of the client is ever unlinked or overwritten. It is renamed into the vault, looked at again there, and
//     only then is another put in its place, by a rename that does not replace.
//   - A step that is cut off anywhere leaves the old or the new content at the name, or the old one in the vault with a
//     note that says where it belongs; [Recover] reads these notes and finishes.
//   - No name that a portal sends reaches a place outside the client's directory ([Path], [Names]).
//   - What cannot be seen is reported as an error, never as absence ([Listing]).
//
// What is not promised: a program that holds a file open keeps writing into it after the file went into the vault. Such
// writes are not lost; [Vault.Recheck] finds them.
package local
