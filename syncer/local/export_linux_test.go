package local

// UseFallbacks makes the disk do without the calls that old kernels and some file systems lack.
func UseFallbacks(disk Disk) (restore func()) {
	d := disk.(*osDisk)
	noOpenat2.Store(true)
	d.linkOnly.Store(true)
	return func() { noOpenat2.Store(false); d.linkOnly.Store(false) }
}
