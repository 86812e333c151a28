/* SPDX-License-Identifier: Apache-2.0 */
/* The ranking: which finding is the cause, what yields to what, and the outcome (contract 2, 3). */
#include "tests/unit/attempt_play.h"

#include "analyze/rules/judge.h"
#include "analyze/rules/table.h"

static const struct rdpath_attempt *judged(struct played *p)
{
    attempt_conclude(&p->attempt);
    judge_attempt(&p->attempt);
    return &p->attempt.result;
}

static bool finds(const struct rdpath_attempt *r, const char *id)
{
    for (uint32_t i = 0; i < r->n_findings; i++) {
        if (strcmp(r->findings[i].id, id) == 0)
            return true;
    }
    return false;
}

static void closes(struct played *p, enum rdpath_direction way)
{
    p->connections[0].fin[way] = at_second(2, 9);
}

/* ---- the table ------------------------------------------------------------------------------- */

static int row_of(const char *id, size_t len)
{
    for (int i = 0; i < N_RULES; i++) {
        if (strlen(rule_table[i].id) == len && memcmp(rule_table[i].id, id, len) == 0)
            return i;
    }
    return -1;
}

/* How many steps a rule can yield, from cause to cause; deeper than there are rules is a circle. */
static int depth_of(int rule, int so_far)
{
    int deepest = so_far;
    assert_true(so_far <= N_RULES);
    for (const char *at = rule_table[rule].yields_to; *at;) {
        size_t len = strcspn(at, " ");
        int other = row_of(at, len);
        bool mark = len == 1 && (*at == '*' || *at == '@');
        if (!mark) {
            assert_true(other >= 0);
            int depth = depth_of(other, so_far + 1);
            deepest = depth > deepest ? depth : deepest;
        }
        at += len + strspn(at + len, " ");
    }
    return deepest;
}

static void nothing_yields_to_itself_or_in_a_circle(void **state)
{
    (void)state;
    for (int i = 0; i < N_RULES; i++)
        assert_in_range(depth_of(i, 0), 0, N_RULES);
}

static void every_cause_says_all_that_explain_prints(void **state)
{
    (void)state;
    for (int i = 0; i < N_RULES; i++) {
        const struct rule *r = rule_table[i].rule;
        assert_true(r->title && r->means && r->recognised && r->confused_with && r->fix &&
                    r->judge);
        assert_int_equal(row_of(rule_table[i].id, strlen(rule_table[i].id)), i); /* once */
    }
}

/* ---- last resorts ---------------------------------------------------------------------------- */

static void a_session_that_came_up_has_no_cause(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_ACTIVE);
    closes(p, RDPATH_TO_SERVER);
    const struct rdpath_attempt *r = judged(p);
    assert_string_equal(r->cause.id, "none");
    assert_int_equal(r->cause.confidence, RDPATH_CONFIRMED);
    assert_int_equal(r->cause.direction, RDPATH_NO_DIRECTION);
    assert_int_equal(r->outcome, RDPATH_CONNECTED);
    assert_int_equal(r->waiting_for, RDPATH_BY_NOBODY);
    assert_string_equal(r->findings[0].id, "none");
    assert_false(finds(r, "undetermined")); /* it was determined */
    played_free(p);
}

/* contract 2: capture-end caps confidence at likely */
static void where_the_capture_ends_first_nothing_is_confirmed(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_ACTIVE);
    p->attempt.capture_end_ns = p->connections[0].last_ns + SECOND_NS;
    const struct rdpath_attempt *r = judged(p);
    assert_int_equal(r->ended.how, RDPATH_END_CAPTURE);
    assert_string_equal(r->cause.id, "none");
    assert_int_equal(r->cause.confidence, RDPATH_LIKELY);
    for (uint32_t i = 0; i < r->n_findings; i++)
        assert_false(r->findings[i].confirmed);
    played_free(p);
}

static void what_no_rule_explains_is_undetermined(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_DONE);
    p->attempt.capture_end_ns = p->connections[0].last_ns;
    const struct rdpath_attempt *r = judged(p);
    assert_string_equal(r->cause.id, "undetermined");
    assert_int_equal(r->outcome, RDPATH_OUTCOME_UNDETERMINED);
    assert_int_equal(r->n_findings, 1);
    assert_false(r->findings[0].confirmed);
    played_free(p);
}

static void who_closed_is_the_cause_where_nothing_else_is(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_DONE);
    closes(p, RDPATH_TO_CLIENT);
    const struct rdpath_attempt *r = judged(p);
    assert_string_equal(r->cause.id, "server-closed");
    assert_int_equal(r->outcome, RDPATH_FAILED);
    assert_false(finds(r, "undetermined") || finds(r, "none"));
    played_free(p);
}

/* contract 3: a client's close after a refusal is never the cause */
static void who_closed_yields_to_why(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct played *p = played_new(RDPATH_STAGE_X224_CONFIRM);
        p->connections[0].rdp =
            (struct rdpath_rdp){.present = true, .has_response = true, .failure = 5};
        closes(p, (enum rdpath_direction)way);
        const struct rdpath_attempt *r = judged(p);
        assert_string_equal(r->cause.id, "nla-required");
        assert_int_equal(r->cause.confidence, RDPATH_CONFIRMED);
        assert_int_equal(r->outcome, RDPATH_FAILED);
        assert_false(finds(r, "server-closed") || finds(r, "client-closed") ||
                     finds(r, "undetermined"));
        played_free(p);
    }
}

/* ---- symptoms -------------------------------------------------------------------------------- */

/* 1500 bytes sent six times to the client with growing gaps while smaller ones arrive. */
static void play_black_hole(struct connection *c)
{
    struct rdpath_path *path = &c->path[RDPATH_TO_CLIENT];
    path->repeated = (struct rdpath_repeated){.ip_len = 1500,
                                              .n_sent = 6,
                                              .first_ns = START_NS + SECOND_NS,
                                              .last_ns = START_NS + 20 * SECOND_NS,
                                              .gaps_grow = true,
                                              .smaller_delivered_after = true,
                                              .frames = frames_of(6)};
    path->smallest_lost = path->mtu.below = 1500;
    path->largest_delivered = path->mtu.at_least = 1112;
    path->retransmitted = path->n_lost = 5;
    path->mss = 1460;
    c->path[RDPATH_TO_SERVER].last_packet_ns = START_NS + 20 * SECOND_NS;
    c->last_ns = START_NS + 20 * SECOND_NS;
}

static void loss_and_silence_yield_to_the_black_hole(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    p->attempt.result.vantage = RDPATH_AT_SERVER;
    play_black_hole(&p->connections[0]);
    const struct rdpath_attempt *r = judged(p);
    assert_string_equal(r->cause.id, "pmtu-black-hole");
    assert_int_equal(r->cause.direction, RDPATH_TO_CLIENT);
    assert_int_equal(r->cause.confidence, RDPATH_CONFIRMED);
    assert_int_equal(r->outcome, RDPATH_FAILED);
    assert_false(finds(r, "packet-loss") || finds(r, "server-silent") || finds(r, "path-outage"));
    played_free(p);
}

/* With a loss of one in ten a packet is lost three times in a row once in a thousand. */
static void where_packets_get_lost_a_black_hole_needs_more_sendings(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
        struct connection *c = &p->connections[0];
        p->attempt.result.vantage = RDPATH_AT_SERVER;
        play_black_hole(c);
        c->path[RDPATH_TO_CLIENT].changed = i % 3 == 1;
        c->path[RDPATH_TO_SERVER].n_lost = i % 3 == 2;
        c->path[RDPATH_TO_CLIENT].repeated.n_sent = i < 3 ? 4 : 5;
        bool likely = i == 1 || i == 2;
        assert_string_equal(judged(p)->cause.id, "pmtu-black-hole");
        assert_int_equal(p->attempt.result.cause.confidence,
                         likely ? RDPATH_LIKELY : RDPATH_CONFIRMED);
        played_free(p);
    }
}

/* Hardly a path carries less than 1280 bytes: that one such packet was lost twice says little. */
static void a_small_size_needs_more_than_one_repetition(void **state)
{
    (void)state;
    for (uint32_t n_sent = 2; n_sent <= 3; n_sent++) {
        struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
        p->attempt.result.vantage = RDPATH_AT_SERVER;
        play_black_hole(&p->connections[0]);
        p->connections[0].path[RDPATH_TO_CLIENT].repeated.ip_len = 1280;
        p->connections[0].path[RDPATH_TO_CLIENT].repeated.n_sent = n_sent;
        assert_int_equal(finds(judged(p), "pmtu-black-hole"), n_sent == 3);
        played_free(p);
    }
}

/* Ten lost of fifty prove that packets get lost, not that this ended the attempt: where some bytes
   never came for seconds, something else may have. */
static void loss_is_not_sure_where_some_data_never_came(void **state)
{
    (void)state;
    for (int stuck = 0; stuck < 2; stuck++) {
        struct played *p = played_new(RDPATH_STAGE_ACTIVE);
        struct rdpath_path *path = p->connections[0].path;
        path[0].n_data = path[0].n_packets = path[0].n_bare_acks = 40;
        path[1].n_data = path[1].n_packets = path[1].n_bare_acks = 40;
        path[1].n_lost = path[1].retransmitted = 10;
        path[0].hole = (struct rdpath_hole){.open = stuck,
                                            .len = 3000,
                                            .lasted_ns = stuck * 20 * SECOND_NS,
                                            .frames = frames_of(9)};
        closes(p, RDPATH_TO_CLIENT);
        assert_string_equal(judged(p)->cause.id, "packet-loss");
        assert_int_equal(p->attempt.result.cause.confidence,
                         stuck ? RDPATH_LIKELY : RDPATH_CONFIRMED);
        played_free(p);
    }
}

/* Who receives data twice lacked none of it; where it is sent, a repetition tells of a loss. */
static void what_arrived_twice_was_not_lost(void **state)
{
    (void)state;
    for (int at_server = 0; at_server < 2; at_server++) {
        struct played *p = played_new(RDPATH_STAGE_ACTIVE);
        struct rdpath_path *path = p->connections[0].path;
        p->attempt.result.vantage = at_server ? RDPATH_AT_SERVER : RDPATH_AT_CLIENT;
        path[0].n_data = path[0].n_packets = path[0].n_bare_acks = 40;
        path[1].n_data = path[1].n_packets = path[1].n_bare_acks = 40;
        path[1].n_lost = path[1].n_seen_twice = path[1].retransmitted = 10;
        closes(p, RDPATH_TO_CLIENT);
        assert_string_equal(judged(p)->cause.id, at_server ? "packet-loss" : "none");
        played_free(p);
    }
}

/* At the server, a small hole where the ClientHello should be. */
static struct played *play_filtered(enum rdpath_stage stage, int64_t lasted_ns)
{
    struct played *p = played_new(stage);
    p->attempt.result.vantage = RDPATH_AT_SERVER;
    p->connections[0].path[RDPATH_TO_SERVER].hole = (struct rdpath_hole){.open = true,
                                                                         .len = 80,
                                                                         .lasted_ns = lasted_ns,
                                                                         .frames = frames_of(9)};
    return p;
}

static void a_small_hole_is_a_filter_only_where_it_stays_and_the_message_is_awaited(void **state)
{
    (void)state;
    struct played *p = play_filtered(RDPATH_STAGE_X224_CONFIRM, 10 * SECOND_NS);
    assert_string_equal(judged(p)->cause.id, "payload-filtered");
    played_free(p);
    p = play_filtered(RDPATH_STAGE_X224_CONFIRM, SECOND_NS / 100); /* a packet that is late */
    assert_false(finds(judged(p), "payload-filtered"));
    played_free(p);
    p = play_filtered(RDPATH_STAGE_TLS_HELLO, 10 * SECOND_NS); /* it came */
    assert_false(finds(judged(p), "payload-filtered"));
    played_free(p);
}

/* At the client, a ClientHello of 557 bytes that is never acknowledged. */
static void where_packets_get_lost_a_filter_needs_more_sendings(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
        p->attempt.result.vantage = RDPATH_AT_CLIENT;
        struct rdpath_path *path = p->connections[0].path;
        path[RDPATH_TO_SERVER].repeated = (struct rdpath_repeated){.ip_len = 557,
                                                                   .n_sent = i < 3 ? 3 : 5,
                                                                   .frames = frames_of(6)};
        path[RDPATH_TO_CLIENT].retransmitted = i == 1 || i == 3;
        if (i == 2) /* the recording stops within a second */
            p->attempt.capture_end_ns = p->connections[0].last_ns + SECOND_NS / 2;
        assert_int_equal(finds(judged(p), "payload-filtered"), i == 0 || i == 3);
        played_free(p);
    }
}

static void a_server_that_said_something_is_not_silent(void **state)
{
    (void)state;
    for (int said = 0; said < 2; said++) {
        struct played *p = played_new(RDPATH_STAGE_X224_REQUEST);
        p->connections[0].path[RDPATH_TO_CLIENT].last_new_ns += said * SECOND_NS / 10;
        assert_int_equal(finds(judged(p), "server-silent"), !said);
        played_free(p);
    }
}

static void the_black_hole_yields_to_the_error_that_was_ignored(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    p->attempt.result.vantage = RDPATH_AT_SERVER;
    play_black_hole(&p->connections[0]);
    p->connections[0].n_icmp = 1;
    p->connections[0].icmp[0] = &(struct icmp_seen){.kind = RDPATH_ICMP_TOO_BIG,
                                                    .direction = RDPATH_TO_CLIENT,
                                                    .mtu = 1400,

                                                    .n = 1,
                                                    .frames = frames_of(7),
                                                    .first_ns = START_NS + SECOND_NS,
                                                    .n_too_large_after = 5,
                                                    .ignored_frames = frames_of(8)};
    const struct rdpath_attempt *r = judged(p);
    assert_string_equal(r->cause.id, "pmtu-signal-ignored");
    assert_false(finds(r, "pmtu-black-hole"));
    played_free(p);
}

/* contract 2: failed = never up, or up and ended by a fault */
static void a_session_that_a_black_hole_ended_failed(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_ACTIVE);
    p->attempt.result.vantage = RDPATH_AT_SERVER;
    play_black_hole(&p->connections[0]);
    const struct rdpath_attempt *r = judged(p);
    assert_string_equal(r->cause.id, "pmtu-black-hole");
    assert_int_equal(r->outcome, RDPATH_FAILED);
    played_free(p);
}

/* contract 2: a recovered black hole too is degraded, not failed */
static void a_session_that_found_its_way_is_degraded(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_ACTIVE);
    p->attempt.result.vantage = RDPATH_AT_SERVER;
    play_black_hole(&p->connections[0]);
    struct rdpath_repeated *repeated = &p->connections[0].path[RDPATH_TO_CLIENT].repeated;
    repeated->acknowledged = repeated->shrunk = true;
    p->connections[0].fin[RDPATH_TO_SERVER] = at_second(30, 99);
    const struct rdpath_attempt *r = judged(p);
    assert_string_equal(r->cause.id, "pmtu-black-hole");
    assert_int_equal(r->outcome, RDPATH_DEGRADED);
    played_free(p);
}

static void every_verdict_stands_in_one_list_only(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    play_black_hole(&p->connections[0]);
    const struct rdpath_attempt *r = judged(p);
    assert_string_equal(r->findings[0].id, r->cause.id);
    assert_in_range(r->n_findings + r->n_ruled_out + r->n_undecided, 1, N_RULES);
    for (uint32_t i = 0; i < r->n_ruled_out; i++)
        assert_false(finds(r, r->ruled_out[i].id));
    for (uint32_t i = 0; i < r->n_undecided; i++)
        assert_false(finds(r, r->undecided[i].id));
    for (uint32_t i = 1; i < r->cause.frames.n; i++)
        assert_true(r->cause.frames.ref[i] > r->cause.frames.ref[i - 1]);
    played_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_yields_to_itself_or_in_a_circle),
        cmocka_unit_test(every_cause_says_all_that_explain_prints),
        cmocka_unit_test(a_session_that_came_up_has_no_cause),
        cmocka_unit_test(where_the_capture_ends_first_nothing_is_confirmed),
        cmocka_unit_test(what_no_rule_explains_is_undetermined),
        cmocka_unit_test(who_closed_is_the_cause_where_nothing_else_is),
        cmocka_unit_test(who_closed_yields_to_why),
        cmocka_unit_test(loss_and_silence_yield_to_the_black_hole),
        cmocka_unit_test(where_packets_get_lost_a_black_hole_needs_more_sendings),
        cmocka_unit_test(loss_is_not_sure_where_some_data_never_came),
        cmocka_unit_test(what_arrived_twice_was_not_lost),
        cmocka_unit_test(a_small_hole_is_a_filter_only_where_it_stays_and_the_message_is_awaited),
        cmocka_unit_test(where_packets_get_lost_a_filter_needs_more_sendings),
        cmocka_unit_test(a_server_that_said_something_is_not_silent),
        cmocka_unit_test(a_small_size_needs_more_than_one_repetition),
        cmocka_unit_test(the_black_hole_yields_to_the_error_that_was_ignored),
        cmocka_unit_test(a_session_that_a_black_hole_ended_failed),
        cmocka_unit_test(a_session_that_found_its_way_is_degraded),
        cmocka_unit_test(every_verdict_stands_in_one_list_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
