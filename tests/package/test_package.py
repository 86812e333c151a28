#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_package.py FOLDER WINE...: installs the .deb and the .zip of a folder into places of their
own, and runs what is there."""

import glob
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

PROJECT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CAPTURE = os.path.join(PROJECT, "pcaps", "certificate-expired", "capture.pcap")
FAULT = 1
FOLDER, WINE = None, []

# Microsoft's "Resource Types": what the file manager shows, and what the loader reads.
RT_ICON, RT_GROUP_ICON, RT_VERSION, RT_MANIFEST = 3, 14, 16, 24

# Every Windows 10 has these; a library of the building system would show here.
OF_WINDOWS = {"bcrypt.dll", "crypt32.dll", "kernel32.dll", "msvcrt.dll", "ws2_32.dll",
              "advapi32.dll", "iphlpapi.dll", "user32.dll", "shell32.dll"}


def run(*words, **how):
    return subprocess.run(words, capture_output=True, timeout=120, check=False, **how)


def resources(exe):
    """The types in an executable ("PE Format", The .rsrc Section)."""
    start, = struct.unpack_from("<I", exe, 0x3c)
    n_sections, optional_len = struct.unpack_from("<H12xH", exe, start + 6)
    for i in range(n_sections):
        name, place = struct.unpack_from("<8s12xI", exe, start + 24 + optional_len + 40 * i)
        if name.rstrip(b"\0") == b".rsrc":
            n_named, n_numbered = struct.unpack_from("<HH", exe, place + 12)
            first = place + 16 + 8 * n_named
            return {struct.unpack_from("<I", exe, first + 8 * n)[0] for n in range(n_numbered)}
    return set()


class Package(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.place)

    def only(self, ending):
        found = glob.glob(os.path.join(FOLDER, "*" + ending))
        self.assertEqual(len(found), 1, found)
        return found[0]

    def check_program(self, *program):
        said = run(*program, "--version").stdout.decode().split()
        self.assertEqual(said[0], "rdpath")
        self.assertIn(said[1], self.only(".zip"))
        self.assertIn(said[1], self.only(".deb"))
        done = run(*program, "analyze", "--format", "json", CAPTURE)
        self.assertEqual(done.returncode, FAULT, done.stderr)
        self.assertEqual(json.loads(done.stdout)["attempts"][0]["cause"]["id"],
                         "certificate-expired")


class Zip(Package):
    def unpacked(self):
        folder = os.path.join(self.place, "Programme ü")
        with zipfile.ZipFile(self.only(".zip")) as packed:
            tops = {name.split("/")[0] for name in packed.namelist()}
            packed.extractall(folder)
        self.assertEqual(tops, {os.path.basename(self.only(".zip")).removesuffix(".zip")})
        return os.path.join(folder, tops.pop())

    def test_runs(self):
        self.check_program(*WINE, os.path.join(self.unpacked(), "rdpath.exe"))

    def test_has_manual_and_licences(self):
        folder = self.unpacked()
        for name in ("README.md", "manual.txt", "LICENSE.txt", "docs/windows.md",
                     "licences/jansson.txt",
                     "licences/zlib.txt", "licences/zstd.txt", "licences/mingw-w64.txt",
                     "licences/gcc-runtime.txt", "SECURITY.md"):
            with open(os.path.join(folder, name), encoding="utf-8") as text:
                self.assertGreater(len(text.read()), 500, name)

    def test_needs_nothing_but_windows(self):
        exe = os.path.join(self.unpacked(), "rdpath.exe")
        tables = run("x86_64-w64-mingw32-objdump", "-p", exe).stdout.decode()
        needed = {line.split()[-1].lower() for line in tables.splitlines() if "DLL Name:" in line}
        self.assertIn("kernel32.dll", needed)
        self.assertEqual(needed - OF_WINDOWS, set())

    def test_says_what_it_is(self):
        with open(os.path.join(self.unpacked(), "rdpath.exe"), "rb") as source:
            exe = source.read()
        for word in ("ProductName", "ProductVersion", "Finds why an RDP connection failed"):
            self.assertIn(word.encode("utf-16-le"), exe)
        self.assertLessEqual({RT_ICON, RT_GROUP_ICON, RT_VERSION, RT_MANIFEST}, resources(exe))
        for words in (b'level="asInvoker"', b">UTF-8</activeCodePage>", b">true</longPathAware>"):
            self.assertIn(words, exe)


class Deb(Package):
    def setUp(self):
        super().setUp()
        for folder in ("info", "updates"):
            os.makedirs(os.path.join(self.place, "var/lib/dpkg", folder))
        for name in ("status", "available"):
            with open(os.path.join(self.place, "var/lib/dpkg", name), "w", encoding="utf-8"):
                pass

    def dpkg(self, *words):
        """In a system of its own, which has none of the libraries: they are this system's."""
        return run("dpkg", f"--root={self.place}", "--force-depends", "--force-not-root",
                   "--force-script-chrootless", "--log=/dev/null", *words,
                   env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})

    def test_installs_runs_and_goes(self):
        done = self.dpkg("--install", self.only(".deb"))
        self.assertEqual(done.returncode, 0, done.stderr)
        program = os.path.join(self.place, "usr/bin/rdpath")
        self.check_program(program)
        self.assertEqual(self.dpkg("--remove", "rdpath").returncode, 0)
        self.assertFalse(os.path.exists(program))

    def test_names_what_is_linked(self):
        told = run("dpkg-deb", "--field", self.only(".deb"), "Depends").stdout.decode()
        for package in ("libc6", "libjansson4", "zlib1g", "libzstd1"):
            self.assertIn(package, told)


if __name__ == "__main__":
    FOLDER, *WINE = sys.argv[1:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
