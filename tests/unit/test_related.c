/* SPDX-License-Identifier: Apache-2.0 */
/* Which attempts to different addresses belong together (contract 2, "related"). */
#include "tests/unit/frames.h"

#include "analyze/trial.h"

#define SECOND_NS 1000000000LL

static const struct addr client = {.version = 4, .bytes = {10, 0, 0, 1}};
static const struct addr neighbour = {.version = 4, .bytes = {10, 0, 0, 9}};
static const struct addr client_v6 = {.version = 6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = 1}};
static const struct addr broker = {.version = 4, .bytes = {10, 0, 0, 2}};
static const struct addr server = {.version = 4, .bytes = {10, 0, 0, 3}};
static const struct addr server_v6 = {.version = 6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = 3}};

static struct trials trials;
static struct flows flows;

static int desk_open(void **state)
{
    (void)state;
    memset(&trials, 0, sizeof trials);
    flows_init(&flows);
    return 0;
}

static int desk_close(void **state)
{
    (void)state;
    for (struct trial *t; (t = trials.list[TRIALS_OPEN].oldest);) {
        trials_remove(&trials, t);
        trial_free(&flows, t);
    }
    flows_free(&flows);
    return 0;
}

static struct talk *connects(const struct addr *from, const struct addr *to, int64_t second)
{
    static uint16_t port = 50000;
    const struct trial_ends ends = {*from, *to, ++port, 3389};
    struct talk *t = trials_begin_talk(&trials, &flows, &ends, second * SECOND_NS);
    t->trial->last_ns = second * SECOND_NS;
    return t;
}

static struct rdpath_text text_of(struct talk *t, const char *text)
{
    return connection_text(t->record, (const uint8_t *)text, strlen(text));
}

static void assert_related(const struct talk *a, const struct talk *b, uint32_t n)
{
    assert_int_equal(a->trial->attempt.n_related, n);
    assert_int_equal(b->trial->attempt.n_related, n);
    if (n) {
        assert_int_equal(a->trial->attempt.related[0], b->trial->attempt.result.id);
        assert_int_equal(b->trial->attempt.related[0], a->trial->attempt.result.id);
    }
}

static void a_token_leads_on_from_the_broker(void **state)
{
    (void)state;
    struct talk *first = connects(&client, &broker, 100);
    struct talk *other = connects(&neighbour, &broker, 101);
    struct talk *second = connects(&client, &server, 103);
    second->record->rdp.routing_token = text_of(second, "50331658.15629.0000");
    trials_relate(&trials, second);
    trials_relate(&trials, second); /* is told once */
    assert_related(first, second, 1);
    assert_int_equal(other->trial->attempt.n_related, 0);
}

static void nothing_leads_on_without_a_token_or_later(void **state)
{
    (void)state;
    struct talk *first = connects(&client, &broker, 100);
    struct talk *second = connects(&client, &server, 103);
    second->record->rdp.cookie = text_of(second, "alice");
    first->record->rdp.cookie = text_of(first, "alice");
    trials_relate(&trials, second); /* one user may well work on two servers */
    assert_related(first, second, 0);
    struct talk *late = connects(&client, &server_v6, 164);
    late->record->rdp.routing_token = text_of(late, "1.2.0");
    trials_relate(&trials, late); /* 64 s and 61 s after the others */
    assert_int_equal(late->trial->attempt.n_related, 0);
}

static void a_user_changes_between_the_families(void **state)
{
    (void)state;
    struct talk *first = connects(&client_v6, &server_v6, 100);
    struct talk *second = connects(&client, &server, 110);
    first->record->rdp.cookie = text_of(first, "alice");
    second->record->rdp.cookie = text_of(second, "alice");
    trials_relate(&trials, second);
    assert_related(first, second, 1);
    struct talk *other = connects(&neighbour, &server, 111);
    other->record->rdp.cookie = text_of(other, "bob");
    trials_relate(&trials, other);
    assert_int_equal(other->trial->attempt.n_related, 0);
}

static void what_is_kept_is_bounded(void **state)
{
    struct talk *first = connects(&client, &broker, 100);
    (void)state;
    for (uint8_t i = 0; i < 40; i++) {
        const struct addr to = {.version = 4, .bytes = {10, 1, 0, i}};
        struct talk *next = connects(&client, &to, 101);
        next->record->rdp.routing_token = text_of(next, "1.2.0");
        trials_relate(&trials, next);
    }
    assert_int_equal(first->trial->attempt.n_related, ATTEMPT_RELATED_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_leads_on_from_the_broker, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(nothing_leads_on_without_a_token_or_later, desk_open,
                                        desk_close),
        cmocka_unit_test_setup_teardown(a_user_changes_between_the_families, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(what_is_kept_is_bounded, desk_open, desk_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
