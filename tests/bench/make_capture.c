/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a large capture for ./dev bench: many TCP connections at one time, a share of them RDP,
 * all of them healthy. The same arguments give the same bytes.
 *
 * Each slot holds one connection at a time. A turn picks a slot and lets its connection say the
 * next few messages, cut into segments, every second of them acknowledged, the last by the answer.
 * A connection that has said everything closes, and its slot opens the next one.
 */
#include "tests/bench/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD = 14 + 20 + 20, /* Ethernet, IPv4, TCP */
    MSS = 1460,
    FIN = 1,
    SYN = 2,
    PSH = 8,
    ACK = 16,
};

struct flow {
    uint32_t address[2]; /* of client and server */
    uint16_t port[2];
    uint32_t seq[2]; /* what each side sends next */
    uint16_t ip_id[2];
    struct talk talk;
    bool open;
};

struct capture {
    FILE *out;
    uint64_t now_us, n_bytes, n_frames, n_flows, n_rdp;
    struct script *script;
};

/* ---- one frame ------------------------------------------------------------------------------- */

static uint8_t *put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    return put16(put16(at, value >> 16), value);
}

static void put_checksum(uint8_t *ip)
{
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2)
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    put16(ip + 10, ~sum);
}

static void put_ip(uint8_t *ip, struct flow *f, enum side from, uint32_t len)
{
    uint8_t *at = put16(ip, 0x4500);
    at = put16(at, 20 + 20 + len);
    at = put16(at, f->ip_id[from]++);
    at = put16(at, 0x4000); /* don't fragment */
    *at++ = from == CLIENT ? 128 : 64;
    *at++ = 6;
    at = put16(at, 0);
    at = put32(at, f->address[from]);
    put32(at, f->address[!from]);
    put_checksum(ip);
}

/* The TCP checksum stays 0, as the sender's own capture has it with checksum offload. */
static void put_tcp(uint8_t *tcp, const struct flow *f, enum side from, uint8_t flags)
{
    uint8_t *at = put16(tcp, f->port[from]);
    at = put16(at, f->port[!from]);
    at = put32(at, f->seq[from]);
    at = put32(at, flags & ACK ? f->seq[!from] : 0);
    *at++ = flags & SYN ? 6 << 4 : 5 << 4;
    *at++ = flags;
    at = put16(at, 0xfaf0);
    at = put32(at, 0);
    if (flags & SYN)
        put32(at, 0x02040000 | MSS); /* the one option: the MSS */
}

struct segment {
    enum side from;
    uint8_t flags;
    const uint8_t *bytes;
    uint32_t len;
};

static void write_segment(struct capture *c, struct flow *f, struct segment s)
{
    uint8_t frame[HEAD + 4 + MSS] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    uint32_t options = s.flags & SYN ? 4 : 0, len = HEAD + options + s.len;
    uint32_t head[4] = {(uint32_t)(c->now_us / 1000000), (uint32_t)(c->now_us % 1000000), len, len};

    put_ip(frame + 14, f, s.from, options + s.len);
    put_tcp(frame + 34, f, s.from, s.flags);
    if (s.len)
        memcpy(frame + HEAD, s.bytes, s.len);
    fwrite(head, sizeof head, 1, c->out);
    fwrite(frame, len, 1, c->out);
    f->seq[s.from] += s.len + (s.flags & (SYN | FIN) ? 1 : 0);
    c->now_us += 20 + script_random(c->script, 60);
    c->n_bytes += sizeof head + len;
    c->n_frames++;
}

/* ---- one turn -------------------------------------------------------------------------------- */

static void flow_open(struct capture *c, struct flow *f, bool rdp)
{
    uint32_t n = (uint32_t)c->n_flows++;
    c->n_rdp += rdp;
    f->talk = script_talk(c->script, rdp);
    f->address[CLIENT] = 0x0a000000 + 256 + n; /* each its own, so that each is an attempt */
    f->address[SERVER] = 0xc0a80a00 + n % 200 + 1;
    f->port[CLIENT] = (uint16_t)(49152 + n % 16000);
    f->port[SERVER] = f->talk.port;
    f->seq[CLIENT] = script_random(c->script, UINT32_MAX);
    f->seq[SERVER] = script_random(c->script, UINT32_MAX);
    f->open = true;
    write_segment(c, f, (struct segment){.from = CLIENT, .flags = SYN});
    write_segment(c, f, (struct segment){.from = SERVER, .flags = SYN | ACK});
    write_segment(c, f, (struct segment){.from = CLIENT, .flags = ACK});
}

static void flow_close(struct capture *c, struct flow *f)
{
    write_segment(c, f, (struct segment){.from = CLIENT, .flags = FIN | ACK});
    write_segment(c, f, (struct segment){.from = SERVER, .flags = FIN | ACK});
    write_segment(c, f, (struct segment){.from = CLIENT, .flags = ACK});
    f->open = false;
}

static void flow_say(struct capture *c, struct flow *f, const struct message *m)
{
    for (uint32_t off = 0, n = 1; off < m->len; off += MSS, n++) {
        uint32_t left = m->len - off;
        struct segment s = {m->from, ACK, m->bytes + off, left < MSS ? left : MSS};
        if (left <= MSS)
            s.flags |= PSH;
        write_segment(c, f, s);
        if (n % 2 == 0 && left > MSS)
            write_segment(c, f, (struct segment){.from = !m->from, .flags = ACK});
    }
}

static void take_turn(struct capture *c, struct flow *f, bool rdp)
{
    struct message m = {.from = CLIENT};
    if (!f->open)
        flow_open(c, f, rdp);
    for (uint32_t i = 0; i < f->talk.messages_a_turn; i++) {
        if (!script_next(c->script, &f->talk, &m)) {
            flow_close(c, f);
            return;
        }
        flow_say(c, f, &m);
    }
    write_segment(c, f, (struct segment){.from = !m.from, .flags = ACK});
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void write_capture(struct capture *c, uint64_t wanted_len, uint32_t n_slots, uint32_t n_rdp)
{
    const uint32_t head[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 262144, 1};
    struct flow *slots = calloc(n_slots, sizeof *slots);

    fwrite(head, sizeof head, 1, c->out);
    while (slots && c->n_bytes < wanted_len) {
        uint32_t i = script_random(c->script, n_slots);
        take_turn(c, &slots[i], i < n_rdp);
    }
    free(slots);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: make_capture OUT.pcap MEGABYTES CONNECTIONS RDP CERTIFICATE.der\n");
        return 2;
    }
    struct capture c = {.out = fopen(argv[1], "wb"), .now_us = 1767604443000000};
    uint32_t n_slots = (uint32_t)strtoul(argv[3], NULL, 10);
    uint32_t n_rdp = (uint32_t)strtoul(argv[4], NULL, 10);
    c.script = script_new(argv[5]);
    if (!c.out || !c.script || n_slots == 0) {
        perror("make_capture");
        return 3;
    }
    setvbuf(c.out, NULL, _IOFBF, 1 << 20);
    write_capture(&c, strtoull(argv[2], NULL, 10) << 20, n_slots, n_rdp);
    script_free(c.script);
    if (fclose(c.out) != 0) {
        perror("make_capture");
        return 3;
    }
    printf("{\"bytes\": %llu, \"frames\": %llu, \"connections\": %llu, \"rdp\": %llu}\n",
           (unsigned long long)c.n_bytes, (unsigned long long)c.n_frames,
           (unsigned long long)c.n_flows, (unsigned long long)c.n_rdp);
    return 0;
}
