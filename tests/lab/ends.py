# SPDX-License-Identifier: Apache-2.0
"""The programs at the ends. A server has start(run): it returns once the port is listening. A
client has start(run), which returns its process. Both have words."""

import os
import shutil
import sys
import time
from dataclasses import dataclass

from topology import SERVER, LabError

HERE = os.path.dirname(os.path.abspath(__file__))
RDPATH = os.path.join(HERE, "..", "..", "build", "release", "rdpath")
LISTEN_SECONDS = 15
LISTENS = "0A"  # the state in /proc/net/tcp
USER, PASSWORD = "lab", "lab-Pass1"

XRDP_INI = """[Globals]
ini_version=1
fork=true
port=3389
use_vsock=false
tcp_nodelay=true
tcp_keepalive=true
security_layer={security}
crypt_level={crypt}
certificate={certificate}
key_file={key}
ssl_protocols={protocols}
{ciphers}
autorun=
allow_channels=true
allow_multimon=true
bitmap_cache=true
bitmap_compression=true
bulk_compression=true
max_bpp=32
new_cursors=true
use_fastpath=both
blue=009cb5
grey=dedede
ls_top_window_bg_color=009cb5
ls_width=350
ls_height=430
ls_bg_color=dedede

[Logging]
LogFile={logs}/xrdp.log
LogLevel=DEBUG
EnableSyslog=false

[Channels]
rdpdr=true

[Xvnc]
name=Xvnc
lib=libvnc.so
username=ask
password=ask
ip=127.0.0.1
port=-1
code=0
"""


def wait_for_port(run, process, port=3389, node="server"):
    """Until something listens on the port of that node; reads the kernel's own table."""
    until = time.monotonic() + LISTEN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        table = run.net.shell(node, "cat /proc/net/tcp /proc/net/tcp6")
        sockets = [line.split() for line in table.splitlines()]
        if any(s[1].endswith(f":{port:04X}") and s[3] == LISTENS for s in sockets):
            return
        run.pause(0.1)
    raise LabError(f"nothing listens on port {port}: {run.log_of(process)}")


@dataclass(frozen=True)
class Xrdp:
    """certificate: one of crafts.py; key: another certificate's name to take the key from, or
    "unreadable"."""

    security: str = "tls"
    protocols: str = "TLSv1.2, TLSv1.3"
    certificate: str = "rsa"
    key: str = None
    ciphers: str = None
    crypt: str = "high"

    @property
    def words(self):
        parts = [f"security_layer={self.security}", self.protocols.replace(", ", " and ")]
        if self.security != "rdp":
            parts.append(f"certificate '{self.certificate}'")
        if self.key:
            parts.append(f"key '{self.key}'")
        if self.ciphers:
            parts.append(f"ciphers {self.ciphers}")
        return f"xrdp ({', '.join(parts)})"

    def start(self, run):
        certificate, key = run.crafts.made(self.certificate)
        if self.key == "unreadable":
            key = run.path("unreadable.key")
            with open(key, "w", encoding="ascii"):
                os.chmod(key, 0)
        elif self.key:
            key = run.crafts.made(self.key)[1]
        logs = run.path("xrdp")
        os.makedirs(logs)
        shutil.chown(logs, "xrdp")
        config = run.path("xrdp.ini")
        with open(config, "w", encoding="ascii") as out:
            out.write(XRDP_INI.format(
                security=self.security, crypt=self.crypt, certificate=certificate, key=key,
                protocols=self.protocols, logs=logs,
                ciphers=f"tls_ciphers={self.ciphers}" if self.ciphers else ""))
        as_xrdp = ["setpriv", "--reuid", "xrdp", "--regid", "xrdp", "--clear-groups"]
        process = run.spawn("server", [*as_xrdp, "xrdp", "-n", "-c", config], "xrdp")
        wait_for_port(run, process)


@dataclass(frozen=True)
class Shadow:
    """freerdp-shadow-cli shows the lab's X display; security: nla, tls or rdp."""

    security: str = "nla"

    @property
    def words(self):
        return f"freerdp-shadow-cli (/sec:{self.security})"

    def start(self, run):
        sam = run.path("sam")
        with open(sam, "w", encoding="ascii") as out:
            out.write(run.tool(["winpr-hash", "-u", USER, "-p", PASSWORD, "-f", "sam"]))
        bind = [f"/bind-address:{SERVER[6]}"] if run.family == 6 else []
        no_auth = [] if self.security == "nla" else ["-auth"]
        argv = ["freerdp-shadow-cli", "/port:3389", f"/sam-file:{sam}", f"/sec:{self.security}",
                *no_auth, *bind]
        wait_for_port(run, run.spawn("server", argv, "shadow"))


@dataclass(frozen=True)
class Weston:
    """weston's RDP backend: TLS alone, and its first pictures come at once."""

    certificate: str = "rsa"

    @property
    def words(self):
        return f"weston's RDP backend (certificate '{self.certificate}')"

    def start(self, run):
        certificate, key = run.crafts.made(self.certificate)
        argv = ["weston", "--backend=rdp-backend.so", "--shell=kiosk-shell.so", "--port=3389",
                f"--rdp-tls-cert={certificate}", f"--rdp-tls-key={key}", "--no-config",
                f"--socket=wl-{run.net.prefix}"]
        if run.family == 6:
            argv.append(f"--address={SERVER[6]}")
        wait_for_port(run, run.spawn("server", argv, "weston"))


@dataclass(frozen=True)
class Peer:
    """A small server of the lab (peer.py) that misbehaves"""

    role: str

    @property
    def words(self):
        return f"a server of the lab ({self.role})"

    def start(self, run):
        argv = [sys.executable, os.path.join(HERE, "peer.py"), self.role]
        process = run.spawn("server", argv, "peer")
        wait_for_port(run, process)


@dataclass(frozen=True)
class Nothing:
    """Nothing listens on the port."""

    words: str = "none (nothing listens on the port)"

    def start(self, run):
        pass


@dataclass(frozen=True)
class Xfreerdp:
    """security: nla, tls, rdp, or None to negotiate. options: more words of its command line.
    pause: seconds after which its user answers the question about the certificate."""

    security: str = None
    options: tuple = ()
    certificate: str = "ignore"
    user: str = USER
    password: str = PASSWORD
    pause: float = 0

    @property
    def words(self):
        more = [f"/sec:{self.security}"] if self.security else []
        asked = [f"/cert:{self.certificate}"] if not self.pause else []
        waits = f", whose user trusts the certificate after {self.pause:g} s" if self.pause else ""
        return " ".join(["xfreerdp", *more, *asked, *self.options]) + waits

    def start(self, run):
        address = SERVER[run.family] if run.family == 4 else f"[{SERVER[6]}]"
        argv = ["xfreerdp", f"/v:{address}", f"/u:{self.user}", f"/p:{self.password}",
                "/size:800x600", *self.options]
        if self.security:
            argv.append(f"/sec:{self.security}")
        if self.pause:  # "Do you trust the above certificate? (Y/T/N)"
            argv = ["sh", "-c", f'(sleep {self.pause}; echo Y; sleep 60) | exec "$@"', "", *argv]
        else:
            argv.append(f"/cert:{self.certificate}")
        return run.spawn("client", argv, "xfreerdp")


@dataclass(frozen=True)
class Caller:
    """The lab's own client (caller.py), which can do what no other can be told to: a ClientHello
    of some size, a strict look at the certificate, a pause, a retry."""

    options: tuple = ()

    @property
    def words(self):
        return " ".join(["the lab's own client (caller.py)", *self.options])

    def start(self, run):
        options = [word.format(authority=run.crafts.made("rsa")[0]) for word in self.options]
        argv = [sys.executable, os.path.join(HERE, "caller.py"), SERVER[run.family], *options]
        return run.spawn("client", argv, "caller")


@dataclass(frozen=True)
class Probe:
    """rdpath itself, which measures the path (docs/probe.md)."""

    options: tuple = ()

    @property
    def words(self):
        return " ".join(["rdpath probe", *self.options])

    def start(self, run):
        return run.spawn("client", [RDPATH, "probe", *self.options, SERVER[run.family]], "probe")
