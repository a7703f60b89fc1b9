"""What a query, a field name or a client may cost a shard that has quipu.so.

One ctest name, e2e_module_bounds; classes by subject: memory.
"""

import os
import shutil
import subprocess
import unittest

from module_harness import ModuleRedis
from quipu_harness import BIN, MODULE, ReplyError


def sanitized():
    with open(os.path.join(BIN, "CMakeCache.txt")) as cache:
        return "QUIPU_SANITIZE:BOOL=ON" in cache.read()


class BoundsCase(unittest.TestCase):
    words, options = (), ()

    def setUp(self):
        self.redis = ModuleRedis(*self.words, options=self.options)
        self.addCleanup(self.redis.close)
        self.client = self.redis.client()
        self.addCleanup(self.client.close)

    def call(self, *args):
        return self.client.call(*args)

    def assert_error(self, code, *args, contains=""):
        with self.assertRaises(ReplyError, msg="%.200r" % (args,)) as caught:
            self.call(*args)
        self.assertEqual(caught.exception.code, code, caught.exception.text)
        self.assertIn(contains, caught.exception.text)

    def info(self, name):
        text = self.call("INFO", "everything").decode()
        return next(line.split(":", 1)[1] for line in text.split("\r\n") if line.startswith(name + ":"))


class Memory(BoundsCase):
    @unittest.skipIf(sanitized(), "AddressSanitizer has to see each block")
    @unittest.skipUnless(shutil.which("nm"), "nm is not installed")
    def test_none_comes_past_redis(self):
        """Whatever allocates in quipu.so, is Redis' memory: there is no other function that it could call."""
        symbols = subprocess.run(["nm", "-D", "--undefined-only", MODULE], capture_output=True, text=True, check=True)
        used = {line.split()[-1].split("@")[0] for line in symbols.stdout.splitlines()}
        self.assertEqual(used & {"malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign", "strdup",
                                 "strndup", "getline", "asprintf", "vasprintf"}, set())


if __name__ == "__main__":
    unittest.main()
