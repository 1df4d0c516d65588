// hold keeps a pod's namespaces open and, given a number of bytes, that much memory in use, until it
// is told to stop. Without a number it is what Kubernetes calls the pause container.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	if len(os.Args) > 1 {
		if err := fill(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, "hold:", err)
			os.Exit(2)
		}
	}
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		reap()
	}
}

// fill maps memory and touches every page of it: only touched pages count as used.
func fill(text string) error {
	bytes, err := strconv.Atoi(text)
	if err != nil || bytes <= 0 {
		return fmt.Errorf("not a number of bytes: %q", text)
	}
	memory, err := syscall.Mmap(-1, 0, bytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return err
	}
	for at := 0; at < len(memory); at += os.Getpagesize() {
		memory[at] = 1
	}
	fmt.Println("holding", bytes, "bytes")
	return nil
}

// reap collects what ended in a pod that shares its process namespace.
func reap() {
	for {
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
			return
		}
	}
}
