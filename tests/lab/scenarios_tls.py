# SPDX-License-Identifier: Apache-2.0
"""Certificates, keys, TLS and the choice of the protocol; a user's pause, a client's retry."""

from ends import Caller, Shadow, Xfreerdp, Xrdp
from scenario import Scenario, Sees, Truth

OLD_TLS = "TLSv1.2"
SEALED = "the certificate is encrypted in TLS 1.3"
TLS = Xfreerdp("tls")
STRICT = Xfreerdp("tls", certificate="deny")


def failed(cause, *stages):
    return Truth(cause, None, stages, "failed")


def both(sees):
    return {"client": sees, "server": sees}


CERTIFICATES = [
    Scenario(f"certificate-{kind}", f"{story}, and the client gives up on it",
             Xrdp(certificate=kind, protocols=OLD_TLS), STRICT,
             failed(f"certificate-{kind}", "tls-server-flight", "tls-done"), seconds=6)
    for kind, story in (("expired", "The certificate has expired"),
                        ("not-yet-valid", "The certificate is not valid yet"))
] + [
    Scenario(f"certificate-{kind}-tls13", f"{story}; nobody on the way can read it",
             Xrdp(certificate=kind, protocols="TLSv1.3"), STRICT,
             failed(f"certificate-{kind}", "tls-server-flight", "tls-done"), seconds=6,
             sees=both(Sees(causes=("certificate-rejected", "client-closed"), why=SEALED)))
    for kind, story in (("expired", "The certificate has expired"),
                        ("not-yet-valid", "The certificate is not valid yet"))
] + [
    Scenario("certificate-rejected", "The client trusts another certificate and says so",
             Xrdp(certificate="other", protocols=OLD_TLS),
             Caller(("--authority", "{authority}")),
             failed("certificate-rejected", "tls-server-flight"), seconds=6),
    Scenario("certificate-rejected-tls13", "The client trusts another certificate (TLS 1.3)",
             Xrdp(certificate="other"), Caller(("--authority", "{authority}")),
             failed("certificate-rejected", "tls-server-flight"), seconds=6,
             sees=both(Sees(causes=("certificate-rejected", "client-closed"),
                            stages=("tls-hello", "tls-server-flight"),
                            why="where the server's flight ends is encrypted"))),
    Scenario("certificate-rejected-quietly", "The user says no to the certificate",
             Xrdp(protocols=OLD_TLS), STRICT,
             failed("certificate-rejected", "tls-server-flight", "tls-done"), seconds=6,
             sees=both(Sees(causes=("certificate-rejected", "client-closed"),
                            why="the client closes without an alert"))),
]

KEYS = [
    Scenario("key-unreadable", "The server may not read its key and says it has no certificate",
             Xrdp(key="unreadable"), TLS,
             failed("no-server-certificate", "x224-confirm"), seconds=8),
    Scenario("key-wrong", "The server's key does not belong to its certificate",
             Xrdp(key="other"), TLS, failed("server-key-unusable", "tls-hello"), seconds=8,
             sees=both(Sees(causes=("server-key-unusable", "server-closed", "tls-handshake-failed"),
                            why="the server ends the handshake; why, only its log knows"))),
    Scenario("tls-version-too-old", "The client knows TLS up to 1.2, the server 1.3 alone",
             Xrdp(protocols="TLSv1.3"), Caller(("--tls", "1.2")),
             failed("tls-version-mismatch", "tls-hello"), seconds=6),
    Scenario("tls-version-too-new", "The client wants TLS 1.3, the server knows up to 1.2",
             Xrdp(protocols=OLD_TLS), Caller(("--oldest", "1.3")),
             failed("tls-version-mismatch", "tls-hello"), seconds=6),
    Scenario("tls-no-cipher", "The two have no cipher suite in common",
             Xrdp(protocols=OLD_TLS, ciphers="ECDHE-RSA-AES256-GCM-SHA384"),
             Caller(("--tls", "1.2", "--ciphers", "ECDHE-RSA-AES128-GCM-SHA256")),
             failed("tls-no-shared-cipher", "tls-hello"), seconds=6,
             sees=both(Sees(causes=("tls-no-shared-cipher", "tls-handshake-failed"),
                            why="the alert handshake_failure does not tell for what reason"))),
]

PROTOCOLS = [
    Scenario("nla-required", "The server wants NLA, which the client does not offer",
             Shadow("nla"), TLS, failed("nla-required", "x224-confirm"), seconds=6),
    Scenario("closes-on-standard-security",
             "The server wants TLS, and leaves a client that offers RDP's own security",
             Xrdp(), Xfreerdp("rdp"), failed("server-closed", "x224-confirm", "mcs"), seconds=6),
    Scenario("tls-not-allowed", "The server allows RDP's own security, the client wants TLS",
             Shadow("rdp"), TLS, failed("tls-not-allowed", "x224-confirm"), seconds=6),
]

FINE = [
    Scenario("fine-after-retry", "The client offers less at its second connection, and it works",
             Shadow("rdp"), Xfreerdp(), Truth(when_cut=("tls-not-allowed",)), seconds=6,
             sees=both(Sees(observed=("client-retried",)))),
    Scenario("fine-user-pause", "The user thinks about the certificate for 8 seconds",
             Xrdp(), Xfreerdp("tls", pause=8), Truth(), seconds=13),
    Scenario("fine-certificate-expired", "An expired certificate that the client takes",
             Xrdp(certificate="expired", protocols=OLD_TLS), TLS, Truth(), seconds=4,
             sees=both(Sees(observed=("certificate-expired-ignored",)))),
]

SCENARIOS = CERTIFICATES + KEYS + PROTOCOLS + FINE
