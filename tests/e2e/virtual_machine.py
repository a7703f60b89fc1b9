"""A virtual machine with Debian's kernel and systemd, and commands that run in it as root.

    with VirtualMachine(root, directory) as machine:
        machine.run("systemctl is-active quipu-server")     "active\\n"; another exit status than 0 is a failure
        machine.reboot()

    root/  ------------- mke2fs -d ----->  directory/disk  ---+
    root/boot/vmlinuz-*, initrd.img-*  -----------------------+-->  qemu-system-x86_64
    this process  <-- directory/port, a virtio port of the machine -->  AGENT, a service there

The processor is emulated, so that it runs where there is no KVM, too. The machine has no network but its loopback. What
its kernel prints is in directory/console.
"""

import base64
import glob
import os
import socket
import subprocess
import time

PROGRAMS = ("qemu-system-x86_64", "mke2fs")
START_TIMEOUT_S = 600
RUN_TIMEOUT_S = 600

# A line that comes is a script in base64. The line that goes back is its exit status and its output in base64.
AGENT = """#!/bin/bash
port=/dev/virtio-ports/quipu-test
until [ -e "$port" ]; do
    sleep 0.1
done
exec 3<>"$port"
echo ready >&3
while read -r -u 3 script; do
    bash -c "$(base64 -d <<<"$script")" >/run/test-agent.output 2>&1 3>&- </dev/null
    echo "$? $(base64 -w 0 /run/test-agent.output)" >&3
done
"""
AGENT_PATH = "/usr/local/sbin/test-agent"
# KillMode: what a script leaves behind runs on.
AGENT_UNIT = """[Service]
ExecStart=%s
KillMode=process
[Install]
WantedBy=multi-user.target
""" % AGENT_PATH


class VirtualMachine:
    """Makes a disk of the root, to which it adds the agent, and boots it."""

    def __init__(self, root, directory, disk_bytes=2 << 30):
        self.console_path = os.path.join(directory, "console")
        port, disk = os.path.join(directory, "port"), os.path.join(directory, "disk")
        add_agent(root)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, disk, "%dk" % (disk_bytes >> 10)], check=True)
        self.received = b""
        self.popen = subprocess.Popen(
            ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024",
             "-nodefaults", "-no-user-config", "-display", "none", "-serial", "file:" + self.console_path,
             "-kernel", only(root + "/boot/vmlinuz-*"), "-initrd", only(root + "/boot/initrd.img-*"),
             "-append", "root=/dev/vda rw console=ttyS0 panic=-1",
             "-drive", "file=%s,format=raw,if=virtio,cache=unsafe" % disk,
             "-device", "virtio-serial", "-chardev", "socket,id=port,path=%s,server=on,wait=off" % port,
             "-device", "virtserialport,chardev=port,name=quipu-test"],
            stdin=subprocess.DEVNULL)
        try:
            self.socket = self.connect(port)
            self.wait_ready()
        except BaseException:
            self.close()
            raise

    def connect(self, port):
        until = time.monotonic() + START_TIMEOUT_S
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(port)
                return connection
            except OSError:
                connection.close()
                if self.popen.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def line(self, timeout):
        until = time.monotonic() + timeout
        while b"\n" not in self.received:
            self.socket.settimeout(max(until - time.monotonic(), 0.001))
            try:
                data = self.socket.recv(1 << 16)
            except socket.timeout:
                data = b""
            if not data:
                raise AssertionError("the machine does not answer; its console:\n" + self.console())
            self.received += data
        line, self.received = self.received.split(b"\n", 1)
        return line.decode()

    def wait_ready(self):
        while self.line(START_TIMEOUT_S) != "ready":
            pass

    def send(self, script):
        self.socket.sendall(base64.b64encode(script.encode()) + b"\n")

    def run(self, script, status=0):
        """What the script of bash prints, standard error as well. Fails if it ends in another way; None: in any way."""
        self.send(script)
        found, output = self.line(RUN_TIMEOUT_S).split(" ")
        output = base64.b64decode(output).decode("utf-8", "replace")
        if status is not None and int(found) != status:
            raise AssertionError("%s: exit status %s, not %d\n%s" % (script, found, status, output))
        return output

    def reboot(self):
        self.send("systemctl reboot")
        self.wait_ready()

    def console(self):
        with open(self.console_path, errors="replace") as console:
            return "\n".join(console.read().splitlines()[-40:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Without a shutdown: the disk is for this machine alone."""
        self.popen.kill()
        self.popen.wait()
        if hasattr(self, "socket"):
            self.socket.close()


def only(pattern):
    paths = glob.glob(pattern)
    assert len(paths) == 1, "%s: %r" % (pattern, paths)
    return paths[0]


def add_agent(root):
    unit, wants = "/etc/systemd/system/test-agent.service", "/etc/systemd/system/multi-user.target.wants"
    hosts = "127.0.0.1 localhost\n::1 localhost\n"
    for path, text, mode in ((AGENT_PATH, AGENT, 0o755), (unit, AGENT_UNIT, 0o644), ("/etc/hosts", hosts, 0o644)):
        with open(root + path, "w") as file:
            file.write(text)
        os.chmod(root + path, mode)
    os.makedirs(root + wants, exist_ok=True)
    os.symlink(unit, root + wants + "/test-agent.service")
