/* SPDX-License-Identifier: Apache-2.0 */
/* A UDP leg from its datagrams, built after [MS-RDPEUDP 2.2.2] and [MS-RDPEUDP2 2.2.1]. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/proto/datagrams.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLIENT_ISN = 1000,
    SERVER_ISN = 5000,
    MS = 1000000,
    IP_AND_UDP = 28,
};

static const uint8_t identity[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17};

struct wire {
    uint8_t bytes[2048];
    size_t len;
};

struct scene {
    struct leg leg;
    struct budget held;
    struct datagrams *datagrams;
    uint64_t frame;
    int64_t now_ns;
};

static void scene_open(struct scene *s)
{
    memset(s, 0, sizeof *s);
    s->held.limit = 1 << 20;
    s->now_ns = 1000LL * MS;
    s->datagrams = datagrams_new(&s->leg, NULL, &s->held);
}

static void scene_close(struct scene *s)
{
    datagrams_free(s->datagrams);
    assert_int_equal(s->held.used, 0);
    if (s->leg.inner)
        arena_free(&s->leg.inner->arena);
    free(s->leg.inner);
}

static void put(struct wire *w, uint64_t value, int n)
{
    while (n-- > 0)
        w->bytes[w->len++] = (uint8_t)(value >> (8 * n));
}

static void put_le(struct wire *w, uint64_t value, int n)
{
    for (; n-- > 0; value >>= 8)
        w->bytes[w->len++] = (uint8_t)value;
}

/* 100 ms behind the one before; each with an IP id of its own. */
static void say(struct scene *s, enum rdpath_direction way, const struct wire *w)
{
    s->frame++;
    s->now_ns += 100LL * MS;
    const struct datagram g = {
        .direction = way,
        .at = {s->now_ns, s->frame},
        .ip_len = (uint32_t)w->len + IP_AND_UDP,
        .has_id = true,
        .id = (uint32_t)s->frame,
        .payload = reader_of(w->bytes, w->len, READER_END),
        .payload_len = (uint32_t)w->len,
    };
    datagrams_take(s->datagrams, &g);
}

static struct wire syn_of(uint16_t version, uint16_t more_flags)
{
    struct wire w = {0};
    put(&w, 0xffffffff, 4);
    put(&w, 64, 2);
    put(&w, 0x1801u | more_flags, 2);
    put(&w, CLIENT_ISN, 4);
    put(&w, 0x04d004d0, 4);
    memcpy(w.bytes + w.len, identity, sizeof identity);
    w.len += 32;
    put(&w, 1, 2);
    put(&w, version, 2);
    w.len = 1232;
    return w;
}

static struct wire syn_ack_of(uint16_t version)
{
    struct wire w = {0};
    put(&w, CLIENT_ISN, 4);
    put(&w, 64, 2);
    put(&w, 0x1005, 2);
    put(&w, SERVER_ISN, 4);
    put(&w, 0x04d00480, 4); /* takes 1152 */
    put(&w, 1, 2);
    put(&w, version, 2);
    w.len = 1232;
    return w;
}

static void open_leg(struct scene *s, uint16_t version)
{
    struct wire syn = syn_of(version, 0), answer = syn_ack_of(version);
    scene_open(s);
    say(s, RDPATH_TO_SERVER, &syn);
    say(s, RDPATH_TO_CLIENT, &answer);
}

/* Versions 1 and 2: a source packet with that payload; one run of received packets. */
static struct wire source_of(uint32_t ack, uint32_t source, const void *payload, size_t len)
{
    struct wire w = {0};
    put(&w, ack, 4);
    put(&w, 1024, 2);
    put(&w, len ? 0x0c : 0x04, 2);
    put(&w, 0x00010000, 4);
    if (len) {
        put(&w, source, 4);
        put(&w, source, 4);
        memcpy(w.bytes + w.len, payload, len);
        w.len += len;
    }
    return w;
}

/* RDPUDP2: DATA with AckOfAcks, and an ACK where there is one to give. */
static struct wire data2_of(uint16_t ack, uint16_t number, uint16_t channel, size_t len)
{
    struct wire w = {0};
    put(&w, 0xe0, 1);
    put_le(&w, (ack ? 0xc015 : 0xc014), 2);
    if (ack) {
        put_le(&w, ack, 2);
        put_le(&w, 0, 5);
    }
    put_le(&w, 100, 2);
    put_le(&w, number, 2);
    put_le(&w, channel, 2);
    memset(w.bytes + w.len, 0x17, len);
    w.len += len;
    uint8_t first = w.bytes[0];
    w.bytes[0] = w.bytes[7];
    w.bytes[7] = first;
    return w;
}

static void agrees_on_version_and_sizes(void **state)
{
    struct scene s;
    (void)state;
    open_leg(&s, 2);
    assert_int_equal(s.leg.stage, LEG_SYN_ACK);
    assert_int_equal(s.leg.version, 2);
    assert_false(s.leg.lossy);
    assert_true(s.leg.hello[RDPATH_TO_SERVER].has_correlation_id);
    assert_memory_equal(s.leg.hello[RDPATH_TO_SERVER].correlation_id, identity, 16);
    assert_int_equal(s.leg.way[RDPATH_TO_SERVER].largest_delivered, 1260);
    assert_int_equal(s.leg.way[RDPATH_TO_CLIENT].largest_delivered, 0);
    struct wire ack = source_of(SERVER_ISN, 0, NULL, 0);
    say(&s, RDPATH_TO_SERVER, &ack);
    assert_int_equal(s.leg.way[RDPATH_TO_CLIENT].largest_delivered, 1260);
    scene_close(&s);
}

static void counts_a_repeated_syn_and_not_a_doubled_frame(void **state)
{
    struct scene s;
    struct wire syn = syn_of(2, 0x0200);
    (void)state;
    scene_open(&s);
    say(&s, RDPATH_TO_SERVER, &syn);
    s.frame--;
    s.now_ns -= 100LL * MS - 5000; /* 5 us later, the same IP id */
    say(&s, RDPATH_TO_SERVER, &syn);
    assert_int_equal(s.leg.hello[RDPATH_TO_SERVER].n, 1);
    assert_int_equal(s.leg.way[RDPATH_TO_SERVER].n_duplicates, 1);
    s.frame += 5;
    say(&s, RDPATH_TO_SERVER, &syn);
    assert_int_equal(s.leg.hello[RDPATH_TO_SERVER].n, 2);
    scene_close(&s);
}

/* A fatal alert of TLS, cut into two pieces that come in the wrong order, the first one late. */
static void reads_tls_in_the_order_of_its_numbers(void **state)
{
    static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40};
    struct scene s;
    (void)state;
    open_leg(&s, 2);
    struct wire late = source_of(CLIENT_ISN, SERVER_ISN + 1, alert, 3);
    struct wire early = source_of(CLIENT_ISN, SERVER_ISN + 2, alert + 3, 4);
    say(&s, RDPATH_TO_CLIENT, &early);
    assert_int_equal(s.leg.inner->tls.n_alerts, 0);
    say(&s, RDPATH_TO_CLIENT, &late);
    assert_int_equal(s.leg.inner->tls.n_alerts, 1);
    assert_int_equal(s.leg.inner->tls.alerts[0].description, 40);
    assert_ptr_equal(leg_alert(&s.leg), &s.leg.inner->tls.alerts[0]);
    scene_close(&s);
}

/* The first piece is never captured: what follows is read at the end, at the next record. */
static void goes_on_behind_a_gap(void **state)
{
    static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 70};
    struct scene s;
    (void)state;
    open_leg(&s, 2);
    struct wire later = source_of(CLIENT_ISN, SERVER_ISN + 2, alert, sizeof alert);
    say(&s, RDPATH_TO_CLIENT, &later);
    datagrams_end(s.datagrams);
    assert_true(s.leg.way[RDPATH_TO_CLIENT].missing);
    assert_int_equal(s.leg.inner->tls.n_alerts, 1);
    scene_close(&s);
}

/* The 1200 bytes are sent four times; the 40 behind them are acknowledged at once. */
static void tells_a_size_that_never_arrives(void **state)
{
    uint8_t payload[1200] = {0x17, 3, 3, 4, 0xff};
    struct scene s;
    (void)state;
    open_leg(&s, 2);
    struct wire large = source_of(CLIENT_ISN, SERVER_ISN + 1, payload, sizeof payload);
    struct wire small = source_of(CLIENT_ISN, SERVER_ISN + 2, payload, 40);
    struct wire ack = source_of(SERVER_ISN + 2, 0, NULL, 0);
    say(&s, RDPATH_TO_CLIENT, &large);
    say(&s, RDPATH_TO_CLIENT, &small);
    say(&s, RDPATH_TO_SERVER, &ack);
    for (int i = 0; i < 3; i++)
        say(&s, RDPATH_TO_CLIENT, &large);
    const struct leg_way *way = &s.leg.way[RDPATH_TO_CLIENT];
    assert_int_equal(way->n_data, 2);
    assert_int_equal(way->n_again, 3);
    assert_int_equal(way->n_lost, 3);
    assert_int_equal(way->n_acked, 1);
    assert_int_equal(way->repeated.n_sent, 4);
    assert_int_equal(way->repeated.ip_len, large.len + IP_AND_UDP);
    assert_true(way->repeated.smaller_delivered_after);
    assert_false(way->repeated.as_large_delivered_after);
    assert_true(leg_stuck(&s.leg, RDPATH_TO_CLIENT));
    ack = source_of(SERVER_ISN + 1, 0, NULL, 0);
    say(&s, RDPATH_TO_SERVER, &ack);
    assert_true(way->repeated.acknowledged);
    assert_false(leg_stuck(&s.leg, RDPATH_TO_CLIENT));
    assert_int_equal(way->largest_delivered, 1260); /* the SYN+ACK was larger still */
    scene_close(&s);
}

/* [MS-RDPEUDP2 3.1.5.5]: sent again, a piece has a new number and its old channel number. */
static void follows_a_piece_through_new_numbers(void **state)
{
    struct scene s;
    (void)state;
    open_leg(&s, LEG_VERSION_RDPUDP2);
    struct wire first = data2_of(0, 100, 1, 300), again = data2_of(0, 102, 1, 300);
    struct wire answer = data2_of(102, 100, 1, 50);
    say(&s, RDPATH_TO_SERVER, &first);
    say(&s, RDPATH_TO_SERVER, &again);
    assert_int_equal(s.leg.version, LEG_VERSION_RDPUDP2);
    assert_int_equal(s.leg.way[RDPATH_TO_SERVER].n_data, 1);
    assert_int_equal(s.leg.way[RDPATH_TO_SERVER].n_again, 1);
    assert_int_equal(s.leg.way[RDPATH_TO_SERVER].repeated.n_sent, 2);
    say(&s, RDPATH_TO_CLIENT, &answer);
    assert_true(s.leg.way[RDPATH_TO_SERVER].repeated.acknowledged);
    assert_int_equal(s.leg.way[RDPATH_TO_SERVER].n_acked, 1);
    scene_close(&s);
}

/* A SYN+ACK that comes again behind data is in the format of version 1. */
static void knows_a_late_hello_in_rdpudp2(void **state)
{
    struct scene s;
    struct wire answer = syn_ack_of(LEG_VERSION_RDPUDP2), data = data2_of(0, 100, 1, 300);
    (void)state;
    open_leg(&s, LEG_VERSION_RDPUDP2);
    say(&s, RDPATH_TO_SERVER, &data);
    say(&s, RDPATH_TO_CLIENT, &answer);
    assert_int_equal(s.leg.hello[RDPATH_TO_CLIENT].n, 2);
    assert_int_equal(s.leg.way[RDPATH_TO_CLIENT].n_data, 0);
    scene_close(&s);
}

/* [MS-RDPEUDP 3.1.5.1.3]: the server falls back to what it knows. */
static void takes_the_server_at_its_word(void **state)
{
    struct scene s;
    struct wire syn = syn_of(LEG_VERSION_RDPUDP2, 0), answer = syn_ack_of(2);
    (void)state;
    scene_open(&s);
    say(&s, RDPATH_TO_SERVER, &syn);
    say(&s, RDPATH_TO_CLIENT, &answer);
    assert_int_equal(s.leg.version, 2);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_on_version_and_sizes),
        cmocka_unit_test(counts_a_repeated_syn_and_not_a_doubled_frame),
        cmocka_unit_test(reads_tls_in_the_order_of_its_numbers),
        cmocka_unit_test(goes_on_behind_a_gap),
        cmocka_unit_test(tells_a_size_that_never_arrives),
        cmocka_unit_test(follows_a_piece_through_new_numbers),
        cmocka_unit_test(knows_a_late_hello_in_rdpudp2),
        cmocka_unit_test(takes_the_server_at_its_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
