"""The socket of a supervisor, to which quipu-server tells how it goes (NOTIFY_SOCKET).

    with NotifySocket("/tmp/x/notify") as supervisor:
        ... start a server with NOTIFY_SOCKET=/tmp/x/notify ...
        supervisor.wait("RELOADING=1", "READY=1")
"""

import os
import socket
import time


class NotifySocket:
    def __init__(self, path):
        self.told = []
        if os.path.exists(path):
            os.unlink(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o666)
        self.socket.settimeout(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def wait(self, *wanted, timeout=60):
        """Until datagrams with these lines have come, one behind the other. Returns the last of them."""
        until = time.monotonic() + timeout
        for line in wanted:
            while True:
                if time.monotonic() > until:
                    raise AssertionError("not told: %s; told: %r" % (line, self.told))
                try:
                    text = self.socket.recv(4096).decode()
                except socket.timeout:
                    continue
                self.told.append(text)
                if line in text.splitlines():
                    break
        return text
