//go:build !linux

package pgdev

import (
	"os/exec"
	"syscall"
)

// namespaced has no counterpart outside Linux: its programs cannot start, and
// root becomes another user instead.
func namespaced() identity {
	id := ordinary()
	id.name = "root"
	return id
}

// overriding has no counterpart outside Linux.
func (id identity) overriding() (identity, bool) { return id, false }

// endWithParent does nothing: only Linux ends a program with its parent. After
// a kill -9 the server runs on, and the next start on its folder names it.
func endWithParent(*exec.Cmd, syscall.Signal) {}

// freeBytes is asked only for /dev/shm, which only Linux has.
func freeBytes(string) uint64 { return 0 }
