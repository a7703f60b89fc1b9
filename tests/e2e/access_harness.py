"""What the tests of access stand on: a server per test, what is refused in which words, certificates."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest

import quipu_harness as harness
from quipu_harness import Client, ReplyError, Server

NOAUTH = "NOAUTH Authentication required."
WRONGPASS = "WRONGPASS invalid username-password pair or user is disabled."
NOKEY = "NOPERM this user has no permissions to access one of the keys used as arguments"


def no_command(name):
    return "NOPERM this user has no permissions to run the '%s' command" % name


def no_dataset(name):
    return "NOPERM this user has no permissions to access dataset '%s'" % name


def redis_cli(*args):
    """What redis-cli prints: standard output and error."""
    done = subprocess.run(
        ["redis-cli", "--no-auth-warning", *[str(arg) for arg in args]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=60,
    )
    return done.stdout.strip()


def outside_address():
    """An address of this machine that is not loopback, or None. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


class AccessCase(unittest.TestCase):
    """A server of its own for each test."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-access-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def path(self, name, text=None):
        path = os.path.join(self.dir, name)
        if text is not None:
            with open(path, "w") as file:
                file.write(text)
        return path

    def serve(self, *options, **kwargs):
        self.server = Server(1, options, **kwargs)
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.stop)  # in order, and without a leak
        return self.server

    def serve_fails(self, *options):
        """What a server says that does not start."""
        with self.assertRaises(AssertionError) as caught:
            Server(1, options)
        return str(caught.exception)

    def client(self, *login, **options):
        client = self.server.client(**options)
        self.addCleanup(client.close)
        if login:
            self.assertEqual(client.call("AUTH", *login), b"OK")
        return client

    def assert_refused(self, text, client, *args):
        with self.assertRaises(ReplyError, msg="%r" % (args,)) as caught:
            client.call(*args)
        self.assertEqual(caught.exception.text, text)


class Certificates:
    """An authority, and what it has signed, made by openssl in a directory."""

    def __init__(self, directory):
        self.dir = directory
        self._make("ca", "-x509", "-subj", "/CN=test authority")
        for name in ("server", "client"):
            self.sign(name)
        self._make("alien", "-x509", "-subj", "/CN=alien", "-addext", "subjectAltName=IP:127.0.0.1")

    def path(self, name):
        return os.path.join(self.dir, name)

    def _run(self, *args):
        subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)

    def _make(self, name, *args):
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
                  self.path(name + ".key"), "-out", self.path(name + ".crt"), *args)

    def sign(self, name, common_name="localhost"):
        """A new key and a certificate for it, good for 127.0.0.1."""
        extensions = self.path(name + ".ext")
        with open(extensions, "w") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                  self.path(name + ".key"), "-out", self.path(name + ".csr"), "-subj", "/CN=" + common_name)
        self._run("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path("ca.crt"), "-CAkey",
                  self.path("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out",
                  self.path(name + ".crt"))


class TlsClient(Client):
    """A connection with TLS by Python's ssl."""

    def __init__(self, port, certificates, show=None, versions=None, timeout=harness.REPLY_TIMEOUT_S):
        context = ssl.create_default_context(cafile=certificates.path("ca.crt"))
        if show:
            context.load_cert_chain(certificates.path(show + ".crt"), certificates.path(show + ".key"))
        if versions:
            context.minimum_version = context.maximum_version = versions
        super().__init__(("127.0.0.1", port), timeout=timeout)
        try:
            self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        except OSError:
            self.close()
            raise


class CertificateCase(AccessCase):
    def setUp(self):
        super().setUp()
        self.certificates = Certificates(self.dir)

    def file_options(self, prefix="tls-", name="server"):
        return ["--%scert-file" % prefix, self.certificates.path(name + ".crt"), "--%skey-file" % prefix,
                self.certificates.path(name + ".key"), "--%sca-cert-file" % prefix, self.certificates.path("ca.crt")]
