/* SPDX-License-Identifier: Apache-2.0 */
/* Which interfaces are recorded: those that were named, and what lies below a tunnel. */
#include "tests/unit/frames.h"

#include "capture/plan.h"

#include <stdio.h>

static struct interface machine[] = {
    {.name = "lo", .kind = INTERFACE_LOOPBACK, .index = 1, .up = true, .n_addresses = 1},
    {.name = "eth0",
     .index = 2,
     .up = true,
     .n_addresses = 1,
     .default_route = true,
     .peers = {{{203, 0, 113, 1}, 4}},
     .n_peers = 1},
    {.name = "eth1", .index = 3, .up = false, .n_addresses = 1},
    {.name = "wg0",
     .title = "wireguard",
     .kind = INTERFACE_TUNNEL,
     .index = 4,
     .up = true,
     .n_addresses = 1},
    {.name = "vx0",
     .title = "vxlan",
     .kind = INTERFACE_TUNNEL,
     .index = 5,
     .up = true,
     .below = 6,
     .n_addresses = 1,
     .peers = {{{198, 51, 100, 9}, 4}},
     .n_peers = 1},
    {.name = "eth2", .index = 6, .up = true},
};

static const struct interfaces all = {machine, sizeof machine / sizeof *machine};

static struct recording *planned(const struct plan_wish *wish)
{
    static struct recording r;
    struct rdpath_error error;
    memset(&r, 0, sizeof r);
    assert_true(plan_make(&r, &all, wish, &error));
    return &r;
}

static const char *name(const struct recording *r, uint32_t i)
{
    return i < r->n ? r->list[i].interface.name : "";
}

static void test_named(void **state)
{
    (void)state;
    const char *names[] = {"eth0", "any", "eth0"};
    struct recording *r = planned(&(struct plan_wish){.names = names, .n_names = 3});
    assert_int_equal(r->n, 2);
    assert_string_equal(name(r, 0), "eth0");
    assert_string_equal(name(r, 1), "any");
    assert_false(r->list[0].filter.outer);
}

static void test_a_tunnel_alone_stays_alone_where_it_was_named(void **state)
{
    (void)state;
    const char *names[] = {"wg0"};
    assert_int_equal(planned(&(struct plan_wish){.names = names, .n_names = 1})->n, 1);
}

static void test_both_layers_named(void **state)
{
    (void)state;
    const char *names[] = {"wg0", "eth0"};
    struct recording *r = planned(&(struct plan_wish){.names = names, .n_names = 2});
    assert_true(r->list[1].filter.outer);
    assert_false(r->list[1].filter.outer_tls); /* WireGuard is UDP */
    assert_int_equal(r->list[1].filter.peers[0].bytes[0], 203);
}

static void test_every_one_that_may_carry_an_attempt(void **state)
{
    (void)state;
    struct recording *r = planned(&(struct plan_wish){0});
    assert_int_equal(r->n, 5);
    assert_string_equal(name(r, 0), "eth0");
    assert_string_equal(name(r, 1), "wg0");
    assert_string_equal(name(r, 2), "vx0");
    assert_string_equal(name(r, 3), "lo");
    assert_false(r->list[3].filter.outer);
    assert_string_equal(name(r, 4), "eth2"); /* the kernel says that it is below vx0 */
    assert_true(r->list[4].filter.outer);
    assert_int_equal(r->list[4].filter.peers[0].bytes[0], 198);
}

/* Two tunnels in one: what carries them keeps the packets of both. */
static void test_tunnels_that_share_what_carries_them(void **state)
{
    (void)state;
    struct interface shared[] = {
        machine[1],
        machine[4],
        machine[4],
    };
    strcpy(shared[2].name, "vx1");
    shared[1].below = shared[2].below = 2;
    shared[2].peers[0].bytes[3] = 10;
    const struct interfaces two = {shared, 3};
    static struct recording r;
    struct rdpath_error error;
    memset(&r, 0, sizeof r);
    assert_true(plan_make(&r, &two, &(struct plan_wish){0}, &error));
    assert_int_equal(r.list[0].filter.n_peers, 2);
    assert_int_equal(r.list[0].filter.peers[0].bytes[3], 9);
    assert_int_equal(r.list[0].filter.peers[1].bytes[3], 10);
}

/* Which of two networks a VPN uses is not told: its packets are kept on both. */
static void test_a_tunnel_over_one_of_two_networks(void **state)
{
    (void)state;
    struct interface two[] = {machine[1], machine[1], machine[3]};
    strcpy(two[1].name, "wlan0");
    two[1].index = 7;
    two[1].n_peers = 0;
    strcpy(two[2].title, "tun");
    const struct interfaces both = {two, 3};
    static struct recording r;
    struct rdpath_error error;
    memset(&r, 0, sizeof r);
    assert_true(plan_make(&r, &both, &(struct plan_wish){0}, &error));
    assert_int_equal(r.n, 3);
    for (uint32_t i = 0; i < 2; i++) {
        assert_true(r.list[i].filter.outer);
        assert_true(r.list[i].filter.outer_tls); /* a route to one host may be another's */
    }
    assert_int_equal(r.list[0].filter.n_peers, 1);
}

/* A host of containers: the one that counts is recorded, and what is not is told. */
static void test_more_than_can_be_recorded(void **state)
{
    (void)state;
    static struct interface many[41];
    for (uint32_t i = 0; i < 40; i++) {
        many[i] = (struct interface){.kind = INTERFACE_VIRTUAL,
                                     .index = 10 + i,
                                     .up = true,
                                     .n_addresses = 1};
        snprintf(many[i].name, sizeof many[i].name, "veth%u", i);
    }
    many[40] = machine[3];
    const struct interfaces crowd = {many, 41};
    static struct recording r;
    struct rdpath_error error;
    memset(&r, 0, sizeof r);
    assert_true(plan_make(&r, &crowd, &(struct plan_wish){0}, &error));
    assert_int_equal(r.n, SINK_INTERFACES_MAX);
    assert_string_equal(name(&r, 0), "wg0");
    assert_int_equal(r.n_left_out, 41 - SINK_INTERFACES_MAX);
}

static void test_no_such_interface(void **state)
{
    (void)state;
    static struct recording r;
    struct rdpath_error error;
    const char *names[] = {"eth9"};
    assert_false(plan_make(&r, &all, &(struct plan_wish){.names = names, .n_names = 1}, &error));
    assert_non_null(strstr(error.text, "eth9"));
}

/* Npcap does not know every adapter of Windows: one that it does not is refused by name, and is
   never chosen. */
static void test_what_the_library_does_not_see(void **state)
{
    (void)state;
    static struct recording r;
    struct rdpath_error error;
    const char *names[] = {"wg0"};
    machine[3].unseen = true;
    assert_false(plan_make(&r, &all, &(struct plan_wish){.names = names, .n_names = 1}, &error));
    assert_non_null(strstr(error.text, "wg0"));
    assert_non_null(strstr(error.text, "--pktmon"));
    const struct recording *chosen = planned(&(struct plan_wish){0});
    for (uint32_t i = 0; i < chosen->n; i++)
        assert_string_not_equal(name(chosen, i), "wg0");
    machine[3].unseen = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_a_tunnel_alone_stays_alone_where_it_was_named),
        cmocka_unit_test(test_both_layers_named),
        cmocka_unit_test(test_every_one_that_may_carry_an_attempt),
        cmocka_unit_test(test_tunnels_that_share_what_carries_them),
        cmocka_unit_test(test_a_tunnel_over_one_of_two_networks),
        cmocka_unit_test(test_more_than_can_be_recorded),
        cmocka_unit_test(test_no_such_interface),
        cmocka_unit_test(test_what_the_library_does_not_see),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
