/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of a path: what arrived, what was lost and by whom, and which sizes pass (contract 2,
 * "mtu"; facts E.6, E.8). What is lost on the network and what the capture missed stay apart.
 */
#include "tests/unit/flow_play.h"

static struct scene opened(void **state)
{
    (void)state;
    struct scene s = {.wire = {.isn = {1000, 5000}}, .hole_lasts_ns = RDPATH_HOLE_LASTS_NS};
    play_opening(&s);
    return s;
}

static void data_down(struct scene *s, int64_t at_us, uint32_t seq, uint32_t len)
{
    play(s, (struct line){.way = DOWN, .at_us = at_us, .seq = seq, .ack = 1, .len = len});
}

static void ack_up(struct scene *s, int64_t at_us, uint32_t ack)
{
    play(s, (struct line){.way = UP, .at_us = at_us, .seq = 1, .ack = ack});
}

static void sack_up(struct scene *s, int64_t at_us, struct line sack)
{
    sack.way = UP;
    sack.at_us = at_us;
    sack.seq = 1;
    play(s, sack);
}

/* ---- missing: by the network or by the capture (field 7, 8) ---------------------------------- */

static void acknowledged_bytes_that_were_not_seen_are_the_captures_loss(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, 100);
    data_down(&s, 4 * MS, 301, 100); /* 101 to 300 not recorded */
    ack_up(&s, 5 * MS, 401);
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].n_missed, 200);
    assert_false(s.path[DOWN].hole.open);
    assert_int_equal(s.path[DOWN].n_lost, 0);
    assert_int_equal(s.path[DOWN].retransmitted, 0);
    assert_int_equal(s.path[DOWN].mtu.below, 0);
}

static void the_tail_may_be_missing_too(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, 100);
    ack_up(&s, 5 * MS, 5001);
    data_down(&s, 6 * MS, 5001, 100);
    assert_int_equal(s.event.segment.kind, SEGMENT_NEW);
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].n_missed, 4900);
}

static void an_unacknowledged_hole_is_the_networks(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, 100);
    ack_up(&s, 4 * MS, 101);
    data_down(&s, 5 * MS, 101 + 2 * MSS, 300); /* two full segments never came */
    ack_up(&s, 6 * MS, 101);
    end_at_client(&s);
    assert_true(s.path[DOWN].hole.open);
    assert_int_equal(s.path[DOWN].hole.len, 2 * MSS);
    assert_int_equal(s.path[DOWN].hole.since_ns, WIRE_START_NS + 5 * MS * 1000);
    assert_int_equal(s.path[DOWN].hole.frames.ref[0], 6);
    assert_int_equal(s.path[DOWN].n_missed, 0);
    /* contract 2: below = min(n, MSS) + headers, the lost size itself is unseen */
    assert_int_equal(s.path[DOWN].smallest_lost, 0);
    assert_int_equal(s.path[DOWN].mtu.below, 1500);
    assert_int_equal(s.path[DOWN].mtu.at_least, 340);
}

static void a_hole_shorter_than_a_segment_names_its_own_size(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1001, 300);
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].mtu.below, 1040);
    s = opened(state);
    s.hole_lasts_ns--; /* what is missing may be under way a second time */
    data_down(&s, 3 * MS, 1001, 300);
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].mtu.below, 0);
}

static void a_hole_that_another_packet_of_that_size_passed_names_none(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1 + MSS, MSS); /* as large as anything in the hole, and it came */
    end_at_client(&s);
    assert_true(s.path[DOWN].hole.open);
    assert_int_equal(s.path[DOWN].mtu.below, 0);
    assert_int_equal(s.path[DOWN].mtu.at_least, 1500);
}

static void a_number_ahead_tells_of_a_hole_without_data(void **state)
{
    struct scene s = opened(state);
    play(&s, (struct line){.way = DOWN, .at_us = 3 * MS, .seq = 1201, .ack = 1});
    end_at_client(&s);
    assert_true(s.path[DOWN].hole.open);
    assert_int_equal(s.path[DOWN].hole.len, 1200);
    assert_int_equal(s.path[DOWN].mtu.below, 1240);
}

static void a_fin_ahead_tells_of_a_hole_and_may_be_filled(void **state)
{
    struct scene s = opened(state);
    play(&s, (struct line){
                 .way = DOWN, .at_us = 3 * MS, .seq = 101, .ack = 1, .flags = TCP_FIN | TCP_ACK});
    assert_int_equal(s.flow->side[DOWN].n_holes, 1);
    data_down(&s, 300 * MS, 1, 100);
    ack_up(&s, 301 * MS, 102); /* the FIN counts one */
    end_at_client(&s);
    assert_false(s.path[DOWN].hole.open);
    assert_int_equal(s.path[DOWN].n_missed, 0);
}

static void a_foreign_number_tells_nothing(void **state)
{
    struct scene s = opened(state);
    play(&s, (struct line){.way = DOWN, .at_us = 3 * MS, .seq = 0x7ffffff0, .ack = 1});
    ack_up(&s, 4 * MS, 0x7ffffff0);
    end_at_client(&s);
    assert_false(s.path[DOWN].hole.open);
    assert_int_equal(s.path[DOWN].n_missed, 0);
}

/* A selective acknowledgement is one: bytes that it names arrived, seen or not. */
static void selectively_acknowledged_bytes_are_no_hole(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, 1000);    /* seen here, lost on */
    data_down(&s, 4 * MS, 2001, 1000); /* 1001 to 2000 not recorded */
    sack_up(&s, 6 * MS, (struct line){.ack = 1, .sack = {{1001, 3001}}});
    end_at_server(&s);
    assert_false(s.path[DOWN].hole.open);
    assert_int_equal(s.path[DOWN].n_missed, 1000);
}

static void more_holes_than_are_kept_keep_the_first(void **state)
{
    struct scene s = opened(state);
    for (uint32_t i = 0; i < 3 * SIDE_HOLES; i++)
        data_down(&s, 3 * MS + i, 101 + i * 200, 100);
    assert_int_equal(s.flow->side[DOWN].n_holes, SIDE_HOLES);
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].hole.len, 100);
}

static void a_capture_that_begins_in_the_middle_misses_nothing(void **state)
{
    (void)state;
    struct scene s = {.wire = {.isn = {1000, 5000}}};
    play(&s, (struct line){.way = DOWN, .seq = 70001, .ack = 4001, .len = 1000});
    play(&s, (struct line){.way = UP, .at_us = 1 * MS, .seq = 4001, .ack = 71001});
    play(&s, (struct line){.way = UP, .at_us = 2 * MS, .seq = 4001, .ack = 71001, .len = 10});
    end_at_client(&s);
    for (int way = 0; way < 2; way++) {
        assert_int_equal(s.path[way].n_missed, 0);
        assert_false(s.path[way].hole.open);
        assert_int_equal(s.path[way].mss, 0);
    }
    assert_int_equal(s.path[DOWN].n_bytes, 1000);
}

/* ---- lost: how much (field 6, 17) ------------------------------------------------------------ */

static void a_dsack_takes_back_a_loss(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, 1000);
    data_down(&s, 203 * MS, 1, 1000); /* sent again too early: both arrive */
    ack_up(&s, 204 * MS, 1001);
    sack_up(&s, 205 * MS, (struct line){.ack = 1001, .sack = {{1, 1001}}});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].retransmitted, 1);
    assert_int_equal(s.path[DOWN].n_lost, 0);
}

/* The time of the acknowledgement and the D-SACK behind it speak of the same repetition. */
static void one_needless_repetition_is_forgiven_once(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 10 * MS, 1, 1000);
    data_down(&s, 310 * MS, 1, 1000); /* lost, and needed */
    ack_up(&s, 330 * MS, 1001);
    data_down(&s, 400 * MS, 1001, 1000);
    data_down(&s, 700 * MS, 1001, 1000); /* the answer to the first was already on its way */
    ack_up(&s, 700 * MS + 100, 2001);
    sack_up(&s, 720 * MS, (struct line){.ack = 2001, .sack = {{1001, 2001}}});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].retransmitted, 2);
    assert_int_equal(s.path[DOWN].n_lost, 1);
}

/* RFC 2883 section 4.2: a D-SACK above the acknowledgement lies within the block behind it. */
static void a_dsack_within_a_block_takes_back_a_loss(void **state)
{
    struct scene s = opened(state);
    for (uint32_t i = 0; i < 3; i++)
        data_down(&s, 3 * MS + i, 1 + i * 1000, 1000);
    data_down(&s, 203 * MS, 1001, 1000);
    struct line dsack = {.ack = 1, .sack = {{1001, 2001}, {1001, 3001}}};
    sack_up(&s, 204 * MS, dsack);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].retransmitted, 1);
    assert_int_equal(s.path[DOWN].n_lost, 0);
}

/* A receiver answers the byte of a keep-alive with a D-SACK: nothing was sent again. */
static void the_answer_to_a_keepalive_takes_back_no_loss(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, 1000);
    data_down(&s, 303 * MS, 1, 1000);
    ack_up(&s, 304 * MS, 1001);
    assert_int_equal(s.flow->side[DOWN].path.n_lost, 1);
    data_down(&s, 60 * SECOND, 1000, 1);
    assert_int_equal(s.event.segment.kind, SEGMENT_KEEPALIVE);
    sack_up(&s, 60 * SECOND + MS, (struct line){.ack = 1001, .sack = {{1000, 1001}}});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].n_lost, 1);
}

static void what_a_sack_names_is_delivered(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, MSS);
    data_down(&s, 4 * MS, 1 + MSS, 500);
    data_down(&s, 5 * MS, 501 + MSS, 1000);
    sack_up(&s, 6 * MS, (struct line){.ack = 1, .sack = {{1 + MSS, 501 + MSS}}});
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].largest_delivered, 540);
}

static void repetitions_are_no_round_trip(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 10 * MS, 1, 1000);
    data_down(&s, 310 * MS, 1, 1000);
    ack_up(&s, 310 * MS + 10, 1001);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].rtt_ns, 1 * MS * 1000); /* the handshake's (Karn) */
}

/* ---- sizes (facts E.6, field 9) -------------------------------------------------------------- */

/* A full segment again and again, with growing gaps; a SACK names the small one behind it. */
static struct scene black_hole(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, 300);
    ack_up(&s, 4 * MS, 301);
    data_down(&s, 5 * MS, 301, MSS);
    data_down(&s, 5 * MS + 1, 301 + MSS, 200);
    sack_up(&s, 6 * MS, (struct line){.ack = 301, .sack = {{301 + MSS, 501 + MSS}}});
    for (int i = 0; i < 4; i++)
        data_down(&s, (300 << i) * MS, 301, MSS);
    return s;
}

static void one_size_sent_again_and_again_is_lost(void **state)
{
    struct scene s = black_hole(state);
    end_at_server(&s);
    const struct rdpath_path *p = &s.path[DOWN];
    assert_int_equal(p->repeated.ip_len, 1500);
    assert_int_equal(p->repeated.n_sent, 5);
    assert_int_equal(p->repeated.first_ns, WIRE_START_NS + 5 * MS * 1000);
    assert_int_equal(p->repeated.last_ns, WIRE_START_NS + 2400LL * MS * 1000);
    assert_true(p->repeated.gaps_grow);
    assert_false(p->repeated.acknowledged || p->repeated.shrunk || p->repeated.fragmentable);
    assert_true(p->repeated.smaller_delivered_after);
    assert_false(p->repeated.as_large_delivered_after);
    assert_int_equal(p->repeated.frames.ref[0], 6);
    assert_int_equal(p->repeated.frames.total, 5);
    assert_int_equal(p->smallest_lost, 1500);
    assert_int_equal(p->mtu.below, 1500);
    assert_int_equal(p->mtu.at_least, 340);
    assert_int_equal(p->retransmitted, 4);
}

static void the_same_size_that_passes_later_is_loss(void **state)
{
    struct scene s = black_hole(state);
    ack_up(&s, 5 * SECOND, 501 + MSS);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].smallest_lost, 0);
    assert_int_equal(s.path[DOWN].mtu.below, 0);
    assert_int_equal(s.path[DOWN].mtu.at_least, 1500);
    assert_true(s.path[DOWN].repeated.acknowledged);
}

/* field 9, quinn #2400: another packet of equal size that was delivered clears the suspicion. */
static void an_equal_size_delivered_after_clears_it(void **state)
{
    struct scene s = black_hole(state);
    data_down(&s, 6 * SECOND, 501 + MSS, MSS);
    sack_up(&s, 7 * SECOND, (struct line){.ack = 301, .sack = {{301 + MSS, 501 + 2 * MSS}}});
    end_at_server(&s);
    assert_true(s.path[DOWN].repeated.as_large_delivered_after);
    assert_int_equal(s.path[DOWN].smallest_lost, 0);
}

/* facts E.6: if everything was large, size cannot be told from loss. */
static void without_anything_smaller_size_is_not_the_reason(void **state)
{
    struct scene s = opened(state);
    for (int i = 0; i < 5; i++)
        data_down(&s, (300 << i) * MS, 1, MSS);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].repeated.n_sent, 5);
    assert_int_equal(s.path[DOWN].smallest_lost, 0);
    assert_int_equal(s.path[DOWN].mtu.below, 0);
}

static void without_df_a_size_proves_nothing_at_the_sender(void **state)
{
    struct scene s = opened(state);
    struct line data = {
        .way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = MSS, .may_fragment = true};
    play(&s, data);
    ack_up(&s, 4 * MS, 1 + MSS);
    scene_conclude(&s, FLOW_AT_SENDER, FLOW_AT_SENDER);
    assert_int_equal(s.path[DOWN].mtu.at_least, 44); /* the SYN-ACK, with DF */
    flow_sizes(s.flow, RDPATH_TO_CLIENT, FLOW_AT_RECEIVER, &s.path[DOWN]);
    assert_int_equal(s.path[DOWN].mtu.at_least, 1500); /* seen whole at the receiver */
    scene_free(&s);
}

/* field 19: the sender found its way around it. */
static void the_same_bytes_in_smaller_packets_name_the_limit(void **state)
{
    struct scene s = black_hole(state);
    data_down(&s, 5 * SECOND, 301, 1000);
    ack_up(&s, 5 * SECOND + MS, 1301);
    data_down(&s, 5 * SECOND + 2 * MS, 1301, 460);
    ack_up(&s, 5 * SECOND + 3 * MS, 501 + MSS);
    end_at_server(&s);
    const struct rdpath_path *p = &s.path[DOWN];
    assert_true(p->repeated.shrunk && p->repeated.acknowledged);
    assert_int_equal(p->smallest_lost, 1500);
    assert_int_equal(p->mtu.at_least, 1040);
    assert_int_equal(p->mtu.below, 1500);
}

static void a_merged_frame_sent_again_is_no_size(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, 300);
    ack_up(&s, 4 * MS, 301);
    for (int i = 0; i < 5; i++)
        data_down(&s, (300 << i) * MS, 301, 3 * MSS);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].smallest_lost, 0);
    assert_int_equal(s.path[DOWN].mtu.below, 0);
    assert_int_equal(s.path[DOWN].mtu.at_least, 340);
}

static void a_size_that_passed_before_is_a_changed_path(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, MSS);
    ack_up(&s, 4 * MS, 1 + MSS);
    data_down(&s, 5 * SECOND, 1 + MSS, MSS);
    data_down(&s, 5 * SECOND + 1, 1 + 2 * MSS, 100);
    sack_up(&s, 5 * SECOND + MS,
            (struct line){.ack = 1 + MSS, .sack = {{1 + 2 * MSS, 101 + 2 * MSS}}});
    for (int i = 1; i < 5; i++)
        data_down(&s, 5 * SECOND + (300 << i) * MS, 1 + MSS, MSS);
    end_at_server(&s);
    assert_true(s.path[DOWN].changed);
    assert_int_equal(s.path[DOWN].mtu.below, 1500);
    assert_in_range(s.path[DOWN].mtu.at_least, 0, 1499);
}

/* ---- what a router said ---------------------------------------------------------------------- */

static struct scene told_1400(void **state)
{
    struct scene s = opened(state);
    data_down(&s, 3 * MS, 1, MSS);
    flow_too_big(s.flow, RDPATH_TO_CLIENT, 1400, WIRE_START_NS + 4 * MS * 1000);
    return s;
}

static void a_router_that_is_heeded_costs_no_loss(void **state)
{
    struct scene s = told_1400(state);
    data_down(&s, 5 * MS, 1, 1360);
    data_down(&s, 5 * MS + 1, 1361, 100);
    ack_up(&s, 6 * MS, 1 + MSS);
    assert_int_equal(s.flow->side[DOWN].told.n_above, 0);
    assert_int_equal(s.flow->side[DOWN].told.n_heeded, 2);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].mtu.at_least, 1400);
    assert_int_equal(s.path[DOWN].mtu.below, 1401); /* contract 2: M + 1 */
    assert_int_equal(s.path[DOWN].n_lost, 0);
    assert_int_equal(s.path[DOWN].retransmitted, 2);
    assert_false(s.path[DOWN].changed);
}

static void a_router_that_is_ignored_is_counted(void **state)
{
    struct scene s = told_1400(state);
    for (int i = 0; i < 3; i++)
        data_down(&s, (300 << i) * MS, 1, MSS);
    assert_int_equal(s.flow->side[DOWN].told.n_above, 3);
    assert_int_equal(s.flow->side[DOWN].told.n_heeded, 0);
    assert_int_equal(s.flow->side[DOWN].told.above_frames.ref[0], 5);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].mtu.below, 1401);
}

static void of_two_routers_the_narrower_stands(void **state)
{
    struct scene s = told_1400(state);
    flow_too_big(s.flow, RDPATH_TO_CLIENT, 1480, WIRE_START_NS + 5 * MS * 1000);
    flow_too_big(s.flow, RDPATH_TO_CLIENT, 1300, WIRE_START_NS + 6 * MS * 1000);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].mtu.below, 1301);
}

static void fragments_count_by_their_own_length(void **state)
{
    struct scene s = opened(state);
    struct packet piece = {.ip_len = 1276};
    flow_fragment(s.flow, &piece, &(struct flow_piece){.direction = RDPATH_TO_CLIENT});
    piece.ip_len = 244;
    flow_fragment(s.flow, &piece, &(struct flow_piece){.direction = RDPATH_TO_CLIENT});
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].n_fragments, 2);
    assert_int_equal(s.path[DOWN].mtu.at_least, 1276);
}

/* An IPv6 sender may cut a packet itself: the whole was never on the path, acknowledged or not. */
static void a_reassembled_packet_is_no_size(void **state)
{
    (void)state;
    struct scene s = {.wire = {.isn = {1000, 5000}, .v6 = true}};
    play_opening(&s);
    struct line data = {.way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 1400};
    struct rdpath_frame frame = wire_frame(&s.wire, &data);
    struct packet p;
    assert_true(packet_decode(&frame, &p));
    p.reassembled = true;
    s.event.direction = RDPATH_TO_CLIENT;
    assert_true(flow_packet(s.flow, &p, 4, &s.event));
    ack_up(&s, 4 * MS, 1401);
    end_at_server(&s);
    assert_int_equal(s.path[DOWN].mtu.at_least, 64); /* the SYN-ACK */
    assert_int_equal(s.path[DOWN].n_bytes, 1400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_bytes_that_were_not_seen_are_the_captures_loss),
        cmocka_unit_test(the_tail_may_be_missing_too),
        cmocka_unit_test(an_unacknowledged_hole_is_the_networks),
        cmocka_unit_test(a_hole_shorter_than_a_segment_names_its_own_size),
        cmocka_unit_test(a_hole_that_another_packet_of_that_size_passed_names_none),
        cmocka_unit_test(a_number_ahead_tells_of_a_hole_without_data),
        cmocka_unit_test(a_fin_ahead_tells_of_a_hole_and_may_be_filled),
        cmocka_unit_test(a_foreign_number_tells_nothing),
        cmocka_unit_test(selectively_acknowledged_bytes_are_no_hole),
        cmocka_unit_test(more_holes_than_are_kept_keep_the_first),
        cmocka_unit_test(a_capture_that_begins_in_the_middle_misses_nothing),
        cmocka_unit_test(a_dsack_takes_back_a_loss),
        cmocka_unit_test(one_needless_repetition_is_forgiven_once),
        cmocka_unit_test(a_dsack_within_a_block_takes_back_a_loss),
        cmocka_unit_test(the_answer_to_a_keepalive_takes_back_no_loss),
        cmocka_unit_test(what_a_sack_names_is_delivered),
        cmocka_unit_test(repetitions_are_no_round_trip),
        cmocka_unit_test(one_size_sent_again_and_again_is_lost),
        cmocka_unit_test(the_same_size_that_passes_later_is_loss),
        cmocka_unit_test(an_equal_size_delivered_after_clears_it),
        cmocka_unit_test(without_anything_smaller_size_is_not_the_reason),
        cmocka_unit_test(without_df_a_size_proves_nothing_at_the_sender),
        cmocka_unit_test(the_same_bytes_in_smaller_packets_name_the_limit),
        cmocka_unit_test(a_merged_frame_sent_again_is_no_size),
        cmocka_unit_test(a_size_that_passed_before_is_a_changed_path),
        cmocka_unit_test(a_router_that_is_heeded_costs_no_loss),
        cmocka_unit_test(a_router_that_is_ignored_is_counted),
        cmocka_unit_test(of_two_routers_the_narrower_stands),
        cmocka_unit_test(fragments_count_by_their_own_length),
        cmocka_unit_test(a_reassembled_packet_is_no_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
