/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels: each kind in front of the same IP packet inside, whole and cut at every length. The
 * headers are those of the specifications that analyze/net/tunnel_*.c name.
 */
#include "tests/unit/frames.h"

#include "analyze/net/tunnels.h"

#define MACS ETHERNET_ADDRESSES
/* An Ethernet header inside, of IPv4 and of IPv6 */
#define INNER4 MACS " 08 00"
#define INNER6 MACS " 86 dd"

struct tunnel_case {
    const char *what;
    uint8_t outer;    /* IP version of the carrier */
    uint8_t protocol; /* of the carrier; 17: a UDP header with dst_port stands before header */
    uint16_t dst_port;
    const char *header;
    uint8_t inner; /* IP version inside; 0 = IPv4, and it must be refused */
    uint8_t kind;  /* enum tunnel_kind */
    uint16_t vlan;
};

static const struct tunnel_case cases[] = {
    {"IPv4 in IPv4", 4, 4, 0, "", 4, TUNNEL_IPIP, 0},
    {"IPv6 in IPv4", 4, 41, 0, "", 6, TUNNEL_6IN4, 0},
    {"IPv4 in IPv6", 6, 4, 0, "", 4, TUNNEL_4IN6, 0},
    {"IPv6 in IPv6", 6, 41, 0, "", 6, TUNNEL_6IN6, 0},
    {"MPLS in IP", 4, 137, 0, "00 01 01 40", 4, TUNNEL_MPLS, 0},
    {"MPLS in UDP", 4, 17, 6635, "00 01 01 40", 6, TUNNEL_MPLS, 0},
    /* RFC 2784, RFC 2890 */
    {"GRE", 4, 47, 0, "00 00 08 00", 4, TUNNEL_GRE, 0},
    {"GRE over IPv6 with IPv6", 6, 47, 0, "00 00 86 dd", 6, TUNNEL_GRE, 0},
    {"GRE, checksum", 4, 47, 0, "80 00 08 00 12 34 00 00", 4, TUNNEL_GRE, 0},
    {"GRE, key", 4, 47, 0, "20 00 08 00 00 00 00 2a", 4, TUNNEL_GRE, 0},
    {"GRE, key and sequence", 4, 47, 0, "30 00 08 00 00 00 00 2a 00 00 00 07", 4, TUNNEL_GRE, 0},
    {"GRE with Ethernet", 4, 47, 0, "00 00 65 58 " INNER4, 4, TUNNEL_GRE, 0},
    {"NVGRE with a VLAN", 4, 47, 0, "20 00 65 58 00 12 34 00 " MACS " 81 00 00 64 86 dd", 6,
     TUNNEL_GRE, 100},
    {"GRE with MPLS", 4, 47, 0, "00 00 88 47 00 01 01 40", 4, TUNNEL_GRE, 0},
    /* RFC 2637 section 4.1: payload length, call, sequence; with an acknowledgement */
    {"PPTP", 4, 47, 0, "30 01 88 0b 00 2c 00 01 00 00 00 05 ff 03 00 21", 4, TUNNEL_PPTP, 0},
    {"PPTP with an acknowledgement", 4, 47, 0, "30 81 88 0b 00 2a 00 01 00 00 00 05 00 00 00 04 21",
     4, TUNNEL_PPTP, 0},
    /* draft-foschiano-erspan-03, sections 4.1 to 4.3 */
    {"ERSPAN I", 4, 47, 0, "00 00 88 be " INNER4, 4, TUNNEL_ERSPAN, 0},
    {"ERSPAN II", 4, 47, 0, "10 00 88 be 00 00 00 01 10 64 00 01 00 00 00 02 " INNER4, 4,
     TUNNEL_ERSPAN, 0},
    {"ERSPAN III", 4, 47, 0, "10 00 22 eb 00 00 00 01 20 64 00 01 00 00 00 02 00 00 00 06 " INNER6,
     6, TUNNEL_ERSPAN, 0},
    {"ERSPAN III with a subheader", 4, 47, 0,
     "10 00 22 eb 00 00 00 01 20 64 00 01 00 00 00 02 00 00 00 07 14 00 00 00 00 00 00 00 " INNER4,
     4, TUNNEL_ERSPAN, 0},
    {"ERSPAN III with IP", 4, 47, 0, "10 00 22 eb 00 00 00 01 20 64 00 01 00 00 00 02 00 00 08 06",
     4, TUNNEL_ERSPAN, 0},
    {"VXLAN", 4, 17, 4789, "08 00 00 00 00 00 2a 00 " INNER4, 4, TUNNEL_VXLAN, 0},
    {"VXLAN with a group policy over IPv6", 6, 17, 4789, "88 00 00 10 00 00 2a 00 " INNER6, 6,
     TUNNEL_VXLAN, 0},
    {"VXLAN of old Linux", 4, 17, 8472, "08 00 00 00 00 00 2a 00 " INNER4, 4, TUNNEL_VXLAN, 0},
    {"VXLAN-GPE with IPv6", 4, 17, 4790, "0c 00 00 02 00 00 2a 00", 6, TUNNEL_VXLAN, 0},
    {"VXLAN-GPE with Ethernet", 4, 17, 4790, "0c 00 00 03 00 00 2a 00 " INNER4, 4, TUNNEL_VXLAN, 0},
    {"Geneve", 4, 17, 6081, "00 00 65 58 00 00 2a 00 " INNER4, 4, TUNNEL_GENEVE, 0},
    {"Geneve with an option", 4, 17, 6081,
     "02 00 65 58 00 00 2a 00 01 08 01 01 00 00 00 09 " INNER6, 6, TUNNEL_GENEVE, 0},
    {"Geneve with IP", 4, 17, 6081, "00 00 08 00 00 00 2a 00", 4, TUNNEL_GENEVE, 0},
    /* RFC 2661 section 3.1 */
    {"L2TP", 4, 17, 1701, "00 02 00 05 00 06 ff 03 00 21", 4, TUNNEL_L2TP, 0},
    {"L2TP, length, sequence, offset", 4, 17, 1701,
     "4a 02 00 46 00 05 00 06 00 01 00 02 00 02 ee ee 00 57", 6, TUNNEL_L2TP, 0},
    /* 3GPP TS 29.281 section 5 */
    {"GTP-U", 4, 17, 2152, "30 ff 00 28 00 00 00 2a", 4, TUNNEL_GTP, 0},
    {"GTP-U with a sequence number", 4, 17, 2152, "32 ff 00 2c 00 00 00 2a 00 07 00 00", 4,
     TUNNEL_GTP, 0},
    {"GTP-U with an extension", 4, 17, 2152, "34 ff 00 44 00 00 00 2a 00 00 00 85 01 00 09 00", 6,
     TUNNEL_GTP, 0},
    /* RFC 4380 section 5.1.1 */
    {"Teredo", 4, 17, 3544, "", 6, TUNNEL_TEREDO, 0},
    {"Teredo, authentication and origin", 4, 17, 3544,
     "00 01 00 00 01 02 03 04 05 06 07 08 00 00 00 11 22 33 44 55 66", 6, TUNNEL_TEREDO, 0},
    /* no tunnel, or nothing that can be read */
    {"TCP", 4, 6, 0, "", 0, 0, 0},
    {"GRE keep-alive", 4, 47, 0, "00 00 00 00", 0, 0, 0},
    {"GRE with a source route", 4, 47, 0, "40 00 08 00 00 00 00 00", 0, 0, 0},
    {"GRE, version 2", 4, 47, 0, "00 02 08 00", 0, 0, 0},
    {"PPTP, encrypted", 4, 47, 0, "30 01 88 0b 00 2c 00 01 00 00 00 05 ff 03 00 fd", 0, 0, 0},
    {"PPTP, acknowledgement alone", 4, 47, 0, "20 81 88 0b 00 00 00 01 00 00 00 05", 0, 0, 0},
    {"VXLAN without its flag", 4, 17, 4789, "00 00 00 00 00 00 2a 00 " INNER4, 0, 0, 0},
    {"VXLAN-GPE with NSH", 4, 17, 4790, "0c 00 00 04 00 00 2a 00", 0, 0, 0},
    {"Geneve, version 1", 4, 17, 6081, "40 00 08 00 00 00 2a 00", 0, 0, 0},
    {"L2TP, control", 4, 17, 1701, "c8 02 00 14 00 00 00 00 00 00 00 00", 0, 0, 0},
    {"L2TP, version 3", 4, 17, 1701, "00 03 00 00 00 00 00 01", 0, 0, 0},
    {"GTP-U, echo", 4, 17, 2152, "30 01 00 00 00 00 00 00", 0, 0, 0},
    {"GTP-U, an extension of no length", 4, 17, 2152, "34 ff 00 44 00 00 00 2a 00 00 00 85 00", 0,
     0, 0},
    {"another port", 4, 17, 53, "08 00 00 00 00 00 2a 00 " INNER4, 0, 0, 0},
};

enum { N_CASES = sizeof cases / sizeof cases[0] };

static size_t hex_len(const char *hex)
{
    static struct build b;
    b.len = 0;
    put_hex(&b, hex);
    return b.len;
}

/* Returns where the inner packet begins. */
static size_t case_build(const struct tunnel_case *c, struct build *b)
{
    size_t inner_len = c->inner == 6 ? 60 : 40, udp_len = c->protocol == 17 ? 8 : 0;
    unsigned payload_len = (unsigned)(udp_len + hex_len(c->header) + inner_len);
    b->len = 0;
    put_hex(b, c->outer == 6 ? ETHERNET_IPV6 : ETHERNET_IPV4);
    if (c->outer == 6)
        put_ipv6(b, (struct ip_fields){.len = payload_len, .protocol = c->protocol});
    else
        put_ipv4(b, (struct ip_fields){.len = 20 + payload_len, .protocol = c->protocol});
    if (udp_len) {
        put16(b, 50000);
        put16(b, c->dst_port);
        put16(b, payload_len);
        put16(b, 0);
    }
    put_hex(b, c->header);
    size_t at = b->len;
    if (c->inner == 6)
        put_ipv6(b, (struct ip_fields){.len = 20, .protocol = 6});
    else
        put_ipv4(b, (struct ip_fields){.len = 40, .protocol = 6, .id = 77, .flags = 0x4000});
    put_hex(b, TCP_PLAIN);
    return at;
}

static void the_packet_inside_is_found(void **state)
{
    (void)state;
    static struct build b;
    for (size_t i = 0; i < N_CASES; i++) {
        const struct tunnel_case *c = &cases[i];
        case_build(c, &b);
        struct rdpath_frame frame = frame_of(&b, 1);
        struct packet outer, inner;
        assert_true(packet_decode(&frame, &outer));
        assert_int_equal(outer.tunnel, TUNNEL_NONE);
        bool opened = tunnel_open(&outer, &inner);
        if (opened != (c->inner != 0))
            fail_msg("%s: opened %d", c->what, opened);
        if (!opened)
            continue;
        if (inner.tunnel != c->kind || inner.vlan != c->vlan)
            fail_msg("%s: %s, vlan %d", c->what, tunnel_tag(inner.tunnel), inner.vlan);
        assert_int_equal(inner.src.version, c->inner);
        assert_int_equal(inner.ip_len, c->inner == 6 ? 60 : 40);
        assert_int_equal(inner.outer_len, outer.ip_len);
        assert_true(addr_equal(&inner.outer_src, &outer.src));
        assert_true(addr_equal(&inner.outer_dst, &outer.dst));
        assert_int_equal(inner.src_port, 49152);
        assert_int_equal(inner.dst_port, 3389);
        assert_int_equal(inner.ttl, 64);
        assert_int_equal(inner.way, RDPATH_WAY_UNKNOWN);
        assert_false(inner.damaged);
        assert_ptr_equal(inner.frame, &frame);
        struct tcp_segment tcp;
        assert_true(tcp_decode(&inner, &tcp));
        assert_int_equal(tcp.seq, 0x01020304);
    }
}

static void a_cut_frame_is_refused_or_known_as_cut(void **state)
{
    (void)state;
    static struct build b;
    for (size_t i = 0; i < N_CASES; i++) {
        const struct tunnel_case *c = &cases[i];
        size_t needed = case_build(c, &b) + (c->inner == 6 ? 40 : 20);
        for (uint32_t n = 0; n < b.len; n++) {
            struct rdpath_frame frame = frame_of(&b, 1);
            uint8_t *copy = frame_cut(&frame, n);
            struct packet outer, inner;
            bool opened = packet_decode(&frame, &outer) && tunnel_open(&outer, &inner);
            if (opened != (c->inner != 0 && n >= needed))
                fail_msg("%s cut at %u: opened %d", c->what, n, opened);
            if (opened) {
                assert_int_equal(inner.transport.tail, READER_CUT);
                assert_int_equal(inner.transport_len, 20);
                assert_false(inner.damaged);
            }
            free(copy);
        }
    }
}

/* An outer packet of 40 bytes cannot carry what says that it has 1,500. */
static void an_inner_length_beyond_the_carrier_is_damage(void **state)
{
    (void)state;
    static struct build b;
    b.len = 0;
    put_hex(&b, ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 60, .protocol = 4});
    put_ipv4(&b, (struct ip_fields){.len = 1500, .protocol = 6});
    put_hex(&b, TCP_PLAIN);
    struct rdpath_frame frame = frame_of(&b, 1);
    struct packet outer, inner;
    assert_true(packet_decode(&frame, &outer));
    assert_true(tunnel_open(&outer, &inner));
    assert_true(inner.damaged);
}

/* Three hops in the tunnel, one before it: the packet is four from its sender. */
static void the_ttl_counts_the_hops_of_the_carrier(void **state)
{
    (void)state;
    static struct build b;
    static const struct {
        uint8_t outer, inner, seen;
    } rows[] = {{64, 64, 64}, {61, 127, 124}, {253, 64, 62}, {255, 128, 128}, {65, 2, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        b.len = 0;
        put_hex(&b, ETHERNET_IPV4);
        put_ipv4(&b, (struct ip_fields){.len = 60, .protocol = 4});
        put_ipv4(&b, (struct ip_fields){.len = 40, .protocol = 6});
        put_hex(&b, TCP_PLAIN);
        b.bytes[14 + 8] = rows[i].outer;
        b.bytes[34 + 8] = rows[i].inner;
        struct rdpath_frame frame = frame_of(&b, 1);
        struct packet outer, inner;
        assert_true(packet_decode(&frame, &outer));
        assert_true(tunnel_open(&outer, &inner));
        assert_int_equal(inner.ttl, rows[i].seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_packet_inside_is_found),
        cmocka_unit_test(a_cut_frame_is_refused_or_known_as_cut),
        cmocka_unit_test(an_inner_length_beyond_the_carrier_is_damage),
        cmocka_unit_test(the_ttl_counts_the_hops_of_the_carrier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
