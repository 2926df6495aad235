//go:build !windows

package local

// forbiddenInNames are the characters that would make a name mean another place.
const forbiddenInNames = "/\x00"
