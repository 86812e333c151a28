/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a recording does to the account of a path: bytes that the receiver tells of and the capture
 * does not hold, and frames that a card merged from segments shorter than full ones.
 */
#include "tests/unit/flow_play.h"

enum { SHORT = 1260 }; /* a sender's segments behind a router that told it of 1300 bytes */

static struct scene opened(void **state)
{
    (void)state;
    struct scene s = {.wire = {.isn = {1000, 5000}}, .hole_lasts_ns = RDPATH_HOLE_LASTS_NS};
    play_opening(&s);
    return s;
}

static struct line down(int64_t at_us, uint32_t seq, uint32_t len, unsigned flags)
{
    return (
        struct line){.way = DOWN, .at_us = at_us, .seq = seq, .ack = 1, .len = len, .flags = flags};
}

/* RFC 2018: the client has 2921 to 3957, which was not recorded, and only then does the server's
   next packet tell that there is something. */
static void what_the_peer_had_before_it_was_known_is_no_hole(void **state)
{
    struct scene s = opened(state);
    play(&s, down(3 * MS, 1, MSS, TCP_ACK));
    play(&s, down(3 * MS, 1461, MSS, TCP_ACK));
    play(&s, (struct line){.way = UP, .at_us = 4 * MS, .seq = 1, .ack = 1, .sack = {{2921, 3957}}});
    play(&s, down(9000 * MS, 3957, 0, TCP_ACK));
    end_between(&s);
    assert_int_equal(s.path[DOWN].n_missed, 3957 - 2921);
    assert_false(s.path[DOWN].hole.open);
    assert_int_equal(s.path[DOWN].mtu.below, 0);
}

/* 2520 is no multiple of the MSS: the segments were shorter, so 1442 may be 1260 and 182. */
static void among_short_segments_a_frame_of_any_size_may_be_merged(void **state)
{
    struct scene s = opened(state);
    play(&s, down(3 * MS, 1, 2 * SHORT, TCP_ACK));
    play(&s, down(4 * MS, 1 + 2 * SHORT, SHORT + 182, TCP_ACK | TCP_PSH));
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].n_merged, 1);
    assert_int_equal(s.path[DOWN].mtu.at_least, 0);
    assert_int_equal(s.path[DOWN].largest_delivered, 0);
}

/* Full ones cannot hide: two of them are more than one. */
static void among_full_segments_a_frame_that_is_no_longer_is_one(void **state)
{
    struct scene s = opened(state);
    play(&s, down(3 * MS, 1, 2 * MSS, TCP_ACK));
    play(&s, down(4 * MS, 1 + 2 * MSS, MSS, TCP_ACK));
    play(&s, down(5 * MS, 1 + 3 * MSS, MSS + 700, TCP_ACK | TCP_PSH)); /* the last one is short */
    end_at_client(&s);
    assert_int_equal(s.path[DOWN].n_merged, 2);
    assert_int_equal(s.path[DOWN].mtu.at_least, 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_peer_had_before_it_was_known_is_no_hole),
        cmocka_unit_test(among_short_segments_a_frame_of_any_size_may_be_merged),
        cmocka_unit_test(among_full_segments_a_frame_that_is_no_longer_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
