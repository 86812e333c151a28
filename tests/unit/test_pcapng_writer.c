/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks against the drawings of draft-ietf-opsawg-pcapng, byte by byte, and as our own reader
 * reads them back.
 */
#include "file_fixture.h"
#include "pcapng_written.h"

static uint8_t memory[4096];

static struct pcapng_room room_of(size_t size)
{
    memset(memory, 0xee, sizeof memory);
    return (struct pcapng_room){memory, size, 0, false};
}

/* Figure 9: type, length, magic, versions, section length; options 4, 3, 2 and a comment. */
static void a_section_is_as_drawn(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0x0a, 0x0d, 0x0d, 0x0a, 60,   0,    0,    0,                  /* */
        0x4d, 0x3c, 0x2b, 0x1a, 1,    0,    0,    0,                  /* */
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,               /* */
        1,    0,    5,    0,    'h',  'e',  'l',  'l',  'o', 0, 0, 0, /* comment */
        3,    0,    1,    0,    'L',  0,    0,    0,                  /* shb_os */
        4,    0,    1,    0,    'r',  0,    0,    0,    0,   0, 0, 0, 60, 0, 0, 0,
    };
    struct pcapng_room r = room_of(sizeof memory);
    pcapng_put_section(&r, &(struct pcapng_section){.os = "L", .program = "r", .comment = "hello"});
    assert_false(r.failed);
    assert_int_equal(r.len, sizeof expected);
    assert_memory_equal(memory, expected, sizeof expected);
}

/* Figure 10; if_IPv4addr is an address and a mask, if_filter begins with a 0 for a text. */
static void an_interface_is_as_drawn(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        1,  0, 0, 0, 72,  0,   0,   0,   101, 0,   0,   0,
        96, 0, 0, 0,                                       /* LINKTYPE_RAW, snaplen 96 */
        2,  0, 2, 0, 'l', 'o', 0,   0,                     /* if_name */
        4,  0, 8, 0, 10,  9,   8,   7,   255, 255, 240, 0, /* if_IPv4addr, /20 */
        6,  0, 6, 0, 2,   3,   4,   5,   6,   7,   0,   0, /* if_MACaddr */
        9,  0, 1, 0, 9,   0,   0,   0,                     /* if_tsresol: 10^-9 */
        11, 0, 4, 0, 0,   'a', 'r', 'p',                   /* if_filter */
        0,  0, 0, 0, 72,  0,   0,   0,
    };
    static const struct addr address = {{10, 9, 8, 7}, 4};
    struct pcapng_interface i = {.link_type = 101,
                                 .snaplen = 96,
                                 .name = "lo",
                                 .filter = "arp",
                                 .addresses = &address,
                                 .prefix_lens = &(const uint8_t){20},
                                 .n_addresses = 1,
                                 .mac = (const uint8_t[]){2, 3, 4, 5, 6, 7}};
    struct pcapng_room r = room_of(sizeof memory);
    pcapng_put_interface(&r, &i);
    assert_false(r.failed);
    assert_int_equal(r.len, sizeof expected);
    assert_memory_equal(memory, expected, sizeof expected);
}

/* 4.5: a record for each address, its name with a zero byte; nrb_record_end, opt_endofopt. */
static void names_are_as_drawn(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        4,   0,   0,   0,   64,  0, 0,  0,                                     /* */
        1,   0,   10,  0,   10,  0, 9,  2,   'r', 's', '.', 'e', 'x', 0, 0, 0, /* IPv4 */
        2,   0,   22,  0,   32,  1, 13, 184, 0,   0,   0,   0,                 /* IPv6 */
        0,   0,   0,   0,   0,   0, 0,  1,                                     /* */
        'r', 's', '.', 'e', 'x', 0, 0,  0,                                     /* */
        0,   0,   0,   0,   0,   0, 0,  0,   64,  0,   0,   0,
    };
    static const struct addr addresses[] = {{{10, 0, 9, 2}, 4}, {{32, 1, 13, 184, [15] = 1}, 6}};
    struct pcapng_room r = room_of(sizeof memory);
    pcapng_put_names(&r, &(struct pcapng_names){"rs.ex", addresses, 2});
    assert_false(r.failed);
    assert_int_equal(r.len, sizeof expected);
    assert_memory_equal(memory, expected, sizeof expected);
}

/* Figure 11: the time's upper half first; one byte of padding behind 3 bytes of packet. */
static void a_packet_is_as_drawn(void **state)
{
    (void)state;
    static const uint8_t head_expected[] = {
        6, 0, 0, 0, 60, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 60, 0, 0, 0,
    };
    static const uint8_t tail_expected[] = {
        0, 2, 0, 4, 0,  1, 0, 0, 0,          /* padding; epb_flags: inbound */
        4, 0, 8, 0, 7,  0, 0, 0, 0, 0, 0, 0, /* epb_dropcount */
        0, 0, 0, 0, 60, 0, 0, 0,
    };
    struct pcapng_packet p = {.interface = 2,
                              .captured_len = 3,
                              .wire_len = 60,
                              .ts_ns = 0x200000001,
                              .way = RDPATH_WAY_INBOUND,
                              .dropped = 7};
    uint8_t head[PCAPNG_HEAD_LEN];
    struct pcapng_room r = room_of(PCAPNG_TAIL_MIN);
    pcapng_put_packet(&r, &p, head);
    assert_false(r.failed);
    assert_memory_equal(head, head_expected, sizeof head);
    assert_int_equal(r.len, sizeof tail_expected);
    assert_memory_equal(memory, tail_expected, sizeof tail_expected);
}

/* What a recording writes for nearly every packet: 32 bytes around it. */
static void a_packet_without_options_ends_at_once(void **state)
{
    (void)state;
    uint8_t head[PCAPNG_HEAD_LEN];
    struct pcapng_room r = room_of(PCAPNG_TAIL_MIN);
    pcapng_put_packet(&r, &(struct pcapng_packet){.captured_len = 8, .wire_len = 8}, head);
    assert_int_equal(r.len, 4);
    assert_memory_equal(memory, "\x28\0\0\0", 4);
    assert_memory_equal(head + 4, "\x28\0\0\0", 4);
}

/* Figure 14; times have their upper half first in options as well, counters do not. */
static void statistics_are_as_drawn(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        5, 0, 0, 0, 52, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, /* interface 1, time */
        3, 0, 8, 0, 3,  0, 0, 0, 5, 0, 0, 0,                         /* isb_endtime */
        5, 0, 8, 0, 9,  0, 0, 0, 0, 0, 0, 0,                         /* isb_ifdrop */
        0, 0, 0, 0, 52, 0, 0, 0,
    };
    struct pcapng_statistics s = {.interface = 1,
                                  .ts_ns = 0x300000004,
                                  .start_ns = RDPATH_UNKNOWN,
                                  .end_ns = 0x300000005,
                                  .received = -1,
                                  .if_dropped = 9,
                                  .os_dropped = -1};
    struct pcapng_room r = room_of(sizeof memory);
    pcapng_put_statistics(&r, &s);
    assert_int_equal(r.len, sizeof expected);
    assert_memory_equal(memory, expected, sizeof expected);
}

static void our_reader_reads_it_back(void **state)
{
    (void)state;
    struct pcapng_room r = room_of(sizeof memory);
    written_capture(&r);
    assert_false(r.failed);
    struct capture_file *f = opened(&(struct made){.bytes = memory, .len = r.len});
    struct rdpath_frame frame;
    assert_true(file_next(f, &frame));
    assert_int_equal(frame.ts_ns, 1767604443123456789);
    assert_int_equal(frame.wire_len, 1500);
    assert_int_equal(frame.way, RDPATH_WAY_OUTBOUND);
    assert_int_equal(frame.captured_len, sizeof written_frame);
    assert_memory_equal(frame.bytes, written_frame, sizeof written_frame);
    assert_true(file_next(f, &frame));
    assert_int_equal(frame.ts_ns, 1767604443200000000);
    assert_int_equal(frame.way, RDPATH_WAY_UNKNOWN);
    assert_false(file_next(f, &frame));
    const struct file_info *info = file_info(f);
    assert_int_equal(info->n_problems, 0);
    assert_int_equal(info->n_comments, 5);
    assert_string_equal(info->comments[2], "first of two");
    assert_string_equal(info->interfaces[0].name, "eth0");
    assert_string_equal(info->interfaces[0].filter, "tcp port 3389");
    assert_int_equal(info->interfaces[0].received, 91);
    assert_int_equal(info->interfaces[0].dropped, 7);
    assert_int_equal(info->end_ns, 1767604452000000000);
    file_close(f);
}

/* At whatever byte the room ends: the blocks before it stay, none is half there. */
static void a_block_is_whole_or_left_out(void **state)
{
    (void)state;
    struct pcapng_section s = {"box", "Linux", "rdpath", "the answer"};
    struct pcapng_room whole = room_of(sizeof memory);
    pcapng_put_section(&whole, &s);
    for (size_t size = 0; size < whole.len; size++) {
        struct pcapng_room r = room_of(size);
        pcapng_put_section(&r, &s);
        assert_true(r.failed);
        assert_int_equal(r.len, 0);
        assert_int_equal(memory[size], 0xee);
    }
    uint8_t head[PCAPNG_HEAD_LEN];
    struct pcapng_room r = room_of(6);
    pcapng_put_packet(&r, &(struct pcapng_packet){.captured_len = 1, .wire_len = 1}, head);
    assert_true(r.failed);
    assert_int_equal(r.len, 0);
}

/* 3.5: the length of an option has 16 bits. */
static void an_option_that_is_too_long_fails(void **state)
{
    (void)state;
    static uint8_t large[140000];
    static char text[65537];
    for (size_t len = 65535; len <= 65536; len++) {
        memset(text, 'x', len);
        struct pcapng_room r = {large, sizeof large, 0, false};
        pcapng_put_section(&r, &(struct pcapng_section){.comment = text});
        assert_int_equal(r.failed, len > 65535);
        r = (struct pcapng_room){large, sizeof large, 0, false};
        pcapng_put_interface(&r, &(struct pcapng_interface){.filter = text + 1});
        assert_int_equal(r.failed, len > 65535); /* a byte stands before it */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_is_as_drawn),
        cmocka_unit_test(an_interface_is_as_drawn),
        cmocka_unit_test(names_are_as_drawn),
        cmocka_unit_test(a_packet_is_as_drawn),
        cmocka_unit_test(a_packet_without_options_ends_at_once),
        cmocka_unit_test(statistics_are_as_drawn),
        cmocka_unit_test(our_reader_reads_it_back),
        cmocka_unit_test(a_block_is_whole_or_left_out),
        cmocka_unit_test(an_option_that_is_too_long_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
