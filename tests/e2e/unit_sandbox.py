"""Starts a systemd unit's service in a root, in as much of its sandbox as can be had without systemd.

    with UnitProcess(Unit("/lib/systemd/system/quipu-server.service", root)) as process:
        process.supervisor.wait("READY=1")
        process.reload()

What is honoured: ExecStart, User, Group, UMask, WorkingDirectory, StateDirectory, RuntimeDirectory, LimitNOFILE; the
socket of Type=notify; ProtectSystem=strict with ReadWritePaths; NoExecPaths and ExecPaths, of which one that is named for
itself has nothing of what is said of /, as in systemd; PrivateTmp; ProcSubset and ProtectProc; an empty CapabilityBoundingSet; NoNewPrivileges; SystemCallFilter (its groups as systemd-analyze has them),
SystemCallArchitectures, MemoryDenyWriteExecute and RestrictAddressFamilies as one seccomp filter. Needs root.
"""

import collections
import ctypes
import errno
import glob
import os
import platform
import re
import resource
import signal
import struct
import subprocess
import traceback

from notify_socket import NotifySocket

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 22, 24, 38
CLONE_NEWNS, SECCOMP_MODE_FILTER, LAST_CAP = 0x00020000, 2, 40
MS_RDONLY, MS_NOSUID, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 8, 32, 4096, 16384, 1 << 18
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PROT_WRITE, PROT_EXEC = 2, 4
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


# ---- the filter of system calls ----


def syscall_numbers():
    made = subprocess.run(["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"], stdout=subprocess.PIPE, check=True)
    return {name: int(n) for name, n in re.findall(r"#define __NR_(\w+) (\d+)\n", made.stdout.decode())}


def syscall_group(name):
    """The calls of a group and of the groups in it."""
    if not name.startswith("@"):
        return {name}
    lines = subprocess.run(["systemd-analyze", "syscall-filter", name], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    words = [line.strip() for line in lines[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(syscall_group(word) for word in words))


def syscalls_allowed(filters):
    """The first list allows, those with ~ take away; @default is always there."""
    allowed = syscall_group("@default")
    for words in filters:
        calls = set().union(*(syscall_group(word) for word in words.lstrip("~").split()))
        allowed = allowed - calls if words.startswith("~") else allowed | calls
    return allowed


def bpf(code, jump_true, jump_false, k):
    return struct.pack("HBBI", code, jump_true, jump_false, k)


def load(offset):
    return bpf(0x20, 0, 0, offset)


def skip_unless(value, n=1):
    """Goes on where the word is the value, else n instructions further."""
    return bpf(0x15, 0, n, value)


def give(what):
    return bpf(0x06, 0, 0, what)


def seccomp_filter(unit):
    numbers, refused = syscall_numbers(), give(ERRNO | errno.EPERM)
    program = [load(4), bpf(0x15, 1, 0, AUDIT_ARCH[platform.machine()]), refused, load(0)]

    def when(name, instructions):
        """What is looked at for one call only. Each way through the instructions ends, or loads the number again."""
        program.extend([skip_unless(numbers[name], len(instructions) + 1), *instructions, load(0)])

    if unit.is_on("MemoryDenyWriteExecute"):
        both = PROT_WRITE | PROT_EXEC
        when("mmap", [load(16 + 2 * 8), bpf(0x54, 0, 0, both), skip_unless(both), refused])
        when("mprotect", [load(16 + 2 * 8), bpf(0x54, 0, 0, PROT_EXEC), skip_unless(PROT_EXEC), refused])
    families = [FAMILIES[word] for word in unit.one("RestrictAddressFamilies").split()]
    if families:
        known = [instruction for family in families for instruction in (skip_unless(family), give(ALLOW))]
        when("socket", [load(16), *known, give(ERRNO | errno.EAFNOSUPPORT)])
    for name in sorted(syscalls_allowed(unit.all("SystemCallFilter"))):
        if name in numbers:
            program += [skip_unless(numbers[name]), give(ALLOW)]
    return b"".join(program + [refused])


def check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))


def seccomp_enter(program):
    text = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(text))
    check(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    check(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0), "seccomp")


# ---- the unit ----


class Unit:
    """The [Service] section of a unit's file below a root."""

    def __init__(self, path, root):
        self.root, self.settings = root, collections.defaultdict(list)
        with open(root + path) as file:
            for line in file:
                found = re.match(r"(\w+)=(.*)", line.strip())
                if found:
                    self.settings[found.group(1)].append(found.group(2))

    def all(self, name):
        return self.settings[name]

    def one(self, name):
        return self.settings[name][-1] if self.settings[name] else ""

    def is_on(self, name):
        return self.one(name) in ("yes", "true")

    def paths(self, name):
        """Paths of all lines, without those that may be missing and are."""
        words = [word for line in self.all(name) for word in line.split()]
        return [word.lstrip("-") for word in words if not word.startswith("-") or os.path.exists(self.root + word[1:])]

    def user(self):
        """Its ids, from the root's own files."""
        with open(self.root + "/etc/passwd") as passwd:
            for line in passwd:
                fields = line.split(":")
                if fields[0] == self.one("User"):
                    return int(fields[2]), int(fields[3])
        raise AssertionError("the root has no user " + self.one("User"))

    def directories(self):
        """Those that systemd makes: {path: mode}."""
        return {top + self.one(kind + "Directory"): int(self.one(kind + "DirectoryMode") or "755", 8)
                for kind, top in (("State", "/var/lib/"), ("Runtime", "/run/")) if self.one(kind + "Directory")}


class UnitProcess:
    """The service: started, told of through its notify socket, and ended by its id."""

    def __init__(self, unit):
        self.unit = unit
        self.make_directories()
        notify_path = "/run/quipu-notify"
        self.supervisor = NotifySocket(unit.root + notify_path)
        self.log_path = unit.root + "/tmp/service.log"
        self.filter = seccomp_filter(unit) if platform.machine() in AUDIT_ARCH else None
        words = unit.one("ExecStart").split()
        env = {"NOTIFY_SOCKET": notify_path, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C"}
        try:
            with open(self.log_path, "ab") as log:
                self.popen = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self.enter, env=env)
        except subprocess.SubprocessError:
            self.supervisor.close()
            raise AssertionError(self.log())
        self.pid = self.popen.pid

    def make_directories(self):
        uid, gid = self.unit.user()
        for path, mode in self.unit.directories().items():
            os.makedirs(self.unit.root + path, exist_ok=True)
            os.chown(self.unit.root + path, uid, gid)
            os.chmod(self.unit.root + path, mode)

    def mount(self, source, target, kind, flags, data=None):
        text = [value.encode() if value else None for value in (source, target, kind)]
        check(LIBC.mount(*text, ctypes.c_ulong(flags), data.encode() if data else None), "mount " + target)

    def bind(self, path, flags):
        """The path below the root, once more in its place, with these flags."""
        path = self.unit.root + path
        self.mount(path, path, None, MS_BIND | MS_REC)
        self.mount(None, path, None, MS_REMOUNT | MS_BIND | MS_NOSUID | flags)

    def enter_mounts(self):
        unit, root = self.unit, self.unit.root
        check(LIBC.unshare(CLONE_NEWNS), "unshare")
        self.mount(None, "/", None, MS_REC | MS_PRIVATE)
        is_strict = unit.one("ProtectSystem") == "strict"
        no_exec = {path: MS_NOEXEC for path in unit.paths("NoExecPaths")}
        self.bind("/", (MS_RDONLY if is_strict else 0) | no_exec.get("/", 0))
        for path in unit.paths("ReadWritePaths") + list(unit.directories()):
            self.bind(path, no_exec.get(path, 0))
        for path in unit.paths("ExecPaths") if "/" in no_exec else []:
            real = "/" + os.path.relpath(os.path.realpath(root + path), root)
            self.bind(real, 0)
        self.mount("/dev", root + "/dev", None, MS_BIND | MS_REC)
        proc = {"ProcSubset": "subset", "ProtectProc": "hidepid"}
        data = ",".join("%s=%s" % (option, unit.one(name)) for name, option in proc.items() if unit.one(name))
        self.mount("proc", root + "/proc", "proc", MS_NOSUID | MS_NOEXEC, data or None)
        if unit.is_on("PrivateTmp"):
            self.mount("tmpfs", root + "/tmp", "tmpfs", MS_NOSUID | no_exec.get("/tmp", 0))

    def enter(self):
        """In the child, before the program. What fails is in the log."""
        try:
            self.enter_sandbox()
        except BaseException:
            os.write(2, traceback.format_exc().encode())
            raise

    def enter_sandbox(self):
        unit = self.unit
        uid, gid = unit.user()
        self.enter_mounts()
        os.chroot(unit.root)
        os.chdir(unit.one("WorkingDirectory") or "/")
        os.umask(int(unit.one("UMask") or "022", 8))
        if unit.one("LimitNOFILE"):
            limit = min(int(unit.one("LimitNOFILE")), resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # in a container there may be fewer
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        if unit.all("CapabilityBoundingSet") == [""]:
            for capability in range(LAST_CAP + 1):
                LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        if self.filter:
            seccomp_enter(self.filter)

    def reload(self):
        """ExecReload."""
        os.kill(self.pid, signal.SIGHUP)

    def stop(self):
        """SIGTERM for the main process, as by KillMode=mixed. Returns its exit status."""
        self.popen.terminate()
        return self.popen.wait(60)

    def children(self):
        found = []
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path) as stat:
                    fields = stat.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == self.pid and fields[0] != "Z":
                found.append(int(path.split("/")[2]))
        return sorted(found)

    def status(self, pid):
        """/proc/PID/status as a dict."""
        with open("/proc/%d/status" % pid) as status:
            return dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return "\n".join(log.read().splitlines()[-60:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(30)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self.supervisor.close()
