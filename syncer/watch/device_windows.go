package watch

import "os"

// sameDevice tells whether two files lie on one file system. A disk that is mounted on a folder is no directory for [os.Lstat].
func sameDevice(os.FileInfo, os.FileInfo) bool { return true }
