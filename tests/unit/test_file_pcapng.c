/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng: every block, in both byte orders. Expected values come from how the bytes were made. */
#include "file_fixture.h"

#include "analyze/file/clock.h"

/* A second after 2023-11-14, in microseconds. */
static const uint64_t TICKS = 1700000001000007;
static const int64_t TICKS_NS = 1700000001000007000;

static void assert_packet(struct capture_file *f, uint64_t number, uint32_t interface, uint8_t seed)
{
    struct rdpath_frame frame;
    assert_true(file_next(f, &frame));
    assert_int_equal(frame.number, number);
    assert_int_equal(frame.interface, interface);
    assert_frame(&frame, seed, 10u + seed % 4);
    assert_int_equal(frame.wire_len, frame.captured_len + 7);
}

/* Reads to the end; returns how many frames there were. */
static uint64_t drained(struct capture_file *f)
{
    struct rdpath_frame frame;
    uint64_t n = 0;
    while (file_next(f, &frame))
        n++;
    return n;
}

static void sections_have_their_own_interfaces(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct made m = {.big = big};
        section(&m);
        interface(&m, 1, 0);
        interface(&m, 101, 96);
        packet(&m, 1, TICKS, 1);
        packet(&m, 0, TICKS, 2);
        m.big = !big;
        section(&m);
        interface(&m, 113, 0);
        packet(&m, 0, TICKS, 3);
        struct capture_file *f = opened(&m);
        assert_packet(f, 1, 1, 1);
        assert_packet(f, 2, 0, 2);
        assert_packet(f, 3, 2, 3);
        assert_int_equal(drained(f), 0);
        const struct file_info *info = file_info(f);
        assert_string_equal(info->format, "pcapng");
        assert_int_equal(info->n_interfaces, 3);
        assert_int_equal(info->interfaces[0].link_type, 1);
        assert_int_equal(info->interfaces[1].link_type, 101);
        assert_int_equal(info->interfaces[1].snaplen, 96);
        assert_int_equal(info->interfaces[2].link_type, 113);
        assert_int_equal(info->n_problems, 0);
        assert_int_equal(info->first_ns, TICKS_NS);
        file_close(f);
        made_free(&m);
    }
}

static void an_interface_tells_of_itself(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct made m = {.big = big};
        section(&m);
        interface_begin(&m, 1, 0);
        option(&m, 2, "eth0", 4);
        option(&m, 3, "the wire", 8);
        option(&m, 11, "\0tcp port 3389", 14);
        option_number(&m, 9, 9, 1);              /* nanoseconds */
        option_number(&m, 14, (uint64_t)-10, 8); /* seconds to add */
        option(&m, 1, "hello", 5);
        option_end(&m);
        block_end(&m);
        interface_begin(&m, 1, 0);
        option(&m, 11, "\1\x28\0\0\0", 5); /* a BPF program; no end of options */
        block_end(&m);
        packet(&m, 0, 20000000123, 1);
        struct capture_file *f = opened(&m);
        struct rdpath_frame frame;
        assert_true(file_next(f, &frame));
        assert_int_equal(frame.ts_ns, 10000000123);
        const struct file_info *info = file_info(f);
        assert_string_equal(info->interfaces[0].name, "eth0");
        assert_string_equal(info->interfaces[0].description, "the wire");
        assert_string_equal(info->interfaces[0].filter, "tcp port 3389");
        assert_null(info->interfaces[1].name);
        assert_string_equal(info->interfaces[1].filter, "");
        assert_int_equal(info->n_comments, 1);
        assert_string_equal(info->comments[0], "hello");
        file_close(f);
        made_free(&m);
    }
}

static void packet_options_tell_way_and_drops(void **state)
{
    (void)state;
    static const uint8_t ways[] = {RDPATH_WAY_UNKNOWN, RDPATH_WAY_INBOUND, RDPATH_WAY_OUTBOUND,
                                   RDPATH_WAY_UNKNOWN};
    for (int big = 0; big < 2; big++) {
        struct made m = {.big = big};
        section(&m);
        interface(&m, 1, 0);
        for (uint8_t i = 0; i < 4; i++) {
            packet_begin(&m, 0, TICKS, i);
            option_number(&m, 2, 0xfffffff0u | i, 4);
            option_number(&m, 4, 5, 8);
            option(&m, 1, "odd", 3);
            option_end(&m);
            block_end(&m);
        }
        struct capture_file *f = opened(&m);
        for (uint8_t i = 0; i < 4; i++) {
            struct rdpath_frame frame;
            assert_true(file_next(f, &frame));
            assert_int_equal(frame.way, ways[i]);
            assert_int_equal(file_info(f)->interfaces[0].dropped, 5 * (i + 1));
        }
        assert_int_equal(file_info(f)->n_comments, 4);
        assert_string_equal(file_info(f)->comments[3], "odd");
        file_close(f);
        made_free(&m);
    }
}

static void a_simple_packet_is_cut_at_the_snaplen(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct made m = {.big = big};
        section(&m);
        interface(&m, 101, 30);
        block_begin(&m, 3);
        put32(&m, 1500);
        put_frame(&m, 9, 30);
        block_end(&m);
        block_begin(&m, 3);
        put32(&m, 21);
        put_frame(&m, 8, 21);
        block_end(&m);
        struct capture_file *f = opened(&m);
        struct rdpath_frame frame;
        assert_true(file_next(f, &frame));
        assert_frame(&frame, 9, 30);
        assert_int_equal(frame.wire_len, 1500);
        assert_true(frame.ts_ns == RDPATH_UNKNOWN);
        assert_int_equal(frame.link_type, 101);
        assert_true(file_next(f, &frame));
        assert_frame(&frame, 8, 21);
        assert_false(file_next(f, &frame));
        assert_true(file_info(f)->first_ns == RDPATH_UNKNOWN);
        file_close(f);
        made_free(&m);
    }
}

static void obsolete_packet(struct made *m, uint16_t interface, uint16_t drops, uint8_t seed)
{
    block_begin(m, 2);
    put16(m, interface);
    put16(m, drops);
    put32(m, (uint32_t)(TICKS >> 32));
    put32(m, (uint32_t)TICKS);
    put32(m, 10u + seed % 4);
    put32(m, 17u + seed % 4);
    put_frame(m, seed, 10u + seed % 4);
    while (m->len % 4)
        put8(m, 0);
    option_number(m, 2, 2, 4); /* pack_flags: outbound */
    block_end(m);
}

static void obsolete_packets_are_read(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct made m = {.big = big};
        section(&m);
        interface(&m, 1, 0);
        interface(&m, 1, 0);
        obsolete_packet(&m, 1, 3, 1);
        obsolete_packet(&m, 1, 0xffff, 2); /* not known */
        struct capture_file *f = opened(&m);
        struct rdpath_frame frame;
        assert_true(file_next(f, &frame));
        assert_frame(&frame, 1, 11);
        assert_int_equal(frame.ts_ns, TICKS_NS);
        assert_int_equal(frame.wire_len, 18);
        assert_int_equal(frame.way, RDPATH_WAY_OUTBOUND);
        assert_packet(f, 2, 1, 2);
        assert_int_equal(file_info(f)->interfaces[1].dropped, 3);
        assert_int_equal(file_info(f)->interfaces[0].dropped, -1);
        file_close(f);
        made_free(&m);
    }
}

static void names_and_secrets_are_noted(void **state)
{
    (void)state;
    struct made m = {.big = true};
    section(&m);
    block_begin(&m, 4);
    option(&m, 1, "\x0a\0\x09\x02rds01\0rds01.example\0", 4 + 6 + 14);
    option(&m, 3, "\1\2\3\4\5\6mac\0", 10);                           /* an EUI-48: not wanted */
    option(&m, 2, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1six", 19); /* not closed */
    option(&m, 1, "\1\2\3", 3);                                       /* too short for an address */
    option_end(&m);
    block_end(&m);
    struct capture_file *f = opened(&m);
    assert_int_equal(drained(f), 0);
    const struct file_info *info = file_info(f);
    assert_int_equal(info->n_names, 3);
    assert_int_equal(info->names[0].version, 4);
    assert_memory_equal(info->names[0].address, "\x0a\0\x09\2\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_string_equal(info->names[0].name, "rds01");
    assert_string_equal(info->names[1].name, "rds01.example");
    assert_int_equal(info->names[2].version, 6);
    assert_string_equal(info->names[2].name, "six");
    assert_false(info->has_secrets);
    file_close(f);

    block_begin(&m, 10);
    put32(&m, 0x544c534b); /* TLS key log */
    put32(&m, 4);
    put(&m, "key\n", 4);
    block_end(&m);
    f = opened(&m);
    drained(f);
    assert_true(file_info(f)->has_secrets);
    assert_int_equal(file_info(f)->n_problems, 0);
    file_close(f);
    made_free(&m);
}

static void statistics_tell_of_losses_and_the_end(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct made m = {.big = big};
        section(&m);
        interface(&m, 1, 0);
        interface(&m, 1, 0);
        for (uint64_t i = 1; i <= 2; i++) {
            block_begin(&m, 5);
            put32(&m, 1);
            put64(&m, 0);
            option_number(&m, 4, 100 * i, 8); /* received */
            option_number(&m, 5, 3 * i, 8);   /* dropped by the interface */
            option_number(&m, 7, 4 * i, 8);   /* dropped by the system */
            put16(&m, 3);                     /* end time: two halves */
            put16(&m, 8);
            put32(&m, (uint32_t)(TICKS >> 32));
            put32(&m, (uint32_t)(TICKS - 1000 * i));
            block_end(&m);
        }
        struct capture_file *f = opened(&m);
        assert_int_equal(drained(f), 0);
        const struct file_info *info = file_info(f);
        assert_int_equal(info->interfaces[0].received, -1);
        assert_int_equal(info->interfaces[1].received, 200);
        assert_int_equal(info->interfaces[1].dropped, 14);
        assert_int_equal(info->end_ns, TICKS_NS - 1000000);
        assert_int_equal(info->n_problems, 0);
        file_close(f);
        made_free(&m);
    }
}

static void empty_block(struct made *m, uint32_t type, size_t len)
{
    block_begin(m, type);
    put_frame(m, 0, len);
    block_end(m);
}

/* Wireshark gives custom and journal blocks a frame number, statistics and unknown ones none. */
static void frames_are_numbered_as_wireshark_does(void **state)
{
    (void)state;
    struct made m = {.big = false};
    section(&m);
    interface(&m, 1, 0);
    packet(&m, 0, TICKS, 1);
    empty_block(&m, 0x00000bad, 4);
    empty_block(&m, 0x40000bad, 8);
    empty_block(&m, 9, 16);
    empty_block(&m, 0x80000bad, 16); /* not known */
    empty_block(&m, 10, 8);
    packet(&m, 0, TICKS, 2);
    section(&m);
    interface(&m, 1, 0);
    empty_block(&m, 9, 16);
    packet(&m, 0, TICKS, 3);
    struct capture_file *f = opened(&m);
    assert_packet(f, 1, 0, 1);
    assert_packet(f, 5, 0, 2);
    assert_packet(f, 7, 1, 3);
    assert_int_equal(drained(f), 0);
    assert_int_equal(file_info(f)->packets, 3);
    assert_int_equal(file_info(f)->n_problems, 0);
    file_close(f);
    made_free(&m);
}

/* if_tsresol: ticks, resolution, offset, and what that is in nanoseconds. */
static void clocks_are_exact(void **state)
{
    (void)state;
    static const struct {
        uint64_t ticks;
        uint8_t resolution;
        int64_t offset_s, ns;
        bool fits;
    } rows[] = {
        {7, 0, 0, 7000000000, true},
        {7, 3, 0, 7000000, true},
        {TICKS, 6, 0, TICKS_NS, true},
        {7, 9, 0, 7, true},
        {7999, 12, 0, 7, true},
        {UINT64_MAX, 28, 0, 1, true}, /* 1.8 times 10^19 ticks of 10^-28 s */
        {UINT64_MAX, 29, 0, 0, true},
        {UINT64_MAX, 127, 0, 0, true},
        {7, 0x80, 0, 7000000000, true},
        {3, 0x81, 0, 1500000000, true},
        {0x180000000, 0x80 + 32, 0, 1500000000, true},
        {UINT64_MAX, 0x80 + 63, 0, 1999999999, true},
        {UINT64_MAX, 0x80 + 64, 0, 999999999, true},
        {UINT64_MAX, 0x80 + 67, 0, 124999999, true},
        {UINT64_MAX, 0xff, 0, 0, true},
        {5, 0, -6, -1000000000, true},
        {5, 9, 1700000000, 1700000000000000005, true},
        {9223372036, 0, 0, 9223372036000000000, true},
        {9223372037, 0, 0, INT64_MAX, false},
        {UINT64_MAX, 6, 0, INT64_MAX, false},
        {UINT64_MAX, 0x80, 0, INT64_MAX, false},
        {0, 6, INT64_MAX, INT64_MAX, false},
        {0, 6, INT64_MIN, INT64_MIN + 1, false},
        {9223372036, 0, 1, INT64_MAX, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct clock clock = clock_of_microseconds();
        clock_set_resolution(&clock, rows[i].resolution);
        clock.offset_s = rows[i].offset_s;
        int64_t ns;
        assert_int_equal(clock_read(&clock, rows[i].ticks, &ns), rows[i].fits);
        assert_int_equal(ns, rows[i].ns);
    }
}

/* ---- what is wrong in a block leaves the others ---------------------------------------------- */

static void assert_one_problem(struct made *m, uint64_t n_frames, const char *part)
{
    struct capture_file *f = opened(m);
    assert_int_equal(drained(f), n_frames);
    assert_int_equal(file_info(f)->n_problems, 1);
    assert_has(file_info(f)->problems[0], part);
    file_close(f);
    made_free(m);
}

static struct made section_and_packet(void)
{
    struct made m = {.big = true};
    section(&m);
    interface(&m, 1, 0);
    packet(&m, 0, TICKS, 1);
    return m;
}

static void a_wrong_block_is_left_out(void **state)
{
    (void)state;
    struct made m = section_and_packet();
    packet(&m, 7, TICKS, 2);
    packet(&m, 0, TICKS, 3);
    assert_one_problem(&m, 2, "section's 1 interfaces in the block at byte 92, found number 7");

    m = section_and_packet();
    block_begin(&m, 6);
    put64(&m, 0); /* interface, half a time: too short for a packet's header */
    put32(&m, 0);
    block_end(&m);
    packet(&m, 0, TICKS, 3);
    assert_one_problem(&m, 2, "more bytes than the 24 of the block of type 0x6 at byte 92");

    m = section_and_packet();
    packet(&m, 0, UINT64_MAX, 3);
    assert_one_problem(&m, 2, "time between 1677 and 2262 in the block at byte 92");

    m = section_and_packet();
    packet_begin(&m, 0, TICKS, 2);
    put16(&m, 1); /* a comment that goes beyond the block: the frame itself is whole */
    put16(&m, 100);
    block_end(&m);
    assert_one_problem(&m, 2, "beyond its end is left out");
}

static void wrong_lengths_end_the_file(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 8, 13, 15, 18 * 1024 * 1024, UINT32_MAX - 3};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct made m = section_and_packet();
        put32(&m, 6);
        put32(&m, lengths[i]);
        put_frame(&m, 0, 100);
        assert_one_problem(&m, 1, "at byte 92, found");
    }
    struct made m = section_and_packet();
    m.bytes[m.len - 1] ^= 4;
    assert_one_problem(&m, 0, "ends with the length it begins with at byte 48, found 40");

    m = section_and_packet();
    section(&m);
    m.bytes[92 + 8] = 0;
    assert_one_problem(&m, 1, "byte-order magic");
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void limits_are_kept_and_told(void **state)
{
    (void)state;
    struct made m = {.big = false};
    section(&m);
    for (int i = 0; i < FILE_INTERFACES_MAX + 3; i++)
        interface(&m, 1, 0);
    packet(&m, FILE_INTERFACES_MAX, TICKS, 1); /* of an interface that was not kept */
    packet(&m, FILE_INTERFACES_MAX - 1, TICKS, 2);
    assert_one_problem(&m, 1, "at most 4096 interfaces, found more");

    m = section_and_packet();
    for (int i = 0; i < FILE_COMMENTS_MAX + 3; i++) {
        packet_begin(&m, 0, TICKS, 0);
        option(&m, 1, "c", 1);
        block_end(&m);
    }
    assert_one_problem(&m, FILE_COMMENTS_MAX + 4, "at most 256 comments");

    m = section_and_packet();
    block_begin(&m, 4);
    for (int i = 0; i < FILE_NAMES_MAX + 3; i++)
        option(&m, 1, "\1\2\3\4n", 6);
    block_end(&m);
    assert_one_problem(&m, 1, "at most 65536 name records");

    m = section_and_packet();
    char *text = malloc(65532);
    memset(text, 'x', 65532);
    for (int i = 0; i < 300; i++) { /* 19 MB */
        interface_begin(&m, 1, 0);
        option(&m, 3, text, 65532);
        block_end(&m);
    }
    free(text);
    assert_one_problem(&m, 1, "at most 16777216 bytes of names and comments");
}

static void further_problems_are_counted(void **state)
{
    (void)state;
    struct made m = section_and_packet();
    for (int i = 0; i < FILE_PROBLEMS_MAX + 5; i++)
        packet(&m, 9, TICKS, 1);
    struct capture_file *f = opened(&m);
    assert_int_equal(drained(f), 1);
    assert_int_equal(file_info(f)->n_problems, FILE_PROBLEMS_MAX + 1);
    assert_has(file_info(f)->problems[0], "found number 9");
    assert_string_equal(file_info(f)->problems[FILE_PROBLEMS_MAX],
                        "5 further problems of this file.");
    file_close(f);
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_have_their_own_interfaces),
        cmocka_unit_test(an_interface_tells_of_itself),
        cmocka_unit_test(packet_options_tell_way_and_drops),
        cmocka_unit_test(a_simple_packet_is_cut_at_the_snaplen),
        cmocka_unit_test(obsolete_packets_are_read),
        cmocka_unit_test(names_and_secrets_are_noted),
        cmocka_unit_test(statistics_tell_of_losses_and_the_end),
        cmocka_unit_test(frames_are_numbered_as_wireshark_does),
        cmocka_unit_test(clocks_are_exact),
        cmocka_unit_test(a_wrong_block_is_left_out),
        cmocka_unit_test(wrong_lengths_end_the_file),
        cmocka_unit_test(limits_are_kept_and_told),
        cmocka_unit_test(further_problems_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
