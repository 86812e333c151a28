/* SPDX-License-Identifier: Apache-2.0 */
/* The glance must see what packet_decode() and tcp_decode() see, or nothing at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/wire_play.h"

#include "analyze/net/glance.h"

static void agrees_with_the_decoders(struct rdpath_frame frame)
{
    struct glance g;
    struct packet p;
    struct tcp_segment t;
    if (!glance_at(&frame, &g))
        return;
    if (!packet_decode(&frame, &p)) /* an IP length that cannot be: nothing is missed */
        return;
    assert_int_equal(p.protocol, IP_TCP);
    assert_false(p.fragment);
    if (!tcp_decode(&p, &t))
        return;
    assert_int_equal(g.src_port, p.src_port);
    assert_int_equal(g.dst_port, p.dst_port);
    assert_int_equal(g.flags & 0x1f, t.flags & 0x1f);
    if (t.payload.left)
        assert_int_equal(g.first_payload, t.payload.at[0]);
}

static void sees_tcp_at_every_length(bool v6)
{
    struct wire w = {.v6 = v6, .client_port = 40000, .server_port = 443};
    struct line l = {.way = UP,
                     .flags = TCP_ACK | TCP_PSH,
                     .seq = 1,
                     .ack = 1,
                     .len = 30,
                     .mss = 1460,
                     .payload = "\x03 is the first of thirty bytes"};
    struct rdpath_frame whole = wire_frame(&w, &l);
    uint32_t headers = 14 + (v6 ? 40 : 20) + 24;
    for (uint32_t n = 0; n <= whole.captured_len; n++) {
        struct rdpath_frame frame = whole;
        struct glance g;
        uint8_t *cut = frame_cut(&frame, n); /* its own memory: a read beyond is found */
        assert_int_equal(glance_at(&frame, &g), n >= headers - 10);
        if (n > headers)
            assert_int_equal(g.first_payload, 3);
        agrees_with_the_decoders(frame);
        free(cut);
    }
}

static void ipv4_and_ipv6_are_seen(void **state)
{
    (void)state;
    sees_tcp_at_every_length(false);
    sees_tcp_at_every_length(true);
}

/* Each byte of the headers set to each value: what the glance says, the decoders say as well. */
static void a_changed_byte_never_deceives(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        struct wire w = {.v6 = v6};
        struct line l = {.way = DOWN, .seq = 1, .ack = 1, .len = 60};
        struct rdpath_frame whole = wire_frame(&w, &l);
        for (uint32_t at = 12; at < 54; at++) {
            for (int value = 0; value < 256; value++) {
                uint8_t bytes[256];
                memcpy(bytes, whole.bytes, whole.captured_len);
                bytes[at] = (uint8_t)value;
                struct rdpath_frame frame = whole;
                frame.bytes = bytes;
                agrees_with_the_decoders(frame);
            }
        }
    }
}

static void other_link_types_are_left_to_the_decoder(void **state)
{
    (void)state;
    struct wire w = {.v6 = false};
    struct line l = {.way = UP, .len = 10};
    struct rdpath_frame frame = wire_frame(&w, &l);
    struct glance g;
    assert_true(glance_at(&frame, &g));
    frame.link_type = 113;
    assert_false(glance_at(&frame, &g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_and_ipv6_are_seen),
        cmocka_unit_test(a_changed_byte_never_deceives),
        cmocka_unit_test(other_link_types_are_left_to_the_decoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
