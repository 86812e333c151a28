#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""package.py OUT: packs build/release and build/windows into a .deb and a .zip.

The same sources give the same bytes: times are those of the last commit."""

import gzip
import os
import re
import shutil
import subprocess
import sys
import zipfile

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SOURCES = os.path.join(TOP, "build", "windows-sources")

# What is linked into rdpath.exe, and where its licence stands.
LINKED = {
    "jansson": f"{SOURCES}/jansson/LICENSE",
    "zlib": f"{SOURCES}/zlib/LICENSE",
    "zstd": f"{SOURCES}/libzstd/LICENSE",
    "mingw-w64": "/usr/share/doc/mingw-w64-x86-64-dev/copyright",
    "gcc-runtime": "/usr/share/doc/gcc-mingw-w64-x86-64-win32-runtime/copyright",
}
# What the program loads when first needed.
LOADED = "libssl3, libpcap0.8, libcap-ng0, libseccomp2"


def version():
    with open(os.path.join(TOP, "CMakeLists.txt"), encoding="utf-8") as source:
        return re.search(r"project\(rdpath VERSION (\S+)", source.read()).group(1)


def output_of(*words, **how):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **how).stdout


def built_at():
    try:
        return int(output_of("git", "-C", TOP, "log", "-1", "--format=%ct"))
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 1767225600  # no repository: a day that is no lie about any release


def put(folder, name, path, mode=0o644):
    to = os.path.join(folder, name)
    os.makedirs(os.path.dirname(to), exist_ok=True)
    shutil.copyfile(path, to)
    os.chmod(to, mode)


def manuals():
    """(name, path) of what a reader gets, beside the README."""
    docs = os.path.join(TOP, "docs")
    return [(name, os.path.join(docs, name)) for name in sorted(os.listdir(docs))
            if name.endswith(".md")]


def man_page():
    path = os.path.join(TOP, "docs", "rdpath.1")
    return path if os.path.exists(path) else None


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


# ---- Windows -------------------------------------------------------------------------------------

def write_zip(path, folder, seconds):
    stamp = tuple(int(part) for part in output_of(
        "date", "-u", "-d", f"@{seconds}", "+%Y %m %d %H %M %S").split())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for place, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                full = os.path.join(place, name)
                inside = zipfile.ZipInfo(os.path.relpath(full, os.path.dirname(folder)), stamp)
                inside.compress_type = zipfile.ZIP_DEFLATED
                with open(full, "rb") as source:
                    out.writestr(inside, source.read())


def windows_package(out, seconds):
    name = f"rdpath-{version()}-windows-x64"
    folder = fresh(os.path.join(out, "zip", name))
    put(folder, "rdpath.exe", os.path.join(TOP, "build", "windows", "rdpath.exe"))
    subprocess.run(["x86_64-w64-mingw32-strip", os.path.join(folder, "rdpath.exe")], check=True)
    put(folder, "README.md", os.path.join(TOP, "README.md"))
    put(folder, "SECURITY.md", os.path.join(TOP, "SECURITY.md"))
    put(folder, "LICENSE.txt", os.path.join(TOP, "LICENSE"))
    for what, path in LINKED.items():
        put(folder, f"licences/{what}.txt", path)
    for manual, path in manuals():
        put(folder, f"docs/{manual}", path)
    if man_page():
        text = output_of("groff", "-mandoc", "-Kutf8", "-Tutf8", "-P-c", "-rLL=78n", man_page())
        with open(os.path.join(folder, "manual.txt"), "w", encoding="utf-8") as manual:
            manual.write(re.sub(".\x08", "", text))
    write_zip(os.path.join(out, name + ".zip"), folder, seconds)
    return name + ".zip"


# ---- Debian --------------------------------------------------------------------------------------

def libraries_of(program, out):
    """The packages of what is linked, by their symbols (dpkg-shlibdeps(1))."""
    scratch = fresh(os.path.join(out, "shlibdeps"))
    os.makedirs(os.path.join(scratch, "debian"))
    with open(os.path.join(scratch, "debian", "control"), "w", encoding="utf-8") as control:
        control.write("Source: rdpath\n\nPackage: rdpath\nArchitecture: any\n")
    line = output_of("dpkg-shlibdeps", "-O", program, cwd=scratch)
    return line.strip().removeprefix("shlibs:Depends=")


def write_compressed(path, source):
    with open(source, "rb") as text, open(path, "wb") as out, \
            gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
        shutil.copyfileobj(text, packed)


def debian_package(out, seconds):
    architecture = output_of("dpkg", "--print-architecture").strip()
    folder = fresh(os.path.join(out, "deb"))
    put(folder, "usr/bin/rdpath", os.path.join(TOP, "build", "release", "rdpath"), 0o755)
    program = os.path.join(folder, "usr/bin/rdpath")
    subprocess.run(["strip", program], check=True)
    doc = os.path.join(folder, "usr/share/doc/rdpath")
    put(doc, "copyright", os.path.join(TOP, "LICENSE"))
    put(doc, "README.md", os.path.join(TOP, "README.md"))
    put(doc, "SECURITY.md", os.path.join(TOP, "SECURITY.md"))
    for manual, path in manuals():
        put(doc, manual, path)
    if man_page():
        os.makedirs(os.path.join(folder, "usr/share/man/man1"))
        write_compressed(os.path.join(folder, "usr/share/man/man1/rdpath.1.gz"), man_page())
    size = sum(os.path.getsize(os.path.join(place, name))
               for place, _, names in os.walk(folder) for name in names)
    os.makedirs(os.path.join(folder, "DEBIAN"))
    with open(os.path.join(folder, "DEBIAN", "control"), "w", encoding="utf-8") as control:
        control.write(f"""Package: rdpath
Version: {version()}
Architecture: {architecture}
Maintainer: the rdpath project <rdpath@localhost>
Section: net
Priority: optional
Installed-Size: {size // 1024 + 1}
Depends: {libraries_of(program, out)}
Recommends: {LOADED}
Description: finds why an RDP connection failed
 rdpath reads captures of failed Remote Desktop connections and says where they
 failed, why, how sure that is, from which packets, and what to change.
""")
    name = f"rdpath_{version()}_{architecture}.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", folder, os.path.join(out, name)],
                   check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "SOURCE_DATE_EPOCH": str(seconds)})
    return name


def main(out):
    os.makedirs(out, exist_ok=True)
    os.umask(0o022)
    seconds = built_at()
    for name in (windows_package(out, seconds), debian_package(out, seconds)):
        print(os.path.join(out, name))
    for folder in ("zip", "deb", "shlibdeps"):
        shutil.rmtree(os.path.join(out, folder))


main(os.path.abspath(sys.argv[1]))
