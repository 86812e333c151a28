# SPDX-License-Identifier: Apache-2.0
"""What can be done to the path. Everything here is a value with words and start(run)."""

from dataclasses import dataclass, field

from topology import CLIENT, SERVER

NETWORKS = {"to-client": ("10.77.1.0/24", "fd77:1::/64"), "to-server": ("10.77.3.0/24",
                                                                      "fd77:3::/64")}


@dataclass(frozen=True)
class Shell:
    """Commands that are run in namespaces before the server starts."""

    words: str
    on: dict = field(default_factory=dict)  # {node: commands}

    def start(self, run):
        for node, script in self.on.items():
            run.net.shell(node, script)


@dataclass(frozen=True)
class Later:
    """Something that happens so many seconds after the client was started."""

    seconds: float
    what: object

    @property
    def words(self):
        return f"{self.seconds:g} s after the client was started: {self.what.words}"

    def start(self, run):
        run.schedule(self.seconds, self.what)


_serial = iter(range(10**6))


def nft(words, node, *rules, hook="forward", priority=0):
    """Rules of nftables in one chain of a node."""
    lines = "\n".join(f"        {rule}" for rule in rules)
    where = f"type filter hook {hook} priority {priority}"
    text = f"table inet lab{next(_serial)} {{\n    chain one {{\n        {where};\n{lines}\n" \
           "    }\n}\n"
    return Shell(words, {node: f"nft -f - <<'END'\n{text}END\n"})


def nft_ingress(words, node, device, *rules):
    """The same before the node's connection tracking puts fragments together."""
    lines = "\n".join(f"        {rule}" for rule in rules)
    where = f"type filter hook ingress device {device} priority -500"
    text = f"table netdev lab{next(_serial)} {{\n    chain one {{\n        {where};\n{lines}\n" \
           "    }\n}\n"
    return Shell(words, {node: f"nft -f - <<'END'\n{text}END\n"})


def joined(words, *shells):
    """Several as one."""
    on = {}
    for shell in shells:
        for node, script in shell.on.items():
            on[node] = on.get(node, "") + script
    return Shell(words, on)


# ---- the path MTU --------------------------------------------------------------------------------

def mtu(direction, size):
    """A router forwards at most this size in one direction, and says so by ICMP."""
    router, via4, via6 = {"to-client": ("r2", "10.77.2.1", "fd77:2::1"),
                          "to-server": ("r1", "10.77.2.2", "fd77:2::2")}[direction]
    net4, net6 = NETWORKS[direction]
    return Shell(f"{router} forwards packets {direction} of at most {size} bytes", {
        router: f"ip route replace {net4} via {via4} mtu lock {size}\n"
                f"ip -6 route replace {net6} via {via6} mtu lock {size}\n"})


def icmp_lost():
    """No router's "too big" arrives at anybody."""
    rules = ("icmp type destination-unreachable icmp code frag-needed drop",
             "icmpv6 type packet-too-big drop")
    return joined("ICMP errors about the size are dropped",
                  *(nft("", node, *rules, hook=hook) for node in ("r1", "r2")
                    for hook in ("output", "forward")))


def too_big_vanishes(direction, size):
    """Larger packets vanish at r1, and no ICMP error is even made."""
    net4, net6 = NETWORKS[direction]
    return nft(f"r1 silently drops packets {direction} of more than {size} bytes", "r1",
               f"ip daddr {net4} meta length > {size} drop",
               f"ip6 daddr {net6} meta length > {size} drop")


def clamp(size):
    return nft(f"r1 sets the MSS of SYN and SYN-ACK to {size}", "r1",
               f"tcp flags syn tcp option maxseg size set {size}")


def clears_df():
    return nft_ingress("r2 clears the DF bit of what the server sends", "r2", "s0",
                       "ip frag-off & 0x4000 != 0 ip frag-off set 0")


def no_df(node):
    """The host itself sends without DF (IPv4)."""
    return Shell(f"the {node} sends without the DF bit",
                 {node: "echo 1 > /proc/sys/net/ipv4/ip_no_pmtu_disc\n"})


def drop_fragments(device, later_only=False, node="r1"):
    mask, which = ("0x1fff", "all but first fragments") if later_only else \
        ("0x3fff", "every fragment")
    return nft_ingress(f"{node} drops {which} that come in at {device}", node, device,
                       f"ip frag-off & {mask} != 0 drop")


def deaf(node):
    """A host whose own firewall lets no "too big" in; the recording before it sees it arrive."""
    return nft(f"the {node} ignores ICMP errors about the size (its own firewall drops them)", node,
               "icmp type destination-unreachable icmp code frag-needed drop",
               "icmpv6 type packet-too-big drop", hook="input", priority=-300)


# ---- drops, rejects, resets ----------------------------------------------------------------------

# What a segment carries, by its first bytes behind the TCP header.
X224_REQUEST = "@ih,0,16 0x0300 @ih,40,8 0xe0"
CLIENT_HELLO = "@ih,0,8 0x16 @ih,40,8 0x01"
TO_SERVER, TO_CLIENT = "tcp dport 3389", "tcp sport 3389"


def drop(words, match, node="r1"):
    return nft(words, node, f"{match} drop")


def drop_at(words, match, node):
    """Dropped by the host's own firewall, behind the recording."""
    return nft(words, node, f"{match} drop", hook="input", priority=-300)


def reset(words, match, node="r1"):
    return nft(words, node, f"meta l4proto tcp {match} reject with tcp reset")


def reset_ends(words, match, node="r1"):
    """Both ends get a reset: one comes from the firewall's own rule for each direction."""
    return nft(words, node, f"tcp dport 3389 {match} reject with tcp reset",
               f"tcp sport 3389 {match} reject with tcp reset")


def reject(words, match, code, node="r1"):
    """code: admin-prohibited, host-unreachable, port-unreachable, no-route."""
    return nft(words, node, f"{match} reject with icmpx type {code}")


def loss(percent, direction="both", node="r1"):
    """Drops at random, whatever the size."""
    rules = [f"{match} numgen random mod 1000 < {round(percent * 10)} drop"
             for match, way in ((TO_SERVER, "to-server"), (TO_CLIENT, "to-client"))
             if direction in (way, "both")]
    side = "" if direction == "both" else f" {direction}"
    return nft(f"{node} drops {percent:g} % of the packets{side} at random", node, *rules)


def outage(direction="both", node="r1"):
    rules = [f"{match} drop" for match, way in ((TO_SERVER, "to-server"), (TO_CLIENT, "to-client"))
             if direction in (way, "both")]
    side = "" if direction == "both" else f" {direction}"
    return nft(f"nothing passes {node} any more{side}", node, *rules)


def unplugged(node="server"):
    """The host is off: its router has no neighbour any more and says so."""
    address4, address6 = (CLIENT, SERVER)[node == "server"][4], (CLIENT, SERVER)[
        node == "server"][6]
    router = "r2" if node == "server" else "r1"
    return Shell(f"the {node} is off ({address4}, {address6})",
                 {node: "ip link set eth0 down\n",
                  router: "ip neigh flush all || true\n"})
