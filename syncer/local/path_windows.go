package local

// forbiddenInNames are the characters that would make a name mean another place: separators, a drive, an alternate
// data stream.
const forbiddenInNames = "/\\:\x00"
