"""TLS: to clients, to shards, in a cluster; certificates that are asked for, refused and exchanged."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

import cluster_harness
import quipu_harness as harness
from access_harness import CertificateCase, Certificates, TlsClient, outside_address, redis_cli
from cluster_harness import Cluster
from quipu_harness import Client, Closed, Process, Redis, ReplyError, Server, pairs

EXPORT = os.path.join(harness.BIN, "quipu-export")


class Tls(CertificateCase):
    def serve_tls(self, *options):
        self.tls_port = harness.free_port()
        return self.serve("--tls-port", self.tls_port, *self.file_options(), *options)

    def connect(self, *args, **kwargs):
        client = TlsClient(self.tls_port, self.certificates, *args, **kwargs)
        self.addCleanup(client.close)
        return client

    def assert_turned_away(self, *args, **kwargs):
        """In TLS 1.3 a client learns so only when it reads."""
        with self.assertRaises((ssl.SSLError, ConnectionError, Closed)):
            self.connect(*args, **kwargs).call("PING")

    def test_client_certificates_are_asked_for(self):
        self.serve_tls()
        self.assertEqual(self.connect("client").call("PING"), b"PONG")
        self.assert_turned_away()
        self.assert_turned_away("alien")
        self.assertEqual(self.client().call("PING"), b"PONG")
        self.assertIn("(TLS)", self.server.process.log())

    def test_a_handshake_is_no_client_and_has_its_time(self):
        """Who says nothing is counted nowhere, takes no client's place, and is ended."""
        self.serve_tls("--tls-auth-clients", "no", "--maxclients", "4")
        admin = self.client()
        silent = [socket.create_connection(("127.0.0.1", self.tls_port)) for _ in range(4)]
        for connection in silent:
            self.addCleanup(connection.close)
        half = socket.create_connection(("127.0.0.1", self.tls_port))
        self.addCleanup(half.close)

        def accepted():
            stats = harness.info(admin, "stats")
            return int(stats["total_connections_received"]) + int(stats["rejected_connections"])

        self.server.wait_until(lambda: accepted() >= 6, "all are accepted, or turned away")
        clients = [self.client() for _ in range(3)]
        self.assertEqual([client.call("PING") for client in clients], [b"PONG"] * 3)
        self.assertEqual(harness.info(admin)["connected_clients"], "4")
        self.assertEqual(len(admin.call("CLIENT", "LIST").splitlines()), 4)
        for connection in silent:
            connection.settimeout(60)
            self.assertEqual(connection.recv(100), b"")
        clients.pop().close()
        self.server.wait_until(lambda: harness.info(admin)["connected_clients"] == "3", "one has left")
        last = self.connect()
        self.assertEqual(last.call("PING"), b"PONG")
        self.assertEqual(harness.info(admin)["connected_clients"], "4")
        with self.assertRaises((ReplyError, Closed, OSError)):
            self.connect().call("PING")
        last.close()
        self.server.wait_until(lambda: harness.info(admin)["connected_clients"] == "3", "it has left")
        self.assertEqual(self.connect().call("PING"), b"PONG")

    def test_client_certificates_are_not_asked_for(self):
        self.serve_tls("--tls-auth-clients", "no")
        self.assertEqual(self.connect().call("PING"), b"PONG")

    def test_client_certificates_are_optional(self):
        self.serve_tls("--tls-auth-clients", "optional")
        self.assertEqual(self.connect().call("PING"), b"PONG")
        self.assertEqual(self.connect("client").call("PING"), b"PONG")
        self.assert_turned_away("alien")

    def test_redis_cli(self):
        self.serve_tls("--user", "ann on >pw +ping +count dataset:current")
        cert = ("--cert", self.certificates.path("client.crt"), "--key", self.certificates.path("client.key"))
        tls = ("-p", self.tls_port, "--tls", "--cacert", self.certificates.path("ca.crt"))
        self.assertEqual(redis_cli(*tls, *cert, "ping"), "PONG")
        self.assertEqual(redis_cli(*tls, *cert, "hset", "profile_1", "a", "1"), "1")
        self.assertEqual(redis_cli(*tls, *cert, "--user", "ann", "--pass", "pw", "count", "from", "current"), "1")
        self.assertNotEqual(redis_cli(*tls, "ping"), "PONG")
        self.assertNotEqual(redis_cli("-p", self.server.port, "--tls", "--cacert", self.certificates.path("ca.crt"),
                                      "ping"), "PONG")

    def load(self, *args, text=None, status=0, env=None, program=harness.LOAD):
        words = [program, "--port", str(self.tls_port), "--tls", "--cacert", self.certificates.path("ca.crt"),
                 "--cert", self.certificates.path("client.crt"), "--cert-key", self.certificates.path("client.key"), *args]
        done = subprocess.run(words, input=text, stderr=subprocess.PIPE, cwd=self.dir, timeout=60,
                              env=dict(os.environ, **(env or {})))
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr.decode()

    def test_quipu_load_speaks_it_and_logs_in(self):
        self.serve_tls("--user", "loader on >pw +@all alldatasets ~*")
        self.client().call("CONFIG", "SET", "requirepass", "geheim")
        rows = b"key,sex\n1,female\n2,male\n"
        self.assertIn("NOAUTH", self.load("-", text=rows, status=1))
        self.assertIn("WRONGPASS", self.load("--user", "loader", "--pass", "wrong", "-", text=rows, status=1))
        self.load("-", text=rows, env={"REDISCLI_AUTH": "geheim"})
        self.load("--user", "loader", "-", text=b"key,sex\n3,male\n", env={"QUIPU_AUTH": "pw"})
        self.admin = self.client("geheim")
        self.assertEqual(self.admin.call("COUNT", "sex", "from", "current"), [[b"female", 1], [b"male", 2]])
        export = ["--dataset", "current", "--format", "csv", "-o", os.path.join(self.dir, "out.csv")]
        self.assertIn("NOAUTH", self.load(*export, status=1, program=EXPORT))
        self.load(*export, "--user", "loader", env={"QUIPU_AUTH": "pw"}, program=EXPORT)
        with open(os.path.join(self.dir, "out.csv")) as file:
            self.assertEqual(len(file.readlines()), 4)
        self.assertIn("--cert-file %s" % self.path("nothing"), self.load(
            "--cert", self.path("nothing"), "-", text=rows, status=1))

    def test_the_shell_speaks_it(self):
        self.serve_tls("--user", "ann on >pw +@all alldatasets ~*")
        words = [os.path.join(harness.BIN, "quipu"), "127.0.0.1:%d" % self.tls_port, "--user", "ann", "-c", "acl whoami"]
        trust = ["--tls", "--cacert", self.certificates.path("ca.crt")]
        shown = ["--cert", self.certificates.path("client.crt"), "--cert-key", self.certificates.path("client.key")]
        for args, status in ((trust + shown, 0), (trust, 1), ([], 1), (["--tls", "--cacert", self.path("nothing")], 2)):
            done = subprocess.run(words + args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=60, env=dict(os.environ, QUIPU_AUTH="pw"))
            self.assertEqual((done.returncode, done.stdout), (status, b"" if status else b'"ann"\n'), (args, done.stderr))

    def test_rows_are_copied_from_a_redis_that_speaks_it(self):
        port = harness.free_port()
        with Redis(options=("--tls-port", port, *self.file_options())) as origin:
            with origin.client() as client:
                client.pipeline([("HSET", "profile_%d" % i, "n", i % 3) for i in range(300)])
            self.serve_tls()
            self.client().call("CONFIG", "SET", "requirepass", "geheim")
            url = "rediss://localhost:%d" % port
            self.load("--from", url, env={"QUIPU_AUTH": "geheim"})
            self.admin = self.client("geheim")
            self.assertEqual(self.admin.call("COUNT", "n", "from", "current"), [[b"0", 100], [b"1", 100], [b"2", 100]])
            os.mkdir(self.path("others"))
            other = Certificates(self.path("others"))
            self.assertIn("TLS: ", self.load("--from", url, "--cacert", other.path("ca.crt"), "--pass", "geheim", status=1))

    def test_clients_in_cluster_mode_stay_with_tls(self):
        self.serve_tls("--cluster-announce-port", "17379", "--tls-auth-clients", "no")
        with self.connect() as client:
            self.assertEqual(client.call("CLUSTER", "SLOTS")[0][2][:2], [b"127.0.0.1", self.tls_port])
            node = pairs(pairs(client.call("CLUSTER", "SHARDS")[0])["nodes"][0])
            self.assertEqual((node["tls-port"], node.get("port")), (self.tls_port, None))
            client.call("CONFIG", "SET", "cluster-announce-tls-port", "17380")
            self.assertEqual(client.call("CLUSTER", "SLOTS")[0][2][1], 17380)
        with self.server.client() as plain:
            self.assertEqual(plain.call("CLUSTER", "SLOTS")[0][2][1], 17379)

    def test_plain_bytes_at_the_tls_port(self):
        self.serve_tls()
        plain = Client(("127.0.0.1", self.tls_port))
        self.addCleanup(plain.close)
        plain.send("PING")
        self.assertTrue(plain.is_closed())
        self.assertEqual(self.connect("client").call("PING"), b"PONG")

    def test_large_values_pipelines_and_counts(self):
        self.serve_tls()
        client = self.connect("client")
        value = os.urandom(3 << 20)
        client.call("SET", "large", value)
        self.assertEqual(client.call("GET", "large"), value)
        replies = client.pipeline([("HSET", "profile_%d" % i, "a", i % 7) for i in range(2000)])
        self.assertEqual(replies, [1] * 2000)
        self.assertEqual(client.call("COUNT", "a", "in", "[0,6]", "from", "current"),
                         [len(range(i, 2000, 7)) for i in range(7)])

    def test_protocols(self):
        self.serve_tls("--tls-protocols", "TLSv1.2")
        self.assertEqual(self.connect("client", versions=ssl.TLSVersion.TLSv1_2).call("PING"), b"PONG")
        self.assert_turned_away("client", versions=ssl.TLSVersion.TLSv1_3)

    def test_a_new_certificate_is_taken_while_running(self):
        self.serve_tls()
        before = self.connect("client")
        first = before.socket.getpeercert()["serialNumber"]
        self.certificates.sign("server")
        files = ("tls-cert-file", self.certificates.path("server.crt"), "tls-key-file",
                 self.certificates.path("server.key"))
        admin = self.client()
        self.assertEqual(self.connect("client").socket.getpeercert()["serialNumber"], first)
        self.assertEqual(admin.call("CONFIG", "SET", *files), b"OK")
        self.assertNotEqual(self.connect("client").socket.getpeercert()["serialNumber"], first)
        self.assertEqual(before.call("PING"), b"PONG")
        with self.assertRaises(ReplyError) as caught:
            admin.call("CONFIG", "SET", "tls-key-file", self.certificates.path("alien.key"))
        self.assertIn("is not the key of tls-cert-file", caught.exception.text)
        self.assertEqual(admin.call("CONFIG", "GET", "tls-key-file")[1], files[3].encode())
        self.assertEqual(self.connect("client").call("PING"), b"PONG")

    def test_a_new_certificate_is_taken_with_sighup(self):
        self.serve_tls()
        first = self.connect("client").socket.getpeercert()["serialNumber"]
        self.certificates.sign("server")
        self.server.process.popen.send_signal(signal.SIGHUP)
        self.server.wait_until(
            lambda: self.connect("client").socket.getpeercert()["serialNumber"] != first, "the new certificate")
        self.path("server.key", "no key\n")
        self.server.process.popen.send_signal(signal.SIGHUP)
        self.server.wait_until(lambda: "nothing has changed: tls-key-file" in self.server.process.log(), "an error")
        self.assertEqual(self.connect("client").call("PING"), b"PONG")

    def test_nowhere_to_listen(self):
        done = subprocess.run([harness.SERVER, "--port", "0", "--dir", self.path("data")], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, universal_newlines=True, timeout=60)
        self.assertIn("nowhere to listen", done.stderr)

    def test_mistakes_stop_the_start(self):
        port = harness.free_port()
        self.assertIn("tls-port needs tls-cert-file and tls-key-file", self.serve_fails("--tls-port", port))
        options = self.file_options()
        options[1] = self.path("missing.crt")
        self.assertIn("missing.crt: No such file or directory", self.serve_fails("--tls-port", port, *options))

    def test_protected_mode_is_told_within_tls(self):
        address = outside_address()
        if not address:
            self.skipTest("this machine has only loopback addresses")
        self.serve_tls("--bind", "127.0.0.1", address)
        context = ssl.create_default_context(cafile=self.certificates.path("ca.crt"))
        context.load_cert_chain(self.certificates.path("client.crt"), self.certificates.path("client.key"))
        context.check_hostname = False
        client = Client((address, self.tls_port))
        self.addCleanup(client.close)
        client.socket = context.wrap_socket(client.socket)
        self.assertEqual(client.read().code, "DENIED")
        self.assertTrue(client.is_closed())


class TlsRedis:
    """A redis-server that speaks TLS alone, asks for a certificate, and wants a user and a password."""

    def __init__(self, certificates):
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-redis-")
        self.port = harness.free_port()
        path = certificates.path
        self.process = Process(
            ["redis-server", "--port", "0", "--tls-port", str(self.port), "--tls-cert-file", path("server.crt"),
             "--tls-key-file", path("server.key"), "--tls-ca-cert-file", path("ca.crt"), "--save", "",
             "--dir", self.dir, "--user", "default", "off", "--user", "quipu", "on", ">shard pw", "~*", "&*", "+@all"],
            os.path.join(self.dir, "redis.log"))

    def close(self):
        self.process.popen.terminate()
        self.process.popen.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Shards(CertificateCase):
    """TLS and a login to the shards."""

    def serve_shards(self, *options):
        redis = TlsRedis(self.certificates)
        self.addCleanup(redis.close)
        self.server = Server(shard_words=["static", "127.0.0.1:%d" % redis.port],
                             options=["--shard-tls", "yes", "--shard-user", "quipu", "--shard-password", "shard pw",
                                      *self.file_options("shard-tls-", "client"), *options])
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.stop)
        return self.server

    def test_rows_and_counts(self):
        self.serve_shards().wait_counting()
        client = self.client()
        self.assertEqual(client.call("HSET", "profile_1", "a", "1"), 1)
        self.assertEqual(client.call("COUNT", "from", "current"), 1)
        self.assertEqual(client.call("SET", "k", "v"), b"OK")
        self.assertEqual(client.call("CONFIG", "GET", "shard-password"), [b"shard-password", b"********"])
        self.assertNotIn("shard pw", self.server.process.log())

    def test_a_shard_that_the_authority_does_not_vouch_for_is_refused(self):
        self.serve_shards("--shard-tls-ca-cert-file", self.certificates.path("alien.crt"))
        self.assert_down("certificate verify failed")

    def test_a_wrong_password_is_said(self):
        self.serve_shards("--shard-password", "wrong")
        self.assert_down("WRONGPASS")

    def assert_down(self, why):
        with self.assertRaises(ReplyError) as caught:
            self.client().call("COUNT", "from", "current")
        self.assertEqual(caught.exception.code, "SHARDDOWN")
        self.assertIn(why, caught.exception.text)


class ClusterOverTls(CertificateCase):
    """A Redis Cluster whose nodes speak TLS alone, with clients and with each other."""

    def test_counts_slots_that_move_and_a_master_that_is_lost(self):
        path = self.certificates.path
        options = ["--port", "0", "--tls-cluster", "yes", "--tls-replication", "yes", "--tls-cert-file", path("server.crt"),
                   "--tls-key-file", path("server.key"), "--tls-ca-cert-file", path("ca.crt")]

        def connect(port, timeout):
            return TlsClient(port, self.certificates, "client", timeout=timeout)

        with Cluster(masters=3, replicas=1, node_timeout_ms=1000, options=options, connect=connect) as cluster:
            self.server = Server(3, shard_words=["cluster"] + cluster.seeds(),
                                 options=["--shard-tls", "yes", *self.file_options("shard-tls-", "client")])
            self.addCleanup(self.server.close)
            self.server.wait_counting()
            client = self.client()
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(600)])
            self.assertEqual(client.call("QUERY", "count a in [0,2] from current"), [200, 200, 200])
            client.pipeline([("SET", "k%d" % i, i) for i in range(100)])
            slot = cluster_harness.slot_of("k7")
            target = next(node for node in cluster.masters() if node is not cluster.owner(slot))
            cluster.move_slot(slot, target)
            self.assertEqual(client.call("GET", "k7"), b"7")
            victim = cluster.owner(slot)
            cluster.wait_whole()
            victim.kill()
            cluster.wait_promoted(victim)
            self.assertEqual(client.call("GET", "k7"), b"7")
            self.assertEqual(client.call("QUERY", "count from current"), 600)
            self.server.stop()


if __name__ == "__main__":
    harness.main()
