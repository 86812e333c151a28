/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed tunnels: the outsides that their specifications give, and what only looks like one. */
#include "tests/unit/frames.h"

#include "analyze/net/sealed.h"

struct sealed_case {
    const char *what;
    uint8_t protocol; /* 17: UDP from port 50000 to dst_port */
    uint16_t dst_port;
    const char *begins; /* of the payload */
    unsigned len;       /* of all of it, zeros behind */
    uint8_t kind;
};

#define IKE_HEADER "01 02 03 04 05 06 07 08 00 00 00 00 00 00 00 00 21 20 22 08 00 00 00 00 "

static const struct sealed_case cases[] = {
    /* WireGuard's paper, sections 5.4.2 to 5.4.7 */
    {"WireGuard, initiation", 17, 51820, "01 00 00 00", 148, TUNNEL_WIREGUARD},
    {"WireGuard, response", 17, 40000, "02 00 00 00", 92, TUNNEL_WIREGUARD},
    {"WireGuard, cookie", 17, 51820, "03 00 00 00", 64, TUNNEL_WIREGUARD},
    {"WireGuard, data", 17, 51820, "04 00 00 00 11 22 33 44 07 00 00 00 00 00 00 00 ee", 144,
     TUNNEL_WIREGUARD},
    {"WireGuard, data as large as an MTU of 1420", 17, 51820,
     "04 00 00 00 11 22 33 44 07 00 00 00 00 00 00 00 ee", 32 + 1420, TUNNEL_WIREGUARD},
    {"WireGuard, keep-alive", 17, 51820, "04 00 00 00 11 22 33 44 08", 32, TUNNEL_WIREGUARD},
    /* RFC 7296 section 3.1, RFC 3948 section 2 */
    {"IKE", 17, 500, IKE_HEADER "00 00 01 00", 256, TUNNEL_IKE},
    {"IKE version 1", 17, 500,
     "01 02 03 04 05 06 07 08 00 00 00 00 00 00 00 00 01 10 02 00 00 00 00 00 00 00 00 60", 96,
     TUNNEL_IKE},
    {"IKE on the port of NAT-T", 17, 4500, "00 00 00 00 " IKE_HEADER "00 00 01 00", 260,
     TUNNEL_IKE},
    {"ESP in UDP", 17, 4500, "c0 de 00 01 00 00 00 05", 120, TUNNEL_NAT_T},
    {"ESP in UDP, GlobalProtect", 17, 4501, "c0 de 00 01 00 00 00 05", 120, TUNNEL_NAT_T},
    {"ESP", 50, 0, "c0 de 00 01 00 00 00 05", 120, TUNNEL_ESP},
    /* OpenVPN's protocol: the opcode in five bits, the key in three */
    {"OpenVPN, hard reset", 17, 1194, "38 01 02 03 04 05 06 07 08 00 00 00 00 00", 14,
     TUNNEL_OPENVPN},
    {"OpenVPN, data", 17, 1194, "48 00 00 01", 100, TUNNEL_OPENVPN},
    {"OpenVPN, static key", 17, 1194, "f3 9a 00 01", 100, TUNNEL_OPENVPN},
    {"too short for OpenVPN", 17, 1194, "38 00 00 01", 13, 0},
    /* RFC 6347 section 4.1 */
    {"DTLS 1.2, data", 17, 443, "17 fe fd 00 01 00 00 00 00 00 05 00 40", 77, TUNNEL_DTLS},
    {"DTLS of Cisco", 17, 443, "16 01 00 00 00 00 00 00 00 00 00 00 40", 77, TUNNEL_DTLS},
    {"PPTP, encrypted", 47, 0, "30 01 88 0b 00 2c 00 01 00 00 00 05 ff 03 00 fd", 60, TUNNEL_PPTP},
    {"L2TP, version 3", 17, 1701, "00 03 00 00 00 00 00 01", 90, TUNNEL_L2TP},
    /* others */
    {"WireGuard's kind, another length", 17, 51820, "01 00 00 00", 149, 0},
    {"data not padded to 16", 17, 51820, "04 00 00 00 11 22 33 44 07", 100, 0},
    {"a number beyond 2^32", 17, 51820, "04 00 00 00 11 22 33 44 00 00 00 00 01", 144, 0},
    {"DNS", 17, 53, "12 34 01 00 00 01", 40, 0},
    {"QUIC", 17, 443, "c3 00 00 00 01 08", 1200, 0},
    {"QUIC, short header", 17, 443, "57 fe fd 00 01 00 00 00 00 00 05 00 40", 77, 0},
    {"a keep-alive of NAT-T", 17, 4500, "ff", 1, 0},
    {"zeros on the port of NAT-T", 17, 4500, "00 00 00 00", 90, 0},
    {"another length than IKE says", 17, 500, IKE_HEADER "00 00 01 01", 256, 0},
    {"RDP over UDP", 17, 3389, "ff ff ff ff 00 40 00 01", 1232, 0},
    {"TCP", 6, 0, "04 00 00 00", 60, 0},
    {"GRE", 47, 0, "00 00 08 00", 60, 0},
};

enum { N_CASES = sizeof cases / sizeof cases[0] };

static struct rdpath_frame case_frame(const struct sealed_case *c, struct build *b)
{
    unsigned udp_len = c->protocol == 17 ? 8 : 0;
    b->len = 0;
    put_hex(b, ETHERNET_IPV4);
    put_ipv4(b, (struct ip_fields){.len = 20 + udp_len + c->len, .protocol = c->protocol});
    if (udp_len) {
        put16(b, 50000);
        put16(b, c->dst_port);
        put16(b, udp_len + c->len);
        put16(b, 0);
    }
    size_t end = b->len + c->len;
    put_hex(b, c->begins);
    if (b->len < end)
        put_repeated(b, 0, end - b->len);
    assert_int_equal(b->len, end);
    return frame_of(b, 1);
}

static void the_outside_tells_the_kind(void **state)
{
    (void)state;
    static struct build b;
    for (size_t i = 0; i < N_CASES; i++) {
        struct rdpath_frame frame = case_frame(&cases[i], &b);
        struct packet p;
        assert_true(packet_decode(&frame, &p));
        enum tunnel_kind kind = sealed_kind(&p);
        if (kind != cases[i].kind)
            fail_msg("%s: %s", cases[i].what, tunnel_tag(kind));
    }
}

/* The first bytes are enough, whatever the snaplen; nothing behind them is read. */
static void a_cut_frame_tells_the_same_or_nothing(void **state)
{
    (void)state;
    static struct build b;
    for (size_t i = 0; i < N_CASES; i++) {
        for (uint32_t n = 34; n < 100; n++) {
            struct rdpath_frame frame = case_frame(&cases[i], &b);
            if (n > frame.captured_len)
                break;
            uint8_t *copy = frame_cut(&frame, n);
            struct packet p;
            assert_true(packet_decode(&frame, &p));
            enum tunnel_kind kind = sealed_kind(&p);
            assert_true(kind == cases[i].kind || kind == TUNNEL_NONE);
            free(copy);
        }
    }
}

/* ---- over TCP -------------------------------------------------------------------------------- */

struct segment_case {
    const char *what;
    uint16_t port;
    const char *begins; /* of the payload */
    unsigned len;       /* of all of it, zeros behind */
    uint8_t kind;
    unsigned n, first, last; /* packets of the tunnel; bytes of the first and the last */
};

static const struct segment_case segments[] = {
    /* OpenVPN's protocol, "TCP/UDP packet format": a length before each packet */
    {"OpenVPN, hard reset", 1194, "00 0e 38 01 02 03 04 05 06 07 08", 16, TUNNEL_OPENVPN_TCP, 1, 16,
     16},
    {"OpenVPN, client's third", 1194, "00 36 50 01", 56, TUNNEL_OPENVPN_TCP, 1, 56, 56},
    {"OpenVPN, data", 1194, "00 62 48 00 00 01", 100, TUNNEL_OPENVPN_TCP, 1, 100, 100},
    {"OpenVPN, two packets", 1194,
     "00 0e 48 00 00 01 00 00 00 00 00 00 00 00 00 00 00 20 30 00 00 02", 50, TUNNEL_OPENVPN_TCP, 2,
     16, 34},
    {"the length says less", 1194, "00 61 48 00 00 01", 100, 0, 0, 0, 0},
    {"the length says more", 1194, "00 63 48 00 00 01", 100, 0, 0, 0, 0},
    {"opcode 0", 1194, "00 62 00", 100, 0, 0, 0, 0},
    {"opcode 1", 1194, "00 62 08", 100, 0, 0, 0, 0},
    {"opcode 12", 1194, "00 62 60", 100, 0, 0, 0, 0},
    {"too short for OpenVPN", 1194, "00 0d 38", 15, 0, 0, 0, 0},
    {"TLS", 1194, "17 03 03 00 5f", 100, 0, 0, 0, 0},
    {"HTTP", 1194, "47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a", 100, 0, 0, 0, 0},
    {"nothing", 1194, "", 0, 0, 0, 0, 0},
    {"OpenVPN's bytes on another port", 1195, "00 62 48 00 00 01", 100, 0, 0, 0, 0},
    /* RFC 8446 section 5.2 */
    {"TLS, a record", 443, "17 03 03 00 5f", 100, TUNNEL_TLS, 1, 100, 100},
    {"TLS, two records", 443, "17 03 03 00 05 01 02 03 04 05 17 03 01 00 11", 32, TUNNEL_TLS, 2, 10,
     22},
    {"TLS, a record that ends later", 443, "17 03 03 05 dc", 1400, TUNNEL_TLS, 1, 1505, 1505},
    {"TLS, a hello", 443, "16 03 01 00 5f", 100, 0, 0, 0, 0},
    {"a record too long for TLS", 443, "17 03 03 48 01", 100, 0, 0, 0, 0},
    {"no record begins", 443, "de ad be ef", 100, 0, 0, 0, 0},
    {"RDP", 443, "03 00 00 13 0e e0", 19, 0, 0, 0, 0},
};

enum { N_SEGMENTS = sizeof segments / sizeof segments[0], HEADERS_LEN = 40 };

static struct rdpath_frame segment_frame(const struct segment_case *c, struct build *b, bool down)
{
    b->len = 0;
    put_hex(b, ETHERNET_IPV4);
    put_ipv4(b, (struct ip_fields){.len = HEADERS_LEN + c->len, .protocol = 6});
    put16(b, down ? c->port : 50000);
    put16(b, down ? 50000 : c->port);
    put_hex(b, "00 00 00 01 00 00 00 01 50 18 20 00 00 00 00 00");
    size_t end = b->len + c->len;
    put_hex(b, c->begins);
    if (b->len < end)
        put_repeated(b, 0, end - b->len);
    return frame_of(b, 1);
}

static void the_packets_in_a_segment_are_told(void **state)
{
    (void)state;
    static struct build b;
    for (size_t i = 0; i < 2 * N_SEGMENTS; i++) {
        const struct segment_case *c = &segments[i / 2];
        struct rdpath_frame frame = segment_frame(c, &b, i % 2);
        struct packet p;
        struct sealed_segment s = {0};
        assert_true(packet_decode(&frame, &p));
        if (sealed_segment_read(&p, &s) != (c->n > 0) || s.n * (c->n > 0) != c->n)
            fail_msg("%s: %u packets", c->what, s.n);
        if (c->n == 0)
            continue;
        assert_int_equal(s.kind, c->kind);
        assert_int_equal(s.ip_len[0], HEADERS_LEN + c->first);
        assert_int_equal(s.ip_len[c->n - 1], HEADERS_LEN + c->last);
    }
}

/* As many as there is room for, and no more. */
static void a_segment_full_of_packets_is_bounded(void **state)
{
    (void)state;
    static struct build b;
    struct segment_case c = {.port = 443, .begins = "", .len = 1200};
    struct rdpath_frame frame = segment_frame(&c, &b, false);
    b.len -= c.len;
    for (unsigned i = 0; i < c.len / 6; i++)
        put_hex(&b, "17 03 03 00 01 aa");
    frame = frame_of(&b, 1);
    struct packet p;
    struct sealed_segment s;
    assert_true(packet_decode(&frame, &p));
    assert_true(sealed_segment_read(&p, &s));
    assert_int_equal(s.n, SEALED_UNITS_MAX);
}

static void a_cut_segment_tells_the_same_or_less(void **state)
{
    (void)state;
    static struct build b;
    for (size_t i = 0; i < N_SEGMENTS; i++) {
        for (uint32_t n = 34; n < 90; n++) {
            struct rdpath_frame frame = segment_frame(&segments[i], &b, false);
            if (n > frame.captured_len)
                break;
            uint8_t *copy = frame_cut(&frame, n);
            struct packet p;
            struct sealed_segment s = {0};
            if (packet_decode(&frame, &p) && sealed_segment_read(&p, &s))
                assert_in_range(s.n, 1, segments[i].n);
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_outside_tells_the_kind),
        cmocka_unit_test(a_cut_frame_tells_the_same_or_nothing),
        cmocka_unit_test(the_packets_in_a_segment_are_told),
        cmocka_unit_test(a_segment_full_of_packets_is_bounded),
        cmocka_unit_test(a_cut_segment_tells_the_same_or_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
