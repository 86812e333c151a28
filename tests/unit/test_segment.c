/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment judge: what each segment is, told from its number, its IP id, its time and what the
 * receiver acknowledged. The tests that say "is_not" are the pitfalls of captures.
 */
#include "tests/unit/flow_play.h"

static struct scene scene_new(void **state)
{
    (void)state;
    return (struct scene){.wire = {.isn = {1000, 5000}}};
}

/* ---- in order, wrapped around, sent again ---------------------------------------------------- */

static void numbers_wrap_around(void **state)
{
    struct scene s = scene_new(state);
    s.wire.isn[DOWN] = UINT32_MAX - 1500; /* the second data segment crosses zero */
    play_opening(&s);
    for (uint32_t i = 0; i < 4; i++) {
        struct line data = {
            .way = DOWN, .at_us = 3 * MS + i, .seq = 1 + i * MSS, .ack = 1, .len = MSS};
        assert_int_equal(play(&s, data), SEGMENT_NEW);
    }
    struct line again = {.way = DOWN, .at_us = 400 * MS, .seq = 1, .ack = 1, .len = MSS};
    assert_int_equal(play(&s, again), SEGMENT_AGAIN);
    play(&s, (struct line){.way = UP, .at_us = 500 * MS, .seq = 1, .ack = 1 + 4 * MSS});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].n_bytes, 4 * MSS);
    assert_int_equal(s.path[DOWN].n_missed, 0);
    assert_int_equal(s.path[DOWN].retransmitted, 1);
}

/* 6 GB in steps that a capture with gaps might show: 32 bits of numbers are not enough. */
static void offsets_outgrow_the_numbers(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    uint64_t at = 1;
    for (int i = 0; i < 12; i++, at += 500000000) {
        struct line data = {
            .way = DOWN, .at_us = SECOND * (i + 1), .seq = (uint32_t)at, .ack = 1, .len = 10};
        play(&s, data);
        play(&s, (struct line){.way = UP,
                               .at_us = SECOND * (i + 1) + MS,
                               .seq = 1,
                               .ack = (uint32_t)at + 10});
    }
    assert_int_equal(s.flow->side[DOWN].acked - SIDE_BASE, 11 * 500000000ULL + 11);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].n_bytes, 12 * 10);
    assert_int_equal(s.path[DOWN].n_missed, 11 * (500000000ULL - 10));
}

static void needless_repetition_is_told_from_a_needed_one(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    struct line data = {.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 100};
    assert_int_equal(play(&s, data), SEGMENT_NEW);
    data.at_us = 300 * MS;
    assert_int_equal(play(&s, data), SEGMENT_AGAIN);
    assert_int_equal(s.event.again, 1);
    play(&s, (struct line){.way = DOWN, .at_us = 301 * MS, .seq = 1, .ack = 101});
    data.at_us = 600 * MS;
    assert_int_equal(play(&s, data), SEGMENT_AGAIN_ACKED);
    end_at_client(&s);
    assert_int_equal(s.path[UP].retransmitted, 2);
    assert_int_equal(s.path[UP].n_lost, 1); /* the acknowledged one was not lost */
}

/* ---- the same frame recorded twice (field 4) ------------------------------------------------- */

static void same_ip_id_is_not_a_retransmission(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    struct line data = {.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 100, .id = 77};
    assert_int_equal(play(&s, data), SEGMENT_NEW);
    data.at_us += 40 * MS; /* through a VPN and a card: far apart, one id */
    assert_int_equal(play(&s, data), SEGMENT_DUPLICATE);
    end_at_client(&s);
    assert_int_equal(s.path[UP].n_duplicates, 1);
    assert_int_equal(s.path[UP].retransmitted, 0);
    assert_int_equal(s.path[UP].n_packets, 3);
}

static void same_bytes_with_another_ip_id_are_not_a_duplicate(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    struct line data = {.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 100, .id = 77};
    play(&s, data);
    data.at_us += 1;
    data.id = 78;
    assert_int_equal(play(&s, data), SEGMENT_AGAIN);
    end_at_client(&s);
    assert_int_equal(s.path[UP].n_duplicates, 0);
}

static void without_an_id_time_tells_copies_from_repetitions(void **state)
{
    for (int v6 = 0; v6 < 2; v6++) {
        struct scene s = scene_new(state);
        s.wire.v6 = v6;
        play_opening(&s);
        struct line data = {
            .way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 100, .id = NO_ID};
        play(&s, data);
        data.at_us += 7;
        assert_int_equal(play(&s, data), SEGMENT_DUPLICATE);
        data.at_us += 200 * MS; /* the least retransmission timeout (facts E.7) */
        assert_int_equal(play(&s, data), SEGMENT_AGAIN);
        end_at_client(&s);
    }
}

/* A fast repetition echoes a newer timestamp than what it repeats (RFC 7323 section 4.3). */
static void another_echo_is_another_packet(void **state)
{
    struct scene s = scene_new(state);
    s.wire.v6 = true;
    play_opening(&s);
    struct line data = {.way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 1000};
    data.ts_value = 5000;
    data.ts_echo = 700;
    play(&s, data);
    data.at_us += 100;
    data.ts_echo = 709;
    assert_int_equal(play(&s, data), SEGMENT_AGAIN);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].n_duplicates, 0);
}

static void every_frame_twice_changes_no_number(void **state)
{
    struct scene s = scene_new(state);
    const struct line lines[] = {
        {.way = UP, .flags = TCP_SYN, .mss = MSS, .id = 1},
        {.way = DOWN, .at_us = 1 * MS, .flags = TCP_SYN | TCP_ACK, .ack = 1, .mss = MSS, .id = 1},
        {.way = UP, .at_us = 2 * MS, .seq = 1, .ack = 1, .id = 2},
        {.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 19, .id = 3},
        {.way = DOWN, .at_us = 4 * MS, .seq = 1, .ack = 20, .len = 19, .id = 2},
        {.way = UP, .at_us = 5 * MS, .seq = 20, .ack = 20, .flags = TCP_FIN | TCP_ACK, .id = 4},
        {.way = DOWN, .at_us = 6 * MS, .seq = 20, .ack = 21, .flags = TCP_RST | TCP_ACK, .id = 3},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct line copy = lines[i];
        copy.at_us += 5;
        play(&s, lines[i]);
        assert_int_equal(play(&s, copy), SEGMENT_DUPLICATE);
    }
    end_at_client(&s);
    assert_int_equal(s.path[UP].n_packets, 4);
    assert_int_equal(s.path[DOWN].n_packets, 3);
    assert_int_equal(s.path[UP].n_duplicates + s.path[DOWN].n_duplicates, 7);
    assert_int_equal(s.path[UP].retransmitted + s.path[DOWN].retransmitted, 0);
}

/* Acknowledgements that report different blocks are different packets, however fast they come. */
static void growing_sack_blocks_are_not_duplicates(void **state)
{
    struct scene s = scene_new(state);
    s.wire.v6 = true;
    play_opening(&s);
    for (uint32_t i = 0; i < 4; i++)
        play(&s, (struct line){
                     .way = DOWN, .at_us = 3 * MS + i, .seq = 1 + i * 1000, .ack = 1, .len = 1000});
    for (uint32_t i = 1; i < 4; i++) {
        struct line ack = {
            .way = UP, .at_us = 5 * MS + i, .seq = 1, .ack = 1, .sack = {{1001, 1001 + i * 1000}}};
        assert_int_equal(play(&s, ack), SEGMENT_EMPTY);
    }
    end_at_server(&s);
    assert_int_equal(s.path[UP].n_duplicates, 0);
}

/* ---- keep-alives and window probes ----------------------------------------------------------- */

static void keepalives_are_not_retransmissions(void **state)
{
    for (uint32_t len = 0; len < 2; len++) {
        struct scene s = scene_new(state);
        play_opening(&s);
        play(&s, (struct line){.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 50});
        play(&s, (struct line){.way = DOWN, .at_us = 4 * MS, .seq = 1, .ack = 51});
        for (int i = 1; i < 4; i++) {
            struct line ask = {
                .way = UP, .at_us = i * 60 * SECOND, .seq = 50, .ack = 1, .len = len};
            assert_int_equal(play(&s, ask), SEGMENT_KEEPALIVE);
            play(&s,
                 (struct line){.way = DOWN, .at_us = i * 60 * SECOND + MS, .seq = 1, .ack = 51});
        }
        assert_int_equal(s.flow->side[UP].n_probes_answered, 3);
        end_at_client(&s);
        assert_int_equal(s.path[UP].retransmitted, 0);
        assert_int_equal(s.path[UP].n_lost, 0);
    }
}

/* facts E.8: a keep-alive is numbered just below what is acknowledged. One byte that is still under
   way and comes again was sent again. */
static void one_byte_sent_again_is_not_a_keepalive(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    struct line data = {.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 1};
    assert_int_equal(play(&s, data), SEGMENT_NEW);
    data.at_us = 300 * MS;
    assert_int_equal(play(&s, data), SEGMENT_AGAIN);
    end_at_client(&s);
    assert_int_equal(s.path[UP].retransmitted, 1);
}

static void window_probes_are_not_retransmissions(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    play(&s, (struct line){.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 1000});
    play(&s, (struct line){
                 .way = DOWN, .at_us = 4 * MS, .seq = 1, .ack = 1001, .window = WINDOW_CLOSED});
    for (int i = 0; i < 5; i++) {
        struct line probe = {.way = UP, .at_us = (300 << i) * MS, .seq = 1001, .ack = 1, .len = 1};
        enum segment_kind kind = play(&s, probe);
        assert_true(i == 0 || kind == SEGMENT_PROBE);
        play(&s, (struct line){.way = DOWN,
                               .at_us = (301 << i) * MS,
                               .seq = 1,
                               .ack = 1001,
                               .window = WINDOW_CLOSED});
    }
    assert_true(s.flow->side[DOWN].zero_window);
    assert_int_equal(s.flow->side[UP].n_probes_answered, 4);
    play(&s, (struct line){.way = DOWN, .at_us = 20 * SECOND, .seq = 1, .ack = 1001});
    assert_false(s.flow->side[DOWN].zero_window);
    play(&s,
         (struct line){.way = UP, .at_us = 20 * SECOND + MS, .seq = 1001, .ack = 1, .len = 1000});
    play(&s, (struct line){.way = DOWN, .at_us = 20 * SECOND + 2 * MS, .seq = 1, .ack = 2001});
    end_at_client(&s);
    assert_int_equal(s.path[UP].retransmitted, 0);
    assert_int_equal(s.path[UP].n_lost, 0);
    assert_int_equal(s.path[UP].n_missed, 0);
    assert_int_equal(s.path[UP].repeated.n_sent, 0);
}

/* ---- frames that an offload engine merged (field 1) ------------------------------------------ */

static void a_merged_frame_is_known_by_the_mss(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    play(&s, (struct line){.way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = MSS});
    assert_false(s.event.segment.merged);
    play(&s, (struct line){.way = DOWN, .at_us = 4 * MS, .seq = 1 + MSS, .ack = 1, .len = 2 * MSS});
    assert_true(s.event.segment.merged);
    play(&s, (struct line){.way = UP, .at_us = 5 * MS, .seq = 1, .ack = 1 + 3 * MSS});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].n_merged, 1);
    assert_int_equal(s.path[DOWN].largest_delivered, 1500);
    assert_int_equal(s.path[DOWN].mtu.at_least, 1500);
}

static void jumbo_frames_below_the_mss_are_not_merged(void **state)
{
    struct scene s = scene_new(state);
    play(&s, (struct line){.way = UP, .flags = TCP_SYN, .mss = 8960});
    play(&s, (struct line){
                 .way = DOWN, .at_us = 1 * MS, .flags = TCP_SYN | TCP_ACK, .ack = 1, .mss = 8960});
    play(&s, (struct line){.way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 8960});
    assert_false(s.event.segment.merged);
    play(&s, (struct line){.way = UP, .at_us = 4 * MS, .seq = 1, .ack = 8961});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].largest_delivered, 9000);
}

static void without_a_syn_what_exceeds_ethernet_is_merged(void **state)
{
    struct scene s = scene_new(state);
    play(&s, (struct line){.way = DOWN, .seq = 1, .ack = 1, .len = 4000});
    assert_true(s.event.segment.merged);
    play(&s, (struct line){.way = UP, .at_us = 1 * MS, .seq = 1, .ack = 4001});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].mss, 0);
    assert_int_equal(s.path[DOWN].largest_delivered, 0);
}

/* A host capture may hold the merged frame and the packets that the card made of it. */
static void the_cards_packets_are_not_retransmissions(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    play(&s, (struct line){
                 .way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 3 * MSS, .id = 500});
    for (uint32_t i = 0; i < 3; i++) {
        struct line part = {.way = DOWN,
                            .at_us = 3 * MS + 20 + i,
                            .seq = 1 + i * MSS,
                            .ack = 1,
                            .len = MSS,
                            .id = 500 + i};
        assert_int_equal(play(&s, part), SEGMENT_DUPLICATE);
    }
    play(&s, (struct line){.way = UP, .at_us = 6 * MS, .seq = 1, .ack = 1 + 3 * MSS});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].retransmitted, 0);
    assert_int_equal(s.path[DOWN].n_lost, 0);
    assert_int_equal(s.path[DOWN].n_bytes, 3 * MSS);
}

/* What the host sends again after a merged frame was lost carries later ids. */
static void parts_sent_again_are_not_the_cards_packets(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    play(&s, (struct line){
                 .way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 3 * MSS, .id = 500});
    struct line part = {.way = DOWN, .at_us = 60 * MS, .seq = 1, .ack = 1, .len = MSS, .id = 503};
    assert_int_equal(play(&s, part), SEGMENT_AGAIN);
    part = (struct line){.way = DOWN, .at_us = 400 * MS, .seq = 1, .ack = 1, .len = MSS, .id = 504};
    assert_int_equal(play(&s, part), SEGMENT_AGAIN);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].retransmitted, 2);
}

static void segments_before_their_merged_frame_are_its_twins(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    for (uint32_t i = 0; i < 2; i++)
        play(&s, (struct line){.way = DOWN,
                               .at_us = 3 * MS + i,
                               .seq = 1 + i * MSS,
                               .ack = 1,
                               .len = MSS,
                               .id = 500 + i});
    struct line merged = {
        .way = DOWN, .at_us = 3 * MS + 30, .seq = 1, .ack = 1, .len = 2 * MSS, .id = 500};
    assert_int_equal(play(&s, merged), SEGMENT_DUPLICATE);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].retransmitted, 0);
}

/* ---- overtaken or sent again (field 6) ------------------------------------------------------- */

static enum segment_kind fill_after(struct scene *s, int64_t late_us, unsigned id)
{
    play_opening(s);
    play(s, (struct line){.way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 100, .id = 500});
    play(s,
         (struct line){.way = DOWN, .at_us = 4 * MS, .seq = 201, .ack = 1, .len = 100, .id = 502});
    assert_int_equal(s->event.segment.kind, SEGMENT_AFTER_GAP);
    struct line fill = {
        .way = DOWN, .at_us = 4 * MS + late_us, .seq = 101, .ack = 1, .len = 100, .id = id};
    return play(s, fill);
}

static void an_older_ip_id_was_overtaken(void **state)
{
    struct scene s = scene_new(state);
    assert_int_equal(fill_after(&s, 50 * MS, 501), SEGMENT_LATE); /* late, yet not sent again */
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].n_reordered, 1);
    assert_int_equal(s.path[DOWN].retransmitted, 0);
    assert_int_equal(s.path[DOWN].n_lost, 0);
    assert_false(s.path[DOWN].hole.open);
}

static void a_newer_ip_id_was_sent_again(void **state)
{
    struct scene s = scene_new(state);
    assert_int_equal(fill_after(&s, 1 * MS, 503), SEGMENT_LATE_AGAIN); /* fast, yet sent again */
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].n_reordered, 0);
    assert_int_equal(s.path[DOWN].retransmitted, 1);
    assert_false(s.path[DOWN].hole.open);
}

static void without_ids_the_round_trip_decides(void **state)
{
    struct scene s = scene_new(state);
    s.wire.v6 = true; /* 1 ms to the server, 1 ms to the client: 2 ms in all */
    assert_int_equal(fill_after(&s, 500, 0), SEGMENT_LATE);
    end_at_client(&s);
    s = scene_new(state);
    s.wire.v6 = true;
    assert_int_equal(fill_after(&s, 30 * MS, 0), SEGMENT_LATE_AGAIN);
    end_at_client(&s);
}

static void each_hole_has_a_time_of_its_own(void **state)
{
    struct scene s = scene_new(state);
    s.wire.v6 = true;
    play_opening(&s);
    play(&s, (struct line){.way = DOWN, .at_us = 1 * SECOND, .seq = 101, .ack = 1, .len = 100});
    play(&s, (struct line){.way = DOWN, .at_us = 2 * SECOND, .seq = 301, .ack = 1, .len = 100});
    struct line fill = {.way = DOWN, .at_us = 2 * SECOND + 100, .seq = 201, .ack = 1, .len = 100};
    assert_int_equal(play(&s, fill), SEGMENT_LATE); /* the first hole is old, the second is not */
    end_at_client(&s);
}

/* RFC 9293 3.8.1: what is sent again may be packed with what is new. */
static void a_repetition_that_goes_on_fills_the_hole(void **state)
{
    struct scene s = scene_new(state);
    play_opening(&s);
    play(&s, (struct line){.way = DOWN, .at_us = 3 * MS, .seq = 101, .ack = 1, .len = 100});
    play(&s, (struct line){.way = DOWN, .at_us = 300 * MS, .seq = 1, .ack = 1, .len = 400});
    end_at_client(&s);
    assert_false(s.path[DOWN].hole.open);
}

/* ---- times that lie -------------------------------------------------------------------------- */

/* facts E: no time of a capture may be trusted. The sums of two round trips must hold. */
static void the_longest_times_do_not_overflow(void **state)
{
    struct scene s = scene_new(state);
    s.wire.v6 = true;
    const int64_t far = (INT64_MAX / 2 - WIRE_START_NS) / 1000, early = -WIRE_START_NS / 1000;
    play(&s, (struct line){.way = UP, .at_us = early, .flags = TCP_SYN, .mss = MSS});
    play(&s, (struct line){
                 .way = DOWN, .at_us = far, .flags = TCP_SYN | TCP_ACK, .ack = 1, .mss = MSS});
    play(&s, (struct line){.way = UP, .at_us = early, .seq = 1, .ack = 1});
    play(&s, (struct line){.way = DOWN, .at_us = early, .seq = 1, .ack = 1, .len = 10});
    play(&s, (struct line){.way = UP, .at_us = far, .seq = 1, .ack = 11});
    for (uint32_t i = 0; i < 3; i++)
        play(&s, (struct line){.way = DOWN,
                               .at_us = i % 2 ? far : early,
                               .seq = 101 + i * 100,
                               .ack = 1,
                               .len = 50});
    struct line fill = {.way = DOWN, .at_us = far, .seq = 11, .ack = 1, .len = 90};
    assert_int_equal(play(&s, fill), SEGMENT_LATE); /* within the longest round trip of all */
    for (int i = 0; i < 4; i++) {
        struct line again = {
            .way = DOWN, .at_us = i % 2 ? far : early, .seq = 301, .ack = 1, .len = 50};
        play(&s, again);
    }
    end_between(&s);
    assert_int_equal(s.path[DOWN].n_data, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_wrap_around),
        cmocka_unit_test(offsets_outgrow_the_numbers),
        cmocka_unit_test(needless_repetition_is_told_from_a_needed_one),
        cmocka_unit_test(same_ip_id_is_not_a_retransmission),
        cmocka_unit_test(same_bytes_with_another_ip_id_are_not_a_duplicate),
        cmocka_unit_test(without_an_id_time_tells_copies_from_repetitions),
        cmocka_unit_test(another_echo_is_another_packet),
        cmocka_unit_test(every_frame_twice_changes_no_number),
        cmocka_unit_test(growing_sack_blocks_are_not_duplicates),
        cmocka_unit_test(keepalives_are_not_retransmissions),
        cmocka_unit_test(one_byte_sent_again_is_not_a_keepalive),
        cmocka_unit_test(window_probes_are_not_retransmissions),
        cmocka_unit_test(a_merged_frame_is_known_by_the_mss),
        cmocka_unit_test(jumbo_frames_below_the_mss_are_not_merged),
        cmocka_unit_test(without_a_syn_what_exceeds_ethernet_is_merged),
        cmocka_unit_test(the_cards_packets_are_not_retransmissions),
        cmocka_unit_test(parts_sent_again_are_not_the_cards_packets),
        cmocka_unit_test(segments_before_their_merged_frame_are_its_twins),
        cmocka_unit_test(an_older_ip_id_was_overtaken),
        cmocka_unit_test(a_newer_ip_id_was_sent_again),
        cmocka_unit_test(without_ids_the_round_trip_decides),
        cmocka_unit_test(each_hole_has_a_time_of_its_own),
        cmocka_unit_test(a_repetition_that_goes_on_fills_the_hole),
        cmocka_unit_test(the_longest_times_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
