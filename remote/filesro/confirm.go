package filesro

import (
	"context"

	"dossier/remote"
)

// Confirm takes the trash for a witness. An item that is neither there nor in its folder, though the folder can be read, is gone
// as well as can be told; that takes two looks (Features.Looks). What is in no folder that is shown is not known to be gone.
func (d *Driver) Confirm(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	if err := checkID(last.ID); err != nil {
		return remote.Absence{}, err
	}
	now, there, err := d.still(ctx, last)
	switch {
	case isGone(err):
	case err != nil:
		return remote.Absence{}, err
	case there:
		return remote.Absence{Now: &now}, nil
	}
	trashed, binErr := d.inTrash(ctx, home, last.ID)
	switch {
	case binErr != nil:
		return remote.Absence{}, binErr
	case trashed:
		return remote.Absence{Gone: true, Trash: true, Why: "in the trash"}, nil
	case err != nil:
		return d.withFolder(ctx, last)
	}
	return d.purged(ctx, last)
}

// withFolder is the word on an item whose folder is not shown: it may have gone to the trash with it.
func (d *Driver) withFolder(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	if last.Parent != "" && last.Parent != home {
		trashed, err := d.inTrash(ctx, last.Parent, last.ID)
		switch {
		case err != nil && !isGone(err):
			return remote.Absence{}, err
		case trashed:
			return remote.Absence{Gone: true, Trash: true, Why: "in the trash, with its folder"}, nil
		}
	}
	return unseen("the portal shows neither it nor the folder it was in"), nil
}

// unseen is the word on an item of which nothing is known: it is not gone, as far as can be told.
func unseen(why string) remote.Absence { return remote.Absence{Why: why} }

// still looks for an item among the folders, or in the folder where it was. An error of code NotFound is about that folder.
func (d *Driver) still(ctx context.Context, last remote.Entry) (remote.Entry, bool, error) {
	if last.Kind != remote.Folder {
		return d.stillFile(ctx, last)
	}
	t, err := d.tree(ctx)
	if err != nil {
		return remote.Entry{}, false, err
	}
	e, ok := t.folders[last.ID]
	if !ok && !t.has(last.Parent) {
		return e, false, notFound("list", last.Parent, "it is not among the folders")
	}
	return e, ok, nil
}

func (d *Driver) stillFile(ctx context.Context, last remote.Entry) (remote.Entry, bool, error) {
	s, known := d.seen.of(last.ID)
	if last.Parent == "" && !known {
		return remote.Entry{}, false, notFound("list", last.ID, "nobody knows where it was")
	}
	if known && s.parent != last.Parent {
		e, ok, err := d.lookIn(ctx, s.parent, last.ID) // it was seen elsewhere since
		if ok || err != nil && !isGone(err) || last.Parent == "" {
			return e, ok, err
		}
	}
	return d.lookIn(ctx, last.Parent, last.ID)
}

// purged is the word on an item that is neither in its folder nor in the trash. Where all files are listed, they are asked as
// well: a folder that was destroyed may have left its files behind, and a file may just have moved.
func (d *Driver) purged(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	const why = "neither in its folder, which can be read, nor in the trash"
	if !d.assumed.latest {
		return remote.Absence{Gone: true, Why: why}, nil
	}
	files, err := d.latest(ctx)
	if err != nil {
		return remote.Absence{}, err
	}
	for _, i := range files {
		parent, _ := i.parent()
		if i.ID == text(last.ID) && !i.trashed() {
			return d.elsewhere(ctx, i.entry(parent))
		}
		if parent == last.ID && !i.trashed() {
			return unseen("the portal does not show it, but files that lie in it"), nil
		}
	}
	return remote.Absence{Gone: true, Why: why + ", nor among all files"}, nil
}

// elsewhere is the word on a file that is among all files: it is there only if its folder is shown.
func (d *Driver) elsewhere(ctx context.Context, e remote.Entry) (remote.Absence, error) {
	t, err := d.tree(ctx)
	switch {
	case err != nil:
		return remote.Absence{}, err
	case !t.has(e.Parent):
		return unseen("the portal has it, but shows no folder that it lies in"), nil
	}
	return remote.Absence{Now: &e}, nil
}
