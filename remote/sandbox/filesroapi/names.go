package filesroapi

import (
	"path"
	"slices"
	"strings"

	"dossier/remote/sandbox/store"
)

// extension is what the uploader called it, which is kept as the item's description; of files that a person put there it is what the web
// client sends: the text after the last dot, or the whole name. Neither changes with the name.
func extension(it *store.Item) string {
	if it.Description != "" {
		return it.Description
	}
	return it.Content.Name[strings.LastIndexByte(it.Content.Name, '.')+1:]
}

// basename is the name of the stored bytes.
func basename(it *store.Item) string { return showUUID(it.ID, bytesKey) + "." + extension(it) }

// byBasename finds a file by the name of its bytes, in whatever tree, also in the trash; nil: there is none.
func byBasename(v store.View, name string) *store.Item {
	it := v.Item(readUUID(name[:min(len(name), 36)], bytesKey))
	if it == nil || it.Kind != store.File || basename(it) != name {
		return nil
	}
	return it
}

var mimeTypes = map[string]string{
	"pdf": "application/pdf", "txt": "text/plain", "csv": "text/csv", "html": "text/html", "zip": "application/zip",
	"doc": "application/msword", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xls": "application/vnd.ms-excel", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "heic": "image/heic",
	"mp4": "video/mp4", "mov": "video/quicktime", "avi": "video/x-msvideo", "mp3": "audio/mpeg", "wav": "audio/x-wav", "m4a": "audio/mp4",
	"exe": bannedType,
}

// mimeType is what the bytes would be found to be, were they what their extension says.
func mimeType(it *store.Item) string {
	if kind := mimeTypes[strings.ToLower(extension(it))]; kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func fileType(it *store.Item) string {
	kind := path.Dir(mimeType(it))
	if slices.Contains([]string{"image", "video", "audio"}, kind) {
		return kind
	}
	return "file"
}
