/* SPDX-License-Identifier: Apache-2.0 */
/* The whole analysis through its public header: frames in, attempts out. */
#include "tests/unit/feed_play.h"

static const struct rdpath_options plain = {0};

static struct feed *begin(void **state)
{
    (void)state;
    return feed_new(&plain);
}

static void reset(struct feed *f, struct wire *w, int64_t at_us, uint32_t seq)
{
    struct line l = {.way = UP, .at_us = at_us, .seq = seq, .ack = 1, .flags = TCP_RST | TCP_ACK};
    feed(f, w, l);
}

/* ---- from frames to attempts ----------------------------------------------------------------- */

static void an_attempt_is_told_with_what_it_said(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {UINT32_MAX - 10, 7}};
    feed_opening(f, &w, 0);
    uint32_t len = feed_request(f, &w, (struct line){.at_us = 3 * MS}, "alice");
    reset(f, &w, 4 * MS, 1 + len);
    assert_int_equal(f->n_told, 0);
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    const struct told *t = &f->told[0];
    assert_int_equal(t->id, 1);
    assert_string_equal(t->client, "10.0.0.1");
    assert_string_equal(t->cookie, "alice");
    assert_int_equal(t->client_port, 49152);
    assert_int_equal(t->stage, RDPATH_STAGE_X224_REQUEST);
    assert_int_equal(t->ended.how, RDPATH_END_RST);
    assert_int_equal(t->ended.by, RDPATH_BY_CLIENT);
    assert_int_equal(t->ended.frame, 5);
    assert_int_equal(t->start_ns, WIRE_START_NS);
    assert_int_equal(t->duration_ns, 4 * MS * 1000);
    assert_false(t->limit_reached || t->mid_stream);
    feed_free(f);
}

/* RFC 5961: a blind reset is ignored by its receiver, and the session goes on. */
static void a_reset_that_its_sender_outlives_ended_nothing(void **state)
{
    (void)state;
    struct rdpath_options options = {0};
    struct feed *f = feed_new(&options);
    struct wire w = {.isn = {1000, 2000}};
    feed_opening(f, &w, 0);
    uint32_t len = feed_request(f, &w, (struct line){.at_us = 3 * MS}, "alice");
    reset(f, &w, 4 * MS, 1);
    feed(f, &w, (struct line){.way = DOWN, .at_us = 900 * MS, .seq = 1, .ack = 1 + len, .len = 19});
    feed(f, &w, (struct line){.way = UP, .at_us = 901 * MS, .seq = 1 + len, .ack = 20, .len = 30});
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_int_not_equal(f->told[0].ended.how, RDPATH_END_RST);
    feed_free(f);
}

/* RFC 9293 3.10.7.1: without an acknowledgement a reset has the number that the packet which it
   answers acknowledged. Here that may be the last one, 10 ms before it and sooner than anything
   gets to the client and back; or one of 40 ms ago, and the client's FIN was not recorded. */
static void a_reset_is_too_soon_only_for_the_packet_that_it_answers(void **state)
{
    for (uint32_t fin = 0; fin < 2; fin++) {
        struct feed *f = begin(state);
        struct wire w = {.isn = {1, 2}, .ttl = {62, 64}};
        feed(f, &w, (struct line){.way = UP, .flags = TCP_SYN, .mss = 1460, .ts_value = 1});
        feed(f, &w,
             (struct line){.way = DOWN,
                           .at_us = MS,
                           .flags = TCP_SYN | TCP_ACK,
                           .ack = 1,
                           .mss = 1460,
                           .ts_value = 1});
        feed(f, &w, (struct line){.way = UP, .at_us = 41 * MS, .seq = 1, .ack = 1, .ts_value = 2});
        uint32_t end = 1 + feed_request(f, &w, (struct line){.at_us = 42 * MS, .ts_value = 2}, "u");
        feed(f, &w,
             (struct line){
                 .way = DOWN, .at_us = 43 * MS, .seq = 1, .ack = end, .len = 19, .ts_value = 3});
        feed(f, &w,
             (struct line){.way = UP, .at_us = 83 * MS, .seq = end, .ack = 20, .ts_value = 4});
        feed(f, &w,
             (struct line){
                 .way = DOWN, .at_us = 100 * MS, .seq = 20, .ack = end, .len = 40, .ts_value = 5});
        feed(f, &w,
             (struct line){.way = DOWN,
                           .at_us = 130 * MS,
                           .seq = 60,
                           .ack = end + fin,
                           .len = 20,
                           .ts_value = 6});
        feed(
            f, &w,
            (struct line){.way = UP, .at_us = 140 * MS, .seq = end, .flags = TCP_RST, .id = NO_ID});
        feed_end(f);
        assert_int_equal(f->told[0].ended.by, fin ? RDPATH_BY_CLIENT : RDPATH_BY_MIDDLEBOX);
        feed_free(f);
    }
}

static void an_attempt_is_told_when_nothing_can_join_it(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    reset(f, &w, 5 * MS, 1);
    rdpath_tick(f->analysis, WIRE_START_NS + 59000000000LL);
    assert_int_equal(f->n_told, 0);
    rdpath_tick(f->analysis, WIRE_START_NS + 65000000000LL);
    assert_int_equal(f->n_told, 1);
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    feed_free(f);
}

static void an_idle_connection_is_forgotten_and_called_silent(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    rdpath_tick(f->analysis, WIRE_START_NS + 86400 * 1000000000LL);
    assert_int_equal(f->n_told, 1);
    assert_int_equal(f->told[0].ended.how, RDPATH_END_SILENCE);
    assert_int_equal(f->told[0].ended.by, RDPATH_BY_NOBODY);
    feed_free(f);
}

static void a_new_syn_on_used_ports_is_another_connection(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1000, 2000}};
    feed_opening(f, &w, 0);
    feed(f, &w, (struct line){.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 10});
    w.isn[UP] = 900000;
    w.isn[DOWN] = 800000;
    feed_opening(f, &w, 10 * SECOND);
    uint32_t len = feed_request(f, &w, (struct line){.at_us = 11 * SECOND}, "bob");
    reset(f, &w, 12 * SECOND, 1 + len);
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_int_equal(f->told[0].n_connections, 2);
    assert_string_equal(f->told[0].cookie,
                        "bob"); /* it got furthest: its words are the attempt's */
    assert_int_equal(f->told[0].path[UP].n_missed, 0);
    feed_free(f);
}

static void a_syn_sent_again_is_the_same_connection(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1000, 2000}};
    for (int i = 0; i < 4; i++)
        feed(f, &w, (struct line){.way = UP, .at_us = ((1 << i) - 1) * SECOND, .flags = TCP_SYN});
    feed_end(f);
    assert_int_equal(f->told[0].n_connections, 1);
    assert_int_equal(f->told[0].stage, RDPATH_STAGE_TCP_SYN);
    feed_free(f);
}

/* field 7 */
static void a_capture_that_begins_in_the_middle_says_so(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1000, 2000}};
    feed(f, &w, (struct line){.way = DOWN, .seq = 70001, .ack = 4001, .len = 1000});
    feed(f, &w, (struct line){.way = UP, .at_us = MS, .seq = 4001, .ack = 71001});
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_true(f->told[0].mid_stream);
    assert_string_equal(f->told[0].client, "10.0.0.1"); /* told by the port */
    assert_int_equal(f->told[0].path[DOWN].n_missed, 0);
    assert_int_equal(f->told[0].path[DOWN].mss, 0);
    feed_free(f);
}

static void echoes_of_a_closed_connection_are_no_attempt(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1000, 2000}};
    feed(f, &w, (struct line){.way = DOWN, .seq = 5, .ack = 5});
    feed(f, &w, (struct line){.way = DOWN, .seq = 5, .ack = 5, .flags = TCP_FIN | TCP_ACK});
    feed(f, &w, (struct line){.way = UP, .seq = 5, .flags = TCP_RST});
    feed_end(f);
    assert_int_equal(f->n_told, 0);
    feed_free(f);
}

static void rdp_is_found_on_another_port_with_its_syn(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1000, 2000}, .server_port = 8443};
    feed_opening(f, &w, 0);
    feed_request(f, &w, (struct line){.at_us = 3 * MS}, "carol");
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_string_equal(f->told[0].cookie, "carol");
    assert_false(f->told[0].mid_stream);
    assert_int_equal(f->told[0].first_rung, 1);
    assert_int_equal(f->told[0].start_ns, WIRE_START_NS);
    assert_int_equal(f->told[0].path[UP].mss, 1460);
    feed_free(f);
}

static void what_is_not_rdp_on_another_port_is_none(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1000, 2000}, .server_port = 443};
    feed_opening(f, &w, 0);
    feed(f, &w, (struct line){.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 100});
    feed_end(f);
    assert_int_equal(f->n_told, 0);
    feed_free(f);
}

/* contract 1: each input is analyzed alone. What one said of a port is no word of the next. */
static void what_ended_is_not_remembered(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {1000, 2000}, .server_port = 8443};
    feed_opening(f, &w, 0);
    feed_end(f);
    feed_request(f, &w, (struct line){.at_us = 3 * MS}, "carol");
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_true(f->told[0].mid_stream);
    assert_int_equal(f->told[0].path[UP].mss, 0);
    assert_int_equal(f->told[0].id, 1);
    feed_free(f);
}

static void two_users_of_one_address_are_two_attempts(void **state)
{
    struct feed *f = begin(state);
    struct wire alice = {.isn = {1, 2}, .client_port = 50001},
                bob = {.isn = {3, 4}, .client_port = 50002};
    feed_opening(f, &alice, 0);
    feed_opening(f, &bob, 10 * MS);
    feed_request(f, &bob, (struct line){.at_us = 20 * MS}, "bob");
    feed_request(f, &alice, (struct line){.at_us = 30 * MS}, "alice");
    feed_end(f);
    assert_int_equal(f->n_told, 2);
    assert_string_equal(f->told[0].cookie, "bob");
    assert_string_equal(f->told[1].cookie, "alice");
    feed_free(f);
}

/* ---- floods ---------------------------------------------------------------------------------- */

/* 3,000 clients that nobody answers, and one that was answered before them. */
static void a_syn_flood_is_bounded(void **state)
{
    struct feed *f = begin(state);
    struct wire known = {.isn = {1, 2}, .client = 200};
    feed_opening(f, &known, 0);
    enum { FLOOD = 3000, KEPT = 1024 };
    struct wire w = {.isn = {5, 6}};
    for (uint32_t i = 0; i < FLOOD; i++) {
        struct line syn = {.way = UP, .at_us = 10 * MS + i, .flags = TCP_SYN};
        struct rdpath_frame frame = wire_frame(&w, &syn);
        w.bytes.bytes[14 + 13] = (uint8_t)(1 + i / 256); /* second and third byte of the source */
        w.bytes.bytes[14 + 14] = (uint8_t)i;
        feed_frame(f, frame);
    }
    assert_int_equal(f->n_told, FLOOD - KEPT);
    for (uint32_t i = 0; i < f->n_told; i++) {
        assert_int_equal(f->told[i].id, 2 + i); /* the oldest first, never the answered one */
        assert_true(f->told[i].limit_reached);
    }
    feed_end(f);
    assert_int_equal(f->n_told, FLOOD + 1);
    assert_false(f->told[FLOOD - KEPT].limit_reached);
    feed_free(f);
}

/* New numbers on one pair of ports, on and on: sixteen connections make an attempt. */
static void a_flood_from_one_port_is_bounded(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {5, 6}};
    for (uint32_t i = 0; i < 1600; i++) {
        w.isn[UP] += 100000;
        feed(f, &w, (struct line){.way = UP, .at_us = i, .flags = TCP_SYN});
    }
    feed_end(f);
    assert_int_equal(f->n_told, 100);
    assert_int_equal(f->told[0].n_connections, 16);
    assert_true(f->told[0].limit_reached);
    feed_free(f);
}

static void a_packet_to_oneself_harms_nothing(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {5, 6}, .client = 7, .server = 7, .client_port = 3389};
    feed_opening(f, &w, 0);
    feed_request(f, &w, (struct line){.at_us = 3 * MS}, "alice");
    feed_end(f);
    assert_in_range(f->n_told, 1, 3);
    feed_free(f);
}

/* ---- times that lie or are none -------------------------------------------------------------- */

static void feed_at(struct feed *f, struct wire *w, struct line line, int64_t ts_ns)
{
    struct rdpath_frame frame = wire_frame(w, &line);
    frame.ts_ns = ts_ns;
    feed_frame(f, frame);
}

static void every_order_of_extreme_times_is_borne(void **state)
{
    const int64_t times[] = {RDPATH_UNKNOWN, RDPATH_UNKNOWN + 1, -1,       0,
                             WIRE_START_NS,  INT64_MAX / 2,      INT64_MAX};
    enum { N = sizeof times / sizeof times[0] };
    for (int i = 0; i < N * N * N; i++) {
        struct feed *f = begin(state);
        struct wire w = {.isn = {5, 6}, .v6 = i % 2};
        const int64_t t[3] = {times[i % N], times[i / N % N], times[i / N / N]};
        feed_at(f, &w, (struct line){.way = UP, .flags = TCP_SYN, .mss = 1460}, t[0]);
        feed_at(f, &w,
                (struct line){.way = DOWN, .flags = TCP_SYN | TCP_ACK, .ack = 1, .mss = 1460},
                t[1]);
        feed_at(f, &w, (struct line){.way = UP, .seq = 1, .ack = 1, .len = 100}, t[2]);
        rdpath_tick(f->analysis, t[1]);
        for (int k = 0; k < 6; k++) {
            feed_at(f, &w, (struct line){.way = DOWN, .seq = 1001, .ack = 1, .len = 100}, t[k % 3]);
            feed_at(
                f, &w,
                (struct line){.way = UP, .seq = 1, .ack = 1, .len = 100, .sack = {{1001, 1101}}},
                t[k % 3]);
            feed_at(f, &w, (struct line){.way = DOWN, .seq = 1, .ack = 101, .len = 500},
                    t[(k + 1) % 3]);
        }
        rdpath_tick(f->analysis, t[2]);
        feed_end(f);
        assert_true(f->n_told >= 1);
        assert_true(f->told[0].duration_ns >= 0);
        assert_true(f->told[0].ended.quiet_before_ns >= 0);
        feed_free(f);
    }
}

static void a_tick_into_the_far_past_is_borne(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {5, 6}};
    rdpath_tick(f->analysis, RDPATH_UNKNOWN + 1);
    feed_at(f, &w, (struct line){.way = UP, .flags = TCP_SYN}, INT64_MAX / 4);
    rdpath_tick(f->analysis, INT64_MAX);
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    feed_free(f);
}

static void frames_without_a_time_happen_when_the_last_did(void **state)
{
    struct feed *f = begin(state);
    struct wire w = {.isn = {5, 6}};
    feed_at(f, &w, (struct line){.way = UP, .flags = TCP_SYN}, WIRE_START_NS);
    feed_at(f, &w, (struct line){.way = DOWN, .flags = TCP_SYN | TCP_ACK, .ack = 1},
            RDPATH_UNKNOWN);
    feed_at(f, &w, (struct line){.way = UP, .seq = 1, .ack = 1}, RDPATH_UNKNOWN);
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_int_equal(f->told[0].start_ns, WIRE_START_NS);
    assert_int_equal(f->told[0].duration_ns, 0);
    assert_int_equal(f->told[0].stage, RDPATH_STAGE_TCP_OPEN);
    feed_free(f);
}

static void frames_of_no_bytes_are_borne(void **state)
{
    struct feed *f = begin(state);
    feed_frame(f, (struct rdpath_frame){.link_type = 1, .wire_len = 60});
    feed_frame(f, (struct rdpath_frame){.link_type = 147, .ts_ns = INT64_MAX});
    feed_end(f);
    assert_int_equal(f->n_told, 0);
    feed_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attempt_is_told_with_what_it_said),
        cmocka_unit_test(an_attempt_is_told_when_nothing_can_join_it),
        cmocka_unit_test(a_reset_that_its_sender_outlives_ended_nothing),
        cmocka_unit_test(a_reset_is_too_soon_only_for_the_packet_that_it_answers),
        cmocka_unit_test(an_idle_connection_is_forgotten_and_called_silent),
        cmocka_unit_test(a_new_syn_on_used_ports_is_another_connection),
        cmocka_unit_test(a_syn_sent_again_is_the_same_connection),
        cmocka_unit_test(a_capture_that_begins_in_the_middle_says_so),
        cmocka_unit_test(echoes_of_a_closed_connection_are_no_attempt),
        cmocka_unit_test(rdp_is_found_on_another_port_with_its_syn),
        cmocka_unit_test(what_is_not_rdp_on_another_port_is_none),
        cmocka_unit_test(what_ended_is_not_remembered),
        cmocka_unit_test(two_users_of_one_address_are_two_attempts),
        cmocka_unit_test(a_syn_flood_is_bounded),
        cmocka_unit_test(a_flood_from_one_port_is_bounded),
        cmocka_unit_test(a_packet_to_oneself_harms_nothing),
        cmocka_unit_test(every_order_of_extreme_times_is_borne),
        cmocka_unit_test(a_tick_into_the_far_past_is_borne),
        cmocka_unit_test(frames_without_a_time_happen_when_the_last_did),
        cmocka_unit_test(frames_of_no_bytes_are_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
