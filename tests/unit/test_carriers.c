/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed tunnels beside connections: what their packets add is measured where they belong together,
 * and never told where they do not.
 */
#include "tests/unit/frames.h"

#include "analyze/flow/carriers.h"

#define US 1000LL
#define MS 1000000LL

struct play {
    struct carriers *all;
    struct pairing pairing;
    uint32_t dice;
    uint64_t n_frames;
};

static struct rdpath_frame frame;

static struct play play_new(void)
{
    return (struct play){.all = carriers_new(), .dice = 1};
}

static uint32_t roll(struct play *p, uint32_t below)
{
    p->dice = p->dice * 1664525 + 1013904223;
    return (p->dice >> 8) % below;
}

static struct packet packet_of(uint8_t from, uint8_t to, uint32_t len, int64_t at_ns)
{
    frame.ts_ns = at_ns;
    struct packet packet = {.frame = &frame, .protocol = IP_UDP, .ip_len = len};
    packet.src = (struct addr){{192, 0, 2, from}, 4};
    packet.dst = (struct addr){{192, 0, 2, to}, 4};
    return packet;
}

static void outer(struct play *p, bool up, uint32_t len, int64_t at_ns)
{
    struct packet packet = up ? packet_of(1, 2, len, at_ns) : packet_of(2, 1, len, at_ns);
    carriers_note(p->all, &packet, TUNNEL_WIREGUARD, ++p->n_frames);
}

static void inner(struct play *p, bool up, uint32_t len, int64_t at_ns)
{
    struct packet packet = packet_of(9, 8, len, at_ns);
    carriers_note_inner(p->all, &p->pairing, &packet, up ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT);
}

/* Seen at the client: what it sends is inside first, what it receives outside. */
struct pair {
    bool up;
    uint32_t len, outer_len;
};

static void both(struct play *p, struct pair pair, int64_t at_ns)
{
    if (pair.up)
        inner(p, pair.up, pair.len, at_ns);
    outer(p, pair.up, pair.outer_len, at_ns + 100 * US);
    if (!pair.up)
        inner(p, pair.up, pair.len, at_ns + 200 * US);
}

static bool concludes(struct play *p, struct pairing_found *found)
{
    bool proven = carriers_conclude(p->all, &p->pairing, found);
    carriers_forget(p->all, &p->pairing);
    return proven;
}

static uint32_t wireguard(uint32_t len)
{
    return (len + 15) / 16 * 16 + 60;
}

static void padding_is_measured_as_a_range(void **state)
{
    (void)state;
    struct play p = play_new();
    for (int i = 0; i < 40; i++) {
        uint32_t len = 40 + roll(&p, 1300);
        both(&p, (struct pair){i % 2, len, wireguard(len)}, i * 20 * MS);
    }
    both(&p, (struct pair){true, 1420, 1480}, 900 * MS); /* full: not padded */
    struct pairing_found found = {0};
    assert_true(concludes(&p, &found));
    assert_int_equal(found.carrier->kind, TUNNEL_WIREGUARD);
    assert_int_equal(found.carrier->ends[0].bytes[3], 2);
    assert_int_equal(found.n_pairs, 41);
    assert_int_equal(found.least_more, 60);
    assert_in_range(found.most_more, 70, 75);
    carriers_free(p.all);
}

static void a_constant_difference_is_measured(void **state)
{
    (void)state;
    struct play p = play_new();
    for (int i = 0; i < 12; i++) {
        uint32_t len = 52 + 13 * (uint32_t)i;
        both(&p, (struct pair){i % 3 == 0, len, len + 52}, i * 20 * MS);
    }
    struct pairing_found found = {0};
    assert_true(concludes(&p, &found));
    assert_int_equal(found.n_pairs, 12);
    assert_int_equal(found.least_more, 52);
    assert_int_equal(found.most_more, 52);
    carriers_free(p.all);
}

/* Bursts pair only where one packet fits; the single ones are enough. */
static void bursts_are_not_guessed_at(void **state)
{
    (void)state;
    struct play p = play_new();
    for (int i = 0; i < 30; i++) {
        uint32_t len = 60 + 30 * (uint32_t)i;
        both(&p, (struct pair){true, len, wireguard(len)}, i * 20 * MS);
        for (int k = 0; k < 5; k++)
            inner(&p, false, 1200, i * 20 * MS + 8 * MS + k * US);
        for (int k = 0; k < 5; k++)
            outer(&p, false, 1260, i * 20 * MS + 8 * MS + k * US);
    }
    struct pairing_found found = {0};
    assert_true(concludes(&p, &found));
    assert_int_equal(found.n_pairs, 30);
    carriers_free(p.all);
}

static void seven_pairs_are_too_few(void **state)
{
    (void)state;
    struct play p = play_new();
    struct pairing_found found = {0};
    for (int i = 0; i < 7; i++)
        both(&p, (struct pair){true, 52 + 100 * (uint32_t)i, wireguard(52 + 100 * (uint32_t)i)},
             i * 20 * MS);
    assert_false(concludes(&p, &found));
    carriers_free(p.all);
}

/* Another host's tunnel, busy with its own packets. */
static void a_busy_tunnel_beside_is_not_paired(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct play p = play_new();
        p.dice = seed * 7919;
        int64_t at_ns = 0;
        for (int i = 0; i < 600; i++) {
            at_ns += roll(&p, 4000) * US;
            uint32_t len = roll(&p, 3) ? 40 + roll(&p, 1400) : 52;
            if (roll(&p, 4))
                outer(&p, roll(&p, 2), wireguard(len), at_ns);
            else
                inner(&p, roll(&p, 2), len, at_ns);
        }
        struct pairing_found found = {0};
        assert_false(concludes(&p, &found));
        carriers_free(p.all);
    }
}

/* Acknowledgements of one size beside a call of one size: every pair agrees, and proves nothing. */
static void pulses_of_one_size_are_not_paired(void **state)
{
    (void)state;
    struct play p = play_new();
    for (int i = 0; i < 200; i++)
        both(&p, (struct pair){i % 2, 52, 124}, i * 20 * MS);
    struct pairing_found found = {0};
    assert_false(concludes(&p, &found));
    carriers_free(p.all);
}

/* The tunnel's packets of one size, the connection's of several that are close together. */
static void a_pulse_beside_many_sizes_is_not_paired(void **state)
{
    (void)state;
    struct play p = play_new();
    for (int i = 0; i < 200; i++)
        both(&p, (struct pair){i % 2, 40 + roll(&p, 90), 172}, i * 20 * MS);
    struct pairing_found found = {0};
    assert_false(concludes(&p, &found));
    carriers_free(p.all);
}

/* Differences that no block explains. */
static void a_ragged_difference_is_not_paired(void **state)
{
    (void)state;
    struct play p = play_new();
    for (int i = 0; i < 60; i++) {
        uint32_t len = 60 + roll(&p, 1000);
        both(&p, (struct pair){i % 2, len, len + 60 + roll(&p, 14)}, i * 20 * MS);
    }
    struct pairing_found found = {0};
    assert_false(concludes(&p, &found));
    carriers_free(p.all);
}

/* Most packets of the connection have no partner: they do not run through it. */
static void a_connection_that_is_mostly_alone_is_not_paired(void **state)
{
    (void)state;
    struct play p = play_new();
    for (int i = 0; i < 60; i++) {
        uint32_t len = 60 + roll(&p, 1000);
        inner(&p, i % 2, len, i * 40 * MS);
        if (i % 3 == 0)
            both(&p, (struct pair){i % 2, len, wireguard(len)}, i * 40 * MS + 20 * MS);
        inner(&p, i % 2, len + 1, i * 40 * MS + 30 * MS);
    }
    struct pairing_found found = {0};
    assert_false(concludes(&p, &found));
    carriers_free(p.all);
}

/* ---- what only may be a tunnel --------------------------------------------------------------- */

static void possible(struct play *p, uint8_t to, uint32_t len, int64_t at_ns)
{
    struct packet packet = packet_of(1, to, len, at_ns);
    carriers_note(p->all, &packet, TUNNEL_TLS, ++p->n_frames);
}

/* TCP with that much payload, as the connection's; its partner is larger by 77. */
static void both_possible(struct play *p, uint32_t payload_len, bool carried, int64_t at_ns)
{
    static const uint8_t tcp[20] = {[12] = 5 << 4, [13] = TCP_ACK};
    struct packet packet = packet_of(9, 8, 40 + payload_len, at_ns);
    packet.protocol = IP_TCP;
    packet.transport = reader_of(tcp, sizeof tcp, READER_CUT);
    packet.transport_len = 20 + payload_len;
    carriers_note_inner(p->all, &p->pairing, &packet, RDPATH_TO_SERVER);
    if (carried)
        possible(p, 2, 40 + payload_len + 77, at_ns + 100 * US);
}

static void what_may_be_a_tunnel_is_told_where_it_is_proven(void **state)
{
    (void)state;
    struct play p = play_new();
    possible(&p, 2, 100, 0);
    assert_true(carriers_any(p.all));
    for (uint32_t i = 0; i < 40; i++)
        both_possible(&p, i % 2 ? 0 : 30 * i, true, (i + 1) * 20 * MS);
    assert_null(carriers_at(p.all, 0));
    struct pairing_found found = {0};
    assert_true(concludes(&p, &found));
    assert_int_equal(found.carrier->kind, TUNNEL_TLS);
    assert_int_equal(found.least_more, 77);
    assert_int_equal(found.n_pairs, 40);
    carriers_free(p.all);
}

/* A gateway that reads one connection and writes another: no acknowledgement has a partner. */
static void bytes_that_are_passed_on_are_no_tunnel(void **state)
{
    (void)state;
    struct play p = play_new();
    possible(&p, 2, 100, 0);
    for (uint32_t i = 1; i <= 40; i++)
        both_possible(&p, i % 3 ? 30 * i : 0, i % 3, i * 20 * MS);
    struct pairing_found found = {0};
    assert_false(concludes(&p, &found));
    carriers_free(p.all);
}

/* Many web servers beside a tunnel that is certain: it keeps its place, its packets and its try. */
static void a_tunnel_keeps_its_place_beside_the_web(void **state)
{
    (void)state;
    struct play p = play_new();
    for (uint32_t i = 0; i < 40; i++) {
        int64_t at_ns = i * 20 * MS;
        for (uint32_t k = 0; k < 2200; k++)
            possible(&p, (uint8_t)(10 + roll(&p, 200)), 100 + roll(&p, 1300), at_ns + 50 * US);
        uint32_t len = 40 + roll(&p, 1300);
        both(&p, (struct pair){i % 2, len, wireguard(len)}, at_ns);
    }
    assert_non_null(carriers_at(p.all, 0));
    assert_null(carriers_at(p.all, 1));
    struct pairing_found found = {0};
    assert_true(concludes(&p, &found));
    assert_int_equal(found.carrier->kind, TUNNEL_WIREGUARD);
    assert_int_equal(found.n_pairs, 40);
    carriers_free(p.all);
}

static void limits_hold(void **state)
{
    (void)state;
    struct play p = play_new();
    for (uint32_t i = 0; i < 10000; i++) {
        struct packet packet = packet_of(1, 2, 100, i * US);
        packet.src.bytes[1] = (uint8_t)(i >> 8);
        packet.src.bytes[2] = (uint8_t)i;
        carriers_note(p.all, &packet, TUNNEL_ESP, i + 1);
        inner(&p, true, 48, i * US);
    }
    uint32_t n = 0;
    while (carriers_at(p.all, n))
        n++;
    assert_int_equal(n, CARRIERS_MAX);
    assert_int_equal(carriers_at(p.all, 9999 % CARRIERS_MAX)->n_packets, 1);
    struct pairing_found found = {0};
    assert_false(concludes(&p, &found));
    carriers_free(p.all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_is_measured_as_a_range),
        cmocka_unit_test(a_constant_difference_is_measured),
        cmocka_unit_test(bursts_are_not_guessed_at),
        cmocka_unit_test(seven_pairs_are_too_few),
        cmocka_unit_test(a_busy_tunnel_beside_is_not_paired),
        cmocka_unit_test(pulses_of_one_size_are_not_paired),
        cmocka_unit_test(a_pulse_beside_many_sizes_is_not_paired),
        cmocka_unit_test(a_ragged_difference_is_not_paired),
        cmocka_unit_test(a_connection_that_is_mostly_alone_is_not_paired),
        cmocka_unit_test(what_may_be_a_tunnel_is_told_where_it_is_proven),
        cmocka_unit_test(bytes_that_are_passed_on_are_no_tunnel),
        cmocka_unit_test(a_tunnel_keeps_its_place_beside_the_web),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
