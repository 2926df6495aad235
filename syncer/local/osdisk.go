package local

// OSDisk opens the folder at clientPath, which must exist, and our own directory beside it, which is made if it is missing:
// [HouseName] in the folder's parent, or in the folder itself if that is a file system of its own.
func OSDisk(clientPath string) (Disk, error) { return nil, errTodo }
