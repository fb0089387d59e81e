package pgdev

import (
	"os/exec"
	"syscall"
)

// namespacedUID is who root is inside the namespace: any number but 0 would do.
const namespacedUID = 65534

// namespaced runs programs of root in a user namespace where root's id reads as
// an ordinary user's. To the file system they are root still.
func namespaced() identity {
	return identity{
		name: "root in a user namespace",
		attr: func() *syscall.SysProcAttr {
			return &syscall.SysProcAttr{
				Cloneflags:  syscall.CLONE_NEWUSER,
				UidMappings: []syscall.SysProcIDMap{{ContainerID: namespacedUID, HostID: 0, Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{ContainerID: namespacedUID, HostID: 0, Size: 1}},
			}
		},
		uid: -1, gid: -1,
	}
}

// capDACOverride is CAP_DAC_OVERRIDE of linux/capability.h.
const capDACOverride = 1

// overriding is a user that root becomes, with root's right to pass every
// folder kept: for programs and data below a home that is root's alone.
func (id identity) overriding() (identity, bool) {
	plain := id.attr
	id.name += ", passing closed folders"
	id.attr = func() *syscall.SysProcAttr {
		attr := plain()
		attr.AmbientCaps = []uintptr{capDACOverride}
		return attr
	}
	return id, true
}

// endWithParent makes the kernel send sig to the program when the thread that
// starts it ends.
func endWithParent(cmd *exec.Cmd, sig syscall.Signal) {
	cmd.SysProcAttr.Pdeathsig = sig
}

// freeBytes is the room that a file system has for this user, 0 where it
// cannot be told.
func freeBytes(path string) uint64 {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil || st.Bsize <= 0 {
		return 0
	}
	return st.Bavail * uint64(st.Bsize)
}
