# SPDX-License-Identifier: Apache-2.0
"""A system call that a running process makes against its will, as an attacker within would."""

import ctypes
import os
import platform

NUMBERS = {"getpid": 39, "socket": 41, "execve": 59, "ptrace": 101, "openat": 257}  # x86_64
IS_KNOWN_MACHINE = platform.machine() == "x86_64"

GET_REGISTERS, SET_REGISTERS, DETACH, NEXT_CALL, SEIZE, INTERRUPT = 12, 13, 17, 24, 0x4206, 0x4207
# The places of the registers in struct user_regs_struct.
N_REGISTERS, R10, RAX, RDX, RSI, RDI, ORIG_RAX, RIP = 27, 7, 10, 12, 13, 14, 15, 16
SYSCALL_LEN = 2  # bytes of the instruction


def ptrace(request, pid, data=None):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def registers_of(pid):
    registers = (ctypes.c_ulonglong * N_REGISTERS)()
    ptrace(GET_REGISTERS, pid, ctypes.addressof(registers))
    return registers


def run_to_next_call(pid):
    """To where that begins or ends; what waitpid says."""
    ptrace(NEXT_CALL, pid)
    return os.waitpid(pid, 0)[1]


def signal_that_ends(pid, name, *arguments):
    """The process makes this call in place of its next one. The number of the signal that ends it
    for that; None: it got its result, and goes on as if nothing had been."""
    ptrace(SEIZE, pid)
    ptrace(INTERRUPT, pid)
    os.waitpid(pid, 0)
    run_to_next_call(pid)
    registers = registers_of(pid)
    own = registers_of(pid)
    registers[ORIG_RAX] = NUMBERS[name]
    for place, value in zip((RDI, RSI, RDX, R10), arguments):
        registers[place] = value
    ptrace(SET_REGISTERS, pid, ctypes.addressof(registers))
    run_to_next_call(pid)  # the result: it is there even where the process is to end for it
    own[RAX] = own[ORIG_RAX]
    own[RIP] -= SYSCALL_LEN
    ptrace(SET_REGISTERS, pid, ctypes.addressof(own))
    how = run_to_next_call(pid)
    if os.WIFSIGNALED(how):
        return os.WTERMSIG(how)
    ptrace(DETACH, pid)
    return None
