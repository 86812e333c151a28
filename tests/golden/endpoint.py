# SPDX-License-Identifier: Apache-2.0
"""One end of a TCP connection: does by itself what TCP does by itself.

Written by the script: what the application says, and when it closes. Done here: sequence numbers,
acknowledgements (every second segment, else after 40 ms; at once and with SACK when something is
out of order, RFC 2018), a closed window (nothing is taken; the sender asks with one byte, RFC 9293
3.8.6.1), retransmission (a timer that doubles, RFC 6298; SACK's holes once, after
the time that reordering may take, RFC 8985), smaller segments after an ICMP error (RFC 1191) or,
where the script says so, after some timeouts (RFC 4821).
"""

from dataclasses import dataclass, field, replace

import wire
from network import Packet

DELAYED_ACK = 0.040
RTO_MIN = 0.200
SYN_RTO = 1.0
PERSIST_MAX = 5.0
GAP = 0.000012  # a full frame at 1 Gbit/s


@dataclass
class Host:
    """What the script says about one end."""
    address: str
    port: int
    mss: int = 1460
    wscale: int = 8
    ttl: int = 128
    timestamps: bool = False
    mtu: int = 1500
    deaf: bool = False       # ignores ICMP errors
    shrinks_after: int = 0   # timeouts until it tries smaller segments by itself
    shrinks_to: int = 1064
    gives_up: int = 99       # retransmissions


@dataclass
class Sent:
    seq: int
    payload: bytes
    flags: int
    sacked: bool = False
    repaired: bool = False  # sent again because of SACK
    spans: list = field(default_factory=list)

    def end(self):
        return self.seq + len(self.payload) + (1 if self.flags & (wire.SYN | wire.FIN) else 0)


class Endpoint:
    def __init__(self, network, side, host, peer):
        self.network, self.side, self.host, self.peer = network, side, host, peer
        self.window = 262144
        self.iss = network.dice.randrange(1 << 24, 1 << 31)
        self.snd_nxt = self.snd_una = self.iss
        self.rcv_nxt, self.islands, self.dsack = 0, [], None
        self.sent, self.peer_mss, self.limit = [], 536, host.mtu
        self.ip_id = network.dice.randrange(1000, 50000)
        self.clock = network.dice.randrange(1 << 30)
        self.peer_clock = 0
        self.rto, self.timer, self.tries = RTO_MIN + 2 * network.delay, 0, 0
        self.unacked, self.ack_timer, self.closed = 0, 0, False
        self.opened = False
        self.changes = {}  # what the script says of the packets of the present line
        self.peer_closed, self.held, self.asking = False, b"", 0
        network.ends[host.address, host.port, peer.port] = self

    # ---- sending ------------------------------------------------------------------------------

    def stamped(self):
        """Timestamps are used where both ends do (RFC 7323 1.3)."""
        return self.host.timestamps and self.peer.timestamps

    def options(self, flags):
        options = []
        stamps = [("timestamps", (self.clock + int(self.network.now * 1000), self.peer_clock))]
        if flags & wire.RST:
            return options
        if flags & wire.SYN:
            options = [("mss", self.host.mss), ("wscale", self.host.wscale), ("sackok", None)]
            return options + (stamps if self.stamped() else [])
        if self.stamped():
            options += stamps
        blocks = list(reversed(self.islands))
        if self.dsack:
            blocks, self.dsack = [self.dsack] + blocks, None
        if blocks:
            options.append(("sack", blocks[:3]))
        return options

    def packet(self, flags, seq, payload=b""):
        self.ip_id = (self.ip_id + 1) % 65536
        scale = 0 if flags & wire.SYN else self.host.wscale
        window = 0 if flags & wire.RST else min(65535, self.window >> scale)
        ack = self.rcv_nxt if flags & wire.ACK else 0
        options = self.options(flags)
        if len(payload) + len(wire.tcp_options(options)) > self.room():
            options = [option for option in options if option[0] != "sack"]
        packet = Packet(side=self.side, src=self.host.address, dst=self.peer.address,
                      protocol=wire.TCP, ttl=self.host.ttl, ip_id=self.ip_id,
                      sport=self.host.port, dport=self.peer.port, seq=seq, ack=ack, flags=flags,
                      window=64240 if flags & wire.SYN else window, options=options,
                      payload=payload)
        return replace(packet, **self.changes)

    def transmit(self, packet, lost=False):
        packet.lost_at = self.network.rules[
            "to-server" if self.side == "C" else "to-client"].hop if lost else 0
        if packet.flags & wire.ACK:
            self.unacked, self.ack_timer = 0, self.ack_timer + 1
        return self.network.send(packet)

    def room(self):
        """For TCP options and payload of a data segment (RFC 6691)."""
        headers = 40 if wire.version(self.host.address) == 4 else 60
        return min(self.peer_mss, self.limit - headers)

    def segment_size(self):
        return self.room() - (12 if self.stamped() else 0)

    def send_flags(self, flags, lost=False):
        """SYN, SYN ACK or FIN ACK: takes a sequence number and is sent again when lost."""
        self.sent.append(Sent(self.snd_nxt, b"", flags))
        self.snd_nxt += 1
        self.arm(SYN_RTO if flags & wire.SYN else self.rto)
        return self.transmit(self.packet(flags, self.sent[-1].seq), lost)

    def write(self, data, lost=()):
        """Sends data in segments; lost: the numbers of those that the path drops (from 1)."""
        if self.peer_closed:
            self.held += data
            self.ask(self.rto)
            return None
        size, arrival = self.segment_size(), None
        pieces = [data[at:at + size] for at in range(0, len(data), size)]
        for number, piece in enumerate(pieces, 1):
            flags = wire.ACK | (wire.PSH if number == len(pieces) else 0)
            self.sent.append(Sent(self.snd_nxt, piece, flags))
            self.snd_nxt += len(piece)
            arrival = self.transmit(self.packet(flags, self.sent[-1].seq, piece), number in lost)
            self.network.now += GAP
        self.arm(self.rto)
        return arrival

    def send_ack(self):
        return self.transmit(self.packet(wire.ACK, self.snd_nxt))

    def set_window(self, window):
        """Tells the peer how much may come; 0: nothing."""
        self.window = window
        return self.send_ack()

    def ask(self, after):
        """The persist timer: a byte of what waits, again and again."""
        self.asking += 1
        mine = self.asking

        def expired():
            if mine != self.asking or self.closed or not self.peer_closed:
                return
            self.transmit(self.packet(wire.ACK, self.snd_nxt, self.held[:1]))
            self.ask(min(after * 2, PERSIST_MAX))
        self.network.at(self.network.now + after, expired)

    def peer_told(self, window):
        """What waits goes as soon as the window is open."""
        self.peer_closed = window == 0
        if not self.peer_closed and self.held:
            self.asking += 1
            waiting, self.held = self.held, b""
            self.write(waiting)

    def keepalive(self):
        return self.transmit(self.packet(wire.ACK, self.snd_nxt - 1, b""))

    def reset(self, with_ack):
        self.closed = True
        seq = self.snd_nxt if self.snd_nxt != self.iss else 0  # RFC 9293 3.10.7.1: refuses a SYN
        return self.transmit(self.packet(wire.RST | (wire.ACK if with_ack else 0), seq))

    # ---- timers -------------------------------------------------------------------------------

    def arm(self, after):
        self.timer += 1
        mine = self.timer
        self.network.at(self.network.now + after, lambda: self.expired(mine, after))

    def expired(self, mine, after):
        waiting = [sent for sent in self.sent if not sent.sacked]
        if mine != self.timer or self.closed or not waiting:
            return
        self.tries += 1
        if self.tries > self.host.gives_up:
            self.closed = True
            return
        if self.host.shrinks_after and self.tries > self.host.shrinks_after:
            self.limit = min(self.limit, self.host.shrinks_to)
            self.recut()
            waiting = [sent for sent in self.sent if not sent.sacked]
        self.repeat(waiting[0])
        self.arm(after * 2)

    def repeat(self, sent):
        self.transmit(self.packet(sent.flags, sent.seq, sent.payload))
        self.network.now += GAP

    def recut(self):
        """Cuts what is not yet acknowledged into segments of the present size."""
        size, out = self.segment_size(), []
        for sent in self.sent:
            if sent.sacked or len(sent.payload) <= size:
                out.append(sent)
                continue
            for at in range(0, len(sent.payload), size):
                out.append(Sent(sent.seq + at, sent.payload[at:at + size], sent.flags))
        self.sent = out

    def told_too_big(self, mtu):
        if self.host.deaf or self.closed or mtu >= self.limit:
            return
        self.limit = mtu
        self.recut()
        for sent in [sent for sent in self.sent if not sent.sacked]:
            self.repeat(sent)
        self.arm(self.rto)

    # ---- receiving ----------------------------------------------------------------------------

    def arrived(self, packet):
        if self.closed:
            return
        if packet.flags & wire.RST:
            self.closed = True
            return
        for name, value in packet.options:
            if name == "mss":
                self.peer_mss = value
            elif name == "timestamps":
                self.peer_clock = value[0]
        if packet.flags & wire.SYN:
            if not self.opened:
                self.opened, self.rcv_nxt = True, packet.seq + 1
        if packet.flags & wire.ACK:
            self.acknowledged(packet)
            self.peer_told(packet.window)
        if not packet.flags & wire.SYN:
            self.take(packet)

    def acknowledged(self, packet):
        for name, value in packet.options:
            if name == "sack":
                for left, right in value:
                    for sent in self.sent:
                        if left <= sent.seq and sent.end() <= right:
                            sent.sacked = True
        if packet.ack > self.snd_una:
            self.snd_una, self.tries = packet.ack, 0
            self.sent = [sent for sent in self.sent if sent.end() > packet.ack]
            self.timer += 1
            if self.sent:
                self.arm(self.rto)
        self.repair()

    def repair(self):
        """Sends again, once, what SACK shows to be missing."""
        highest = max((sent.seq for sent in self.sent if sent.sacked), default=0)
        holes = [sent for sent in self.sent
                 if sent.seq < highest and not sent.sacked and not sent.repaired]
        for sent in holes:
            sent.repaired = True
        if holes:
            wait = self.network.now + max(0.005, 2 * self.network.delay / 4)
            self.network.at(wait, lambda: self.repair_now(holes))

    def repair_now(self, holes):
        for sent in holes:
            if sent in self.sent and not sent.sacked and not self.closed:
                self.repeat(sent)
                self.arm(self.rto)

    def take(self, packet):
        length = len(packet.payload) + (1 if packet.flags & wire.FIN else 0)
        left, right = packet.seq, packet.seq + length
        if length == 0:
            if packet.seq == self.rcv_nxt - 1:  # a keep-alive
                self.send_ack()
            return
        if self.window == 0 and packet.payload:  # RFC 9293 3.10.7.4: not acceptable
            self.send_ack()
            return
        if right <= self.rcv_nxt:
            self.dsack = (left, right)
            self.send_ack()
            return
        hole = bool(self.islands) or left > self.rcv_nxt
        self.absorb(left, right)
        self.unacked += 1
        if hole or self.unacked >= 2 or packet.flags & wire.FIN:
            self.send_ack()
            return
        self.ack_timer += 1
        mine = self.ack_timer
        self.network.at(self.network.now + DELAYED_ACK, lambda: self.late_ack(mine))

    def late_ack(self, mine):
        if mine == self.ack_timer and self.unacked and not self.closed:
            self.send_ack()

    def absorb(self, left, right):
        """The bytes from left to right are here now."""
        merged = [left, right]
        rest = []
        for island in self.islands:
            if island[1] < merged[0] or merged[1] < island[0]:
                rest.append(island)
            else:
                merged = [min(island[0], merged[0]), max(island[1], merged[1])]
        if merged[0] <= self.rcv_nxt:
            self.rcv_nxt = max(self.rcv_nxt, merged[1])
            self.islands = [island for island in rest if island[1] > self.rcv_nxt]
        else:
            self.islands = rest + [tuple(merged)]
