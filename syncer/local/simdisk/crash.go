package simdisk

import "math/rand/v2"

// Crash stops the machine and starts it again: what was not made durable is kept or lost by chance, each change by itself.
// Handles opened before are dead. What the user did is durable.
func (d *Disk) Crash(r *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.life++
	d.commitSome(r)
	d.pending = nil
	seen := map[*node]bool{}
	for _, root := range d.areas {
		d.reload(root, r, seen)
	}
	d.reload(d.held, r, seen)
	d.used = 0
	for n := range seen {
		d.used += int64(len(n.now.data))
	}
}

// commitSome keeps a random part of the pending changes: none that builds on a forgotten one.
func (d *Disk) commitSome(r *rand.Rand) {
	var lost []*change
	kept := map[*change]bool{}
next:
	for _, c := range d.pending {
		for _, l := range lost {
			if d.buildsOn(c, l) {
				lost = append(lost, c)
				continue next
			}
		}
		if r.IntN(2) == 0 {
			lost = append(lost, c)
			continue
		}
		kept[c] = true
	}
	d.commit(func(c *change) bool { return kept[c] })
}

func (d *Disk) reload(n *node, r *rand.Rand, seen map[*node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	n.writers = 0
	if !n.synced && n.kids == nil {
		n.now = torn(n, r)
	}
	if r.IntN(2) == 0 {
		n.now.mtime, n.now.mode = n.durable.mtime, n.durable.mode
	}
	n.sync()
	if n.kids == nil {
		return
	}
	n.kids = map[string]dirent{}
	for key, e := range n.lasting {
		n.kids[key] = e
		d.reload(e.node, r, seen)
	}
}

// torn is what is left of an unsynced file.
func torn(n *node, r *rand.Rand) content {
	now := n.now
	switch r.IntN(4) {
	case 0: // everything, by luck
	case 1:
		now = n.durable
	case 2: // the length, not the bytes
		now.data = make([]byte, len(now.data))
	case 3: // the beginning
		now.data = now.data[:r.IntN(len(now.data)+1)]
	}
	return now
}
