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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_outside_tells_the_kind),
        cmocka_unit_test(a_cut_frame_tells_the_same_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
