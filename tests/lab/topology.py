# SPDX-License-Identifier: Apache-2.0
"""Four network namespaces in a row, IPv4 and IPv6: client - r1 - r2 - server.

    client eth0 10.77.1.2 -- c0 r1 m0 10.77.2.1 -- m0 r2 s0 10.77.3.1 -- eth0 server 10.77.3.2
           fd77:1::2                 fd77:2::1             fd77:3::1            fd77:3::2

Nothing leaves them: no interface of the host is in it, and no route leads out.
"""

import subprocess

NODES = ("client", "r1", "r2", "server")
DEVICES = {"client": ("eth0",), "r1": ("c0", "m0"), "r2": ("m0", "s0"), "server": ("eth0",)}
CLIENT = {4: "10.77.1.2", 6: "fd77:1::2"}
SERVER = {4: "10.77.3.2", 6: "fd77:3::2"}
STEP_SECONDS = 20  # the longest that one step of building may take

LINKS = """
link add eth0 netns {client} address 02:77:01:00:00:02 type veth peer name c0 netns {r1}
link add m0 netns {r1} address 02:77:02:00:00:01 type veth peer name m0 netns {r2}
link add s0 netns {r2} address 02:77:03:00:00:01 type veth peer name eth0 netns {server}
"""

# Of every node: the usual Linux defaults, whatever the host was set to; no rate limit on ICMP
# errors, no waiting for an address to be known as unique.
SETTINGS = """
w() { echo "$2" > "/proc/sys/net/$1" 2>/dev/null || true; }
w ipv4/tcp_congestion_control cubic
w ipv4/icmp_ratelimit 0
w ipv6/icmp/ratelimit 0
w ipv4/tcp_no_metrics_save 1
w ipv6/conf/all/accept_dad 0
w ipv6/conf/default/accept_dad 0
w netfilter/nf_conntrack_acct 1
for d in c0 m0 s0 eth0; do w ipv6/conf/$d/accept_dad 0; done
ip link set lo up
"""

FORWARDING = "w ipv4/ip_forward 1; w ipv6/conf/all/forwarding 1\n"
ADDRESSES = {
    "client": """
ip addr add 10.77.1.2/24 dev eth0; ip addr add fd77:1::2/64 dev eth0 nodad
ip route add default via 10.77.1.1; ip -6 route add default via fd77:1::1
""",
    "r1": FORWARDING + """
ip addr add 10.77.1.1/24 dev c0; ip addr add fd77:1::1/64 dev c0 nodad
ip addr add 10.77.2.1/24 dev m0; ip addr add fd77:2::1/64 dev m0 nodad
ip route add 10.77.3.0/24 via 10.77.2.2; ip -6 route add fd77:3::/64 via fd77:2::2
""",
    "r2": FORWARDING + """
ip addr add 10.77.2.2/24 dev m0; ip addr add fd77:2::2/64 dev m0 nodad
ip addr add 10.77.3.1/24 dev s0; ip addr add fd77:3::1/64 dev s0 nodad
ip route add 10.77.1.0/24 via 10.77.2.1; ip -6 route add fd77:1::/64 via fd77:2::1
""",
    "server": """
ip addr add 10.77.3.2/24 dev eth0; ip addr add fd77:3::2/64 dev eth0 nodad
ip route add default via 10.77.3.1; ip -6 route add default via fd77:3::1
""",
}
NO_OFFLOADS = "tso off gso off gro off tx off rx off sg off"


class LabError(Exception):
    """Something of the lab itself does not work; the text says what."""


def run(argv, stdin=None):
    try:
        done = subprocess.run(argv, input=stdin, timeout=STEP_SECONDS, capture_output=True,
                              text=True, check=False)
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{argv[0]} did not end within {STEP_SECONDS} s") from error
    if done.returncode:
        raise LabError(f"{' '.join(argv)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class Topology:
    """offload: leave segmentation and checksum offload of the network cards on."""

    def __init__(self, prefix, offload=False):
        self.prefix, self.offload = prefix, offload
        self.built = []

    def namespace(self, node):
        return f"{self.prefix}-{node}"

    def inside(self, node, argv):
        return ["ip", "netns", "exec", self.namespace(node), *argv]

    def shell(self, node, script):
        return run(self.inside(node, ["sh", "-e"]), script)

    def build(self):
        for node in NODES:
            run(["ip", "netns", "add", self.namespace(node)])
            self.built.append(node)
            self.shell(node, SETTINGS)
        names = {node: self.namespace(node) for node in NODES}
        run(["ip", "-batch", "-"], LINKS.format(**names))
        for node in NODES:
            up = "".join(f"ip link set {device} up\n" for device in DEVICES[node])
            plain = "" if self.offload else "".join(
                f"ethtool -K {device} {NO_OFFLOADS} >/dev/null\n" for device in DEVICES[node])
            self.shell(node, SETTINGS + plain + up + ADDRESSES[node])
        self.acquaint()

    def acquaint(self):
        """Both ends learn their neighbours, so that no attempt begins with a wait for them."""
        for address in (SERVER[4], SERVER[6]):
            self.shell("client", f"ping -q -c 1 -W 2 {address} >/dev/null")

    def demolish(self):
        for node in reversed(self.built):
            subprocess.run(["ip", "netns", "del", self.namespace(node)], timeout=STEP_SECONDS,
                           capture_output=True, check=False)
        self.built = []
