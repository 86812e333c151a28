/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of an attempt: how a connection ended and by whom, whose turn it was, which connection
 * decides, where the capture was taken, what the whole shows (contract 2, facts E.8).
 */
#include "tests/unit/attempt_play.h"

static struct rdpath_ended ended(struct played *p)
{
    return connection_ended(&p->connections[0], p->attempt.capture_end_ns);
}

static struct reset_seen reset_at(int64_t second, rdpath_ref frame, uint8_t ttl)
{
    return (struct reset_seen){.seen = true,
                               .at = at_second(second, frame),
                               .ttl = ttl,
                               .usual_ttl = 64};
}

#define assert_ended(e, by_, how_, frame_)                                                         \
    do {                                                                                           \
        struct rdpath_ended seen_ = (e);                                                           \
        assert_int_equal(seen_.by, by_);                                                           \
        assert_int_equal(seen_.how, how_);                                                         \
        assert_int_equal(seen_.frame, frame_);                                                     \
    } while (0)

/* ---- how it ended ---------------------------------------------------------------------------- */

static void the_first_close_counts(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_X224_CONFIRM);
    p->connections[0].fin[RDPATH_TO_CLIENT] = at_second(5, 8);
    p->connections[0].reset[RDPATH_TO_SERVER] = reset_at(6, 9, 64);
    assert_ended(ended(p), RDPATH_BY_SERVER, RDPATH_END_FIN, 8);
    p->connections[0].fin[RDPATH_TO_SERVER] = at_second(4, 7);
    assert_ended(ended(p), RDPATH_BY_CLIENT, RDPATH_END_FIN, 7);
    assert_int_equal(ended(p).quiet_before_ns, 3 * SECOND_NS); /* new data last in second 1 */
    played_free(p);
}

static void of_equal_times_the_earlier_frame_counts(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_X224_CONFIRM);
    p->connections[0].fin[RDPATH_TO_SERVER] = at_second(5, 9);
    p->connections[0].fin[RDPATH_TO_CLIENT] = at_second(5, 8);
    assert_ended(ended(p), RDPATH_BY_SERVER, RDPATH_END_FIN, 8);
    p->connections[0].reset[RDPATH_TO_SERVER] = reset_at(5, 7, 64);
    assert_ended(ended(p), RDPATH_BY_CLIENT, RDPATH_END_RST, 7);
    played_free(p);
}

static void a_reset_with_another_ttl_is_a_devices(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_X224_REQUEST);
    p->connections[0].reset[RDPATH_TO_CLIENT] = reset_at(5, 8, 58);
    assert_ended(ended(p), RDPATH_BY_MIDDLEBOX, RDPATH_END_RST, 8);
    p->connections[0].reset[RDPATH_TO_CLIENT].usual_ttl = 0; /* nothing to compare it with */
    assert_ended(ended(p), RDPATH_BY_SERVER, RDPATH_END_RST, 8);
    played_free(p);
}

/* facts E.8: the cause is the message before the close. */
static void a_fatal_alert_before_the_close_counts(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct rdpath_tls *tls = &p->connections[0].tls;
    p->connections[0].reset[RDPATH_TO_SERVER] = reset_at(5, 9, 64);
    tls->alerts[0] = (struct rdpath_alert){.direction = RDPATH_TO_CLIENT, .level = 1, .frame = 6};
    tls->alerts[1] = (struct rdpath_alert){.direction = RDPATH_TO_CLIENT, .level = 2, .frame = 7};
    tls->alerts[0].ts_ns = tls->alerts[1].ts_ns =
        p->connections[0].reset[RDPATH_TO_SERVER].at.ts_ns - 1;
    tls->n_alerts = 2;
    assert_ended(ended(p), RDPATH_BY_SERVER, RDPATH_END_ALERT, 7);
    tls->alerts[1].frame = 12; /* after the reset it ended nothing */
    tls->alerts[1].ts_ns += 2;
    assert_ended(ended(p), RDPATH_BY_CLIENT, RDPATH_END_RST, 9);
    played_free(p);
}

static void silence_is_told_from_the_end_of_the_capture(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct connection *c = &p->connections[0];
    const int64_t last = c->last_ns;
    p->attempt.capture_end_ns = last + 3 * SECOND_NS; /* contract 2: at least 3 s */
    assert_ended(ended(p), RDPATH_BY_NOBODY, RDPATH_END_SILENCE, 0);
    p->attempt.capture_end_ns = last + 3 * SECOND_NS - 1;
    assert_ended(ended(p), RDPATH_BY_NOBODY, RDPATH_END_CAPTURE, 0);
    c->last_gap_ns = 10 * SECOND_NS; /* and twice the last gap */
    p->attempt.capture_end_ns = last + 20 * SECOND_NS - 1;
    assert_ended(ended(p), RDPATH_BY_NOBODY, RDPATH_END_CAPTURE, 0);
    p->attempt.capture_end_ns = last + 20 * SECOND_NS;
    assert_ended(ended(p), RDPATH_BY_NOBODY, RDPATH_END_SILENCE, 0);
    assert_int_equal(ended(p).quiet_before_ns, 20 * SECOND_NS);
    played_free(p);
}

static void an_icmp_error_ends_only_what_never_opened(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TCP_SYN);
    struct connection *c = &p->connections[0];
    c->icmp[0] = &(struct icmp_seen){.kind = RDPATH_ICMP_PROHIBITED,
                                     .first_ns = START_NS,
                                     .frames = {.ref = {3}, .n = 1}};
    c->n_icmp = 1;
    assert_ended(ended(p), RDPATH_BY_MIDDLEBOX, RDPATH_END_ICMP, 3);
    c->icmp[0]->kind = RDPATH_ICMP_PORT; /* the host itself says so */
    assert_ended(ended(p), RDPATH_BY_SERVER, RDPATH_END_ICMP, 3);
    c->icmp[0]->kind = RDPATH_ICMP_TOO_BIG;
    assert_ended(ended(p), RDPATH_BY_NOBODY, RDPATH_END_SILENCE, 0);
    c->icmp[0]->kind = RDPATH_ICMP_PROHIBITED;
    connection_reach(c, RDPATH_STAGE_TCP_OPEN, at_second(1, 4), false);
    assert_ended(ended(p), RDPATH_BY_NOBODY, RDPATH_END_SILENCE, 0);
    played_free(p);
}

/* ---- whose turn ------------------------------------------------------------------------------ */

static void each_stage_knows_whose_turn_it_is(void **state)
{
    (void)state;
    const struct {
        enum rdpath_stage stage;
        enum rdpath_end_by awaits;
    } rows[] = {
        {RDPATH_STAGE_TCP_SYN, RDPATH_BY_SERVER},
        {RDPATH_STAGE_TCP_OPEN, RDPATH_BY_CLIENT},
        {RDPATH_STAGE_X224_REQUEST, RDPATH_BY_SERVER},
        {RDPATH_STAGE_X224_CONFIRM, RDPATH_BY_CLIENT},
        {RDPATH_STAGE_TLS_HELLO, RDPATH_BY_SERVER},
        {RDPATH_STAGE_TLS_SERVER_FLIGHT, RDPATH_BY_CLIENT},
        {RDPATH_STAGE_ACTIVE, RDPATH_BY_NOBODY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct played *p = played_new(rows[i].stage);
        if (rows[i].stage == RDPATH_STAGE_TCP_SYN)
            p->connections[0].opening.n_syn_ack = 0;
        assert_int_equal(connection_awaits(&p->connections[0]), rows[i].awaits);
        played_free(p);
    }
    struct played *p = played_new(RDPATH_STAGE_TCP_SYN);
    p->connections[0].opening.n_syn_ack = 2; /* answered, and the client did not confirm */
    assert_int_equal(connection_awaits(&p->connections[0]), RDPATH_BY_CLIENT);
    played_free(p);
    p = played_new(RDPATH_STAGE_CREDSSP);
    p->connections[0].path[RDPATH_TO_SERVER].last_new_ns += 1; /* the client spoke last */
    assert_int_equal(connection_awaits(&p->connections[0]), RDPATH_BY_SERVER);
    played_free(p);
}

static struct connection *hide_session(struct connection *c, uint64_t payload)
{
    c->tls.present = true;
    c->encrypted_records[0] = c->encrypted_records[1] = 1;
    c->path[0].n_bytes = payload;
    return c;
}

/* HTTPS and HTTP to a gateway climb no ladder; only a request in clear can lack its answer. Of two
   channels the one that carries more tells more. */
static void behind_a_gateway_no_turn_is_seen(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_DONE);
    struct connection *larger = hide_session(&p->connections[0], 9000);
    hide_session(played_add(p, 1, RDPATH_STAGE_TLS_DONE), 500);
    assert_int_equal(connection_awaits(larger), RDPATH_BY_NOBODY);
    assert_ptr_equal(attempt_furthest(&p->attempt), larger);
    played_free(p);
    p = played_new(RDPATH_STAGE_TCP_OPEN);
    p->connections[0].gateway_method = "RDG_OUT_DATA";
    assert_int_equal(connection_awaits(&p->connections[0]), RDPATH_BY_SERVER);
    p->connections[0].gateway_code = 403;
    assert_int_equal(connection_awaits(&p->connections[0]), RDPATH_BY_NOBODY);
    played_free(p);
}

/* ---- the ladder ------------------------------------------------------------------------------ */

static void rungs_rise_and_never_fall(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_X224_CONFIRM);
    struct connection *c = &p->connections[0];
    connection_reach(c, RDPATH_STAGE_X224_CONFIRM, at_second(9, 9), true);
    connection_reach(c, RDPATH_STAGE_TCP_OPEN, at_second(9, 9), false);
    assert_int_equal(c->n_rungs, 2);
    assert_int_equal(c->rungs[1].frame, 4);
    assert_false(c->rungs[1].inferred);
    for (int stage = 0; stage < RDPATH_N_STAGES; stage++)
        connection_reach(c, (enum rdpath_stage)stage, at_second(9, 9), true);
    assert_int_equal(connection_stage(c), RDPATH_STAGE_ACTIVE);
    assert_true(c->n_rungs <= RDPATH_N_STAGES);
    played_free(p);
}

/* contract 2: tls-hello is "sent", tls-server-flight is "delivered". */
static void what_the_server_sent_in_vain_was_not_reached(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TCP_OPEN);
    struct connection *c = &p->connections[0];
    c->feeding = (struct rung_proof){RDPATH_TO_SERVER, 500};
    connection_reach(c, RDPATH_STAGE_TLS_HELLO, at_second(2, 5), false);
    c->feeding = (struct rung_proof){RDPATH_TO_CLIENT, 3000};
    connection_reach(c, RDPATH_STAGE_TLS_SERVER_FLIGHT, at_second(3, 6), false);
    connection_unreach(c, RDPATH_TO_CLIENT, 3000);
    assert_int_equal(connection_stage(c), RDPATH_STAGE_TLS_SERVER_FLIGHT); /* all below arrived */
    connection_unreach(c, RDPATH_TO_CLIENT, 2999);
    assert_int_equal(connection_stage(c), RDPATH_STAGE_TLS_HELLO);
    connection_unreach(c, RDPATH_TO_SERVER, 0);
    assert_int_equal(connection_stage(c), RDPATH_STAGE_TLS_HELLO);
    played_free(p);
}

/* ---- the decisive connection ----------------------------------------------------------------- */

static void the_furthest_decides_and_on_a_tie_the_last(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    played_add(p, 10, RDPATH_STAGE_TLS_DONE)->summary.client_port = 50001;
    played_add(p, 20, RDPATH_STAGE_TLS_DONE)->summary.client_port = 50002;
    played_add(p, 30, RDPATH_STAGE_TCP_SYN);
    attempt_conclude(&p->attempt);
    const struct rdpath_attempt *r = &p->attempt.result;
    assert_ptr_equal(p->attempt.decisive, &p->connections[2]);
    assert_int_equal(r->client.port, 50002);
    assert_int_equal(r->stage, RDPATH_STAGE_TLS_DONE);
    assert_int_equal(r->n_connections, 4);
    assert_true(r->connections[2].decisive);
    assert_false(r->connections[0].decisive || r->connections[1].decisive ||
                 r->connections[3].decisive);
    assert_int_equal(r->start_ns, START_NS);
    assert_int_equal(r->duration_ns, 31 * SECOND_NS);
    assert_true(attempt_has(&p->attempt, OBS_CLIENT_RETRIED));
    played_free(p);
}

static void a_later_failure_is_no_retry_that_helped(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_ACTIVE);
    played_add(p, 10, RDPATH_STAGE_TCP_SYN);
    attempt_conclude(&p->attempt);
    assert_ptr_equal(p->attempt.decisive, &p->connections[0]);
    assert_false(attempt_has(&p->attempt, OBS_CLIENT_RETRIED));
    played_free(p);
}

/* ---- observations ---------------------------------------------------------------------------- */

static const struct rdpath_observation *find(const struct attempt *a, enum observation_kind kind)
{
    for (uint32_t i = 0; i < a->n_observations; i++) {
        if (strcmp(a->observations[i].id, observation_words[kind].id) == 0)
            return &a->observations[i];
    }
    return NULL;
}

static void a_clean_attempt_shows_nothing(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    p->connections[0].path[0].mss = p->connections[0].path[1].mss = 1460;
    attempt_conclude(&p->attempt);
    assert_int_equal(p->attempt.n_observations, 0);
    played_free(p);
}

static void what_was_counted_is_observed(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct connection *c = &p->connections[0];
    c->path[0].mss = 1380;
    c->opening.syn_ack = frames_of(2);
    c->path[0].n_duplicates = 3;
    c->path[1].n_duplicates = 4;
    c->path[1].n_missed = 1000;
    c->path[1].n_merged = 2;
    c->path[1].n_reordered = 1;
    c->path[1].n_fragments = 6;
    c->path[1].hole = (struct rdpath_hole){.len = 1460, .open = true, .frames = frames_of(9)};
    c->window[0].frames = frames_of(11);
    c->snaplen_cut = c->opening.mid_stream = true;
    attempt_conclude(&p->attempt);
    const struct attempt *a = &p->attempt;
    assert_int_equal(find(a, OBS_MSS_CLAMPED)->values[0].number, 1380);
    assert_int_equal(find(a, OBS_MSS_CLAMPED)->frames.ref[0], 2);
    assert_int_equal(find(a, OBS_DUPLICATE_FRAMES)->values[0].number, 7);
    assert_int_equal(find(a, OBS_CAPTURE_LOSS)->values[0].number, 1000);
    assert_int_equal(find(a, OBS_SEGMENTATION_OFFLOAD)->values[0].number, 2);
    assert_int_equal(find(a, OBS_REORDERED)->values[0].number, 1);
    assert_int_equal(find(a, OBS_IP_FRAGMENTED)->values[0].number, 6);
    assert_int_equal(find(a, OBS_SEQUENCE_HOLE)->values[0].number, 1460);
    assert_non_null(find(a, OBS_ZERO_WINDOW));
    assert_non_null(find(a, OBS_SNAPLEN_CUT));
    assert_non_null(find(a, OBS_MID_STREAM));
    assert_null(find(a, OBS_LIMIT_REACHED));
    played_free(p);
}

static void one_direction_alone_is_observed(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    p->connections[0].path[RDPATH_TO_SERVER].n_packets = 0;
    p->connections[0].path[RDPATH_TO_SERVER].n_data = 0;
    attempt_conclude(&p->attempt);
    assert_non_null(find(&p->attempt, OBS_ONE_SIDED));
    played_free(p);
}

static void both_limits_are_said(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TCP_SYN);
    p->attempt.crowded_out = true;
    attempt_conclude(&p->attempt);
    assert_non_null(strstr(find(&p->attempt, OBS_LIMIT_REACHED)->text, "too many attempts"));
    played_free(p);
    p = played_new(RDPATH_STAGE_TCP_SYN);
    p->attempt.limit_reached = true;
    attempt_conclude(&p->attempt);
    assert_non_null(strstr(find(&p->attempt, OBS_LIMIT_REACHED)->text, "16 connections"));
    played_free(p);
}

static void the_same_observation_gathers_its_frames(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TCP_SYN);
    for (uint32_t i = 1; i <= 2 * RDPATH_FRAMES_MAX; i++) {
        struct observed o = {.kind = OBS_TUNNEL_SEEN, .frames = frames_of(i)};
        attempt_observe(&p->attempt, &o, "frame %u", i);
    }
    const struct rdpath_observation *o = find(&p->attempt, OBS_TUNNEL_SEEN);
    assert_int_equal(p->attempt.n_observations, 1);
    assert_int_equal(o->frames.n, RDPATH_FRAMES_MAX);
    assert_int_equal(o->frames.total, 2 * RDPATH_FRAMES_MAX);
    assert_string_equal(o->text, "frame 1");
    played_free(p);
}

static void an_observation_cites_each_frame_once_and_in_order(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_ACTIVE);
    struct observed o = {.kind = OBS_REORDERED};
    for (int i = 0; i < 4; i++)
        frames_add(&o.frames, (const rdpath_ref[]){18, 10, 18, 12}[i]);
    attempt_observe(&p->attempt, &o, "packets");
    const struct rdpath_frames *seen = &p->attempt.observations[0].frames;
    assert_int_equal(seen->n, 3);
    assert_int_equal(seen->total, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(seen->ref[i], ((const rdpath_ref[]){10, 12, 18})[i]);
    played_free(p);
}

/* ---- where the capture was taken ------------------------------------------------------------- */

static void the_vantage_follows_the_stronger_hint(void **state)
{
    (void)state;
    const struct {
        struct vantage_hints hints;
        enum rdpath_vantage vantage;
    } rows[] = {
        /* the capture's own word */
        {{.ttl = {128, 60}, .n_way_in = {9, 0}, .n_way_out = {0, 9}}, RDPATH_AT_SERVER},
        {{.ttl = {60, 128}, .n_way_in = {0, 9}, .n_way_out = {9, 0}}, RDPATH_AT_CLIENT},
        /* a TTL that no router has lowered */
        {{.ttl = {128, 121}}, RDPATH_AT_CLIENT},
        {{.ttl = {57, 64}}, RDPATH_AT_SERVER},
        {{.ttl = {127, 63}}, RDPATH_AT_MIDDLE},
        {{.ttl = {127, 0}}, RDPATH_AT_UNKNOWN},
        {{.ttl = {0, 0}}, RDPATH_AT_UNKNOWN},
        /* one network: the end that answers much faster is near */
        {{.ttl = {64, 128}, .rtt_ns = {100000, 9000000}}, RDPATH_AT_SERVER},
        {{.ttl = {64, 128}, .rtt_ns = {9000000, 100000}}, RDPATH_AT_CLIENT},
        {{.ttl = {64, 128}, .rtt_ns = {5000000, 9000000}}, RDPATH_AT_UNKNOWN},
        {{.ttl = {64, 128}, .rtt_ns = {RDPATH_UNKNOWN, 9000000}}, RDPATH_AT_UNKNOWN},
        {{.ttl = {64, 128}, .rtt_ns = {INT64_MAX, INT64_MAX}}, RDPATH_AT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(vantage_guess(&rows[i].hints), rows[i].vantage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_close_counts),
        cmocka_unit_test(of_equal_times_the_earlier_frame_counts),
        cmocka_unit_test(a_reset_with_another_ttl_is_a_devices),
        cmocka_unit_test(a_fatal_alert_before_the_close_counts),
        cmocka_unit_test(silence_is_told_from_the_end_of_the_capture),
        cmocka_unit_test(an_icmp_error_ends_only_what_never_opened),
        cmocka_unit_test(each_stage_knows_whose_turn_it_is),
        cmocka_unit_test(rungs_rise_and_never_fall),
        cmocka_unit_test(what_the_server_sent_in_vain_was_not_reached),
        cmocka_unit_test(behind_a_gateway_no_turn_is_seen),
        cmocka_unit_test(the_furthest_decides_and_on_a_tie_the_last),
        cmocka_unit_test(a_later_failure_is_no_retry_that_helped),
        cmocka_unit_test(a_clean_attempt_shows_nothing),
        cmocka_unit_test(what_was_counted_is_observed),
        cmocka_unit_test(one_direction_alone_is_observed),
        cmocka_unit_test(both_limits_are_said),
        cmocka_unit_test(the_same_observation_gathers_its_frames),
        cmocka_unit_test(an_observation_cites_each_frame_once_and_in_order),
        cmocka_unit_test(the_vantage_follows_the_stronger_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
