"""The calls of the kernel that an answer has no use for, refused by a small program that bubblewrap hands to it.

Namespaces decide what can be seen; this makes the kernel itself smaller. It holds what a process could use against its
neighbours (tracing, keys), what often had holes (io_uring, bpf, userfaultfd, perf), what makes or enters namespaces and
mounts, what only root may do anyway, and every socket: some kinds, as AF_VSOCK, know no network namespace.

The program is a list of instructions of classic BPF (`man 2 seccomp`): load a word of the call, compare, return.
"""

import os
import platform
import struct

DENIED = {  # name: (number on x86-64, number on aarch64), from the kernel's tables, which never change
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
}
CLONE, CLONE3 = (56, 220), 435
NEW_NAMESPACES = (
    0x7E020000  # the flags CLONE_NEW... of clone; clone3 hides its flags, so that libraries must do without
)
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of the numbers above, the kernel's name
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16  # where they stand in what the program looks at
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
OTHER_ABI = 0x40000000  # numbers from here on are x86-64's x32, another door to the same calls


def is_known():
    """Return whether there is a filter for this machine."""
    return platform.machine() in MACHINES


def program():
    """Return the filter as bytes."""
    column, machine = MACHINES[platform.machine()]
    lines = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, machine), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    lines += [(AT_LEAST, 0, 1, OTHER_ABI), (RETURN, 0, 0, EPERM), (EQUAL, 0, 1, CLONE3), (RETURN, 0, 0, ENOSYS)]
    for numbers in DENIED.values():
        lines += [(EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, EPERM)]
    lines += [(EQUAL, 0, 3, CLONE[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (ANY_BIT, 0, 1, NEW_NAMESPACES)]
    lines += [(RETURN, 0, 0, EPERM), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def open_program():
    """Return a descriptor from which the filter can be read once. The caller closes it."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as file:
        file.write(program())
    return reader
