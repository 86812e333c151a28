# SPDX-License-Identifier: Apache-2.0
"""Certificates and keys of the lab, each made when first asked for."""

import os
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "golden"))

import tls  # noqa: E402

SUBJECT = "/CN=rds01.corp.example"
FUTURE = ("20900101000000Z", "20910101000000Z")
PAST = ("20200101000000Z", "20210101000000Z")
KINDS = {  # name: (validity, section)
    "rsa": (tls.LONG, "self"), "other": (tls.LONG, "self"), "expired": (PAST, "self"),
    "not-yet-valid": (FUTURE, "self"),
}


class Crafts:
    """made(name): the paths of a certificate and of its key.

    rsa, other: RSA 2048, self-signed; ec: P-256, a flight of about 700 bytes; chain: a leaf, two
    authorities, about 4 kB; expired, not-yet-valid: RSA 2048."""

    def __init__(self):
        self.workshop = tls.Workshop()
        os.chmod(self.workshop.dir, 0o755)
        self.lock, self.known = threading.Lock(), {}

    def made(self, name):
        with self.lock:
            if name not in self.known:
                self.known[name] = self._make(name)
                for path in self.known[name]:
                    os.chmod(path, 0o644)
            return self.known[name]

    def _make(self, name):
        if name == "ec":
            return self._make_ec()
        if name == "chain":
            return self._make_chain()
        validity, section = KINDS[name]
        return self.workshop.certificate(name, SUBJECT, validity, section=section)

    def _make_ec(self):
        out, key = self.workshop.path("ec.pem"), self.workshop.path("ec.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", out,
                        "-subj", SUBJECT, "-days", "3650"], check=True, capture_output=True)
        return out, key

    def _make_chain(self):
        certificate = self.workshop.certificate
        root, _ = certificate("root", "/O=Corp/CN=Corp Root CA", tls.LONG, section="authority",
                              bits=4096)
        middle, _ = certificate("middle", "/O=Corp/CN=Corp Issuing CA 2", tls.LONG,
                                section="authority", issuer="root", bits=4096)
        leaf, key = certificate("leaf", SUBJECT, tls.LONG, section="leaf", issuer="middle")
        out = self.workshop.path("chain.pem")
        with open(out, "w", encoding="ascii") as chain:
            for path in (leaf, middle, root):
                with open(path, encoding="ascii") as part:
                    chain.write(part.read())
        return out, key
