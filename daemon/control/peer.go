package control

// rootID is the uid of the one who may do anything.
const rootID = "0"

// mayCall tells whether a user may speak to a daemon: the user that it runs as, and root.
func mayCall(caller, daemon string) bool {
	return caller != "" && (caller == daemon || caller == rootID)
}

// mayServe tells whether a socket's server is to be believed: it is the caller's own, root's, or that of the user whose state folder it is, who
// could make anything of it anyhow.
func mayServe(server, caller, owner string) bool {
	return server != "" && (server == caller || server == rootID || server == owner)
}
