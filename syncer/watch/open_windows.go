package watch

func openSystem() (source, error) {
	fsnotifyRecurses = true
	src, err := openNotify()
	if err != nil {
		return nil, err
	}
	return newRecursive(src), nil
}
