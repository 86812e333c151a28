/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts inside tunnels and beside them, through the whole analysis. */
#include "tests/unit/feed_play.h"

#include "analyze/net/tunnels.h"

enum { ETHERNET_LEN = 14 };

static struct {
    uint32_t n, n_values;
    char text[300];
    int64_t overhead, measured;
} seen;

static void hear(void *ctx, const struct rdpath_attempt *a)
{
    feed_hear(ctx, a);
    for (uint32_t i = 0; i < a->n_observations; i++) {
        const struct rdpath_observation *o = &a->observations[i];
        if (strcmp(o->id, "tunnel-seen") != 0)
            continue;
        seen.n++;
        seen.n_values = o->n_values;
        snprintf(seen.text, sizeof seen.text, "%s", o->text);
        seen.overhead = o->n_values > 3 ? o->values[3].number : 0;
        seen.measured = o->n_values > 5 ? o->values[5].number : 0;
    }
}

static struct feed *begin(void)
{
    static struct feed f;
    memset(&f, 0, sizeof f);
    memset(&seen, 0, sizeof seen);
    const struct rdpath_options options = {0};
    const struct rdpath_events events = {.ctx = &f, .attempt = hear};
    f.analysis = rdpath_new(&options, &events);
    return &f;
}

/* The frame's packet in n layers of GRE (RFC 2784), at_us later. */
static struct rdpath_frame in_gre(struct rdpath_frame inside, int n, int64_t later_us)
{
    static struct build b;
    bool v6 = inside.bytes[12] == 0x86;
    unsigned len = inside.captured_len - ETHERNET_LEN;
    b.len = 0;
    put_hex(&b, ETHERNET_IPV4);
    for (; n > 0; n--) {
        put_ipv4(&b, (struct ip_fields){.len = len + 24 * (unsigned)n, .protocol = 47});
        put_hex(&b, n > 1 ? "00 00 08 00" : v6 ? "00 00 86 dd" : "00 00 08 00");
    }
    for (uint32_t i = ETHERNET_LEN; i < inside.captured_len; i++)
        put8(&b, inside.bytes[i]);
    struct rdpath_frame frame = frame_of(&b, 1);
    frame.ts_ns = inside.ts_ns + later_us * 1000;
    return frame;
}

static const struct line opening[] = {
    {.way = UP, .at_us = 0, .flags = TCP_SYN, .mss = 1460},
    {.way = DOWN, .at_us = 20 * MS, .flags = TCP_SYN | TCP_ACK, .ack = 1, .mss = 1460},
    {.way = UP, .at_us = 40 * MS, .seq = 1, .ack = 1},
    {.way = UP, .at_us = 41 * MS, .seq = 1, .ack = 1, .len = 40},
    {.way = DOWN, .at_us = 61 * MS, .seq = 1, .ack = 41, .len = 19},
    {.way = UP, .at_us = 81 * MS, .seq = 41, .ack = 20, .len = 700},
    {.way = DOWN, .at_us = 101 * MS, .seq = 20, .ack = 741, .len = 1400},
};

enum { N_OPENING = sizeof opening / sizeof opening[0] };

static void tunnels_in_tunnels_are_opened_to_a_limit(void **state)
{
    (void)state;
    for (int depth = 1; depth <= TUNNELS_DEPTH_MAX + 1; depth++) {
        struct feed *f = begin();
        struct wire w = {.isn = {1, 2}};
        for (int i = 0; i < N_OPENING; i++)
            feed_frame(f, in_gre(wire_frame(&w, &opening[i]), depth, 0));
        feed_end(f);
        assert_int_equal(f->n_told, depth <= TUNNELS_DEPTH_MAX);
        assert_int_equal(seen.n, f->n_told);
        if (f->n_told) {
            assert_int_equal(seen.overhead, 24);
            assert_int_equal(seen.measured, N_OPENING);
            assert_int_equal(f->told[0].path[1].n_bytes, 1419);
        }
        feed_free(f);
    }
}

/* Plain on one side of a gateway, in GRE on its other, 5 ms later; IPv6 has no ids to compare. */
static void a_packet_in_both_layers_counts_once(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        struct feed *f = begin();
        struct wire w = {.isn = {1, 2}, .v6 = v6};
        for (int i = 0; i < N_OPENING; i++) {
            struct rdpath_frame frame = wire_frame(&w, &opening[i]);
            feed_frame(f, frame);
            feed_frame(f, in_gre(frame, 1, 5 * MS));
        }
        feed_end(f);
        assert_int_equal(f->n_told, 1);
        for (int way = 0; way < 2; way++) {
            const struct rdpath_path *path = &f->told[0].path[way];
            assert_int_equal(path->n_packets, way == UP ? 4 : 3);
            assert_int_equal(path->n_duplicates, way == UP ? 4 : 3);
            assert_int_equal(path->retransmitted, 0);
            assert_int_equal(path->n_lost, 0);
        }
        feed_free(f);
    }
}

/* Ten components of a host, as pktmon records them: other TTLs, within microseconds. */
static void ten_copies_count_once(void **state)
{
    (void)state;
    struct feed *f = begin();
    struct wire w = {.isn = {1, 2}};
    for (int i = 0; i < N_OPENING; i++) {
        for (int copy = 0; copy < 10; copy++) {
            struct line l = opening[i];
            l.id = 100 + (unsigned)i;
            l.at_us += copy * 3;
            w.ttl[l.way] = copy < 5 ? 128 : 127;
            feed_frame(f, wire_frame(&w, &l));
        }
    }
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_int_equal(f->told[0].path[UP].n_packets, 4);
    assert_int_equal(f->told[0].path[UP].n_duplicates, 36);
    assert_int_equal(f->told[0].path[DOWN].retransmitted, 0);
    feed_free(f);
}

/* A burst is recorded by one component as a whole before the next one begins. */
static void a_burst_that_is_recorded_again_counts_once(void **state)
{
    (void)state;
    struct feed *f = begin();
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, 0);
    uint32_t len = feed_request(f, &w, (struct line){.at_us = 3 * MS}, "alice");
    for (unsigned component = 0; component < 3; component++) {
        for (unsigned i = 0; i < 20; i++) {
            struct line l = {.way = DOWN, .seq = 1 + i * 1400, .ack = 1 + len, .len = 1400};
            l.id = 500 + i;
            l.at_us = 30 * MS + component * 50 + i;
            feed(f, &w, l);
        }
    }
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_int_equal(f->told[0].path[DOWN].retransmitted, 0);
    assert_int_equal(f->told[0].path[DOWN].n_duplicates, 40);
    feed_free(f);
}

/* The carrier was cut into fragments: it is put together before it is opened. */
static void fragments_of_a_carrier_are_put_together(void **state)
{
    (void)state;
    struct feed *f = begin();
    struct wire w = {.isn = {1, 2}};
    for (int i = 0; i < N_OPENING; i++) {
        struct rdpath_frame whole = in_gre(wire_frame(&w, &opening[i]), 1, 0);
        static struct build b;
        unsigned all = whole.captured_len - ETHERNET_LEN - 20, first = all / 2 / 8 * 8;
        for (int piece = 0; piece < 2; piece++) {
            unsigned from = piece ? first : 0, len = piece ? all - first : first;
            b.len = 0;
            put_hex(&b, ETHERNET_IPV4);
            put_ipv4(&b, (struct ip_fields){.len = 20 + len,
                                            .protocol = 47,
                                            .id = 50 + (unsigned)i,
                                            .flags = piece ? first / 8 : 0x2000});
            for (unsigned k = 0; k < len; k++)
                put8(&b, whole.bytes[ETHERNET_LEN + 20 + from + k]);
            struct rdpath_frame frame = frame_of(&b, 1);
            frame.ts_ns = whole.ts_ns;
            feed_frame(f, frame);
        }
    }
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_int_equal(f->told[0].path[DOWN].n_bytes, 1419);
    assert_int_equal(seen.n, 1);
    feed_free(f);
}

/* A WireGuard message between 10.0.0.1 and 10.0.0.2, the hosts of every wire. */
static void feed_sealed(struct feed *f, int64_t at_us, unsigned len)
{
    static struct build b;
    b.len = 0;
    put_hex(&b, ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 28 + len, .protocol = 17});
    put_hex(&b, "ca 6c ca 6c");
    put16(&b, 8 + len);
    put_hex(&b, "00 00 04 00 00 00 11 22 33 44 07 00 00 00 00 00 00 00");
    put_repeated(&b, 0xee, len - 16);
    struct rdpath_frame frame = frame_of(&b, 1);
    frame.ts_ns = WIRE_START_NS + at_us * 1000;
    feed_frame(f, frame);
}

static void a_tunnel_of_the_same_host_is_told_as_no_more(void **state)
{
    (void)state;
    struct feed *f = begin();
    struct wire w = {.isn = {1, 2}};
    for (int i = 0; i < N_OPENING; i++) {
        feed_sealed(f, opening[i].at_us - 10, 144);
        feed(f, &w, opening[i]);
    }
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.n_values, 3);
    assert_non_null(strstr(seen.text, "the same host also uses WireGuard"));
    assert_non_null(strstr(seen.text, "is unknown"));
    feed_free(f);
}

static void a_tunnel_of_others_is_not_told(void **state)
{
    (void)state;
    struct feed *f = begin();
    struct wire w = {.isn = {1, 2}, .client = 9};
    for (int i = 0; i < N_OPENING; i++) {
        feed_sealed(f, opening[i].at_us - 10, 144);
        feed(f, &w, opening[i]);
    }
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_int_equal(seen.n, 0);
    feed_free(f);
}

/* OpenVPN over TCP: its data, a packet a segment, from the client's own host. */
static void openvpn_over_tcp_of_the_same_host_is_told(void **state)
{
    (void)state;
    static const uint8_t data[66] = {0, 64, 9 << 3, 0, 0, 1};
    struct feed *f = begin();
    struct wire w = {.isn = {1, 2}};
    struct wire vpn = {.isn = {3, 4}, .server = 7, .client_port = 50008, .server_port = 1194};
    for (uint32_t i = 0; i < N_OPENING; i++) {
        feed(f, &vpn,
             (struct line){.at_us = opening[i].at_us - 10,
                           .seq = 1 + i * (uint32_t)sizeof data,
                           .ack = 1,
                           .len = sizeof data,
                           .payload = data});
        feed(f, &w, opening[i]);
    }
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_int_equal(seen.n, 1);
    assert_non_null(strstr(seen.text, "the same host also uses OpenVPN over TCP"));
    assert_non_null(strstr(seen.text, "is unknown"));
    feed_free(f);
}

/* Ports of VPNs: RDP is found there by what it says, and nothing else begins an attempt. */
static void rdp_on_the_port_of_a_vpn_is_analyzed(void **state)
{
    (void)state;
    static const uint16_t ports[] = {1194, 443};
    for (int i = 0; i < 4; i++) {
        struct feed *f = begin();
        struct wire w = {.isn = {1, 2}, .server_port = ports[i % 2]};
        feed_opening(f, &w, 0);
        uint32_t len = 40;
        if (i < 2)
            len = feed_request(f, &w, (struct line){.at_us = 3 * MS}, "alice");
        else
            feed(f, &w, (struct line){.way = UP, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = len});
        feed(f, &w,
             (struct line){.way = DOWN, .at_us = 9 * MS, .seq = 1, .ack = 1 + len, .len = 9});
        feed_end(f);
        assert_int_equal(f->n_told, i < 2);
        assert_int_equal(seen.n, 0);
        feed_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tunnels_in_tunnels_are_opened_to_a_limit),
        cmocka_unit_test(a_packet_in_both_layers_counts_once),
        cmocka_unit_test(ten_copies_count_once),
        cmocka_unit_test(a_burst_that_is_recorded_again_counts_once),
        cmocka_unit_test(fragments_of_a_carrier_are_put_together),
        cmocka_unit_test(a_tunnel_of_the_same_host_is_told_as_no_more),
        cmocka_unit_test(a_tunnel_of_others_is_not_told),
        cmocka_unit_test(openvpn_over_tcp_of_the_same_host_is_told),
        cmocka_unit_test(rdp_on_the_port_of_a_vpn_is_analyzed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
