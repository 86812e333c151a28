/* SPDX-License-Identifier: Apache-2.0 */
/* Link headers: each kind in front of the same IP packet, whole and cut at every length. */
#include "tests/unit/frames.h"

#include "analyze/net/packet.h"

struct link_case {
    const char *what;
    uint16_t type;
    const char *header;
    uint8_t version; /* of the IP packet that is put behind it; 0 = IPv4, and it must be refused */
    uint16_t vlan;
    uint8_t way;
};

#define MACS ETHERNET_ADDRESSES
#define IN RDPATH_WAY_INBOUND
#define OUT RDPATH_WAY_OUTBOUND
#define SNAP " aa aa 03 00 00 00 "
#define ZEROS8 " 00 00 00 00 00 00 00 00"
/* duration, three addresses, sequence control */
#define WLAN " 2c 00 " MACS " 02 00 00 00 00 03 10 00 "

static const struct link_case cases[] = {
    {"Ethernet II", 1, MACS " 08 00", 4, 0, 0},
    {"Ethernet II with IPv6", 1, MACS " 86 dd", 6, 0, 0},
    {"802.1Q, priority 5", 1, MACS " 81 00 a0 64 08 00", 4, 100, 0},
    {"802.1Q, priority alone", 1, MACS " 81 00 a0 00 08 00", 4, 0, 0},
    {"802.1ad and 802.1Q", 1, MACS " 88 a8 00 07 81 00 00 64 86 dd", 6, 7, 0},
    {"0x9100 and 802.1Q", 1, MACS " 91 00 0f ff 81 00 00 64 08 00", 4, 4095, 0},
    {"LLC and SNAP", 1, MACS " 00 34 aa aa 03 00 00 00 08 00", 4, 0, 0},
    {"VLAN, LLC and SNAP", 1, MACS " 81 00 00 09 00 34 aa aa 03 00 00 00 08 00", 4, 9, 0},
    {"PPPoE session", 1, MACS " 88 64 11 00 12 34 00 2e 00 21", 4, 0, 0},
    {"PPPoE session with IPv6", 1, MACS " 88 64 11 00 12 34 00 42 00 57", 6, 0, 0},
    {"VLAN and PPPoE", 1, MACS " 81 00 00 07 88 64 11 00 12 34 00 2e 00 21", 4, 7, 0},
    {"one MPLS label", 1, MACS " 88 47 00 01 01 40", 4, 0, 0},
    {"two MPLS labels", 1, MACS " 88 47 00 01 00 40 00 02 01 40", 6, 0, 0},
    {"SLL, to us", 113, "00 00 00 01 00 06 02 00 00 00 00 01 00 00 08 00", 4, 0, IN},
    {"SLL, multicast", 113, "00 02 00 01 00 06 02 00 00 00 00 01 00 00 08 00", 4, 0, IN},
    {"SLL, to another", 113, "00 03 00 01 00 06 02 00 00 00 00 01 00 00 08 00", 4, 0, 0},
    {"SLL, from us", 113, "00 04 00 01 00 06 02 00 00 00 00 01 00 00 86 dd", 6, 0, OUT},
    {"SLL with VLAN", 113, "00 04 00 01 00 06 02 00 00 00 00 01 00 00 81 00 00 05 08 00", 4, 5,
     OUT},
    {"SLL2, to us", 276, "08 00 00 00 00 00 00 02 00 01 00 06 02 00 00 00 00 01 00 00", 4, 0, IN},
    {"SLL2, from us", 276, "86 dd 00 00 00 00 00 02 00 01 04 06 02 00 00 00 00 01 00 00", 6, 0,
     OUT},
    {"raw 12", 12, "", 4, 0, 0},
    {"raw 14", 14, "", 6, 0, 0},
    {"raw 101", 101, "", 4, 0, 0},
    {"raw 101 with IPv6", 101, "", 6, 0, 0},
    {"IPV4", 228, "", 4, 0, 0},
    {"IPV6", 229, "", 6, 0, 0},
    {"NULL, little-endian", 0, "02 00 00 00", 4, 0, 0},
    {"NULL, big-endian", 0, "00 00 00 02", 4, 0, 0},
    {"NULL, Linux", 0, "0a 00 00 00", 6, 0, 0},
    {"NULL, OpenBSD", 0, "18 00 00 00", 6, 0, 0},
    {"NULL, FreeBSD", 0, "1c 00 00 00", 6, 0, 0},
    {"NULL, macOS", 0, "1e 00 00 00", 6, 0, 0},
    {"NULL, macOS, big-endian", 0, "00 00 00 1e", 6, 0, 0},
    {"NULL, EtherType", 0, "0f 00 08 00", 4, 0, 0},
    {"LOOP", 108, "00 00 00 18", 6, 0, 0},
    {"LOOP with IPv4", 108, "00 00 00 02", 4, 0, 0},
    {"PPP", 9, "00 21", 4, 0, 0},
    {"PPP as in HDLC", 9, "ff 03 00 21", 4, 0, 0},
    {"PPP as in HDLC with IPv6", 9, "ff 03 00 57", 6, 0, 0},
    {"PPP, one byte of protocol", 9, "21", 4, 0, 0},
    {"PPPoE without Ethernet", 51, "11 00 00 01 00 2e 00 21", 4, 0, 0},
    {"MPLS, multicast", 1, MACS " 88 48 00 01 01 40", 4, 0, 0},
    {"SNAP of a bridge", 1, MACS " 00 34 aa aa 03 00 00 f8 08 00", 4, 0, 0},
    /* IEEE 802.5: access control, frame control; with and without a route of 6 bytes */
    {"Token Ring", 6, "10 40 " MACS SNAP "08 00", 4, 0, 0},
    {"Token Ring with a route", 6,
     "10 40 02 00 00 00 00 02 82 00 00 00 00 01 06 10 00 11 00 20" SNAP "86 dd", 6, 0, 0},
    {"FDDI", 10, "57 " MACS SNAP "08 00", 4, 0, 0},
    {"ATM, RFC 2684", 100, SNAP "08 00", 4, 0, 0},
    {"FireWire", 138, "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 86 dd", 6, 0, 0},
    /* Cisco HDLC, RFC 1547 section 4.3.1 */
    {"HDLC", 104, "0f 00 08 00", 4, 0, 0},
    {"HDLC, broadcast", 104, "8f 00 86 dd", 6, 0, 0},
    {"HDLC, sent", 205, "01 0f 00 08 00", 4, 0, OUT},
    {"serial line with HDLC", 50, "0f 00 08 00", 4, 0, 0},
    {"serial line with PPP", 50, "ff 03 00 57", 6, 0, 0},
    {"PPP, received", 204, "00 ff 03 00 21", 4, 0, IN},
    {"PPP, sent, header compressed", 204, "01 00 21", 4, 0, OUT},
    {"PPP of pppd, sent", 166, "01 03 00 21", 4, 0, OUT},
    /* Frame Relay: RFC 2427 section 4, and Cisco's form */
    {"Frame Relay", 107, "18 41 03 cc", 4, 0, 0},
    {"Frame Relay, padded", 107, "18 41 03 00 8e", 6, 0, 0},
    {"Frame Relay, 4 bytes of address, SNAP", 107, "18 40 40 41 03 00 80 00 00 00 08 00", 4, 0, 0},
    {"Frame Relay of Cisco", 107, "18 41 08 00", 4, 0, 0},
    {"Frame Relay, received", 206, "00 18 41 03 cc", 4, 0, IN},
    /* 802.11: data to the access point, QoS data from it, four addresses, several packets */
    {"802.11", 105, "08 01" WLAN SNAP "08 00", 4, 0, 0},
    {"802.11, QoS", 105, "88 02" WLAN "00 00" SNAP "86 dd", 6, 0, 0},
    {"802.11, QoS and HT Control", 105, "88 82" WLAN "00 00 00 00 00 00" SNAP "08 00", 4, 0, 0},
    {"802.11, four addresses", 105, "08 03" WLAN "02 00 00 00 00 03" SNAP "08 00", 4, 0, 0},
    {"802.11, A-MSDU", 105, "88 02" WLAN "80 00 " MACS " 00 3c" SNAP "08 00", 4, 0, 0},
    {"radiotap", 127, "00 00 08 00 00 00 00 00 08 01" WLAN SNAP "08 00", 4, 0, 0},
    /* present: TSFT and flags; the time stands at a multiple of 8 bytes */
    {"radiotap, padded header", 127,
     "00 00 12 00 03 00 00 00 01 02 03 04 05 06 07 08 30 00"
     " 88 02" WLAN "00 00 ee ee" SNAP "08 00",
     4, 0, 0},
    {"radiotap, two words of bits", 127,
     "00 00 1a 00 03 00 00 80 00 00 00 00 00 00 00 00 01 02 03 04 05 06 07 08 10 00"
     " 08 01" WLAN SNAP "08 00",
     4, 0, 0},
    {"PPI with 802.11", 192, "00 00 0c 00 69 00 00 00 ff ff 00 00 08 01" WLAN SNAP "08 00", 4, 0,
     0},
    {"PPI with Ethernet", 192, "00 00 08 00 01 00 00 00 " MACS " 08 00", 4, 0, 0},
    {"AVS", 163,
     "80 21 10 01 00 00 00 40" ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 " 08 01" WLAN SNAP
     "08 00",
     4, 0, 0},
    {"Prism", 119,
     "44 00 00 00 90 00 00 00" ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8
         ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 " 08 01" WLAN SNAP "08 00",
     4, 0, 0},
    /* packet filters of hosts */
    {"ENC", 109, "00 00 00 02 11 22 33 44 00 00 00 03", 4, 0, 0},
    {"ENC, little-endian, IPv6", 109, "18 00 00 00 11 22 33 44 00 00 00 03", 6, 0, 0},
    {"PFLOG", 117, "3d 02 00 00" ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 " 00 00 00 00", 4,
     0, 0},
    {"IPNET", 226, "01 02" ZEROS8 ZEROS8 " 00 00 00 00 00 00", 4, 0, 0},
    {"IPNET with IPv6", 226, "01 1a" ZEROS8 ZEROS8 " 00 00 00 00 00 00", 6, 0, 0},
    /* a prefix of 5 bytes (8 with its header and padding to 12), then the payload */
    {"NFLOG", 239, "02 00 00 01 09 00 0a 00 61 62 63 64 00 00 00 00 2c 00 09 00", 4, 0, 0},
    {"NFLOG with IPv6", 239, "0a 00 00 01 08 00 01 00 86 dd 03 00 40 00 09 00", 6, 0, 0},
    {"PKTAP with Ethernet, sent", 258,
     "2c 00 00 00 01 00 00 00 01 00 00 00" ZEROS8 ZEROS8 ZEROS8 " 02 00 00 00 02 00 00 00 " MACS
     " 08 00",
     4, 0, OUT},
    {"PKTAP with raw IP, received", 258,
     "28 00 00 00 01 00 00 00 0c 00 00 00" ZEROS8 ZEROS8 ZEROS8 " 01 00 00 00", 6, 0, IN},
    /* not IP, or not the IP that was announced */
    {"ARP", 1, MACS " 08 06", 0, 0, 0},
    {"EtherType of IPv6, packet of IPv4", 1, MACS " 86 dd", 0, 0, 0},
    {"length, but no SNAP", 1, MACS " 00 34 42 42 03 00 00 00 08 00", 0, 0, 0},
    {"SNAP of Cisco", 1, MACS " 00 34 aa aa 03 00 00 0c 08 00", 0, 0, 0},
    {"nine VLAN tags", 1,
     MACS " 81 00 00 01 81 00 00 02 81 00 00 03 81 00 00 04 81 00 00 05 81 00 00 06 81 00 00 07"
          " 81 00 00 08 81 00 00 09 08 00",
     0, 0, 0},
    {"PPPoE discovery code", 1, MACS " 88 64 11 09 12 34 00 2e 00 21", 0, 0, 0},
    {"PPPoE with LCP", 1, MACS " 88 64 11 00 12 34 00 2e c0 21", 0, 0, 0},
    {"MPLS with a control word", 1, MACS " 88 47 00 01 01 40 00 00 00 00", 0, 0, 0},
    {"NULL with another family", 0, "07 00 00 00", 0, 0, 0},
    {"family of IPv6, packet of IPv4", 0, "1e 00 00 00", 0, 0, 0},
    {"IPV6 with a packet of IPv4", 229, "", 0, 0, 0},
    {"HDLC with SLARP", 104, "8f 00 80 35", 0, 0, 0},
    {"Frame Relay without an end of its address", 107, "18 40 40 40 03 cc", 0, 0, 0},
    {"Token Ring, MAC frame", 6, "10 00 " MACS SNAP "08 00", 0, 0, 0},
    {"FDDI, station management", 10, "4f " MACS SNAP "08 00", 0, 0, 0},
    {"802.11, encrypted", 105, "08 41" WLAN SNAP "08 00", 0, 0, 0},
    {"802.11, null data", 105, "48 01" WLAN SNAP "08 00", 0, 0, 0},
    {"802.11, management", 105, "80 00" WLAN SNAP "08 00", 0, 0, 0},
    {"radiotap, received with errors", 127, "00 00 09 00 02 00 00 00 50 08 01" WLAN SNAP "08 00", 0,
     0, 0},
    {"radiotap that counts itself short", 127, "00 00 02 00 00 00 00 00 08 01" WLAN SNAP "08 00", 0,
     0, 0},
    {"PPI in PPI", 192, "00 00 08 00 c0 00 00 00 00 00 08 00 01 00 00 00 " MACS " 08 00", 0, 0, 0},
    {"NFLOG without a packet", 239, "02 00 00 01 08 00 01 00 08 00 03 00", 0, 0, 0},
    {"NFLOG, an attribute of no length", 239, "02 00 00 01 00 00 09 00", 0, 0, 0},
    {"PFLOG of no length", 117, "00 02 00 00", 0, 0, 0},
    {"a user's link type", 147, "", 0, 0, 0},
    {"the highest link type", 65535, "", 0, 0, 0},
};

enum { N_CASES = sizeof cases / sizeof cases[0] };

static size_t case_build(const struct link_case *c, struct build *b)
{
    b->len = 0;
    put_hex(b, c->header);
    size_t header_len = b->len;
    if (c->version == 6)
        put_ipv6(b, (struct ip_fields){.len = 20, .protocol = 6});
    else
        put_ipv4(b, (struct ip_fields){.len = 40, .protocol = 6});
    put_hex(b, TCP_PLAIN);
    return header_len;
}

static void finds_ip_behind_every_link_header(void **state)
{
    (void)state;
    static struct build b;
    for (size_t i = 0; i < N_CASES; i++) {
        const struct link_case *c = &cases[i];
        size_t header_len = case_build(c, &b);
        struct rdpath_frame frame = frame_of(&b, c->type);
        struct packet p;
        bool decoded = packet_decode(&frame, &p);
        if (decoded != (c->version != 0))
            fail_msg("%s: decoded %d", c->what, decoded);
        if (!decoded)
            continue;
        struct link_payload link = link_decode(&frame);
        assert_true(reader_ok(&link.ip));
        assert_ptr_equal(link.ip.at, b.bytes + header_len);
        assert_int_equal(p.src.version, c->version);
        assert_int_equal(p.src_port, 49152);
        assert_int_equal(p.dst_port, 3389);
        if (p.vlan != c->vlan || p.way != c->way)
            fail_msg("%s: vlan %d, way %d", c->what, p.vlan, p.way);
        assert_int_equal(p.transport.tail, READER_END);
        assert_ptr_equal(p.frame, &frame);
    }
}

static void a_cut_frame_is_refused_or_known_as_cut(void **state)
{
    (void)state;
    static struct build b;
    for (size_t i = 0; i < N_CASES; i++) {
        size_t ip_header_len = cases[i].version == 6 ? 40 : 20;
        size_t needed = case_build(&cases[i], &b) + ip_header_len;
        for (uint32_t n = 0; n < b.len; n++) {
            struct rdpath_frame frame = frame_of(&b, cases[i].type);
            uint8_t *copy = frame_cut(&frame, n);
            struct packet p;
            bool decoded = packet_decode(&frame, &p);
            if (decoded != (cases[i].version != 0 && n >= needed))
                fail_msg("%s cut at %u: decoded %d", cases[i].what, n, decoded);
            if (decoded) {
                assert_int_equal(p.transport.tail, READER_CUT);
                assert_int_equal(p.transport.left, n - needed);
                assert_int_equal(p.transport_len, 20);
            }
            free(copy);
        }
    }
}

static void the_frame_tells_the_way_where_sll_does_not(void **state)
{
    (void)state;
    static struct build b;
    b.len = 0;
    put_hex(&b, "00 03 00 01 00 06 02 00 00 00 00 01 00 00 08 00"); /* to another host */
    put_ipv4(&b, (struct ip_fields){.len = 20, .protocol = 6});
    struct rdpath_frame frame = frame_of(&b, 113);
    frame.way = RDPATH_WAY_OUTBOUND;
    struct packet p;
    assert_true(packet_decode(&frame, &p));
    assert_int_equal(p.way, RDPATH_WAY_OUTBOUND);
}

static void endless_mpls_labels_end(void **state)
{
    (void)state;
    static struct build b;
    b.len = 0;
    put_hex(&b, MACS " 88 47");
    put_repeated(&b, 0x40, 4000); /* no label has the bottom bit */
    struct rdpath_frame frame = frame_of(&b, 1);
    struct packet p;
    assert_false(packet_decode(&frame, &p));
}

static void link_types_that_are_read_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CASES; i++)
        if (cases[i].version)
            assert_true(link_is_read(cases[i].type));
    assert_false(link_is_read(147));
    assert_false(link_is_read(UINT16_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_ip_behind_every_link_header),
        cmocka_unit_test(a_cut_frame_is_refused_or_known_as_cut),
        cmocka_unit_test(the_frame_tells_the_way_where_sll_does_not),
        cmocka_unit_test(endless_mpls_labels_end),
        cmocka_unit_test(link_types_that_are_read_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
