/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search against simulated paths whose true MTU is known: the bracket has to hold the truth at
 * any moment, to be exact in the end where the path answers, and to stay within its probes.
 */
#include "capture/probe_search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N_SENT_MAX = 60 };

struct path {
    uint32_t mtu;
    uint32_t loss;     /* of a thousand */
    uint32_t says;     /* what an ICMP error names; 0 = none comes */
    uint32_t n_errors; /* how many may come yet: routers limit them */
    bool dead;
    uint32_t random; /* xorshift32 */
    uint32_t n_sent, bytes;
};

static uint32_t draw(struct path *p, uint32_t below)
{
    p->random ^= p->random << 13;
    p->random ^= p->random >> 17;
    p->random ^= p->random << 5;
    return p->random % below;
}

static bool is_lost(struct path *p)
{
    return p->dead || draw(p, 1000) < p->loss;
}

static void send_probe(struct path *p, struct probe_search *s, uint32_t size)
{
    p->n_sent++;
    p->bytes += size;
    if (is_lost(p))
        return;
    bool passes = size <= p->mtu;
    bool error = p->says && p->n_errors && (!passes || p->says < p->mtu) && size > p->says;
    if (error) { /* a liar says it of packets that pass, too */
        p->n_errors--;
        if (search_hint(s, p->says))
            search_note(s, size, SEARCH_REFUSED);
    }
    if (passes)
        search_note(s, size, SEARCH_DELIVERED);
}

static void assert_holds(const struct probe_search *s, const struct path *p)
{
    struct rdpath_mtu b = search_bracket(s);
    assert_true(b.at_least <= p->mtu);
    assert_true(b.below == 0 || p->mtu < b.below);
}

/* Returns the rounds that it took. */
static uint32_t run(struct probe_search *s, struct path *p, const struct search_span *span)
{
    uint32_t sizes[SEARCH_ROUND_MAX], n, n_rounds = 0;
    search_begin(s, span);
    while ((n = search_round(s, sizes, 6)) > 0) {
        assert_true(n <= SEARCH_ROUND_MAX && ++n_rounds < 100);
        for (uint32_t i = 0; i < n; i++) {
            assert_true(sizes[i] <= span->ceiling);
            send_probe(p, s, sizes[i]);
        }
        search_round_end(s);
        assert_holds(s, p);
    }
    assert_true(p->n_sent <= span->n_sent_max);
    return n_rounds;
}

static const struct search_span ethernet = {128, 576, 1500, N_SENT_MAX};

static void every_mtu_is_found_exactly(void **state)
{
    (void)state;
    for (uint32_t mtu = 576; mtu <= 1500; mtu++) {
        for (int signalled = 0; signalled < 2; signalled++) {
            struct probe_search s;
            struct path p = {.mtu = mtu, .random = mtu, .n_errors = 1};
            p.says = signalled ? mtu : 0;
            uint32_t n_rounds = run(&s, &p, &ethernet);
            assert_true(search_is_exact(&s));
            assert_int_equal(search_bracket(&s).at_least, mtu);
            assert_false(s.lied);
            assert_true(n_rounds <= (signalled ? 6 : 10));
            assert_true(p.bytes <= 48 * 1024);
        }
    }
}

static void the_smallest_of_ipv6_is_found(void **state)
{
    static const struct search_span six = {128, 1280, 1500, N_SENT_MAX};
    (void)state;
    for (uint32_t mtu = 1280; mtu <= 1500; mtu++) {
        struct probe_search s;
        struct path p = {.mtu = mtu, .random = mtu};
        run(&s, &p, &six);
        assert_int_equal(search_bracket(&s).at_least, mtu);
        assert_true(search_is_exact(&s));
    }
}

static void a_jumbo_path_is_searched_too(void **state)
{
    static const struct search_span jumbo = {128, 576, 9000, N_SENT_MAX};
    (void)state;
    for (uint32_t mtu = 1280; mtu <= 9000; mtu += 7) {
        struct probe_search s;
        struct path p = {.mtu = mtu, .random = mtu};
        run(&s, &p, &jumbo);
        assert_int_equal(search_bracket(&s).at_least, mtu);
    }
}

/* With loss the probes may run out before it is exact; what is said must hold all the same. */
static void loss_widens_the_bracket_and_falsifies_none(void **state)
{
    uint32_t n_exact = 0, n = 0;
    (void)state;
    for (uint32_t seed = 1; seed <= 20000; seed++, n++) {
        struct probe_search s;
        struct path p = {.random = seed * 2654435761u, .n_errors = seed % 3};
        draw(&p, 2);
        p.loss = draw(&p, 201);
        p.mtu = 1280 + draw(&p, 221);
        p.says = seed % 2 ? p.mtu : 0;
        run(&s, &p, &ethernet);
        n_exact += search_is_exact(&s);
    }
    print_message("%u of %u exact with 0 to 20 %% loss\n", n_exact, n);
    assert_true(n_exact * 10 > n * 8);
}

/* An error that names less than what passes: believed by nobody, found out. */
static void liars_change_nothing(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 5000; seed++) {
        struct probe_search s;
        struct path p = {.random = seed * 2654435761u, .n_errors = 100};
        draw(&p, 2);
        p.loss = seed % 2 ? 0 : draw(&p, 101);
        p.mtu = 1300 + draw(&p, 201);
        p.says = 600 + draw(&p, p.mtu - 600);
        run(&s, &p, &ethernet);
        assert_true(s.lied || p.loss);
        assert_true(p.loss || search_bracket(&s).at_least == p.mtu);
    }
}

/* More than the truth is named: the probe of that size tells. */
static void an_error_that_names_too_much_misleads_nobody(void **state)
{
    (void)state;
    for (uint32_t mtu = 1280; mtu < 1490; mtu++) {
        struct probe_search s;
        struct path p = {.mtu = mtu, .says = mtu + 9, .n_errors = 100, .random = mtu};
        run(&s, &p, &ethernet);
        assert_int_equal(search_bracket(&s).at_least, mtu);
        assert_true(search_is_exact(&s));
    }
}

static void impossible_limits_are_refused(void **state)
{
    struct probe_search s;
    (void)state;
    search_begin(&s, &ethernet);
    assert_false(search_hint(&s, 1500));
    assert_false(search_hint(&s, 9000));
    assert_false(search_hint(&s, 0));
    assert_false(search_hint(&s, 575));
    assert_true(search_hint(&s, 1400));
}

static void silence_ends_soon_and_says_nothing(void **state)
{
    struct probe_search s;
    struct path p = {.mtu = 1500, .dead = true, .random = 1};
    (void)state;
    assert_int_equal(run(&s, &p, &ethernet), SEARCH_SILENT_MAX);
    assert_true(search_is_silent(&s));
    assert_int_equal(search_bracket(&s).at_least, 0);
    assert_int_equal(search_bracket(&s).below, 0);
}

/* Only small packets pass: the control does, and nothing is said about a size in between. */
static void a_path_below_the_floor_keeps_an_open_bracket(void **state)
{
    struct probe_search s;
    struct path p = {.mtu = 400, .random = 1};
    (void)state;
    run(&s, &p, &ethernet);
    assert_int_equal(search_bracket(&s).at_least, 128);
    assert_true(search_bracket(&s).below > 400 && search_bracket(&s).below <= 577);
}

/* 4 of 10 lost: more misses are asked for than on a path without loss. */
static void loss_asks_for_more_proof(void **state)
{
    struct probe_search s;
    (void)state;
    search_begin(&s, &ethernet);
    for (int i = 0; i < 20; i++)
        search_note(&s, 1280, SEARCH_DELIVERED);
    uint32_t before = tally_proof(&s.tally);
    for (int i = 0; i < 10; i++)
        search_note(&s, 1000, SEARCH_MISSED);
    assert_true(before >= 3 && tally_proof(&s.tally) > before);
}

static void a_late_answer_takes_the_proof_back(void **state)
{
    struct probe_search s;
    (void)state;
    search_begin(&s, &ethernet);
    for (int i = 0; i < 20; i++)
        search_note(&s, 1400, SEARCH_DELIVERED);
    for (int i = 0; i < 8; i++)
        search_note(&s, 1401, SEARCH_MISSED);
    assert_int_equal(search_bracket(&s).below, 1401);
    search_note(&s, 1420, SEARCH_DELIVERED);
    assert_int_equal(search_bracket(&s).at_least, 1420);
    assert_int_equal(search_bracket(&s).below, 0);
}

/* A search that took its losses for a limit: 1400 arrives, and 1401 was missed eight times. */
static void seem_limited(struct probe_search *s)
{
    search_begin(s, &ethernet);
    for (int i = 0; i < 20; i++)
        search_note(s, 1400, SEARCH_DELIVERED);
    for (int i = 0; i < 8; i++)
        search_note(s, 1401, SEARCH_MISSED);
    for (int i = 0; i < 8; i++)
        search_note(s, 1500, SEARCH_MISSED);
    assert_int_equal(search_bracket(s).below, 1401);
    assert_true(search_rests_on_silence(s));
}

static void what_arrives_alone_was_lost_by_load(void **state)
{
    uint32_t sizes[SEARCH_ROUND_MAX];
    struct probe_search s;
    (void)state;
    seem_limited(&s);
    search_ask_alone(&s, 1401);
    search_note(&s, 1401, SEARCH_DELIVERED);
    assert_true(s.by_load);
    assert_int_equal(search_bracket(&s).at_least, 1401);
    assert_int_equal(search_bracket(&s).below, 0); /* nor is 1500 */
    assert_false(search_is_exact(&s));
    assert_int_equal(search_round(&s, sizes, 6), 0);
}

static void what_is_missed_alone_stays_a_limit(void **state)
{
    struct probe_search s;
    (void)state;
    seem_limited(&s);
    search_ask_alone(&s, 1401);
    search_note(&s, 1401, SEARCH_MISSED);
    assert_false(s.by_load);
    assert_true(search_is_exact(&s));
}

static void what_is_in_doubt_is_no_limit(void **state)
{
    struct probe_search s;
    (void)state;
    seem_limited(&s);
    s.in_doubt = true;
    assert_int_equal(search_bracket(&s).at_least, 1400);
    assert_int_equal(search_bracket(&s).below, 0);
}

/* A connection that does not come about has asked for nothing: once more, then it is in doubt. */
static void what_never_left_confirms_nothing(void **state)
{
    struct probe_search s;
    (void)state;
    seem_limited(&s);
    search_ask_alone(&s, 1401);
    search_note(&s, 1401, SEARCH_UNKNOWN);
    search_unasked(&s);
    assert_int_equal(s.n_alone, 0);
    assert_true(search_is_exact(&s));
    search_ask_alone(&s, 1401);
    search_note(&s, 1401, SEARCH_UNKNOWN);
    search_unasked(&s);
    assert_int_equal(search_bracket(&s).below, 0);
    assert_int_equal(s.n_alone, 1);
}

static void what_a_router_said_twice_is_more_than_silence(void **state)
{
    struct probe_search s;
    (void)state;
    search_begin(&s, &ethernet);
    search_note(&s, 1400, SEARCH_DELIVERED);
    for (int i = 0; i < 16; i++)
        search_note(&s, 1401, SEARCH_REFUSED);
    assert_int_equal(search_bracket(&s).below, 1401);
    assert_false(search_rests_on_silence(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mtu_is_found_exactly),
        cmocka_unit_test(the_smallest_of_ipv6_is_found),
        cmocka_unit_test(a_jumbo_path_is_searched_too),
        cmocka_unit_test(loss_widens_the_bracket_and_falsifies_none),
        cmocka_unit_test(liars_change_nothing),
        cmocka_unit_test(an_error_that_names_too_much_misleads_nobody),
        cmocka_unit_test(impossible_limits_are_refused),
        cmocka_unit_test(silence_ends_soon_and_says_nothing),
        cmocka_unit_test(a_path_below_the_floor_keeps_an_open_bracket),
        cmocka_unit_test(loss_asks_for_more_proof),
        cmocka_unit_test(a_late_answer_takes_the_proof_back),
        cmocka_unit_test(what_arrives_alone_was_lost_by_load),
        cmocka_unit_test(what_is_missed_alone_stays_a_limit),
        cmocka_unit_test(what_is_in_doubt_is_no_limit),
        cmocka_unit_test(what_never_left_confirms_nothing),
        cmocka_unit_test(what_a_router_said_twice_is_more_than_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
