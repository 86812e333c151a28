# SPDX-License-Identifier: Apache-2.0
"""Real TLS bytes: a client and a server in memory, and certificates made with openssl."""

import functools
import os
import ssl
import struct
import subprocess
import tempfile

# Every certificate is made anew: only the structure of a capture can be had again.
CONFIG = """
[ca]
default_ca = here
[here]
dir = {dir}
database = {dir}/index.txt
serial = {dir}/serial
new_certs_dir = {dir}
default_md = sha256
policy = any
unique_subject = no
x509_extensions = none
[none]
[any]
commonName = supplied
organizationName = optional
organizationalUnitName = optional
[req]
distinguished_name = name
[name]
[self]
extendedKeyUsage = serverAuth
keyUsage = keyEncipherment, dataEncipherment
[authority]
basicConstraints = critical, CA:true
subjectKeyIdentifier = hash
[leaf]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
extendedKeyUsage = serverAuth
subjectAltName = {names}
crlDistributionPoints = URI:http://pki.corp.example/crl/corp-issuing-ca-2.crl
authorityInfoAccess = caIssuers;URI:http://pki.corp.example/aia/corp-issuing-ca-2.crt
"""

VALID = ("20251201000000Z", "20260601000000Z")
LONG = ("20200101000000Z", "20400101000000Z")
EXPIRED = ("20250101000000Z", "20250701000000Z")


class Workshop:
    """A folder in which keys and certificates are made."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="rdpath-golden-")
        self.dir = self.folder.name
        self.n_new = 0
        names = ",".join(f"DNS:rds{n:02}.corp.example" for n in range(1, 9))
        self._write("ca.cnf", CONFIG.format(dir=self.dir, names=names))
        self._write("index.txt", "")
        self._write("serial", "6100000000000A7E\n")

    def _write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="ascii") as out:
            out.write(text)

    def path(self, name):
        return os.path.join(self.dir, name)

    def new_path(self, name):
        self.n_new += 1
        return self.path(f"{name}-{self.n_new}")

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, cwd=self.dir, capture_output=True)

    def certificate(self, name, subject, validity, **made):
        """made: section (extensions), issuer (default itself), bits."""
        key, request, out = f"{name}.key", f"{name}.csr", f"{name}.pem"
        size = f"rsa:{made.get('bits', 2048)}"
        self._openssl("req", "-new", "-newkey", size, "-nodes", "-keyout", key, "-out", request,
                      "-subj", subject, "-config", "ca.cnf")
        issuer = made.get("issuer")
        signer = ["-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key"] if issuer else \
            ["-selfsign", "-keyfile", key]
        self._openssl("ca", "-batch", "-notext", "-preserveDN", "-config", "ca.cnf", "-in", request,
                      "-out", out, "-startdate", validity[0], "-enddate", validity[1],
                      "-extensions", made.get("section", "self"), *signer)
        return self.path(out), self.path(key)

    def chain(self):
        """A leaf of an enterprise CA with both its issuers: a server flight of about 4 kB."""
        self.certificate("root", "/O=Corp/CN=Corp Root CA", LONG, section="authority", bits=4096)
        self.certificate("issuing", "/O=Corp/OU=PKI/CN=Corp Issuing CA 2", LONG,
                         section="authority", issuer="root")
        leaf, key = self.certificate("rds01", "/O=Corp/CN=rds01.corp.example", VALID,
                                     section="leaf", issuer="issuing")
        whole = self.path("chain.pem")
        with open(whole, "w", encoding="ascii") as out:
            for part in (leaf, self.path("issuing.pem"), self.path("root.pem")):
                with open(part, encoding="ascii") as text:
                    out.write(text.read())
        return whole, key

    def make(self, kind):
        if kind == "chain":
            return self.chain()
        if kind == "leaf":
            self.chain()
            return self.path("rds01.pem"), self.path("rds01.key")
        validity = EXPIRED if kind == "expired" else VALID
        return self.certificate("self", "/CN=rds01.corp.example", validity)


@functools.cache
def workshop(kind):
    return Workshop()


@functools.cache
def made(kind):
    """The files of a certificate and its key; made once, since keys take their time."""
    return workshop(kind).make(kind)


VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1,
            "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
OLD = ("1.0", "1.1")


class Session:
    """A TLS client and server that talk through memory."""

    def __init__(self, version="1.2", certificate="self", strict=False,
                 name="rds01.corp.example"):
        """strict: the client trusts no certificate, and says so. name: what the client asks for."""
        chain, key = made(certificate)
        self.keys = workshop(certificate).new_path("keys")
        wanted = VERSIONS[version]
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(chain, key)
        server.maximum_version = wanted
        server.options |= ssl.OP_NO_TICKET if version != "1.3" else 0
        server.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if version in OLD:  # libraries of today refuse them unless they are told not to
            for end in (server, client):
                end.set_ciphers("ECDHE-RSA-AES256-SHA:@SECLEVEL=0")
                end.minimum_version = wanted
        client.check_hostname = False
        client.verify_mode = ssl.CERT_REQUIRED if strict else ssl.CERT_NONE
        client.keylog_filename = self.keys
        self.pipe = {side: (ssl.MemoryBIO(), ssl.MemoryBIO()) for side in "CS"}
        self.end = {"C": client.wrap_bio(*self.pipe["C"], server_hostname=name),
                    "S": server.wrap_bio(*self.pipe["S"], server_side=True)}

    def _output(self, side):
        data = self.pipe[side][1].read()
        self.pipe["S" if side == "C" else "C"][0].write(data)
        return data

    def handshake(self, side):
        """The next flight of this side."""
        try:
            self.end[side].do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLCertVerificationError):
            pass
        data = self._output(side)
        if not data:
            raise ValueError(f"the TLS {side} has nothing to say in the handshake here")
        return data

    def secrets(self):
        """The key log of all that was said."""
        with open(self.keys, "rb") as log:
            return log.read()

    def say(self, side, data):
        """One application-data record around data."""
        self._drain(side)
        self.end[side].write(data)
        return self._output(side)

    def sealed(self, side, length):
        """One around bytes that mean nothing."""
        return self.say(side, os.urandom(length))

    def _drain(self, side):
        try:
            while self.end[side].read(65536):
                pass
        except ssl.SSLWantReadError:
            pass

    def close_notify(self, side):
        self._drain(side)
        try:
            self.end[side].unwrap()
        except ssl.SSLError:
            pass
        return self._output(side)


def alert(description, level=2):
    """A plaintext alert record: RFC 5246 7.2."""
    return struct.pack("!BHHBB", 21, 0x0303, 2, level, description)


def extension(kind, data):
    return struct.pack("!HH", kind, len(data)) + data


def post_quantum_hello():
    """A ClientHello with an X25519MLKEM768 key share of 1,216 bytes (RFC 8446 4.1.2)."""
    name = b"rds01.corp.example"
    share = struct.pack("!HH", 0x11EC, 1216) + os.urandom(1216)
    share += struct.pack("!HH", 0x001D, 32) + os.urandom(32)
    suites = b"".join(struct.pack("!H", suite) for suite in (
        0x1302, 0x1303, 0x1301, 0xC02C, 0xC030, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8))
    extensions = extension(0, struct.pack("!HBH", len(name) + 3, 0, len(name)) + name)
    extensions += extension(11, b"\x01\0")
    extensions += extension(10, struct.pack("!HHHHH", 8, 0x11EC, 0x001D, 0x0017, 0x0018))
    extensions += extension(23, b"")
    extensions += extension(13, struct.pack("!HHHHHHH", 12, 0x0804, 0x0403, 0x0401, 0x0503,
                                            0x0805, 0x0501))
    extensions += extension(43, b"\x04\x03\x04\x03\x03")
    extensions += extension(45, b"\x01\x01")
    extensions += extension(35, os.urandom(192))  # a ticket of an earlier session
    extensions += extension(51, struct.pack("!H", len(share)) + share)
    body = b"\x03\x03" + os.urandom(32) + b"\x20" + os.urandom(32)
    body += struct.pack("!H", len(suites)) + suites + b"\x01\0"
    body += struct.pack("!H", len(extensions)) + extensions
    message = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return struct.pack("!BHH", 22, 0x0301, len(message)) + message
