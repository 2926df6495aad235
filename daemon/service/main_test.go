package service

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestMain is also the program that is run as a service: called as `dossier run --config FILE` is, it does as that does.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "run" && os.Args[2] == "--config" {
		if err := standIn(filepath.Dir(os.Args[3])); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// standIn lives until a signal and writes beside the configuration when it began and ended. It is stubborn if a file there says so.
func standIn(dir string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	if err := note(dir, "began", fmt.Sprintln(os.Getpid(), os.Getenv("HOME"))); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "it runs")
	if _, err := os.Stat(filepath.Join(dir, "faulty")); err == nil {
		return errors.New("a fault in the configuration")
	}
	<-signals
	if text, err := os.ReadFile(filepath.Join(dir, "slow")); err == nil {
		seconds, err := strconv.Atoi(string(text))
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(seconds) * time.Second) // what is under way takes its time
	}
	return note(dir, "ended", fmt.Sprintln(os.Getpid()))
}

func note(dir, name, line string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}
