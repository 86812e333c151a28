/* SPDX-License-Identifier: Apache-2.0 */
/* Which connections make one attempt, and when it is over (contract 2, "Attempt"). */
#include "tests/unit/frames.h"

#include "analyze/attempt/probed.h"
#include "analyze/trial.h"

#define SECOND_NS 1000000000LL

struct desk {
    struct trials trials;
    struct flows flows;
    struct trial_ends ends;
};

static struct desk *desk_new(void **state)
{
    (void)state;
    static struct desk d;
    memset(&d, 0, sizeof d);
    flows_init(&d.flows);
    d.ends = (struct trial_ends){.client = {.version = 4, .bytes = {10, 0, 0, 1}},
                                 .server = {.version = 4, .bytes = {10, 0, 0, 2}},
                                 .client_port = 50000,
                                 .server_port = 3389};
    return &d;
}

static void desk_free(struct desk *d)
{
    for (struct trial *t; (t = d->trials.list[TRIALS_OPEN].oldest);) {
        trials_remove(&d->trials, t);
        trial_free(&d->flows, t);
    }
    assert_int_equal(d->flows.n, 0);
    assert_int_equal(d->trials.n_talks, 0);
    flows_free(&d->flows);
}

/* A connection that starts so many seconds in, from a port of its own. */
static struct talk *connects(struct desk *d, int64_t second)
{
    d->ends.client_port++;
    return trials_begin_talk(&d->trials, &d->flows, &d->ends, second * SECOND_NS);
}

static void lasts_to(struct talk *t, int64_t second)
{
    t->record->last_ns = t->trial->last_ns = second * SECOND_NS;
}

static void ends(struct talk *t, int64_t second)
{
    lasts_to(t, second);
    for (int way = 0; way < 2; way++)
        t->record->fin[way] = (struct moment){second * SECOND_NS, 9};
}

static void says(struct desk *d, struct talk *t, const char *cookie)
{
    t->record->rdp.cookie = connection_text(t->record, (const uint8_t *)cookie, strlen(cookie));
    trials_check_cookie(&d->trials, t);
}

static void becomes_active(struct talk *t)
{
    connection_reach(t->record, RDPATH_STAGE_ACTIVE, (struct moment){t->record->last_ns, 5}, false);
}

static uint32_t id_of(const struct talk *t)
{
    return t->trial->attempt.result.id;
}

/* ---- joining --------------------------------------------------------------------------------- */

static void a_retry_within_60_s_joins(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *first = connects(d, 100);
    ends(first, 110);
    assert_int_equal(id_of(connects(d, 170)), id_of(first));
    desk_free(d);
}

static void a_retry_after_60_s_is_another_attempt(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *first = connects(d, 100);
    ends(first, 110);
    assert_int_equal(id_of(first), 1);
    assert_int_equal(id_of(connects(d, 171)), 2);
    assert_false(first->trial->attempt.limit_reached);
    desk_free(d);
}

static void what_starts_while_another_is_open_joins(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *first = connects(d, 100);
    becomes_active(first);
    lasts_to(first, 400);
    assert_int_equal(id_of(connects(d, 500)), id_of(first));
    desk_free(d);
}

static void an_attempt_that_was_active_and_ended_is_closed(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *first = connects(d, 100);
    becomes_active(first);
    ends(first, 110);
    assert_int_equal(id_of(connects(d, 111)), 2);
    assert_false(first->trial->attempt.limit_reached);
    desk_free(d);
}

static void other_addresses_and_other_ports_are_other_attempts(void **state)
{
    struct desk *d = desk_new(state);
    assert_int_equal(id_of(connects(d, 1)), 1);
    d->ends.server_port = 3390;
    assert_int_equal(id_of(connects(d, 2)), 2);
    d->ends.server.bytes[3] = 9;
    assert_int_equal(id_of(connects(d, 3)), 3);
    d->ends.client.bytes[3] = 9;
    assert_int_equal(id_of(connects(d, 4)), 4);
    desk_free(d);
}

/* ---- cookies --------------------------------------------------------------------------------- */

static void another_cookie_is_another_attempt(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *alice = connects(d, 1), *bob = connects(d, 2);
    says(d, alice, "alice");
    says(d, bob, "bob");
    assert_int_equal(id_of(alice), 1);
    assert_int_equal(id_of(bob), 2);
    assert_int_equal(alice->trial->attempt.n_connections, 1);
    assert_int_equal(bob->trial->attempt.n_connections, 1);
    desk_free(d);
}

static void the_first_may_be_the_last_to_tell_its_cookie(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *alice = connects(d, 1), *bob = connects(d, 2);
    says(d, bob, "bob");
    says(d, alice, "alice");
    assert_int_not_equal(id_of(alice), id_of(bob));
    assert_ptr_equal(bob->trial->talks[0], bob);
    assert_ptr_equal(bob->trial->attempt.connections[0], bob->record);
    assert_ptr_equal(alice->record->attempt, &alice->trial->attempt);
    desk_free(d);
}

static void the_same_cookie_or_none_is_one_attempt(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *first = connects(d, 1), *second = connects(d, 2), *third = connects(d, 3);
    says(d, first, "alice");
    says(d, second, "alice");
    says(d, third, "");
    assert_int_equal(first->trial->attempt.n_connections, 3);
    assert_int_equal(d->trials.list[TRIALS_OPEN].n, 1);
    desk_free(d);
}

static void a_user_who_comes_back_finds_the_own_attempt(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *alice = connects(d, 1);
    says(d, alice, "alice");
    struct talk *bob = connects(d, 2);
    says(d, bob, "bob");
    ends(alice, 5);
    struct talk *again = connects(d, 20);
    says(d, again, "alice");
    assert_int_equal(id_of(again), id_of(alice));
    assert_int_equal(bob->trial->attempt.n_connections, 1);
    assert_int_equal(alice->trial->attempt.n_connections, 2);
    desk_free(d);
}

static void an_attempt_that_splits_off_is_of_the_same_input(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *alice = connects(d, 1), *bob = connects(d, 2);
    alice->trial->attempt.result.input = 3;
    says(d, alice, "alice");
    says(d, bob, "bob");
    assert_int_equal(bob->trial->attempt.result.input, 3);
    desk_free(d);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void sixteen_connections_are_the_most(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *t = NULL;
    for (int i = 0; i < 16; i++)
        t = connects(d, i);
    assert_int_equal(id_of(t), 1);
    struct trial *full = t->trial;
    assert_false(full->attempt.limit_reached);
    assert_int_equal(id_of(connects(d, 17)), 2);
    assert_true(full->attempt.limit_reached);
    assert_int_equal(full->attempt.n_connections, 16);
    desk_free(d);
}

static void ten_minutes_are_the_most(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *first = connects(d, 0);
    for (int64_t at = 0; at <= 600; at += 50) { /* each retry within 60 s of the last */
        struct talk *retry = connects(d, at);
        assert_int_equal(id_of(retry), 1);
        ends(retry, at + 1);
    }
    ends(first, 601);
    struct talk *late = connects(d, 650);
    assert_int_equal(id_of(late), 2);
    assert_true(first->trial->attempt.limit_reached);
    assert_false(late->trial->attempt.limit_reached);
    desk_free(d);
}

/* Of connections that are over four stay, the furthest among them; of the others the summary. */
static void what_cannot_decide_is_retired(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *furthest = connects(d, 0);
    connection_reach(furthest->record, RDPATH_STAGE_TLS_HELLO, (struct moment){1, 3}, false);
    ends(furthest, 1);
    for (int i = 1; i < 7; i++)
        ends(connects(d, 2 * i), 2 * i + 1);
    struct trial *t = furthest->trial;
    assert_int_equal(t->attempt.n_connections, ATTEMPT_WATCHED_MAX);
    assert_int_equal(t->attempt.n_retired, 3);
    assert_int_equal(d->trials.n_talks, ATTEMPT_WATCHED_MAX);
    assert_ptr_equal(attempt_furthest(&t->attempt), furthest->record);
    assert_true(trial_has_retired(t, 50002) && trial_has_retired(t, 50004));
    assert_false(trial_has_retired(t, 50001) || trial_has_retired(t, 50005));
    trials_remove(&d->trials, t);
    trial_finish(t, RDPATH_AT_UNKNOWN, 100 * SECOND_NS);
    assert_int_equal(t->attempt.result.n_connections, 7);
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(t->attempt.result.connections[i].client_port, 50001 + i);
        assert_int_equal(t->attempt.result.connections[i].decisive, i == 0);
        assert_int_equal(t->attempt.result.connections[i].ended.how, RDPATH_END_FIN);
    }
    trial_free(&d->flows, t);
    desk_free(d);
}

/* Its ClientHello was read. */
static void says_hello(struct desk *d, struct talk *t, bool of_probe)
{
    t->record->client_hello = (struct moment){t->record->summary.start_ns, 5};
    t->record->of_probe = of_probe;
    trials_check_probe(&d->trials, t);
}

static void all_of_a_probe_are_one_attempt(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *last = connects(d, 0);
    struct trial *t = last->trial;
    says_hello(d, last, true);
    for (int i = 1; i < PROBED_CONNECTIONS_MAX; i++) {
        ends(last, i);
        last = connects(d, i);
        says_hello(d, last, true);
    }
    assert_int_equal(id_of(last), 1);
    assert_int_equal(last->quiet_ns, 0); /* nobody told what was sent */
    ends(last, 100);
    assert_int_equal(id_of(connects(d, 100)), 2);
    trials_remove(&d->trials, t);
    trial_finish(t, RDPATH_AT_CLIENT, 200 * SECOND_NS);
    assert_int_equal(t->attempt.result.n_connections, PROBED_CONNECTIONS_MAX);
    assert_int_equal(t->attempt.probed->n_connections, PROBED_CONNECTIONS_MAX);
    trial_free(&d->flows, t);
    desk_free(d);
}

static void a_client_is_none_of_a_probe(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *user = connects(d, 0);
    says_hello(d, user, false);
    ends(user, 1);
    struct talk *probe = connects(d, 2);
    assert_int_equal(id_of(probe), 1);
    says_hello(d, probe, true);
    assert_int_equal(id_of(probe), 2);
    ends(probe, 3);
    struct talk *again = connects(d, 4);
    says_hello(d, again, false);
    assert_int_equal(id_of(again), 1);
    struct talk *named = connects(d, 5);
    says_hello(d, named, true);
    assert_int_equal(id_of(named), 2);
    says(d, named, "alice"); /* no probe does */
    assert_int_equal(id_of(named), 3);
    assert_int_equal(d->trials.n_probes, 1);
    desk_free(d);
}

static void of_too_many_probes_no_sizes_are_counted(void **state)
{
    struct desk *d = desk_new(state);
    for (uint8_t i = 0; i <= TRIAL_PROBES_MAX; i++) {
        d->ends.client.bytes[3] = (uint8_t)(10 + i);
        struct talk *t = connects(d, 0);
        says_hello(d, t, true);
        assert_int_equal(t->trial->attempt.probed != NULL, i < TRIAL_PROBES_MAX);
    }
    assert_int_equal(d->trials.n_probes, TRIAL_PROBES_MAX);
    desk_free(d);
    assert_int_equal(d->trials.n_probes, 0);
}

static void too_many_that_are_open_and_the_oldest_has_to_go(void **state)
{
    struct desk *d = desk_new(state);
    uint32_t n = 0;
    struct talk *first = connects(d, 0);
    trials_answered(&d->trials, first->trial);
    for (; !trials_surplus(&d->trials); n++) {
        d->ends.client.bytes[2] = (uint8_t)(n / ATTEMPT_CONNECTIONS_MAX);
        trials_answered(&d->trials, connects(d, 1)->trial);
    }
    assert_ptr_equal(trials_surplus(&d->trials), first->trial);
    assert_int_equal(d->trials.n_talks,
                     d->trials.list[TRIALS_OPEN].n * ATTEMPT_WATCHED_MAX + TRIAL_TALKS_SPARE);
    desk_free(d);
}

/* A SYN flood: the attempts without an answer are bounded, and the oldest of them goes first. */
static void of_unanswered_attempts_the_oldest_has_to_go(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *answered = connects(d, 0), *oldest = NULL;
    trials_answered(&d->trials, answered->trial);
    for (uint32_t i = 0; i < TRIAL_HALF_OPEN_MAX; i++) {
        assert_null(trials_surplus(&d->trials));
        d->ends.client.bytes[1] = (uint8_t)(1 + i / 256);
        d->ends.client.bytes[2] = (uint8_t)i;
        struct talk *t = connects(d, 1 + i);
        oldest = oldest ? oldest : t;
    }
    assert_ptr_equal(trials_surplus(&d->trials), oldest->trial);
    trials_answered(&d->trials, oldest->trial);
    trials_answered(&d->trials, oldest->trial); /* twice is once */
    assert_null(trials_surplus(&d->trials));
    assert_int_equal(d->trials.list[TRIALS_HALF_OPEN].n, TRIAL_HALF_OPEN_MAX - 1);
    assert_int_equal(d->trials.list[TRIALS_OPEN].n, TRIAL_HALF_OPEN_MAX + 1);
    desk_free(d);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void an_attempt_waits_60_s_for_a_retry(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *t = connects(d, 0);
    ends(t, 10);
    assert_false(trial_has_ended(t->trial, 70 * SECOND_NS));
    assert_true(trial_has_ended(t->trial, 70 * SECOND_NS + 1));
    desk_free(d);
}

static void a_session_that_closed_waits_for_nobody(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *t = connects(d, 0);
    becomes_active(t);
    ends(t, 10);
    assert_true(trial_has_ended(t->trial, 20 * SECOND_NS));
    desk_free(d);
}

static void an_idle_session_is_not_forgotten_soon(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *session = connects(d, 0);
    becomes_active(session);
    lasts_to(session, 10);
    assert_false(trial_has_ended(session->trial, 1800 * SECOND_NS)); /* half an hour away */
    assert_true(trial_has_ended(session->trial, 100000 * SECOND_NS));
    d->ends.server_port = 3390;
    struct talk *stuck = connects(d, 0);
    lasts_to(stuck, 10);
    assert_false(trial_has_ended(stuck->trial, 120 * SECOND_NS)); /* SYN retries last so long */
    assert_true(trial_has_ended(stuck->trial, 3600 * SECOND_NS));
    desk_free(d);
}

static void one_fin_or_a_used_port_and_it_is_over(void **state)
{
    struct desk *d = desk_new(state);
    struct talk *t = connects(d, 0);
    t->record->fin[0] = (struct moment){1, 3};
    assert_false(talk_is_over(t)); /* half closed: the other side may go on */
    t->record->fin[1] = (struct moment){2, 4};
    assert_true(talk_is_over(t));
    t = connects(d, 1);
    t->record->reset[1].seen = true;
    assert_true(talk_is_over(t) && trial_is_over(t->trial));
    t = connects(d, 2);
    assert_false(trial_is_over(t->trial));
    desk_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_retry_within_60_s_joins),
        cmocka_unit_test(a_retry_after_60_s_is_another_attempt),
        cmocka_unit_test(what_starts_while_another_is_open_joins),
        cmocka_unit_test(an_attempt_that_was_active_and_ended_is_closed),
        cmocka_unit_test(other_addresses_and_other_ports_are_other_attempts),
        cmocka_unit_test(another_cookie_is_another_attempt),
        cmocka_unit_test(the_first_may_be_the_last_to_tell_its_cookie),
        cmocka_unit_test(the_same_cookie_or_none_is_one_attempt),
        cmocka_unit_test(a_user_who_comes_back_finds_the_own_attempt),
        cmocka_unit_test(an_attempt_that_splits_off_is_of_the_same_input),
        cmocka_unit_test(sixteen_connections_are_the_most),
        cmocka_unit_test(ten_minutes_are_the_most),
        cmocka_unit_test(what_cannot_decide_is_retired),
        cmocka_unit_test(all_of_a_probe_are_one_attempt),
        cmocka_unit_test(a_client_is_none_of_a_probe),
        cmocka_unit_test(of_too_many_probes_no_sizes_are_counted),
        cmocka_unit_test(too_many_that_are_open_and_the_oldest_has_to_go),
        cmocka_unit_test(of_unanswered_attempts_the_oldest_has_to_go),
        cmocka_unit_test(an_attempt_waits_60_s_for_a_retry),
        cmocka_unit_test(a_session_that_closed_waits_for_nobody),
        cmocka_unit_test(an_idle_session_is_not_forgotten_soon),
        cmocka_unit_test(one_fin_or_a_used_port_and_it_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
