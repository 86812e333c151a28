/* SPDX-License-Identifier: Apache-2.0 */
/* What the recording of a probe tells of the path: the packets are those of a path whose limits are
   known, as a probe on it would send them. */
#include "tests/unit/frames.h"

#include "analyze/attempt/probed.h"

enum { HEADER = 52, REQUEST = 71, LEAD = 116, HELLO = 372, FLIGHT = 3523, CONFIRM = 19 };
#define MILLISECOND_NS 1000000LL

struct path {
    uint32_t to_server, to_client; /* the largest packet that passes */
    struct arena arena;
    struct probed *probed;
};

static struct path path_of(uint32_t to_server, uint32_t to_client)
{
    struct path p = {to_server, to_client, {0}, NULL};
    p.probed = arena_alloc(&p.arena, sizeof *p.probed);
    p.probed->ip_header_len = 20;
    return p;
}

static struct probed_connection *connects(struct path *p, bool alone)
{
    struct probed_connection *c = arena_alloc(&p->arena, sizeof *c);
    p->probed->connections[p->probed->n_connections++] = c;
    c->quiet_ns = alone ? 301 * MILLISECOND_NS : MILLISECOND_NS;
    c->waited_ns = alone ? 400 * MILLISECOND_NS : 40 * MILLISECOND_NS;
    for (int way = 0; way < 2; way++) {
        c->way[way].header_len = HEADER;
        c->way[way].mss = 1460;
    }
    return c;
}

/* A ClientHello in pieces of that size between two short ones. */
static void asks_out(struct path *p, uint32_t size, uint32_t n_pieces, bool alone)
{
    struct probed_connection *c = connects(p, alone);
    struct probed_way *w = &c->way[RDPATH_TO_SERVER];
    bool passes = size <= p->to_server;
    w->n_segments = 3 + n_pieces;
    w->acked = passes ? size : LEAD;
    w->acked_frame = RDPATH_REF(0, p->probed->n_connections);
    for (uint32_t i = 0; i < n_pieces && !passes; i++)
        w->unacked[w->n_unacked++] = (struct probed_unacked){size, 1, RDPATH_REF(0, 100 + i)};
}

/* The server's flight, in packets of that size. */
static void asks_in(struct path *p, uint32_t size, bool alone)
{
    struct probed_connection *c = connects(p, alone);
    struct probed_way *up = &c->way[RDPATH_TO_SERVER], *down = &c->way[RDPATH_TO_CLIENT];
    uint32_t tail = FLIGHT % (size - HEADER);
    bool passes = size <= p->to_client;
    up->n_segments = 2;
    up->acked = HELLO;
    down->mss = size - 40;
    down->seen = passes ? size : tail + HEADER;
    down->seen_frame = RDPATH_REF(0, p->probed->n_connections);
    down->n_bytes = CONFIRM + (passes ? FLIGHT : tail);
    down->hole = !passes;
}

static void echo(struct path *p, uint32_t size, bool alone)
{
    struct probed_echo *e = arena_alloc(&p->arena, sizeof *e);
    p->probed->echoes[p->probed->n_echoes++] = e;
    *e = (struct probed_echo){.size = size, .number = (uint16_t)p->probed->n_echoes};
    e->quiet_ns = alone ? 301 * MILLISECOND_NS : 0;
    e->reply = size <= p->to_server && size <= p->to_client ? size : 0;
}

static void searches_out(struct path *p, uint32_t above)
{
    asks_out(p, 1400, 1, false);
    for (int i = 0; i < 4; i++)
        asks_out(p, above, 3, false);
}

static void searches_in(struct path *p, uint32_t above)
{
    for (uint32_t size = 1280; size <= 1300; size += 10)
        asks_in(p, size, false);
    for (int i = 0; i < 9; i++)
        asks_in(p, above, false);
}

static const struct probed_limit *concluded(struct path *p, enum rdpath_vantage at)
{
    probed_conclude(p->probed, &p->arena, at, 10000 * MILLISECOND_NS);
    return p->probed->limit;
}

static void assert_mtu(const struct probed_limit *l, uint32_t at_least, uint32_t below)
{
    assert_int_equal(l->mtu.at_least, at_least);
    assert_int_equal(l->mtu.below, below);
}

static void what_vanishes_is_found_each_way(void **state)
{
    struct path p = path_of(1400, 1300);
    (void)state;
    searches_in(&p, 1301);
    searches_out(&p, 1401);
    asks_out(&p, 1401, 1, true);
    asks_in(&p, 1301, true);
    const struct probed_limit *l = concluded(&p, RDPATH_AT_CLIENT);
    assert_mtu(&l[RDPATH_TO_SERVER], 1400, 1401);
    assert_mtu(&l[RDPATH_TO_CLIENT], 1300, 1301);
    assert_false(l[0].told || l[1].told || l[0].cut || l[1].cut);
    assert_int_equal(l[RDPATH_TO_SERVER].n_missed, 13);
    assert_int_equal(l[RDPATH_TO_CLIENT].n_missed, 10);
    assert_int_equal(l[RDPATH_TO_SERVER].missed.total, 13);
    arena_free(&p.arena);
}

static void silence_that_was_not_asked_alone_proves_nothing(void **state)
{
    struct path p = path_of(1400, 1300);
    (void)state;
    searches_in(&p, 1301);
    searches_out(&p, 1401);
    asks_out(&p, 1401, 1, true);
    const struct probed_limit *l = concluded(&p, RDPATH_AT_CLIENT);
    assert_mtu(&l[RDPATH_TO_SERVER], 1400, 1401);
    assert_mtu(&l[RDPATH_TO_CLIENT], 1300, 0);
    assert_true(l[RDPATH_TO_CLIENT].lost);
    arena_free(&p.arena);
}

static void a_question_that_was_broken_off_is_no_answer(void **state)
{
    struct path p = path_of(1400, 1500);
    (void)state;
    searches_out(&p, 1401);
    asks_out(&p, 1401, 1, true);
    p.probed->connections[p.probed->n_connections - 1]->waited_ns = 100 * MILLISECOND_NS;
    assert_mtu(&concluded(&p, RDPATH_AT_CLIENT)[RDPATH_TO_SERVER], 1400, 0);
    arena_free(&p.arena);
}

static void what_arrives_alone_was_lost_by_load(void **state)
{
    struct path p = path_of(1400, 1500);
    (void)state;
    searches_out(&p, 1401);
    p.to_server = 1500; /* and so it was all the time: the large ones were too many */
    asks_out(&p, 1401, 1, true);
    p.to_server = 1401;
    asks_out(&p, 1500, 1, true);
    const struct probed_limit *l = concluded(&p, RDPATH_AT_CLIENT);
    assert_mtu(&l[RDPATH_TO_SERVER], 1401, 0);
    assert_true(l[RDPATH_TO_SERVER].lossy);
    arena_free(&p.arena);
}

static void a_limit_that_a_router_names_needs_no_question(void **state)
{
    struct path p = path_of(1400, 1500);
    struct addr router = {.version = 4, .bytes = {10, 77, 1, 1}};
    (void)state;
    asks_in(&p, 1500, false);
    echo(&p, 1400, false);
    for (int i = 0; i < 3; i++)
        echo(&p, 1401, false);
    for (uint32_t i = 1; i < 4; i++)
        p.probed->echoes[i]->refused = true;
    probed_name(&p.probed->named[RDPATH_TO_SERVER], 1400, &router, RDPATH_REF(0, 9));
    const struct probed_limit *l = concluded(&p, RDPATH_AT_CLIENT);
    assert_mtu(&l[RDPATH_TO_SERVER], 1400, 1401);
    assert_true(l[RDPATH_TO_SERVER].told);
    assert_mtu(&l[RDPATH_TO_CLIENT], 1500, 0);
    arena_free(&p.arena);
}

/* It was told 1300, and asked for 1500 it makes packets of 1300. */
static void a_server_that_makes_no_larger_ones_leaves_open_what_would_pass(void **state)
{
    struct path p = path_of(1500, 1300);
    (void)state;
    asks_in(&p, 1280, false);
    asks_in(&p, 1300, false);
    p.probed->connections[1]->way[RDPATH_TO_CLIENT].mss = 1460;
    const struct probed_limit *l = concluded(&p, RDPATH_AT_CLIENT);
    assert_mtu(&l[RDPATH_TO_CLIENT], 1300, 0);
    assert_true(l[RDPATH_TO_CLIENT].told);
    arena_free(&p.arena);
}

static void echo_alone_tells_a_direction_only_beside_another_search(void **state)
{
    struct path p = path_of(1400, 1500);
    (void)state;
    asks_in(&p, 1500, false);
    echo(&p, 1400, false);
    for (int i = 0; i < 12; i++) {
        echo(&p, 128, false);
        echo(&p, 1401, false);
    }
    echo(&p, 1401, true);
    const struct probed_limit *l = concluded(&p, RDPATH_AT_CLIENT);
    assert_mtu(&l[RDPATH_TO_SERVER], 1400, 1401); /* the way back carries it */
    assert_int_equal(l[RDPATH_TO_SERVER].n_missed, 13);
    assert_mtu(&l[RDPATH_TO_CLIENT], 1500, 0);
    arena_free(&p.arena);
}

static void datagram(struct path *p, uint32_t size, uint32_t passes, bool alone)
{
    echo(p, size, alone);
    struct probed_echo *e = p->probed->echoes[p->probed->n_echoes - 1];
    e->udp = true;
    e->reply = size <= passes ? 1260 : 0;
}

static void large_datagrams_that_vanish_are_no_limit_of_the_path(void **state)
{
    struct path p = path_of(1500, 1500);
    (void)state;
    asks_out(&p, 1500, 1, false);
    asks_in(&p, 1500, false);
    for (int i = 0; i < 12; i++) {
        datagram(&p, 1160, 1200, false);
        datagram(&p, 1201, 1200, false);
    }
    datagram(&p, 1201, 1200, true);
    const struct probed_limit *l = concluded(&p, RDPATH_AT_CLIENT);
    assert_mtu(&l[RDPATH_TO_SERVER], 1500, 0);
    assert_int_equal(p.probed->udp.at_least, 1160);
    assert_int_equal(p.probed->udp.below, 1201);
    arena_free(&p.arena);
}

static void what_a_server_refuses_has_arrived(void **state)
{
    struct path p = path_of(0, 0);
    (void)state;
    datagram(&p, 1260, 0, false);
    p.probed->echoes[0]->arrived = true;
    const struct probed_limit *l = concluded(&p, RDPATH_AT_CLIENT);
    assert_mtu(&l[RDPATH_TO_SERVER], 1260, 0);
    assert_mtu(&l[RDPATH_TO_CLIENT], 0, 0);
    arena_free(&p.arena);
}

/* The system believes the router; its card makes two packets of what is recorded as one. */
static void what_a_card_cuts_did_not_pass(void **state)
{
    struct path p = path_of(1400, 1500);
    struct addr router = {.version = 4, .bytes = {10, 77, 1, 1}};
    (void)state;
    echo(&p, 1400, false);
    for (uint32_t i = 1; i < 4; i++) {
        echo(&p, 1401, false);
        p.probed->echoes[i]->refused = true;
    }
    probed_name(&p.probed->named[RDPATH_TO_SERVER], 1400, &router, RDPATH_REF(0, 9));
    p.to_server = 1500;
    asks_out(&p, 1500, 1, false);
    assert_mtu(&concluded(&p, RDPATH_AT_CLIENT)[RDPATH_TO_SERVER], 1400, 1401);
    assert_int_equal(p.probed->lie, 0);
    arena_free(&p.arena);
}

static void a_limit_that_more_than_passes_is_a_lie(void **state)
{
    struct path p = path_of(1500, 1500);
    struct addr router = {.version = 4, .bytes = {10, 77, 1, 1}};
    (void)state;
    echo(&p, 1400, false);
    echo(&p, 1500, false);
    probed_name(&p.probed->named[RDPATH_TO_SERVER], 1400, &router, RDPATH_REF(0, 9));
    assert_mtu(&concluded(&p, RDPATH_AT_CLIENT)[RDPATH_TO_SERVER], 1500, 0);
    assert_int_equal(p.probed->lie, 1400);
    arena_free(&p.arena);
}

/* Whether its replies arrive cannot be seen there; what it sends and nobody acknowledges can. */
static void at_the_server_its_own_sendings_count(void **state)
{
    struct path p = path_of(1400, 1300);
    (void)state;
    echo(&p, 1400, false);
    p.probed->echoes[0]->reply = 1400;
    searches_in(&p, 1301);
    asks_in(&p, 1301, true);
    for (uint32_t i = 0; i < p.probed->n_connections; i++) {
        struct probed_way *down = &p.probed->connections[i]->way[RDPATH_TO_CLIENT];
        uint32_t size = down->mss + 40;
        down->n_segments = 4;
        down->acked = size <= 1300 ? size : REQUEST;
        for (int k = 0; k < 2 && size > 1300; k++)
            down->unacked[down->n_unacked++] = (struct probed_unacked){size, 1, 0};
    }
    const struct probed_limit *l = concluded(&p, RDPATH_AT_SERVER);
    assert_mtu(&l[RDPATH_TO_SERVER], 1400, 0);
    assert_mtu(&l[RDPATH_TO_CLIENT], 1300, 1301);
    arena_free(&p.arena);
}

static void an_empty_one_tells_nothing(void **state)
{
    struct path p = path_of(1500, 1500);
    (void)state;
    const struct probed_limit *l = concluded(&p, RDPATH_AT_UNKNOWN);
    assert_mtu(&l[0], 0, 0);
    assert_mtu(&l[1], 0, 0);
    assert_false(l[0].lost || l[1].lost || l[0].told || l[1].told);
    arena_free(&p.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_vanishes_is_found_each_way),
        cmocka_unit_test(silence_that_was_not_asked_alone_proves_nothing),
        cmocka_unit_test(a_question_that_was_broken_off_is_no_answer),
        cmocka_unit_test(what_arrives_alone_was_lost_by_load),
        cmocka_unit_test(a_limit_that_a_router_names_needs_no_question),
        cmocka_unit_test(a_server_that_makes_no_larger_ones_leaves_open_what_would_pass),
        cmocka_unit_test(echo_alone_tells_a_direction_only_beside_another_search),
        cmocka_unit_test(large_datagrams_that_vanish_are_no_limit_of_the_path),
        cmocka_unit_test(what_a_server_refuses_has_arrived),
        cmocka_unit_test(what_a_card_cuts_did_not_pass),
        cmocka_unit_test(a_limit_that_more_than_passes_is_a_lie),
        cmocka_unit_test(at_the_server_its_own_sendings_count),
        cmocka_unit_test(an_empty_one_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
