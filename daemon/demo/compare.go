package demo

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dossier/remote/sandbox"
	"dossier/syncer/local"
)

// folderMark stands for a folder where a file has its digest.
const folderMark = "folder"

// compare looks at both sides of a client, without dossier's help, and tells how many files there are. A difference is an error.
func (s *stage) compare(client string) (files int, err error) {
	disk, err := s.diskTree(client)
	if err != nil {
		return 0, err
	}
	portal := s.portalTree(client)
	var differ []string
	for path, sum := range disk {
		if portal[path] != sum {
			differ = append(differ, path)
		}
		if sum != folderMark {
			files++
		}
	}
	for path := range portal {
		if _, ok := disk[path]; !ok {
			differ = append(differ, path)
		}
	}
	if len(differ) > 0 {
		slices.Sort(differ)
		return files, fmt.Errorf("%s: both sides differ in %s", client, strings.Join(differ[:min(5, len(differ))], ", "))
	}
	return files, nil
}

// diskTree is each path below a client's folder with its SHA-1.
func (s *stage) diskTree(client string) (map[string]string, error) {
	tree := map[string]string{}
	root := s.onDisk(client, "")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root || d.Name() == local.MarkerName {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			tree[rel] = folderMark
			return nil
		}
		data, err := os.ReadFile(path)
		tree[rel] = digest(data)
		return err
	})
	return tree, err
}

func (s *stage) portalTree(client string) map[string]string {
	tree := map[string]string{}
	for path, e := range s.portal.Tree(sandbox.Box) {
		rel, below := strings.CutPrefix(path, onPortal(client, "")+"/")
		switch {
		case !below:
		case e.Kind == "file":
			tree[rel] = e.SHA1
		default:
			tree[rel] = folderMark
		}
	}
	return tree
}

func digest(data []byte) string {
	sum := sha1.Sum(data)
	return hex.EncodeToString(sum[:])
}
