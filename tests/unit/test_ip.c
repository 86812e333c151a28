/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4, IPv6 and UDP: lengths that lie, fragments, extension headers, cut frames. */
#include "tests/unit/frames.h"

#include "analyze/net/packet.h"

static struct build b;

static void start(const char *link_header)
{
    b.len = 0;
    put_hex(&b, link_header);
}

static bool decode(struct packet *p)
{
    static struct rdpath_frame frame;
    frame = frame_of(&b, 1);
    return packet_decode(&frame, p);
}

static void ipv4_fields_are_read(void **state)
{
    (void)state;
    start(ETHERNET_ADDRESSES " 08 00");
    put_hex(&b, "46 00 00 2c  be ef 40 00  7f 06 00 00  c0 a8 01 02  c6 33 64 07  01 01 01 00");
    put_hex(&b, TCP_PLAIN);
    struct packet p;
    assert_true(decode(&p));
    assert_int_equal(p.src.version, 4);
    assert_memory_equal(p.src.bytes, "\xc0\xa8\x01\x02\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_memory_equal(p.dst.bytes, "\xc6\x33\x64\x07\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_int_equal(p.protocol, IP_TCP);
    assert_int_equal(p.ttl, 127);
    assert_true(p.df && p.has_id);
    assert_false(p.fragment || p.more_fragments || p.reassembled);
    assert_int_equal(p.id, 0xbeef);
    assert_int_equal(p.ip_len, 44);
    assert_int_equal(p.ip_header_len, 24);
    assert_int_equal(p.transport_len, 20);
    assert_int_equal(p.src_port, 49152);
    assert_int_equal(p.dst_port, 3389);
}

static void ethernet_padding_is_no_payload(void **state)
{
    (void)state;
    start(ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 40, .protocol = 6});
    put_hex(&b, TCP_PLAIN);
    put_repeated(&b, 0xee, 6);
    struct packet p;
    assert_true(decode(&p));
    assert_int_equal(p.transport.left, 20);
    assert_int_equal(p.transport.tail, READER_END);
    assert_int_equal(p.ip_len, 40);
}

static void length_zero_means_what_the_frame_holds(void **state)
{
    (void)state;
    for (int version = 4; version <= 6; version += 2) {
        start(version == 4 ? ETHERNET_IPV4 : ETHERNET_IPV6);
        if (version == 4)
            put_ipv4(&b, (struct ip_fields){.len = 0, .protocol = 6});
        else
            put_ipv6(&b, (struct ip_fields){.len = 0, .protocol = 6});
        unsigned header_len = version == 4 ? 20 : 40;
        put_hex(&b, TCP_PLAIN);
        put_repeated(&b, 0xaa, 65000);
        struct rdpath_frame frame = frame_of(&b, 1);
        struct packet p;
        assert_true(packet_decode(&frame, &p));
        assert_int_equal(p.ip_len, header_len + 20 + 65000);
        assert_int_equal(p.transport_len, 20 + 65000);
        assert_int_equal(p.transport.tail, READER_END);

        frame.captured_len = 14 + header_len + 30; /* a snaplen besides */
        assert_true(packet_decode(&frame, &p));
        assert_int_equal(p.ip_len, header_len + 20 + 65000);
        assert_int_equal(p.transport.left, 30);
        assert_int_equal(p.transport.tail, READER_CUT);
    }
}

static void more_than_the_wire_held_is_cut_and_not_damaged(void **state)
{
    (void)state;
    start(ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 1500, .protocol = 6});
    put_hex(&b, TCP_PLAIN); /* wire_len is that of these bytes */
    struct packet p;
    assert_true(decode(&p));
    assert_int_equal(p.ip_len, 1500);
    assert_int_equal(p.transport_len, 1480);
    assert_int_equal(p.transport.left, 20);
    assert_int_equal(p.transport.tail, READER_CUT);
}

static void ipv4_headers_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct packet p;
    start(ETHERNET_IPV4);
    put_hex(&b, "44 00 00 28 00 00 00 00 40 06 00 00 0a 00 00 01 0a 00 00 02"); /* 16 bytes */
    put_hex(&b, TCP_PLAIN);
    assert_false(decode(&p));
    start(ETHERNET_IPV4);
    put_hex(&b, "4f 00 00 28 00 00 00 00 40 06 00 00 0a 00 00 01 0a 00 00 02"); /* 60 of 40 */
    put_hex(&b, TCP_PLAIN);
    assert_false(decode(&p));
    start(ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 19, .protocol = 6}); /* shorter than its header */
    assert_false(decode(&p));
    b.bytes[14] = 0x55; /* IP version 5 */
    assert_false(decode(&p));
}

static void only_the_first_ipv4_fragment_has_ports(void **state)
{
    (void)state;
    struct packet p;
    start(ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 40, .protocol = 6, .id = 7, .flags = 0x2000});
    put_hex(&b, TCP_PLAIN);
    assert_true(decode(&p));
    assert_true(p.fragment && p.more_fragments);
    assert_int_equal(p.fragment_offset, 0);
    assert_int_equal(p.dst_port, 3389);

    start(ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 40, .protocol = 6, .id = 7, .flags = 0x0003});
    put_hex(&b, TCP_PLAIN);
    assert_true(decode(&p));
    assert_true(p.fragment);
    assert_false(p.more_fragments);
    assert_int_equal(p.fragment_offset, 24);
    assert_int_equal(p.src_port, 0);
    assert_int_equal(p.dst_port, 0);
    struct tcp_segment tcp;
    assert_false(tcp_decode(&p, &tcp));
}

static void ipv6_extension_headers_are_walked(void **state)
{
    (void)state;
    start(ETHERNET_IPV6);
    put_ipv6(&b, (struct ip_fields){.len = 8 + 24 + 16 + 24 + 20, .protocol = 0});
    put_hex(&b, "2b 00 01 04 00 00 00 00"); /* hop-by-hop, 8 bytes; next: routing */
    put_hex(&b, "3c 02 04 00 00 00 00 00"); /* routing, 24 bytes; next: destination */
    put_repeated(&b, 0, 16);
    put_hex(&b, "33 01 01 0c 00 00 00 00"); /* destination, 16 bytes; next: authentication */
    put_repeated(&b, 0, 8);
    put_hex(&b, "06 04 00 00 00 00 00 01"); /* authentication, (4 + 2) * 4 bytes; next: TCP */
    put_repeated(&b, 0, 16);
    put_hex(&b, TCP_PLAIN);
    struct packet p;
    assert_true(decode(&p));
    assert_int_equal(p.protocol, IP_TCP);
    assert_int_equal(p.ip_len, 40 + 92);
    assert_int_equal(p.ip_header_len, 40 + 72);
    assert_int_equal(p.transport_len, 20);
    assert_int_equal(p.dst_port, 3389);
    assert_true(p.df);
    assert_false(p.has_id || p.fragment);
}

static void ipv6_fragment_headers_are_read(void **state)
{
    (void)state;
    struct packet p;
    start(ETHERNET_IPV6);
    put_ipv6(&b, (struct ip_fields){.len = 8 + 24, .protocol = 44});
    put_hex(&b, "11 00 00 01 de ad be ef  c0 00 0d 3d 00 40 00 00"); /* offset 0, more */
    put_repeated(&b, 0, 16);
    assert_true(decode(&p));
    assert_true(p.fragment && p.more_fragments && p.has_id && p.df);
    assert_int_equal(p.id, 0xdeadbeef);
    assert_int_equal(p.ip_header_len, 48);
    assert_int_equal(p.transport_len, 24);
    assert_int_equal(p.src_port, 49152);

    b.bytes[14 + 40 + 2] = 0x05; /* offset field 0x05a8: 1448 bytes, no more */
    b.bytes[14 + 40 + 3] = 0xa8;
    assert_true(decode(&p));
    assert_true(p.fragment);
    assert_false(p.more_fragments);
    assert_int_equal(p.fragment_offset, 1448);
    assert_int_equal(p.src_port, 0);

    b.bytes[14 + 40 + 2] = b.bytes[14 + 40 + 3] = 0; /* RFC 6946: a fragment that is the whole */
    assert_true(decode(&p));
    assert_false(p.fragment);
    assert_true(p.has_id);
    assert_int_equal(p.src_port, 49152);
}

static void ipv6_headers_without_end_or_room_are_refused(void **state)
{
    (void)state;
    struct packet p;
    start(ETHERNET_IPV6);
    put_ipv6(&b, (struct ip_fields){.len = 8000, .protocol = 60});
    for (int i = 0; i < 1000; i++)
        put_hex(&b, "3c 00 01 04 00 00 00 00");
    assert_false(decode(&p));

    start(ETHERNET_IPV6);
    put_ipv6(&b, (struct ip_fields){.len = 28, .protocol = 60});
    put_hex(&b, "06 ff 00 00 00 00 00 00"); /* 2,048 bytes of 28 */
    put_hex(&b, TCP_PLAIN);
    assert_false(decode(&p));
}

static void ipv6_cut_at_every_length(void **state)
{
    (void)state;
    start(ETHERNET_IPV6);
    put_ipv6(&b, (struct ip_fields){.len = 8 + 8 + 20, .protocol = 0});
    put_hex(&b, "2c 00 01 04 00 00 00 00"); /* hop-by-hop; next: fragment */
    put_hex(&b, "06 00 00 01 00 00 00 01");
    put_hex(&b, TCP_PLAIN);
    uint32_t needed = 14 + 40 + 16;
    for (uint32_t n = 0; n < b.len; n++) {
        struct rdpath_frame frame = frame_of(&b, 1);
        uint8_t *copy = frame_cut(&frame, n);
        struct packet p;
        assert_int_equal(packet_decode(&frame, &p), n >= needed);
        if (n >= needed) {
            assert_int_equal(p.transport.tail, READER_CUT);
            assert_int_equal(p.transport.left, n - needed);
            assert_int_equal(p.dst_port, n >= needed + 4 ? 3389 : 0);
        }
        free(copy);
    }
}

static bool decode_udp(unsigned ip_len, unsigned udp_len, struct udp_datagram *udp)
{
    start(ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = ip_len, .protocol = 17});
    put_hex(&b, "c0 00 0d 3d");
    put16(&b, udp_len);
    put_hex(&b, "00 00  01 02 03 04 05 06 07 08 09 0a 0b 0c");
    struct packet p;
    assert_true(decode(&p));
    return udp_decode(&p, udp);
}

static void udp_payload_ends_where_its_length_says(void **state)
{
    (void)state;
    struct udp_datagram udp;
    assert_true(decode_udp(40, 20, &udp));
    assert_int_equal(udp.payload_len, 12);
    assert_int_equal(udp.payload.left, 12);
    assert_int_equal(udp.payload.tail, READER_END);
    assert_int_equal(reader_u8(&udp.payload), 1);
    assert_true(decode_udp(40, 10, &udp)); /* less than IP carries */
    assert_int_equal(udp.payload.left, 2);
    assert_true(decode_udp(40, 0, &udp)); /* a jumbogram */
    assert_int_equal(udp.payload_len, 12);
    assert_true(decode_udp(40, 4000, &udp)); /* the length of a whole that is in fragments */
    assert_int_equal(udp.payload_len, 12);
    assert_false(decode_udp(40, 7, &udp));
    assert_false(decode_udp(26, 20, &udp));    /* 6 bytes of header */
    assert_true(decode_udp(1260, 1240, &udp)); /* cut */
    assert_int_equal(udp.payload_len, 1232);
    assert_int_equal(udp.payload.left, 12);
    assert_int_equal(udp.payload.tail, READER_CUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_fields_are_read),
        cmocka_unit_test(ethernet_padding_is_no_payload),
        cmocka_unit_test(length_zero_means_what_the_frame_holds),
        cmocka_unit_test(more_than_the_wire_held_is_cut_and_not_damaged),
        cmocka_unit_test(ipv4_headers_that_cannot_be_are_refused),
        cmocka_unit_test(only_the_first_ipv4_fragment_has_ports),
        cmocka_unit_test(ipv6_extension_headers_are_walked),
        cmocka_unit_test(ipv6_fragment_headers_are_read),
        cmocka_unit_test(ipv6_headers_without_end_or_room_are_refused),
        cmocka_unit_test(ipv6_cut_at_every_length),
        cmocka_unit_test(udp_payload_ends_where_its_length_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
