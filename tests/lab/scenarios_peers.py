# SPDX-License-Identifier: Apache-2.0
"""What a peer says or does: refusals of the negotiation, of credentials, of the session; what is no
RDP at all; ends that stop reading or lose their patience."""

from ends import Shadow, Xfreerdp, Xrdp
from played import Forger, PlayedServer, both_play
from scenario import Scenario, Sees, Truth

REFUSED = ("x224-request", "x224-confirm")


def failed(cause, *stages, direction=None, **more):
    return Truth(cause, direction, stages, "failed", **more)


# ---- the negotiation [MS-RDPBCGR] 2.2.1.2.2 ------------------------------------------------------

FAILURES = {  # code: (cause, what the client asks for)
    1: ("tls-required", "rdp"), 2: ("tls-not-allowed", "tls"), 3: ("no-server-certificate", "tls"),
    4: ("negotiation-inconsistent", "tls"), 5: ("nla-required", "tls"),
    6: ("client-certificate-required", "tls"),
}


def refusal(code):
    cause, security = FAILURES[code]
    script = f"""
. C > S  any
. C < S  x224-failure {code}
. C < S  fin
"""
    return Scenario(
        f"failure-{code}", f"The server refuses the negotiation with failure code {code}",
        PlayedServer(f"answers every request with RDP_NEG_FAILURE {code}", script),
        Xfreerdp(security), failed(cause, *REFUSED), seconds=8)


SELECTS_ANOTHER = """
. C > S  any
. C < S  x224-confirm {0}
+3 C < S fin
"""


# ---- credentials and session ---------------------------------------------------------------------

OPENING = """
tls version {0}
. C > S  x224-request cookie alice protocols tls,hybrid,hybrid-ex
. C < S  x224-confirm hybrid-ex
include tls12
"""
LOGGED_ON = OPENING + """
include plain-nla
. C < S  tls say public-key
. C > S  tls say credentials
"""
TO_CLIENT_INFO = """
. C < S  tls say authorization 0
. C > S  tls say mcs-connect-initial
. C < S  tls say mcs-connect-response
. C > S  tls say mcs-erect + tls say mcs-attach
. C < S  tls say mcs-attached
. C > S  tls say mcs-join 0
. C < S  tls say mcs-joined 0
. C > S  tls say mcs-join 1
. C < S  tls say mcs-joined 1
. C > S  tls say client-info
"""
SERVER_ENDS = """
. C < S  tls close-notify
. C < S  fin
+0.2 end
"""
NOT_AUTHORIZED = LOGGED_ON + ". C < S  tls say authorization 5" + SERVER_ENDS
REJECTED = OPENING + "include plain-nla\n. C < S  tls say credssp-error 0xC0000234" + SERVER_ENDS
NO_LICENCE = LOGGED_ON + TO_CLIENT_INFO + ". C < S  tls say licence-error 6" + SERVER_ENDS
DENIED = LOGGED_ON + TO_CLIENT_INFO + """
. C < S  tls say licence-valid
. C < S  tls say error-info 7
. C < S  tls say disconnect""" + SERVER_ENDS
STANDARD = """
. C > S  x224-request cookie alice protocols rdp
. C < S  x224-confirm rdp
. C > S  mcs-connect-initial
. C < S  mcs-connect-response 1
include standard
"""
STANDARD_ENDS = """
. C < S  disconnect
. C < S  fin
+0.2 end
"""


def told(name, story, script, truth, **more):
    """A session that the server ends, with the keys known and without: (with, without)."""
    server, client = both_play(script, "refuses", "logs on and hears that")
    sealed = Sees(**{"confidences": ("likely", "possible"), **more})
    return [Scenario(f"{name}-keys", f"{story}; the keys are known", server, client, truth,
                     keys=True),
            Scenario(name, f"{story}; behind TLS", server, client, truth,
                     sees={"client": sealed, "server": sealed})]


# ---- an end that no longer reads, or loses its patience ------------------------------------------

SESSION = """
tls version 1.3
. C > S  x224-request cookie alice protocols tls,hybrid,hybrid-ex
. C < S  x224-confirm hybrid-ex
include tls13
include nla
include session
"""
CLIENT_STALLS = SESSION + """
. C > S  hang 11
. C < S  tls sealed 3000 times 60
"""
SERVER_STALLS = SESSION + """
. C < S  hang 11
. C > S  tls sealed 3000 times 60
+13 end
"""
STALLS_FOR_A_WHILE = SESSION + """
. C > S  stall 2
. C < S  tls sealed 3000 times 14
+0.3 C > S  tls sealed 9
. C > S  fin
+0.2 end
"""
QUIET = SESSION + """
include pictures
+62 C < S  {0}
+0.2 end
"""
UNPUNCTUAL = """
. C > S  x224-request cookie alice protocols tls,hybrid
. C < S  x224-confirm hybrid
+{0} C < S  {1}
+0.2 end
"""

SCENARIOS = [
    *(refusal(code) for code in FAILURES),
    Scenario("selects-nla-unasked", "The server selects NLA, which the client did not offer",
             PlayedServer("selects NLA whatever is asked", SELECTS_ANOTHER.format("hybrid")),
             Xfreerdp("tls"), failed("protocol-mismatch", "x224-confirm"), seconds=8),
    Scenario("nla-not-offered", "The client wants NLA and the server has none",
             Xrdp(), Xfreerdp("nla"), failed("protocol-mismatch", "x224-confirm"), seconds=8),
    Scenario("not-rdp-ssh", "What answers on the port is an SSH server",
             PlayedServer("greets as an SSH server", '. C < S  text "SSH-2.0-OpenSSH_9.2\\r\\n"\n'
                          ". C > S  any\n. C < S  fin\n"),
             Xfreerdp("tls"), failed("not-rdp", "tcp-open", "x224-request"), seconds=8),
    Scenario("not-rdp-http", "What answers on the port is a web server",
             PlayedServer("answers as a web server", ". C > S  any\n. C < S  text "
                          '"HTTP/1.1 400 Bad Request\\r\\nConnection: close\\r\\n\\r\\n"\n'
                          ". C < S  fin\n"),
             Xfreerdp("tls"), failed("not-rdp", "x224-request"), seconds=8),
    *(Scenario(f"closes-on-client-hello-{how}",
               f"The server closes on the ClientHello by {how.upper()}, without a byte of TLS",
               PlayedServer(f"closes by {how.upper()} on every ClientHello",
                            f". C > S  any\n. C < S  x224-confirm tls\n. C > S  any\n"
                            f". C < S  {how}\n"), Xfreerdp("tls"),
               failed("server-key-unusable", "tls-hello",
                      reset_by="server" if how == "rst" else None), seconds=8,
               sees={"client": Sees(
                   causes=("server-key-unusable", "server-closed"),
                   confidences=("likely", "possible"),
                   why="a device on the way could have closed in the server's name")})
      for how in ("fin", "rst")),
    Scenario("wrong-password", "The password is wrong, with NLA",
             Shadow("nla"), Xfreerdp("nla", password="not-this"),
             failed("credentials-rejected", "credssp"), seconds=8),
    *told("account-locked", "The server says in CredSSP that the account is locked",
          REJECTED.format("1.3"), failed("credentials-rejected", "credssp")),
    *told("not-authorized", "The user may not log on here: early user authorization says so",
          NOT_AUTHORIZED.format("1.2"), failed("not-authorized", "credssp")),
    *told("not-authorized-tls13", "The user may not log on here, over TLS 1.3",
          NOT_AUTHORIZED.format("1.3"), failed("not-authorized", "credssp")),
    *told("no-licence", "No license server: the licence exchange ends in an error",
          NO_LICENCE.format("1.3"), failed("licensing-failed", "licensing"),
          causes=("licensing-failed", "server-closed"), confidences=(),
          why="what the server says is encrypted"),
    *told("denied", "Set Error Info: the server denies the connection",
          DENIED.format("1.3"), failed("server-denied", "licensing"),
          causes=("server-denied", "server-closed"), confidences=(),
          why="what the server says is encrypted"),
    Scenario("no-licence-standard", "No license server, told in plain",
             *both_play(STANDARD + ". C < S  licence-error 6" + STANDARD_ENDS),
             failed("licensing-failed", "licensing")),
    Scenario("denied-standard", "Set Error Info tells in plain that privileges are missing",
             *both_play(STANDARD + ". C < S  licence-valid\n. C < S  error-info 9"
                        + STANDARD_ENDS),
             failed("server-denied", "licensing")),
    Scenario("client-stalls", "The client's program reads no more",
             *both_play(CLIENT_STALLS, "draws", "hangs"),
             failed("receiver-stalled", "active", direction="to-client", when_cut=("none",)),
             seconds=14),
    Scenario("server-stalls", "The server's program reads no more",
             *both_play(SERVER_STALLS, "hangs", "sends a large clipboard"),
             failed("receiver-stalled", "active", direction="to-server", when_cut=("none",)),
             seconds=20),
    Scenario("fine-stalls-for-a-while", "The client's program hangs for two seconds and reads on",
             *both_play(STALLS_FOR_A_WHILE, "draws", "hangs for 2 s"), Truth(), seconds=14),
    *(Scenario(f"fine-leaves-by-{how}", f"After a minute of silence the server ends the session by "
               f"{how.upper()}: how it does so when a user logs off, too",
               *both_play(QUIET.format(how), "ends it"), Truth(), seconds=75)
      for how in ("fin", "rst")),
    *(Scenario(f"idle-{seconds}-{how}", f"The client's user thinks at a prompt, and the server's "
               f"timer of {seconds} s ends the connection by {how.upper()}",
               *both_play(UNPUNCTUAL.format(seconds, how), f"waits {seconds} s for the client",
                          "says nothing more"),
               failed("idle-timeout", "x224-confirm", reset_by="server" if how == "rst" else None),
               seconds=seconds + 5) for seconds, how in ((10, "fin"), (30, "rst"))),
    Scenario("idle-device", "A firewall on the way forgets a session after a minute of silence, "
             "and resets it", *both_play(SESSION + "include pictures\n+64 end", "is quiet",
                                         "is quiet"),
             failed("idle-timeout", "active", reset_by="middlebox"), seconds=75,
             path=(Forger("quiet-60"),)),
]
