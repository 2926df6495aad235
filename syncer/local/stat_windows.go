package local

import (
	"encoding/binary"
	"strconv"
	"unsafe"

	"golang.org/x/sys/windows"
)

// basicInfo is FILE_BASIC_INFO. Times are in units of 100 ns since 1601.
type basicInfo struct {
	created, accessed, written, changed int64
	attributes, _                       uint32
}

// tagInfo is FILE_ATTRIBUTE_TAG_INFO.
type tagInfo struct{ attributes, tag uint32 }

func getInfo(h windows.Handle, class uint32, p unsafe.Pointer, size uintptr) error {
	return windows.GetFileInformationByHandleEx(h, class, (*byte)(p), uint32(size))
}

// nanosOf turns a time of Windows into Unix nanoseconds.
func nanosOf(t int64) int64 {
	ft := windows.Filetime{LowDateTime: uint32(t), HighDateTime: uint32(t >> 32)}
	return ft.Nanoseconds()
}

func index(info *windows.ByHandleFileInformation) uint64 {
	return uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)
}

// stat describes an open file.
func (d *osDisk) stat(h windows.Handle) (Info, error) {
	var by windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(h, &by); err != nil {
		return Info{}, err
	}
	var basic basicInfo
	if err := getInfo(h, windows.FileBasicInfo, unsafe.Pointer(&basic), unsafe.Sizeof(basic)); err != nil {
		return Info{}, err
	}
	var tag tagInfo
	if basic.attributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0 {
		if err := getInfo(h, windows.FileAttributeTagInfo, unsafe.Pointer(&tag), unsafe.Sizeof(tag)); err != nil {
			return Info{}, err
		}
	}
	size := int64(by.FileSizeHigh)<<32 | int64(by.FileSizeLow)
	info := d.info(basic, tag.tag, size, index(&by))
	info.Links = int(by.NumberOfLinks)
	return info, nil
}

// info is what a listing and an open file tell alike.
func (d *osDisk) info(basic basicInfo, tag uint32, size int64, index uint64) Info {
	info := Info{
		Kind:  kindOf(basic.attributes, tag),
		MTime: nanosOf(basic.written),
		CTime: nanosOf(basic.changed),
		Links: 1,
		Mode:  0o666,
	}
	if basic.changed == 0 {
		info.CTime = 0
	}
	if info.Kind == File || info.Kind == Placeholder {
		info.Size = size
	}
	if basic.attributes&windows.FILE_ATTRIBUTE_READONLY != 0 {
		info.Mode = 0o444
	}
	if index != 0 { // NTFS counts the uses of a number within it; a time of creation is made up by many servers
		info.FileID = d.serial + "-" + strconv.FormatUint(index, 36)
	}
	return info
}

const (
	recall        = windows.FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS | windows.FILE_ATTRIBUTE_RECALL_ON_OPEN
	tagCloud      = 0x9000001A // IO_REPARSE_TAG_CLOUD; bits 12 to 15 tell the provider's variant
	tagCloudMask  = 0xFFFF0FFF
	tagDeduplicat = 0x80000013 // IO_REPARSE_TAG_DEDUP: an ordinary file to all programs
)

func kindOf(attributes, tag uint32) Kind {
	plain := File
	if attributes&windows.FILE_ATTRIBUTE_DIRECTORY != 0 {
		plain = Dir
	}
	switch {
	case attributes&recall != 0:
		return Placeholder
	case attributes&windows.FILE_ATTRIBUTE_REPARSE_POINT == 0, tag&tagCloudMask == tagCloud, tag == tagDeduplicat:
		return plain
	case tag == windows.IO_REPARSE_TAG_SYMLINK, tag == windows.IO_REPARSE_TAG_MOUNT_POINT:
		return Symlink
	}
	return Other
}

// Offsets in FILE_ID_BOTH_DIR_INFO.
const (
	offNext, offCreated, offSize, offAttributes, offNameLen, offTag, offID, offName = 0, 8, 40, 56, 60, 64, 96, 104
)

// ReadDir lists the directory, with file ids, without opening a file, and again if it changed meanwhile.
//
// BUG(local): Windows brings the size and time of a file that a program is writing up to date in a listing only when it is
// closed; until then the file looks as before, and Hash, which asks the open file, says that it changed.
func (d *osDisk) ReadDir(p Path) ([]Named, error) {
	for range 3 {
		h, err := d.nt(p, windows.FILE_LIST_DIRECTORY|windows.FILE_READ_ATTRIBUTES, shareAll, windows.FILE_OPEN, windows.FILE_DIRECTORY_FILE)
		if err != nil {
			return nil, d.fail("readdir", p, err)
		}
		list, steady, err := d.readDir(h)
		windows.CloseHandle(h)
		if err != nil || steady {
			return list, d.fail("readdir", p, err)
		}
	}
	return nil, d.fail("readdir", p, ErrChanged)
}

func (d *osDisk) readDir(h windows.Handle) (list []Named, steady bool, err error) {
	before, err := d.stat(h)
	if err != nil {
		return nil, false, err
	}
	if before.Kind == Symlink {
		return nil, false, ErrLink
	}
	buf := make([]uint64, 8<<10)
	for {
		err := getInfo(h, windows.FileIdBothDirectoryInfo, unsafe.Pointer(&buf[0]), uintptr(len(buf)*8))
		if err == windows.ERROR_NO_MORE_FILES {
			break
		}
		if err != nil {
			return nil, false, err
		}
		list = d.appendEntries(list, unsafe.Slice((*byte)(unsafe.Pointer(&buf[0])), len(buf)*8))
	}
	sortNamed(list)
	after, err := d.stat(h)
	return list, before.MTime == after.MTime && before.CTime == after.CTime, err
}

func (d *osDisk) appendEntries(list []Named, b []byte) []Named {
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	i64 := func(at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }
	for {
		name := make([]uint16, u32(offNameLen)/2)
		for i := range name {
			name[i] = binary.LittleEndian.Uint16(b[offName+2*i:])
		}
		if s := windows.UTF16ToString(name); s != "." && s != ".." {
			basic := basicInfo{i64(offCreated), 0, i64(offCreated + 16), i64(offCreated + 24), u32(offAttributes), 0}
			list = append(list, Named{Name: s, Info: d.info(basic, u32(offTag), i64(offSize), uint64(i64(offID)))})
		}
		if u32(offNext) == 0 {
			return list
		}
		b = b[u32(offNext):]
	}
}
