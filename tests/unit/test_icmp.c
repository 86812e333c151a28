/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP errors of both versions and what they quote. */
#include "tests/unit/frames.h"

#include "analyze/net/packet.h"

static struct build b;

/* An ICMP error up to its quote. rest: bytes 4 to 7. */
static void start(unsigned version, unsigned type_code, uint32_t rest)
{
    b.len = 0;
    put_hex(&b, version == 4 ? ETHERNET_IPV4 : ETHERNET_IPV6);
    if (version == 4)
        put_ipv4(&b, (struct ip_fields){.len = 56, .protocol = 1});
    else
        put_ipv6(&b, (struct ip_fields){.len = 56, .protocol = 58});
    put16(&b, type_code);
    put16(&b, 0); /* checksum */
    put32(&b, rest);
}

static bool decode(struct icmp_error *e)
{
    static struct rdpath_frame frame;
    frame = frame_of(&b, 1);
    struct packet p;
    assert_true(packet_decode(&frame, &p));
    return icmp_decode(&p, e);
}

static void put_quote4(unsigned len)
{
    put_ipv4(&b, (struct ip_fields){.len = len, .protocol = 6, .id = 0x1234, .flags = 0x4000});
    put_hex(&b, "c0 00 0d 3d 11 22 33 44"); /* ports, sequence number */
}

static void put_quote6(void)
{
    put_ipv6(&b, (struct ip_fields){.len = 1460, .protocol = 6});
    put_hex(&b, "c0 00 0d 3d 11 22 33 44");
}

static void fragmentation_needed_tells_mtu_and_packet(void **state)
{
    (void)state;
    struct icmp_error e;
    memset(&e, 0xff, sizeof e);
    start(4, 0x0304, 1400);
    put_quote4(1500);
    assert_true(decode(&e));
    assert_int_equal(e.kind, RDPATH_ICMP_TOO_BIG);
    assert_int_equal(e.type, 3);
    assert_int_equal(e.code, 4);
    assert_int_equal(e.mtu, 1400);
    assert_null(e.quoted.frame);
    assert_int_equal(e.quoted.ip_len, 1500);
    assert_int_equal(e.quoted.id, 0x1234);
    assert_true(e.quoted.df);
    assert_memory_equal(e.quoted.dst.bytes, "\x0a\0\0\x02", 4);
    assert_int_equal(e.quoted.src_port, 49152);
    assert_int_equal(e.quoted.dst_port, 3389);
    assert_true(e.has_seq);
    assert_int_equal(e.seq, 0x11223344);
    assert_int_equal(e.quoted.transport.tail, READER_CUT);
}

/* RFC 1191 section 7.1: 65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68 */
static void a_router_that_tells_no_mtu_means_the_plateau_below(void **state)
{
    (void)state;
    static const struct {
        unsigned len, mtu;
    } rows[] = {{65535, 32000}, {32001, 32000}, {32000, 17914}, {9000, 8166}, {8166, 4352},
                {4000, 2002},   {1500, 1492},   {1493, 1492},   {1492, 1006}, {1000, 508},
                {508, 296},     {296, 68},      {60, 68}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct icmp_error e;
        start(4, 0x0304, 0);
        put_quote4(rows[i].len);
        assert_true(decode(&e));
        assert_int_equal(e.mtu, rows[i].mtu);
    }
}

static void packet_too_big_tells_mtu_and_packet(void **state)
{
    (void)state;
    struct icmp_error e;
    start(6, 0x0200, 1280);
    put_quote6();
    assert_true(decode(&e));
    assert_int_equal(e.kind, RDPATH_ICMP_TOO_BIG);
    assert_int_equal(e.mtu, 1280);
    assert_int_equal(e.quoted.ip_len, 1500);
    assert_int_equal(e.quoted.src_port, 49152);
    assert_true(e.has_seq);
    assert_int_equal(e.seq, 0x11223344);
}

static void every_type_and_code_has_its_kind(void **state)
{
    (void)state;
    static const struct {
        unsigned version, type_code;
        int kind; /* -1: not an error that is read */
    } rows[] = {
        {4, 0x0300, RDPATH_ICMP_HOST},
        {4, 0x0301, RDPATH_ICMP_HOST},
        {4, 0x0302, RDPATH_ICMP_HOST},
        {4, 0x0303, RDPATH_ICMP_PORT},
        {4, 0x0309, RDPATH_ICMP_PROHIBITED},
        {4, 0x030a, RDPATH_ICMP_PROHIBITED},
        {4, 0x030d, RDPATH_ICMP_PROHIBITED},
        {4, 0x030f, RDPATH_ICMP_HOST},
        {4, 0x0b00, RDPATH_ICMP_HOPS},
        {4, 0x0b01, RDPATH_ICMP_REASSEMBLY},
        {4, 0x0b02, -1},
        {4, 0x0800, -1},
        {4, 0x0000, -1},
        {4, 0x0501, -1},
        {6, 0x0100, RDPATH_ICMP_HOST},
        {6, 0x0101, RDPATH_ICMP_PROHIBITED},
        {6, 0x0103, RDPATH_ICMP_HOST},
        {6, 0x0104, RDPATH_ICMP_PORT},
        {6, 0x0105, RDPATH_ICMP_PROHIBITED},
        {6, 0x0106, RDPATH_ICMP_PROHIBITED},
        {6, 0x0300, RDPATH_ICMP_HOPS},
        {6, 0x0301, RDPATH_ICMP_REASSEMBLY},
        {6, 0x8000, -1},
        {6, 0x8700, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct icmp_error e;
        start(rows[i].version, rows[i].type_code, 0x00000578);
        if (rows[i].version == 4)
            put_quote4(1500);
        else
            put_quote6();
        bool found = decode(&e);
        if (found != (rows[i].kind >= 0) || (found && (int)e.kind != rows[i].kind))
            fail_msg("IPv%u %04x: found %d", rows[i].version, rows[i].type_code, found);
        if (found)
            assert_int_equal(e.mtu, 0);
    }
}

static void a_quoted_later_fragment_has_no_ports(void **state)
{
    (void)state;
    struct icmp_error e;
    start(4, 0x0b01, 0);
    put_ipv4(&b, (struct ip_fields){.len = 548, .protocol = 6, .flags = 0x0010});
    put_hex(&b, "c0 00 0d 3d 11 22 33 44");
    assert_true(decode(&e));
    assert_int_equal(e.quoted.fragment_offset, 128);
    assert_int_equal(e.quoted.src_port, 0);
    assert_false(e.has_seq);
}

static void a_quote_of_the_other_version_is_refused(void **state)
{
    (void)state;
    struct icmp_error e;
    start(6, 0x0200, 1280);
    put_quote4(1500);
    put_repeated(&b, 0, 20);
    assert_false(decode(&e));
}

static void cut_at_every_length(void **state)
{
    (void)state;
    start(4, 0x0304, 1400);
    put_quote4(1500);
    uint32_t quote = 14 + 20 + 8;
    for (uint32_t n = 14 + 20; n <= b.len; n++) {
        struct rdpath_frame frame = frame_of(&b, 1);
        uint8_t *copy = frame_cut(&frame, n);
        struct packet p;
        struct icmp_error e;
        assert_true(packet_decode(&frame, &p));
        bool found = icmp_decode(&p, &e);
        assert_int_equal(found, n >= quote + 20);
        if (found) {
            assert_int_equal(e.quoted.dst_port, n >= quote + 24 ? 3389 : 0);
            assert_int_equal(e.has_seq, n >= quote + 28);
            assert_int_equal(e.quoted.transport.tail, READER_CUT);
        }
        free(copy);
    }
}

static bool echo(struct icmp_echo *e)
{
    static struct rdpath_frame frame;
    frame = frame_of(&b, 1);
    struct packet p;
    assert_true(packet_decode(&frame, &p));
    return icmp_echo_decode(&p, e);
}

static void an_echo_tells_its_numbers_and_whether_a_probe_made_it(void **state)
{
    static const struct {
        unsigned version, type;
        bool request;
    } kinds[] = {{4, 8, true}, {4, 0, false}, {6, 128, true}, {6, 129, false}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct icmp_echo e;
        start(kinds[i].version, kinds[i].type << 8, 0x12345678);
        put_hex(&b, "72 64 70 61 74 68 20 70 72 6f 62 65 00"); /* "rdpath probe" */
        assert_true(echo(&e));
        assert_int_equal(e.request, kinds[i].request);
        assert_int_equal(e.id, 0x1234);
        assert_int_equal(e.number, 0x5678);
        assert_true(e.of_probe);
        start(kinds[i].version, kinds[i].type << 8, 0x12345678);
        put_hex(&b, "72 64 70 61 74 68 20 70 72 6f 62 64 00");
        assert_true(echo(&e));
        assert_false(e.of_probe);
    }
}

static void what_is_no_echo_or_not_whole_is_none(void **state)
{
    struct icmp_echo e;
    (void)state;
    start(4, 0x0304, 1400);
    put_quote4(1500);
    assert_false(echo(&e));
    start(4, 0x8000, 0); /* of the other version */
    assert_false(echo(&e));
    start(4, 0x0800, 0x12345678);
    b.len -= 1;
    assert_false(echo(&e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragmentation_needed_tells_mtu_and_packet),
        cmocka_unit_test(a_router_that_tells_no_mtu_means_the_plateau_below),
        cmocka_unit_test(packet_too_big_tells_mtu_and_packet),
        cmocka_unit_test(every_type_and_code_has_its_kind),
        cmocka_unit_test(a_quoted_later_fragment_has_no_ports),
        cmocka_unit_test(a_quote_of_the_other_version_is_refused),
        cmocka_unit_test(cut_at_every_length),
        cmocka_unit_test(an_echo_tells_its_numbers_and_whether_a_probe_made_it),
        cmocka_unit_test(what_is_no_echo_or_not_whole_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
