/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sent a reset: signs set by hand, one situation a test. What hosts do comes from RFC 9293
 * section 3.10.7, RFC 7323 section 3.2 and RFC 5961 section 3; that a false accusation is worse
 * than silence, from contract 3.
 */
#include "tests/unit/attempt_play.h"

#define MS_NS 1000000LL

/* A reset to the client, as a Windows server sends it: its TTL, its count, an acknowledgement. */
static struct reset_seen *play_reset(struct played *p)
{
    struct connection *c = &p->connections[0];
    c->path[RDPATH_TO_SERVER].rtt_ns = 20 * MS_NS;
    c->reset[RDPATH_TO_CLIENT] = (struct reset_seen){
        .seen = true,
        .at = at_second(2, 9),
        .ttl = 122,
        .usual_ttl = 122,
        .id = RESET_ID_CONTINUES,
        .has_ack = true,
        .answers = true,
        .after_trigger_ns = 21 * MS_NS,
    };
    return &c->reset[RDPATH_TO_CLIENT];
}

static bool foreign(const struct played *p)
{
    return reset_is_foreign(&p->connections[0], RDPATH_TO_CLIENT);
}

static int sum(const struct played *p)
{
    return reset_weigh(&p->connections[0], RDPATH_TO_CLIENT).sum;
}

static void a_windows_server_resets_by_itself(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    play_reset(p);
    assert_false(foreign(p));
    assert_true(sum(p) < RESET_DOUBTFUL);
    played_free(p);
}

/* Linux for a closed socket: id 0, no acknowledgement, no timestamps; all at once. */
static void a_linux_server_that_knows_no_socket_is_not_accused(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct reset_seen *r = play_reset(p);
    r->id = RESET_ID_ZERO;
    r->has_ack = false;
    r->bare_of_timestamps = true;
    assert_false(foreign(p));
    played_free(p);
}

/* The same host, and its resets begin with 255 or 64: as far away as its other packets. */
static void a_host_with_another_ttl_for_resets_is_not_accused(void **state)
{
    (void)state;
    static const uint8_t same_distance[] = {64 - 6, 255 - 6};
    for (size_t i = 0; i < sizeof same_distance; i++) {
        struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
        struct reset_seen *r = play_reset(p);
        r->ttl = same_distance[i];
        r->id = RESET_ID_SILENT;
        assert_false(foreign(p));
        r->id = RESET_ID_ZERO;
        r->has_ack = false;
        assert_true(sum(p) >= RESET_DOUBTFUL); /* but the server is not sure to be it either */
        played_free(p);
    }
}

static void a_route_that_changed_by_a_hop_accuses_nobody(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct reset_seen *r = play_reset(p);
    r->ttl = 121;
    r->id = RESET_ID_SILENT;
    assert_false(foreign(p));
    played_free(p);
}

/* The server is two routers away, and this came from the client's own network. */
static void a_ttl_that_no_router_lowered_is_a_neighbours(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct reset_seen *r = play_reset(p);
    r->usual_ttl = 62;
    r->ttl = 64;
    r->id = RESET_ID_SILENT;
    r->has_ack = false;
    assert_true(foreign(p));
    r->ttl = 63; /* a route that changed, and a host that knows no such connection */
    assert_false(foreign(p));
    played_free(p);
}

static void another_distance_is_a_device(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct reset_seen *r = play_reset(p);
    r->ttl = 62;
    r->id = RESET_ID_SILENT;
    assert_true(foreign(p));
    assert_true(sum(p) < RESET_FOREIGN_LIKELY); /* one sign alone: possible */
    r->id = RESET_ID_BREAKS;
    assert_true(sum(p) >= RESET_FOREIGN_LIKELY);
    r->after_trigger_ns = MS_NS;
    assert_true(sum(p) >= RESET_FOREIGN_SURE);
    played_free(p);
}

/* The distance differs, and the count goes on: a second way to the same host. */
static void a_count_that_goes_on_outweighs_the_distance(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    play_reset(p)->ttl = 62;
    assert_false(foreign(p));
    played_free(p);
}

static void a_copied_ttl_is_betrayed_by_time(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct reset_seen *r = play_reset(p);
    r->id = RESET_ID_ZERO;
    r->after_trigger_ns = 150000; /* 0.15 ms, where the way there and back takes 20 */
    assert_true(foreign(p));
    r->answers = false; /* it closed for a reason of its own, at that moment */
    assert_false(foreign(p));
    r->answers = true;
    p->connections[0].opening.n_syn = 0; /* a round trip from the middle may be a delayed answer */
    assert_false(foreign(p));
    played_free(p);
}

static void a_sender_that_goes_on_never_sent_it(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct reset_seen *r = play_reset(p);
    r->id = RESET_ID_ZERO;
    r->n_after = 1;
    r->last_after_ns = MS_NS; /* overtaken on the way */
    assert_false(foreign(p));
    r->last_after_ns = 22 * MS_NS;
    assert_true(foreign(p));
    played_free(p);
}

static void what_a_host_sends_itself_is_its_own(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    struct reset_seen *r = play_reset(p);
    p->attempt.result.vantage = RDPATH_AT_SERVER;
    r->ttl = r->usual_ttl = 128;
    r->id = RESET_ID_BREAKS;
    r->has_ack = false;
    r->bare_of_timestamps = r->odd_window = true;
    assert_false(foreign(p));
    played_free(p);
}

/* What the capture missed may have been what the number counts. */
static void a_number_proves_nothing_in_a_capture_with_holes(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    play_reset(p)->odd_number = true;
    int whole = sum(p);
    p->connections[0].path[RDPATH_TO_CLIENT].n_missed = 1000;
    assert_int_equal(whole - sum(p), 2);
    played_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_windows_server_resets_by_itself),
        cmocka_unit_test(a_linux_server_that_knows_no_socket_is_not_accused),
        cmocka_unit_test(a_host_with_another_ttl_for_resets_is_not_accused),
        cmocka_unit_test(a_route_that_changed_by_a_hop_accuses_nobody),
        cmocka_unit_test(a_ttl_that_no_router_lowered_is_a_neighbours),
        cmocka_unit_test(another_distance_is_a_device),
        cmocka_unit_test(a_count_that_goes_on_outweighs_the_distance),
        cmocka_unit_test(a_copied_ttl_is_betrayed_by_time),
        cmocka_unit_test(a_sender_that_goes_on_never_sent_it),
        cmocka_unit_test(what_a_host_sends_itself_is_its_own),
        cmocka_unit_test(a_number_proves_nothing_in_a_capture_with_holes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
