// Package watch says where in clients' folders something may have changed, from file events, or by the clock where there are none.
//
// What it says is a hint: look at this folder again. It says too much rather than too little, and whoever looks believes only what he
// sees. One [Watcher] with one queue of the system's (there are few) serves all clients; each client's folder is a [Root].
//
// # How nothing is missed
//
// Every folder has a watch of its own. A new folder gets its watch first and is listed then, and only after that its [Hint] goes out: what
// was made before the watch is found by the look that follows, what is made after it has an event of its own. The same holds for the client's folder as a
// whole, whose first hint is All. A folder that is moved loses the watches at its old path at once, so that no event bears a
// path that is no longer true for longer than it takes to get here.
//
// Events are read as soon as they come, by a goroutine that does nothing else and takes no lock that is held over a system call, so that neither the
// system's queue fills nor the library waits for us while we wait for it. If events are lost all the same, all watches are set afresh and
// everything is to be looked at.
//
// # Where events cannot be had
//
// A root polls, that is, hints All from time to time, when it lies on a network drive, when the system allows no more watches, when a trial file in a folder beside it makes no
// event, and when its folder is not there. [Root.Status] says which, and what can be done. It goes on trying to watch.
//
// # Windows
//
// Windows does not rename a folder while anybody holds a handle on one below it, not even one that only watches. So there the root has one watch for itself
// and all below it ([recursive]). Events of folders that are not watched by our own account are passed over, which makes it the same as elsewhere.
//
// # What is not promised
//
// The system does not tell when a client's folder is unmounted, or when a folder above it is renamed: that is found by looking at the folder itself, every half minute.
// Changes through a memory mapping, and those that other machines make to a local disk that is shared by a server, have no
// events. The hourly look at everything, which is not this package's, is for those.
//
// BUG(watch): a local disk that hangs, so that setting a watch does not return, keeps the events of all clients waiting. The clock goes on for those
// that poll, and so does the hourly look.
//
// BUG(watch): on macOS fsnotify opens every file of a watched folder. Clients with many files need a higher limit of open files, or poll.
package watch
