/* SPDX-License-Identifier: Apache-2.0 */
/* What a probe reads of a frame, and how it counts a connection from such packets. */
#include "tests/unit/frames.h"

#include "capture/probe_stream.h"

static bool read(const struct build *b, struct probe_packet *p)
{
    struct rdpath_frame f = frame_of(b, 1);
    return probe_packet_read(p, &f);
}

/* RFC 792 and RFC 1191, 4: type 3, code 4, the MTU in the last 16 bits; quoted: an echo request of
   1500 bytes, identifier 0x1234, sequence number 7. */
static void an_error_quotes_what_was_too_big(void **state)
{
    struct build b = {.len = 0};
    struct probe_packet p;
    (void)state;
    put_hex(&b, ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 56, .protocol = 1});
    put_hex(&b, "03 04 00 00 00 00 05 78");
    put_ipv4(&b, (struct ip_fields){.len = 1500, .protocol = 1, .flags = 0x4000});
    put_hex(&b, "08 00 00 00 12 34 00 07");
    assert_true(read(&b, &p));
    assert_int_equal(p.kind, PROBE_PACKET_TOO_BIG);
    assert_int_equal(p.mtu, 1400);
    assert_int_equal(p.quote.ip_len, 1500);
    assert_int_equal(p.quote.to_port, 0x1234);
    assert_int_equal(p.quote.number, 7);
}

/* RFC 4443, 3.2; the quote is a TCP segment. */
static void icmpv6_says_it_in_32_bits(void **state)
{
    struct build b = {.len = 0};
    struct probe_packet p;
    (void)state;
    put_hex(&b, ETHERNET_IPV6);
    put_ipv6(&b, (struct ip_fields){.len = 8 + 40 + 20, .protocol = 58});
    put_hex(&b, "02 00 00 00 00 00 05 00");
    put_ipv6(&b, (struct ip_fields){.len = 1460, .protocol = 6});
    put_hex(&b, TCP_PLAIN);
    assert_true(read(&b, &p));
    assert_int_equal(p.kind, PROBE_PACKET_TOO_BIG);
    assert_int_equal(p.mtu, 1280);
    assert_int_equal(p.quote.ip_len, 1500);
    assert_int_equal(p.quote.from_port, 49152);
    assert_int_equal(p.quote.number, 0x01020304);
}

static void a_first_fragment_of_a_reply_is_told(void **state)
{
    struct build b = {.len = 0};
    struct probe_packet p;
    (void)state;
    put_hex(&b, ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 1300, .protocol = 1, .flags = 0x2000});
    put_hex(&b, "00 00 00 00 12 34 00 07");
    assert_true(read(&b, &p));
    assert_int_equal(p.kind, PROBE_PACKET_REPLY);
    assert_true(p.fragment);
    assert_int_equal(p.flow.ip_len, 1300);
}

static void a_later_fragment_is_none_of_its_business(void **state)
{
    struct build b = {.len = 0};
    struct probe_packet p;
    (void)state;
    put_hex(&b, ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 220, .protocol = 1, .flags = 0x00a0});
    put_repeated(&b, 0, 200);
    assert_false(read(&b, &p));
}

/* RFC 2018, 3: two blocks behind two NOPs; RFC 9293, 3.2: MSS 1460. */
static void options_of_tcp_are_read(void **state)
{
    struct build b = {.len = 0};
    struct probe_packet p;
    (void)state;
    put_hex(&b, ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 20 + 44, .protocol = 6});
    put_hex(&b, "c0 00 0d 3d 01 02 03 04 05 06 07 08 b0 10 20 00 00 00 00 00");
    put_hex(&b, "02 04 05 b4 01 01 05 12 00 00 00 01 00 00 00 02 00 00 00 05 00 00 00 09");
    assert_true(read(&b, &p));
    assert_int_equal(p.mss, 1460);
    assert_int_equal(p.n_sacks, 2);
    assert_int_equal(p.sacks[1].from, 5);
    assert_int_equal(p.sacks[1].to, 9);
    assert_int_equal(p.payload_len, 0);
}

/* RFC 792 and RFC 1812, 5.2.7: what each type and code says. */
static void an_error_says_what_its_code_means(void **state)
{
    static const struct {
        const char *icmp;
        enum rdpath_probe_said said;
    } rows[] = {
        {"03 00 00 00 00 00 00 00", RDPATH_PROBE_SAID_NET},
        {"03 01 00 00 00 00 00 00", RDPATH_PROBE_SAID_HOST},
        {"03 03 00 00 00 00 00 00", RDPATH_PROBE_SAID_PORT},
        {"03 0a 00 00 00 00 00 00", RDPATH_PROBE_SAID_PROHIBITED},
        {"03 0d 00 00 00 00 00 00", RDPATH_PROBE_SAID_PROHIBITED},
        {"03 02 00 00 00 00 00 00", RDPATH_PROBE_SAID_UNREACHABLE},
        {"0b 00 00 00 00 00 00 00", RDPATH_PROBE_SAID_HOPS},
        {"0b 01 00 00 00 00 00 00", RDPATH_PROBE_SAID_REASSEMBLY},
        {"0c 00 00 00 00 00 00 00", RDPATH_PROBE_SAID_PARAMETER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct build b = {.len = 0};
        struct probe_packet p;
        put_hex(&b, ETHERNET_IPV4);
        put_ipv4(&b, (struct ip_fields){.len = 56, .protocol = 1});
        put_hex(&b, rows[i].icmp);
        put_ipv4(&b, (struct ip_fields){.len = 60, .protocol = 6, .flags = 0x4000});
        put_hex(&b, "c0 00 0d 3d 00 00 03 e7");
        struct rdpath_frame f = frame_of(&b, 1);
        assert_true(probe_packet_read(&p, &f));
        assert_int_equal(p.kind, PROBE_PACKET_ERROR);
        assert_int_equal(p.said, rows[i].said);
        assert_int_equal(p.quote.from_port, 0xc000);
        assert_int_equal(p.quote.number, 999);
    }
}

static void every_cut_of_a_frame_is_survived(void **state)
{
    struct build b = {.len = 0};
    struct probe_packet p;
    (void)state;
    put_hex(&b, ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 56, .protocol = 1});
    put_hex(&b, "03 04 00 00 00 00 05 78");
    put_ipv4(&b, (struct ip_fields){.len = 1500, .protocol = 1, .flags = 0x4000});
    put_hex(&b, "08 00 00 00 12 34 00 07");
    for (uint32_t n = 0; n < b.len; n++) {
        struct rdpath_frame f = frame_of(&b, 1);
        uint8_t *copy = frame_cut(&f, n);
        assert_false(probe_packet_read(&p, &f));
        free(copy);
    }
}

/* ---- a connection ---------------------------------------------------------------------------- */

enum { OUT_FIRST = 1000, IN_FIRST = 5000, HEADERS = 52 };

static struct probe_stream connected(void)
{
    struct probe_stream s = {.flight_at = 19};
    struct probe_packet syn = {.flags = PROBE_TCP_SYN, .flow.number = OUT_FIRST - 1};
    struct probe_packet answer = {.flags = PROBE_TCP_SYN,
                                  .flow.number = IN_FIRST - 1,
                                  .ack = OUT_FIRST};
    stream_take_out(&s, &syn);
    stream_take_in(&s, &answer);
    return s;
}

static void send_out(struct probe_stream *s, uint32_t from, uint32_t len)
{
    struct probe_packet p = {.flow = {.number = OUT_FIRST + from, .ip_len = len + HEADERS},
                             .payload_len = len};
    stream_take_out(s, &p);
}

static void take_in(struct probe_stream *s, uint32_t from, uint32_t len)
{
    struct probe_packet p = {.flow = {.number = IN_FIRST + from, .ip_len = len + HEADERS},
                             .ack = OUT_FIRST,
                             .payload_len = len};
    stream_take_in(s, &p);
}

/* Three segments; the middle one is missing from what SACK names. */
static void a_segment_that_was_overtaken_is_missing(void **state)
{
    struct probe_stream s = connected();
    struct probe_packet ack = {.ack = OUT_FIRST + 100, .flow.number = IN_FIRST, .n_sacks = 1};
    (void)state;
    send_out(&s, 0, 100);
    send_out(&s, 100, 1400);
    send_out(&s, 1500, 100);
    ack.sacks[0] = (struct probe_sack){OUT_FIRST + 1500, OUT_FIRST + 1600};
    stream_take_in(&s, &ack);
    assert_true(s.pieces[0].delivered && s.pieces[2].delivered && !s.pieces[1].delivered);
    assert_true(stream_is_overtaken(&s, &s.pieces[1]));
    assert_int_equal(s.pieces[1].ip_len, 1452);
}

/* The system splits a segment after an ICMP error: the acknowledgement is of its parts. */
static void a_segment_sent_again_in_parts_tells_nothing(void **state)
{
    struct probe_stream s = connected();
    struct probe_packet ack = {.ack = OUT_FIRST + 1400, .flow.number = IN_FIRST};
    (void)state;
    send_out(&s, 0, 1400);
    send_out(&s, 0, 1300);
    send_out(&s, 1300, 100);
    stream_take_in(&s, &ack);
    assert_true(s.pieces[0].ambiguous);
    assert_false(s.pieces[1].ambiguous || s.pieces[2].ambiguous);
    assert_true(s.pieces[1].delivered);
}

static void a_hole_is_seen_and_closed(void **state)
{
    struct probe_stream s = connected();
    (void)state;
    take_in(&s, 0, 19);
    take_in(&s, 19 + 1228, 500);
    assert_int_equal(s.n_early, 1);
    assert_int_equal(s.in_next, 19);
    take_in(&s, 19, 1228);
    assert_int_equal(s.n_early, 0);
    assert_int_equal(s.in_next, 19 + 1728);
    assert_int_equal(s.largest_in, 1280);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_quotes_what_was_too_big),
        cmocka_unit_test(icmpv6_says_it_in_32_bits),
        cmocka_unit_test(an_error_says_what_its_code_means),
        cmocka_unit_test(a_first_fragment_of_a_reply_is_told),
        cmocka_unit_test(a_later_fragment_is_none_of_its_business),
        cmocka_unit_test(options_of_tcp_are_read),
        cmocka_unit_test(every_cut_of_a_frame_is_survived),
        cmocka_unit_test(a_segment_that_was_overtaken_is_missing),
        cmocka_unit_test(a_segment_sent_again_in_parts_tells_nothing),
        cmocka_unit_test(a_hole_is_seen_and_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
