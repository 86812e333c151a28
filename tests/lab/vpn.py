# SPDX-License-Identifier: Apache-2.0
"""VPNs from the client to a gateway at r2: the client reaches the server's network through them.

    client tun0 10.99.0.1 ==(10.77.1.2 .. 10.77.2.2)== 10.99.0.2 tun0 r2 -- server
"""

from dataclasses import dataclass

from topology import LabError

INSIDE = {"client": "10.99.0.1", "r2": "10.99.0.2"}
OUTSIDE = {"client": "10.77.1.2", "r2": "10.77.2.2"}
OTHER = {"client": "r2", "r2": "client"}
UP_SECONDS = 10
ICMP_HEADERS = 28  # IPv4 and ICMP of a ping
OPENVPN = """--dev tun0 --dev-type tun --proto udp4 --local {here} --remote {there} --port 1194
--ifconfig {inside} {peer} --secret {key} --cipher AES-256-CBC --auth SHA256 --verb 1"""
WIREGUARD = """
mkdir -p /run/wireguard && mount -t tmpfs none /run/wireguard
wireguard-go -f wg0 & pid=$!
trap 'kill $pid' TERM
until [ -S /run/wireguard/wg0.sock ]; do sleep 0.05; done
wg set wg0 listen-port 51820 private-key {key} peer {peer_key} endpoint {there}:51820 \\
    allowed-ips 0.0.0.0/0
ip addr add {inside}/30 dev wg0
ip link set wg0 mtu {mtu} up
wait $pid
"""
VXLAN = """
ip link add vx0 type vxlan id 42 local {here} remote {there} dstport 4789
ip link set vx0 mtu {mtu} up
ip addr add {inside}/30 dev vx0
for f in tso gso gro; do ethtool -K vx0 $f off >/dev/null; done
"""


@dataclass(frozen=True)
class Vpn:
    """mtu: of its interfaces. carries: the largest packet inside that its path lets through, which
    is tried behind the attempt; None: all of mtu."""

    mtu: int = 1500
    carries: int = None

    def start(self, run):
        for node, peer in OTHER.items():
            self.open(run, node, {"here": OUTSIDE[node], "there": OUTSIDE[peer], "mtu": self.mtu,
                                  "inside": INSIDE[node], "peer": INSIDE[peer]})
        for _ in range(UP_SECONDS * 5):
            if self.passes(run, 100):
                break
            run.pause(0.2)
        else:
            raise LabError(f"{self.device} does not come up")
        gateway = f" via {INSIDE['r2']}" if self.device == "vx0" else ""
        run.net.shell("client", f"ip route replace 10.77.3.0/24{gateway} dev {self.device}")

    def passes(self, run, size):
        try:
            run.net.shell("client", f"ping -q -M do -c 1 -W 1 -s {size - ICMP_HEADERS} "
                                    f"{INSIDE['r2']} >/dev/null")
        except LabError:
            return False
        return True

    def confirm(self, run):
        carries = self.carries or self.mtu
        if not self.passes(run, carries):
            raise LabError(f"{self.device} does not carry {carries} bytes")
        if carries < self.mtu and self.passes(run, carries + 1):
            raise LabError(f"{self.device} carries more than {carries} bytes")


@dataclass(frozen=True)
class OpenVpn(Vpn):
    mssfix: bool = True
    device = "tun0"

    @property
    def words(self):
        return f"OpenVPN between the client and r2, tun-mtu {self.mtu}" + \
            ("" if self.mssfix else ", mssfix 0")

    def open(self, run, node, values):
        key = run.path("static.key")
        if node == "client":
            run.tool(["openvpn", "--genkey", "secret", key])
        options = OPENVPN.format(key=key, **values).split() + ["--tun-mtu", str(self.mtu)]
        run.spawn(node, ["openvpn", *options, *([] if self.mssfix else ["--mssfix", "0"])],
                  f"openvpn-{node}")


@dataclass(frozen=True)
class WireGuard(Vpn):
    mtu: int = 1420
    device = "wg0"

    @property
    def words(self):
        return f"WireGuard between the client and r2, MTU {self.mtu}"

    def open(self, run, node, values):
        keys = {}
        for each in OTHER:
            keys[each] = run.path(f"{each}.key")
            if node == "client":
                with open(keys[each], "w", encoding="ascii") as out:
                    out.write(run.tool(["wg", "genkey"]))
        with open(keys[OTHER[node]], encoding="ascii") as secret:
            peer_key = run.net.shell(node, f"echo {secret.read().strip()} | wg pubkey").strip()
        script = WIREGUARD.format(key=keys[node], peer_key=peer_key, **values)
        run.spawn(node, ["sh", "-ec", script], f"wireguard-{node}",
                  env={"WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD": "1"})


@dataclass(frozen=True)
class Vxlan(Vpn):
    mtu: int = 1450
    device = "vx0"

    @property
    def words(self):
        return f"VXLAN between the client and r2, MTU {self.mtu}"

    def open(self, run, node, values):
        run.net.shell(node, VXLAN.format(**values))
