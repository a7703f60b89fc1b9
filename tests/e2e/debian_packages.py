"""The Debian packages of this checkout, for the tests that install them.

    directory = new_directory()
    found_or_built(directory)["quipu-server"]       the path of its .deb

QUIPU_DEBS=/tmp/debs takes packages that were built before: *.deb and *.changes there.
"""

import glob
import os
import re
import shutil
import subprocess
import sys

from quipu_harness import BIN, ROOT

NAMES = ("quipu-module", "quipu-server", "quipu-tools")
OLD_VERSION = "0.1.99"
PROGRAMS = ("dpkg-buildpackage", "dh")
CTEST_SKIPPED = 77


def run(words, **options):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise AssertionError("%s: exit status %d\n%s" % (" ".join(words), done.returncode, output[-6000:]))
    return output


def missing(programs, root, name):
    """What a test of packages needs and is not here; None: all is."""
    if os.geteuid() != 0:
        return "root"
    for program in (*PROGRAMS, *programs):
        if not shutil.which(program):
            return program
    return None if os.path.isdir(root) else name


def skip_without(programs, root, name):
    """Ends the program, where one of these programs or the root that packages are installed into is missing."""
    found = missing(programs, root, name)
    if found:
        print("skipped: there is no %s here" % found)
        sys.exit(CTEST_SKIPPED)


def new_directory():
    """Empty. Always the same one, so that ccache knows the files."""
    directory = os.path.join(BIN, "packages")
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    return directory


def found_or_built(directory):
    """{name: the path of its .deb}."""
    if os.environ.get("QUIPU_DEBS"):
        run(["cp", "-a", "-t", directory, *glob.glob(os.path.join(os.environ["QUIPU_DEBS"], "*"))])
    else:
        build(directory)
    return {name: glob.glob(os.path.join(directory, name + "_*.deb"))[0] for name in NAMES}


def build(directory):
    """Of what git knows of, without optimisation: that takes a third of the time."""
    source = os.path.join(directory, "source")
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    os.makedirs(source)
    subprocess.run(["xargs", "-0", "cp", "-a", "--parents", "-t", source], cwd=ROOT, input=files, check=True)
    env = dict(os.environ, DEB_BUILD_OPTIONS="nocheck noopt noautodbgsym parallel=%d" % os.cpu_count())
    if shutil.which("ccache"):
        env["CMAKE_C_COMPILER_LAUNCHER"] = "ccache"
    run(["dpkg-buildpackage", "-us", "-uc", "-b"], cwd=source, env=env)


def older(deb, directory):
    """The same package as of an older version."""
    tree = os.path.join(directory, "older")
    run(["dpkg-deb", "-R", deb, tree])
    control = os.path.join(tree, "DEBIAN", "control")
    with open(control) as file:
        text = file.read()
    version = re.search(r"(?m)^Version: (.*)$", text).group(1)
    with open(control, "w") as file:
        file.write(re.sub(r"(?m)^Version: .*$", "Version: " + OLD_VERSION, text).replace("= %s)" % version, "= %s)" % OLD_VERSION))
    path = os.path.join(directory, os.path.basename(deb).replace(version, OLD_VERSION))
    run(["dpkg-deb", "--root-owner-group", "-b", tree, path])
    shutil.rmtree(tree)
    return path
