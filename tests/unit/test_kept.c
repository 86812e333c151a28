/* SPDX-License-Identifier: Apache-2.0 */
/* The packets that are kept for a report: which, and what became of each. */
#include "tests/unit/feed_play.h"

static const struct rdpath_options keeping = {.keep_packets = true, .vantage = RDPATH_AT_CLIENT};

static struct feed *begin(void **state)
{
    (void)state;
    return feed_new(&keeping);
}

static const struct rdpath_packet *packet_of(const struct feed *f, rdpath_ref frame)
{
    for (uint32_t i = 0; i < f->told[0].n_packets; i++) {
        if (f->packets[i].frame == frame)
            return &f->packets[i];
    }
    return NULL;
}

static void without_the_option_nothing_is_kept(void **state)
{
    (void)state;
    const struct rdpath_options none = {0};
    struct feed *f = feed_new(&none);
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    feed_end(f);
    assert_int_equal(f->told[0].n_packets, 0);
    feed_free(f);
}

static void each_packet_is_kept_as_it_was(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    feed(f, &w, (struct line){.way = DOWN, .at_us = 5 * MS, .seq = 1, .ack = 1, .len = 3000});
    feed_end(f);
    assert_int_equal(f->told[0].n_packets, 4);
    assert_int_equal(f->told[0].n_packets_seen, 4);
    const struct rdpath_packet *p = &f->packets[3];
    assert_int_equal(p->ts_ns, WIRE_START_NS + 5 * MS * 1000);
    assert_int_equal(p->frame, 4);
    assert_int_equal(p->ip_len, 3040);
    assert_int_equal(p->payload_len, 3000);
    assert_int_equal(p->direction, RDPATH_TO_CLIENT);
    assert_int_equal(p->kind, RDPATH_PACKET_TCP);
    assert_int_equal(p->tcp_flags, TCP_ACK);
    assert_true(p->merged);
    assert_int_equal(f->packets[0].tcp_flags, TCP_SYN);
    feed_free(f);
}

/* rdpath.h: delivered = acknowledged, or seen at the receiver. */
static void the_fate_of_each_is_told(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    struct line data = {.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 100, .id = 70};
    feed(f, &w, data); /* frame 4: acknowledged */
    data.at_us += 10;
    feed(f, &w, data); /* frame 5: the same frame again */
    feed(f, &w, (struct line){.way = DOWN, .at_us = 4 * MS, .seq = 1, .ack = 101});
    feed(f, &w, (struct line){.way = UP, .at_us = 5 * MS, .seq = 101, .ack = 1, .len = 200});
    feed(f, &w, (struct line){.way = UP, .at_us = 305 * MS, .seq = 101, .ack = 1, .len = 200});
    feed(f, &w, (struct line){.way = DOWN, .at_us = 306 * MS, .seq = 1, .ack = 301, .len = 50});
    feed(f, &w, (struct line){.way = UP, .at_us = 307 * MS, .seq = 301, .ack = 51, .len = 300});
    for (int i = 1; i < 4; i++)
        feed(f, &w,
             (struct line){.way = UP,
                           .at_us = 307 * MS + (300 << i) * MS,
                           .seq = 301,
                           .ack = 51,
                           .len = 300});
    feed(f, &w, (struct line){.way = UP, .at_us = 9 * SECOND, .seq = 601, .ack = 51, .len = 10});
    feed_end(f);
    assert_int_equal(packet_of(f, 4)->fate, RDPATH_FATE_DELIVERED);
    assert_int_equal(packet_of(f, 5)->fate, RDPATH_FATE_DUPLICATE);
    assert_int_equal(packet_of(f, 7)->fate, RDPATH_FATE_LOST); /* sent again, then acknowledged */
    assert_int_equal(packet_of(f, 8)->fate, RDPATH_FATE_DELIVERED);
    assert_int_equal(packet_of(f, 8)->again, 1);
    assert_int_equal(packet_of(f, 9)->fate, RDPATH_FATE_DELIVERED); /* seen at its receiver */
    for (rdpath_ref frame = 10; frame <= 13; frame++)
        assert_int_equal(packet_of(f, frame)->fate, RDPATH_FATE_LOST);
    assert_int_equal(packet_of(f, 13)->again, 3);
    assert_int_equal(packet_of(f, 14)->fate, RDPATH_FATE_UNKNOWN); /* sent once, nobody answered */
    feed_free(f);
}

static void what_a_sack_names_was_delivered(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    feed(f, &w, (struct line){.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 1460});
    feed(f, &w, (struct line){.way = UP, .at_us = 4 * MS, .seq = 1461, .ack = 1, .len = 100});
    feed(f, &w,
         (struct line){.way = DOWN, .at_us = 6 * MS, .seq = 1, .ack = 1, .sack = {{1461, 1561}}});
    feed(f, &w, (struct line){.way = UP, .at_us = 300 * MS, .seq = 1, .ack = 1, .len = 1460});
    feed_end(f);
    assert_int_equal(packet_of(f, 4)->fate, RDPATH_FATE_LOST);
    assert_int_equal(packet_of(f, 5)->fate, RDPATH_FATE_DELIVERED);
    assert_int_equal(packet_of(f, 7)->fate, RDPATH_FATE_LOST);
    feed_free(f);
}

static void a_syn_that_nobody_answered_did_not_arrive(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    for (int i = 0; i < 3; i++)
        feed(f, &w, (struct line){.way = UP, .at_us = i * 3 * SECOND, .flags = TCP_SYN});
    feed_end(f);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_not_equal(f->packets[i].fate, RDPATH_FATE_DELIVERED);
    feed_free(f);
    f = begin(state);
    feed_opening(f, &w, 0);
    feed_end(f);
    assert_int_equal(f->packets[0].fate, RDPATH_FATE_DELIVERED);
    feed_free(f);
}

/* RFC 9293, 3.8.4: a keep-alive asks again with the last byte that was acknowledged. */
static void a_keep_alive_says_nothing_of_what_it_repeats(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    feed(f, &w, (struct line){.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 100});
    feed(f, &w, (struct line){.way = DOWN, .at_us = 4 * MS, .seq = 1, .ack = 101});
    for (uint32_t i = 0; i < 2; i++) { /* an empty one is answered, one with a byte is not */
        struct line ask = {.way = UP, .at_us = (i + 5) * SECOND, .seq = 100, .ack = 1, .len = i};
        feed(f, &w, ask);
        if (i == 0)
            feed(f, &w, (struct line){.way = DOWN, .at_us = 5001 * MS, .seq = 1, .ack = 101});
    }
    feed_end(f);
    assert_int_equal(packet_of(f, 4)->fate, RDPATH_FATE_DELIVERED);
    assert_int_equal(packet_of(f, 6)->note, RDPATH_NOTE_KEEP_ALIVE);
    assert_int_equal(packet_of(f, 6)->fate, RDPATH_FATE_DELIVERED);
    assert_int_equal(packet_of(f, 8)->note, RDPATH_NOTE_KEEP_ALIVE);
    assert_int_equal(packet_of(f, 8)->fate, RDPATH_FATE_UNKNOWN);
    feed_free(f);
}

/* RFC 9293, 3.8.6.1: a byte beyond a closed window is refused, and the refusal shows it arrived. */
static void a_probe_of_a_closed_window_arrived_where_it_is_refused(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    feed(f, &w,
         (struct line){.way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .window = WINDOW_CLOSED});
    for (int i = 0; i < 3; i++) {
        int64_t at_us = (i + 1) * SECOND;
        feed(f, &w, (struct line){.way = UP, .at_us = at_us, .seq = 1, .ack = 1, .len = 1});
        feed(f, &w,
             (struct line){
                 .way = DOWN, .at_us = at_us + MS, .seq = 1, .ack = 1, .window = WINDOW_CLOSED});
    }
    feed_end(f);
    for (rdpath_ref frame = 5; frame <= 9; frame += 2)
        assert_int_not_equal(packet_of(f, frame)->fate, RDPATH_FATE_LOST);
    assert_int_equal(packet_of(f, 7)->fate, RDPATH_FATE_DELIVERED);
    feed_free(f);
}

/* contract 2: at most 2,000; attempts fail at their beginning and sessions at their end. */
static void of_a_long_connection_both_ends_are_kept(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    enum { PACKETS = 7003 };
    feed_opening(f, &w, 0);
    for (uint32_t i = 4; i <= PACKETS; i++)
        feed(f, &w,
             (struct line){
                 .way = DOWN, .at_us = i * MS, .seq = 1 + (i - 4) * 10, .ack = 1, .len = 10});
    feed_end(f);
    assert_int_equal(f->told[0].n_packets, 2000);
    assert_int_equal(f->told[0].n_packets_seen, PACKETS);
    assert_int_equal(f->packets[0].frame, 1);
    assert_int_equal(f->packets[1999].frame, PACKETS);
    uint32_t n_jumps = 0;
    for (uint32_t i = 1; i < 2000; i++) {
        assert_true(f->packets[i].frame > f->packets[i - 1].frame);
        n_jumps += f->packets[i].frame != f->packets[i - 1].frame + 1;
    }
    assert_int_equal(n_jumps, 1);
    feed_free(f);
}

static void every_length_around_the_limits_is_kept_in_order(void **state)
{
    const uint32_t lengths[] = {1,    63,   64,   65,   1199, 1200, 1201,
                                1999, 2000, 2001, 2799, 2800, 2801};
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
        struct feed *f = begin(state);
        struct wire w = {.isn = {1, 2}};
        for (uint32_t i = 0; i < lengths[k]; i++)
            feed(f, &w,
                 (struct line){
                     .way = DOWN, .at_us = i * MS, .seq = 1 + i * 10, .ack = 1, .len = 10});
        feed_end(f);
        uint32_t n = lengths[k] < 2000 ? lengths[k] : 2000;
        assert_int_equal(f->told[0].n_packets, n);
        for (uint32_t i = 0; i < n; i++)
            assert_int_equal(f->packets[i].frame, i < 1200 ? i + 1 : lengths[k] - n + i + 1);
        feed_free(f);
    }
}

/* Cut off on its way: shorter on the wire than its IP header says. Its receiver throws it away. */
static void what_was_cut_off_on_its_way_is_lost(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    struct line data = {.way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 400};
    struct rdpath_frame frame = wire_frame(&w, &data);
    frame.captured_len = frame.wire_len -= 100;
    feed_frame(f, frame);
    feed_end(f);
    assert_int_equal(packet_of(f, 4)->fate, RDPATH_FATE_LOST);
    feed_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_option_nothing_is_kept),
        cmocka_unit_test(each_packet_is_kept_as_it_was),
        cmocka_unit_test(the_fate_of_each_is_told),
        cmocka_unit_test(what_a_sack_names_was_delivered),
        cmocka_unit_test(a_syn_that_nobody_answered_did_not_arrive),
        cmocka_unit_test(a_keep_alive_says_nothing_of_what_it_repeats),
        cmocka_unit_test(a_probe_of_a_closed_window_arrived_where_it_is_refused),
        cmocka_unit_test(of_a_long_connection_both_ends_are_kept),
        cmocka_unit_test(every_length_around_the_limits_is_kept_in_order),
        cmocka_unit_test(what_was_cut_off_on_its_way_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
