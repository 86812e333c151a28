/* SPDX-License-Identifier: Apache-2.0 */
/* When a live attempt counts as over: watch.h says how long each state lasts. */
#include "tests/unit/frames.h"

#include "capture/watch.h"

#define SECOND 1000000000LL

static struct rdpath_open attempt(uint32_t id, const char *server)
{
    struct rdpath_open o = {.id = id, .from_start = true, .active_ns = RDPATH_UNKNOWN};
    strcpy(o.client, "192.0.2.10");
    strcpy(o.server, server);
    return o;
}

static enum watch_state look(struct watch *w, const struct rdpath_open *o, int64_t now_ns)
{
    watch_begin_look(w, now_ns);
    if (o)
        watch_take(w, o);
    return watch_state(w, now_ns);
}

static void test_takes_the_first_from_its_beginning(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND};
    struct rdpath_open running = attempt(1, "203.0.113.20"), fresh = attempt(2, "203.0.113.20");
    running.from_start = false;
    assert_int_equal(look(&w, NULL, SECOND), WATCH_WAITING);
    assert_int_equal(look(&w, &running, SECOND), WATCH_WAITING);
    assert_int_equal(look(&w, &fresh, SECOND), WATCH_RUNNING);
    assert_int_equal(w.chosen, 2);
}

static void test_takes_the_wanted_host_alone(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = SECOND, .n_hosts = 2};
    strcpy(w.hosts[0], "2001:db8::20");
    strcpy(w.hosts[1], "203.0.113.20");
    struct rdpath_open other = attempt(1, "203.0.113.99"), wanted = attempt(2, "203.0.113.20");
    assert_int_equal(look(&w, &other, 0), WATCH_WAITING);
    assert_int_equal(look(&w, &wanted, 0), WATCH_RUNNING);
}

static void test_closed_and_quiet(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND};
    struct rdpath_open o = attempt(1, "203.0.113.20");
    o.closed = true;
    assert_int_equal(look(&w, &o, 100 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 104 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 106 * SECOND), WATCH_FAILED);
    o.closed = false; /* the client tried again */
    o.last_ns += SECOND;
    assert_int_equal(look(&w, &o, 107 * SECOND), WATCH_RUNNING);
    assert_int_equal(watch_state(&w, 113 * SECOND), WATCH_RUNNING);
}

static void test_open_and_silent(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND};
    struct rdpath_open o = attempt(1, "203.0.113.20");
    assert_int_equal(look(&w, &o, 100 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 129 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 131 * SECOND), WATCH_FAILED);
}

static void test_waits_for_the_next_repetition(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND};
    struct rdpath_open o = attempt(1, "203.0.113.20");
    o.last_gap_ns = 16 * SECOND; /* the next one comes 32 s after it */
    assert_int_equal(look(&w, &o, 100 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 133 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 138 * SECOND), WATCH_FAILED);
    o.last_gap_ns = 64 * SECOND;
    assert_int_equal(look(&w, &o, 189 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 191 * SECOND), WATCH_FAILED);
}

static void test_a_user_at_a_prompt(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND};
    struct rdpath_open o = attempt(1, "203.0.113.20");
    o.stage = RDPATH_STAGE_TLS_SERVER_FLIGHT;
    assert_int_equal(look(&w, &o, 100 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 219 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 221 * SECOND), WATCH_FAILED);
    w.client_left = w.client_failed = true; /* nobody is asked any more */
    w.left_ns = 101 * SECOND;
    assert_int_equal(look(&w, &o, 104 * SECOND), WATCH_FAILED);
}

static void test_up_for_long_enough(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND};
    struct rdpath_open o = attempt(1, "203.0.113.20");
    o.stage = RDPATH_STAGE_ACTIVE;
    o.active_ns = 0;
    assert_int_equal(look(&w, &o, 100 * SECOND), WATCH_RUNNING);
    o.last_ns += 9 * SECOND;
    assert_int_equal(look(&w, &o, 109 * SECOND), WATCH_RUNNING);
    assert_int_equal(watch_state(&w, 110 * SECOND), WATCH_UP);
}

static void test_up_and_closed(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 60 * SECOND};
    struct rdpath_open o = attempt(1, "203.0.113.20");
    o.stage = RDPATH_STAGE_ACTIVE;
    o.active_ns = 0;
    o.closed = true;
    assert_int_equal(look(&w, &o, 102 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 108 * SECOND), WATCH_ENDED);
}

static void test_concluded_meanwhile(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND};
    struct rdpath_open o = attempt(1, "203.0.113.20");
    assert_int_equal(look(&w, &o, 0), WATCH_RUNNING);
    assert_int_equal(look(&w, NULL, SECOND), WATCH_FAILED);
}

static void test_the_client_has_left(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND,
                      .client_left = true,
                      .client_failed = true,
                      .left_ns = 100 * SECOND,
                      .launched_ns = 120 * SECOND};
    assert_int_equal(look(&w, NULL, 101 * SECOND), WATCH_WAITING);
    assert_int_equal(look(&w, NULL, 103 * SECOND), WATCH_FAILED);
    struct rdpath_open o = attempt(1, "203.0.113.20");
    assert_int_equal(look(&w, &o, 103 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 104 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 106 * SECOND), WATCH_FAILED);
}

/* A program that ends well may have started the client, whose silences are those of any. */
static void test_a_launcher_has_left(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND,
                      .client_left = true,
                      .left_ns = 100 * SECOND,
                      .launched_ns = 120 * SECOND};
    struct watch in_vain = w;
    assert_int_equal(look(&w, NULL, 101 * SECOND), WATCH_WAITING);
    assert_int_equal(look(&w, NULL, 103 * SECOND), WATCH_LAUNCHED);
    assert_int_equal(look(&in_vain, NULL, 219 * SECOND), WATCH_LAUNCHED);
    assert_int_equal(look(&in_vain, NULL, 221 * SECOND), WATCH_FAILED);
    struct rdpath_open o = attempt(1, "203.0.113.20");
    assert_int_equal(look(&w, &o, 110 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 139 * SECOND), WATCH_RUNNING);
    o.closed = true;
    o.last_ns += SECOND;
    assert_int_equal(look(&w, &o, 140 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 144 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 146 * SECOND), WATCH_FAILED);
}

/* It was the client: what it had connected is closed. */
static void test_the_client_ends_well(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND, .launched_ns = 120 * SECOND};
    struct rdpath_open o = attempt(1, "203.0.113.20");
    assert_int_equal(look(&w, &o, 100 * SECOND), WATCH_RUNNING);
    w.client_left = true;
    w.left_ns = 100 * SECOND;
    assert_int_equal(look(&w, &o, 104 * SECOND), WATCH_RUNNING);
    o.closed = true;
    o.last_ns += SECOND;
    assert_int_equal(look(&w, &o, 105 * SECOND), WATCH_RUNNING);
    assert_int_equal(look(&w, &o, 108 * SECOND), WATCH_FAILED);
}

/* Packets bear the time of day, which can be set while they are recorded. */
static void test_the_time_of_day_is_set_back(void **state)
{
    (void)state;
    struct watch w = {.settle_ns = 10 * SECOND};
    struct rdpath_open o = attempt(1, "203.0.113.20");
    o.last_ns = 7200 * SECOND;
    assert_int_equal(look(&w, &o, 100 * SECOND), WATCH_RUNNING);
    o.last_ns -= 3600 * SECOND;
    assert_int_equal(look(&w, &o, 110 * SECOND), WATCH_RUNNING);
    assert_int_equal(watch_state(&w, 139 * SECOND), WATCH_RUNNING);
    assert_int_equal(watch_state(&w, 141 * SECOND), WATCH_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_the_first_from_its_beginning),
        cmocka_unit_test(test_takes_the_wanted_host_alone),
        cmocka_unit_test(test_closed_and_quiet),
        cmocka_unit_test(test_open_and_silent),
        cmocka_unit_test(test_waits_for_the_next_repetition),
        cmocka_unit_test(test_a_user_at_a_prompt),
        cmocka_unit_test(test_up_for_long_enough),
        cmocka_unit_test(test_up_and_closed),
        cmocka_unit_test(test_concluded_meanwhile),
        cmocka_unit_test(test_the_client_has_left),
        cmocka_unit_test(test_a_launcher_has_left),
        cmocka_unit_test(test_the_client_ends_well),
        cmocka_unit_test(test_the_time_of_day_is_set_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
