/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anyone may send an ICMP error. One that quotes a packet of the connection is heard; one that
 * quotes a sequence number which was never sent is not (RFC 5927 section 4.1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/feed_play.h"
#include "tests/unit/flow_play.h"

enum { QUOTED_LEN = 20 + 8, PROHIBITED = 13, ETHERNET_LEN = 14, LINK_RAW = 101 };

/* An ICMP error from 192.0.2.254 about the SYN of w, with that sequence number in the quote. */
static void feed_prohibited(struct feed *f, struct wire *w, uint32_t quoted_seq)
{
    struct line syn = {.way = UP, .flags = TCP_SYN};
    struct rdpath_frame about = wire_frame(w, &syn);
    struct build b = {.len = 0};
    put_hex(&b, "45 00");
    put16(&b, 20 + 8 + QUOTED_LEN);
    put_hex(&b, "00 00 00 00 40 01 00 00 c0 00 02 fe 0a 00 00 01");
    put8(&b, 3);
    put8(&b, PROHIBITED);
    put_hex(&b, "00 00 00 00 00 00");
    for (int i = 0; i < QUOTED_LEN; i++)
        put8(&b, about.bytes[ETHERNET_LEN + i]);
    for (int i = 0; i < 4; i++)
        b.bytes[b.len - 4 + (size_t)i] = (uint8_t)(quoted_seq >> (24 - 8 * i));
    struct rdpath_frame frame = frame_of(&b, LINK_RAW);
    frame.ts_ns = WIRE_START_NS + 5 * MS * 1000;
    feed_frame(f, frame);
}

static void answered_by(uint32_t apart, const char *cause)
{
    struct rdpath_options options = {0};
    struct feed *f = feed_new(&options);
    struct wire w = {.isn = {1000, 2000}};
    for (int i = 0; i < 4; i++)
        feed(f, &w,
             (struct line){.way = UP, .at_us = i * 1000 * MS, .flags = TCP_SYN, .mss = 1460});
    feed_prohibited(f, &w, w.isn[UP] + apart);
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_string_equal(f->told[0].cause, cause);
    feed_free(f);
}

static void an_error_about_our_syn_is_heard(void **state)
{
    (void)state;
    answered_by(0, "firewall-reject");
}

static void an_error_about_a_foreign_number_is_not(void **state)
{
    (void)state;
    answered_by(0x20000000, "connect-unanswered");
    answered_by(0xe0000000, "connect-unanswered");
}

/* A router's error about packets of 1500 bytes, and then one of 1500 bytes that arrives. */
static void an_error_that_a_larger_packet_contradicts_is_forgotten(void **state)
{
    (void)state;
    struct scene s = {.wire = {.isn = {1000, 2000}}};
    play_opening(&s);
    flow_too_big(s.flow, RDPATH_TO_CLIENT, 1400, WIRE_START_NS + 4 * MS * 1000);
    play(&s, (struct line){.way = DOWN, .at_us = 900 * MS, .seq = 1, .ack = 1, .len = MSS});
    play(&s, (struct line){.way = UP, .at_us = 901 * MS, .seq = 1, .ack = 1 + MSS});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].mtu.at_least, 1500);
    assert_int_equal(s.path[DOWN].mtu.below, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_about_our_syn_is_heard),
        cmocka_unit_test(an_error_about_a_foreign_number_is_not),
        cmocka_unit_test(an_error_that_a_larger_packet_contradicts_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
