# SPDX-License-Identifier: Apache-2.0
"""A VPN between the client and its gateway at r2, fine and with an MTU that its path does not
carry, seen inside, outside, on both interfaces at once, at the gateway and at the server."""

from ends import Caller, Xfreerdp, Xrdp
from impair import drop_fragments, joined, too_big_vanishes
from scenario import Scenario, Sees, Truth
from vpn import OpenVpn, Vxlan, WireGuard

# The largest packet inside whose outer packet has 1500 bytes: 1500 less IP 20, UDP 8, and
#   OpenVPN: HMAC 32, IV 16; the rest is padded to 16 and holds 8 of packet id and 1 of padding
#   WireGuard: header 16, tag 16; the packet is padded to 16
#   VXLAN: header 8, Ethernet 14
OPENVPN_AT_1500, WIREGUARD_AT_1500, VXLAN_AT_1500 = 1415, 1440, 1450
WIREGUARD_AT_1400 = 1328  # 1340, padded to 16

NO_FRAGMENTS = joined("r1 drops every fragment, both ways", drop_fragments("m0"),
                      drop_fragments("c0"))
NARROW = joined("r1 drops packets of more than 1400 bytes, both ways",
                too_big_vanishes("to-client", 1400), too_big_vanishes("to-server", 1400))
SEALED = Sees(attempts=0, why="the tunnel's packets are encrypted")
HOLE = ("pmtu-black-hole",)
RECEIVER = ("likely", "possible")


def fine(name, story, vpn, sealed=True):
    sees = {"client": SEALED if sealed else Sees(observed=("tunnel-seen",)),
            f"client:{vpn.device}": Sees(),
            f"client:{vpn.device}+eth0": Sees(observed=("tunnel-seen",), twins=not sealed)}
    mtu = vpn.carries or vpn.mtu
    return Scenario(f"vpn-fine-{name}", story, Xrdp(certificate="chain"), Xfreerdp("tls"),
                    Truth(mtu_to_server=mtu, mtu_to_client=mtu), path=(vpn,), sees=sees, seconds=4)


def wrong(name, story, vpn, path, direction="to-client", sealed=True, gateway=None):
    """The server's certificates, or the client's long ClientHello, never arrive."""
    to_client = direction == "to-client"
    server, client = (Xrdp(certificate="chain", protocols="TLSv1.2"), Xfreerdp("tls")) \
        if to_client else (Xrdp(), Caller(("--hello", "2000", "--impatient", "9")))
    truth = Truth("tunnel-mtu-too-large", direction, ("tls-hello",), "failed",
                  mtu_to_server=vpn.carries, mtu_to_client=vpn.carries)
    short = ("tls-hello",) if to_client else ("x224-confirm", "tls-hello")
    both = Sees(confidences=RECEIVER if to_client else (), observed=("tunnel-seen",),
                twins=not sealed)
    inside = Sees(causes=HOLE, confidences=RECEIVER if to_client else ("confirmed", "likely"),
                  why="nothing inside the tunnel shows it")
    sees = {
        "client": SEALED if sealed else both,
        f"client:{vpn.device}": inside,
        f"client:{vpn.device}+eth0": both,
        f"r2:{vpn.device}+m0": gateway or Sees(
            observed=("tunnel-seen",), stages=short, twins=not sealed,
            why="the gateway: it sends what its path does not carry" if to_client
            else "the gateway: the long packet never came"),
        "server": Sees(causes=HOLE, stages=short, why="the tunnel ends before it gets here"),
    }
    return Scenario(f"vpn-{name}", story, server, client, truth, path=(vpn, path), sees=sees,
                    seconds=12)


FEW = Sees(causes=("tunnel-mtu-too-large", "undetermined"), stages=("x224-confirm",),
           directions=("to-server", None), outcomes=("failed", "undetermined"),
           confidences=RECEIVER, why="the gateway: the long packet never came, and of the others "
           "too few to prove that this tunnel carries them")

SCENARIOS = [
    fine("openvpn", "OpenVPN as it comes", OpenVpn()),
    fine("wireguard", "WireGuard as it comes", WireGuard()),
    fine("vxlan", "VXLAN as it comes", Vxlan(), sealed=False),
    wrong("openvpn-1500", "OpenVPN without mssfix: its large packets travel in fragments, which a "
          "firewall drops", OpenVpn(1500, OPENVPN_AT_1500, mssfix=False), NO_FRAGMENTS),
    wrong("openvpn-1500-to-server", "The same to the server",
          OpenVpn(1500, OPENVPN_AT_1500, mssfix=False), NO_FRAGMENTS, "to-server"),
    wrong("wireguard-1500", "WireGuard with an MTU of 1500: its large packets travel in fragments, "
          "which a firewall drops", WireGuard(1500, WIREGUARD_AT_1500), NO_FRAGMENTS),
    wrong("wireguard-1500-to-server", "The same to the server",
          WireGuard(1500, WIREGUARD_AT_1500), NO_FRAGMENTS, "to-server", gateway=FEW),
    wrong("wireguard-1420-over-1400", "WireGuard with its usual MTU over a path of 1400 bytes that "
          "says nothing", WireGuard(1420, WIREGUARD_AT_1400), NARROW),
    wrong("vxlan-1500", "VXLAN with an MTU of 1500: its large packets travel in fragments, which a "
          "firewall drops", Vxlan(1500, VXLAN_AT_1500), NO_FRAGMENTS, sealed=False),
]
