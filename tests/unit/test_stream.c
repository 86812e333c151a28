/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload of one side in order: early bytes wait, a gap is said where the capture will never
 * hold the bytes, and what is held has a limit. Then the table of connections and the SYNs that are
 * remembered.
 */
#include "tests/unit/flow_play.h"

#include "analyze/flow/probation.h"

#include <stdio.h>

enum { TEXT_MAX = 4096 };

/* All that can be read now, as text: bytes as they are, "<n>" for a gap of n bytes. */
static const char *read_all(struct scene *s)
{
    static char text[TEXT_MAX];
    struct flow_chunk c;
    size_t len = 0;
    while (flow_read(s->flow, RDPATH_TO_CLIENT, &c)) {
        if (c.gap)
            len += (size_t)snprintf(text + len, sizeof text - len, "<%llu>",
                                    (unsigned long long)c.gap);
        else
            len += (size_t)snprintf(text + len, sizeof text - len, "%.*s", (int)c.bytes.left,
                                    (const char *)c.bytes.at);
    }
    text[len] = 0;
    return text;
}

static struct scene opened(void **state)
{
    (void)state;
    struct scene s = {.wire = {.isn = {1000, UINT32_MAX - 3}}}; /* the data crosses zero */
    play_opening(&s);
    return s;
}

static void say(struct scene *s, uint32_t seq, const char *text)
{
    int64_t at_us = 3 * MS + (int64_t)s->n_frames * 10;
    struct line l = {.way = DOWN,
                     .at_us = at_us,
                     .seq = seq,
                     .ack = 1,
                     .len = (uint32_t)strlen(text),
                     .payload = text};
    play(s, l);
}

static void acknowledge(struct scene *s, uint32_t ack)
{
    play(s, (struct line){
                .way = UP, .at_us = 1 * SECOND + (int64_t)s->n_frames, .seq = 1, .ack = ack});
}

static void end(struct scene *s)
{
    end_at_client(s);
}

static void bytes_come_in_order_and_once(void **state)
{
    struct scene s = opened(state);
    say(&s, 1, "abc");
    assert_string_equal(read_all(&s), "abc");
    say(&s, 1, "abc");
    assert_string_equal(read_all(&s), "");
    say(&s, 3, "cdef"); /* one byte again, three new */
    assert_string_equal(read_all(&s), "def");
    end(&s);
}

static void early_bytes_wait_for_those_in_front(void **state)
{
    struct scene s = opened(state);
    say(&s, 7, "ghi");
    say(&s, 4, "def");
    assert_string_equal(read_all(&s), "");
    say(&s, 1, "abc");
    assert_string_equal(read_all(&s), "abcdefghi");
    end(&s);
}

static void overlapping_early_bytes_count_once(void **state)
{
    struct scene s = opened(state);
    say(&s, 4, "defg");
    say(&s, 4, "de");
    say(&s, 6, "fghi");
    say(&s, 1, "abcde");
    assert_string_equal(read_all(&s), "abcdefghi");
    end(&s);
}

static void a_chunk_tells_its_frame_and_its_end(void **state)
{
    struct scene s = opened(state);
    struct flow_chunk c;
    say(&s, 4, "def");
    say(&s, 1, "abc");
    assert_true(flow_read(s.flow, RDPATH_TO_CLIENT, &c));
    assert_int_equal(c.frame, 5);
    assert_int_equal(c.end, SIDE_BASE + 4);
    assert_true(flow_read(s.flow, RDPATH_TO_CLIENT, &c));
    assert_int_equal(c.frame, 4); /* which brought the bytes, earlier */
    assert_int_equal(c.ts_ns, WIRE_START_NS + (3 * MS + 30) * 1000);
    assert_int_equal(c.end, SIDE_BASE + 7);
    end(&s);
}

static void acknowledged_bytes_that_are_missing_are_a_gap(void **state)
{
    struct scene s = opened(state);
    say(&s, 1, "abc");
    assert_string_equal(read_all(&s), "abc");
    say(&s, 9, "ijk");
    assert_string_equal(read_all(&s), ""); /* what is missing may still come */
    acknowledge(&s, 12);
    assert_string_equal(read_all(&s), "<5>ijk");
    end(&s);
}

static void a_gap_at_the_end_is_said_when_acknowledged(void **state)
{
    struct scene s = opened(state);
    say(&s, 1, "abc");
    assert_string_equal(read_all(&s), "abc");
    acknowledge(&s, 101);
    assert_string_equal(read_all(&s), "<97>");
    say(&s, 101, "xyz");
    assert_string_equal(read_all(&s), "xyz");
    end(&s);
}

static void the_fin_is_no_byte(void **state)
{
    struct scene s = opened(state);
    say(&s, 1, "abc");
    assert_string_equal(read_all(&s), "abc");
    struct line fin = {
        .way = DOWN, .at_us = 5 * MS, .seq = 4, .ack = 1, .flags = TCP_FIN | TCP_ACK};
    play(&s, fin);
    acknowledge(&s, 5);
    assert_string_equal(read_all(&s), "");
    end(&s);
}

static void what_the_snaplen_cut_is_a_gap(void **state)
{
    struct scene s = opened(state);
    struct line l = {.way = DOWN, .at_us = 3 * MS, .seq = 1, .ack = 1, .len = 200};
    struct rdpath_frame frame = wire_frame(&s.wire, &l);
    uint8_t *cut = frame_cut(&frame, 14 + 20 + 20 + 4);
    struct packet p;
    assert_true(packet_decode(&frame, &p));
    s.event.direction = RDPATH_TO_CLIENT;
    assert_true(flow_packet(s.flow, &p, 4, &s.event));
    assert_string_equal(read_all(&s), "xxxx");
    free(cut);
    acknowledge(&s, 201);
    assert_string_equal(read_all(&s), "<196>");
    end(&s);
}

/* The byte of a keep-alive is not payload: it stands where one was already. */
static void a_keepalives_byte_is_not_read(void **state)
{
    struct scene s = opened(state);
    say(&s, 1, "abc");
    acknowledge(&s, 4);
    assert_string_equal(read_all(&s), "abc");
    say(&s, 3, "?");
    assert_int_equal(s.event.segment.kind, SEGMENT_KEEPALIVE);
    assert_string_equal(read_all(&s), "");
    end(&s);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void early_bytes_have_a_limit(void **state)
{
    struct scene s = opened(state);
    uint64_t n_bytes = 0, gap = 0;
    struct flow_chunk c;
    for (uint32_t i = 0; i < 2 * SIDE_QUEUE_MAX / MSS; i++) {
        struct line l = {
            .way = DOWN, .at_us = 3 * MS + i, .seq = 1 + MSS + i * MSS, .ack = 1, .len = MSS};
        play(&s, l);
        assert_in_range(s.flow->side[DOWN].stream.queue_len, 0, SIDE_QUEUE_MAX);
        while (flow_read(s.flow, RDPATH_TO_CLIENT, &c)) {
            n_bytes += c.bytes.left;
            gap += c.gap;
        }
    }
    assert_int_equal(gap, MSS); /* the one that never came is given up, and nothing else */
    assert_int_equal(n_bytes, 2 * SIDE_QUEUE_MAX / MSS * MSS);
    end(&s);
}

/* What is held costs more than its bytes: single bytes must not make a list without end. */
static void single_early_bytes_have_a_limit(void **state)
{
    struct scene s = opened(state);
    struct flow_chunk c;
    uint32_t most = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        play(&s,
             (struct line){.way = DOWN, .at_us = 3 * MS + i, .seq = 3 + 2 * i, .ack = 1, .len = 1});
        while (flow_read(s.flow, RDPATH_TO_CLIENT, &c))
            ;
        uint32_t held = 0;
        for (struct queued *q = s.flow->side[DOWN].stream.queue; i % 100 == 0 && q; q = q->next)
            held++;
        most = held > most ? held : most;
    }
    assert_in_range(most, 1, SIDE_QUEUE_MAX / sizeof(struct queued));
    end(&s);
}

static void the_same_early_bytes_again_have_a_limit(void **state)
{
    struct scene s = opened(state);
    struct flow_chunk c;
    for (uint32_t i = 0; i < 1000; i++) {
        struct line l = {.way = DOWN, .at_us = SECOND * (i + 1), .seq = 101, .ack = 1, .len = MSS};
        play(&s, l);
        while (flow_read(s.flow, RDPATH_TO_CLIENT, &c))
            ;
        assert_in_range(s.flow->side[DOWN].stream.queue_len, 0, SIDE_QUEUE_MAX);
    }
    end(&s);
}

/* ---- the table of connections ---------------------------------------------------------------- */

static struct ends ends_of(uint32_t client)
{
    struct ends e = {.src_port = (uint16_t)(client % 60000 + 1024), .dst_port = 3389};
    e.src = (struct addr){.version = 4,
                          .bytes = {10, (uint8_t)(client >> 16), (uint8_t)(client >> 8),
                                    (uint8_t)client}};
    e.dst = (struct addr){.version = 4, .bytes = {192, 168, 0, 1}};
    return e;
}

static struct ends turned(const struct ends *e)
{
    return (struct ends){e->dst, e->src, e->dst_port, e->src_port};
}

static void both_directions_are_one_connection(void **state)
{
    (void)state;
    enum { MANY = 5000 }; /* more than the table has room for at first */
    static struct flow *added[MANY];
    struct flows t;
    flows_init(&t);
    for (uint32_t i = 0; i < MANY; i++) {
        struct ends e = ends_of(i);
        added[i] = flows_add(&t, &e);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        enum rdpath_direction way = RDPATH_BOTH;
        struct ends e = ends_of(i), back = turned(&e);
        assert_ptr_equal(flows_find(&t, &e, &way), added[i]);
        assert_int_equal(way, RDPATH_TO_SERVER);
        assert_ptr_equal(flows_find(&t, &back, &way), added[i]);
        assert_int_equal(way, RDPATH_TO_CLIENT);
        assert_int_equal(ends_hash(&e), ends_hash(&back));
        assert_int_equal(ends_hash_secret(&e), ends_hash_secret(&back));
    }
    for (uint32_t i = 0; i < MANY; i++) {
        enum rdpath_direction way;
        struct ends e = ends_of(i);
        flows_detach(&t, added[i]);
        flow_free(added[i]);
        assert_null(flows_find(&t, &e, &way));
    }
    assert_int_equal(t.n, 0);
    flows_free(&t);
}

/* ---- SYNs that are remembered ---------------------------------------------------------------- */

static void note(struct probation *t, struct line syn, uint32_t client)
{
    struct wire w = {.isn = {7000, 9000}};
    struct packet p;
    struct ends e = ends_of(client), back = turned(&e);
    struct rdpath_frame frame = wire_frame(&w, &syn);
    frame.number = 12 + client;
    assert_true(packet_decode(&frame, &p));
    probation_note(t, &p, syn.way == UP ? &e : &back);
}

static void what_both_syns_said_is_found_again(void **state)
{
    (void)state;
    struct probation *t = probation_new();
    note(t, (struct line){.way = UP, .flags = TCP_SYN, .mss = 1400}, 1);
    note(t,
         (struct line){.way = DOWN, .at_us = MS, .flags = TCP_SYN | TCP_ACK, .ack = 1, .mss = 1380},
         1);
    struct ends e = ends_of(1), other = ends_of(2);
    const struct probation_entry *found = probation_find(t, &e);
    assert_non_null(found);
    assert_int_equal(found->ts_ns, WIRE_START_NS);
    assert_int_equal(found->frame, 13);
    assert_int_equal(found->client_isn, 7000);
    assert_int_equal(found->server_isn, 9000);
    assert_int_equal(found->client_mss, 1400);
    assert_int_equal(found->server_mss, 1380);
    assert_null(probation_find(t, &other));
    probation_free(t);
}

/* A SYN of the same ports begins anew: nothing of the older connection may remain. */
static void a_new_syn_forgets_the_older_connection(void **state)
{
    (void)state;
    struct probation *t = probation_new();
    note(t, (struct line){.way = UP, .flags = TCP_SYN, .mss = 1400}, 1);
    note(t,
         (struct line){.way = DOWN, .at_us = MS, .flags = TCP_SYN | TCP_ACK, .ack = 1, .mss = 1380},
         1);
    note(t,
         (struct line){.way = UP, .at_us = 9 * SECOND, .seq = 12345, .flags = TCP_SYN, .mss = 1300},
         1);
    struct ends e = ends_of(1);
    const struct probation_entry *found = probation_find(t, &e);
    assert_int_equal(found->client_isn, 7000 + 12345);
    assert_int_equal(found->server_mss, 0);
    probation_free(t);
}

static void a_flood_evicts_the_oldest_first(void **state)
{
    (void)state;
    struct probation *t = probation_new();
    enum { FLOOD = 100000 };
    for (uint32_t i = 0; i < FLOOD; i++)
        note(t, (struct line){.way = UP, .at_us = i, .flags = TCP_SYN}, i);
    struct ends newest = ends_of(FLOOD - 1), oldest = ends_of(0);
    assert_non_null(probation_find(t, &newest));
    assert_null(probation_find(t, &oldest));
    probation_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_in_order_and_once),
        cmocka_unit_test(early_bytes_wait_for_those_in_front),
        cmocka_unit_test(overlapping_early_bytes_count_once),
        cmocka_unit_test(a_chunk_tells_its_frame_and_its_end),
        cmocka_unit_test(acknowledged_bytes_that_are_missing_are_a_gap),
        cmocka_unit_test(a_gap_at_the_end_is_said_when_acknowledged),
        cmocka_unit_test(the_fin_is_no_byte),
        cmocka_unit_test(what_the_snaplen_cut_is_a_gap),
        cmocka_unit_test(a_keepalives_byte_is_not_read),
        cmocka_unit_test(early_bytes_have_a_limit),
        cmocka_unit_test(single_early_bytes_have_a_limit),
        cmocka_unit_test(the_same_early_bytes_again_have_a_limit),
        cmocka_unit_test(both_directions_are_one_connection),
        cmocka_unit_test(what_both_syns_said_is_found_again),
        cmocka_unit_test(a_new_syn_forgets_the_older_connection),
        cmocka_unit_test(a_flood_evicts_the_oldest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
