/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments: a datagram cut in pieces comes out as it was, in whatever order; what cannot be is
 * given up; nothing grows without a limit.
 */
#include "tests/unit/frames.h"

#include "analyze/net/fragments.h"

#define SECOND_NS 1000000000LL

/* A piece of a UDP datagram from 49152 to 3389 whose byte i behind the header is i * 7 + id. */
struct piece_spec {
    unsigned version;
    unsigned id;
    unsigned offset, len; /* of the fragmentable part, UDP header included */
    unsigned whole_len;   /* a piece that ends here has no "more" */
    int64_t at_ns;
};

static uint8_t datagram_byte(const struct piece_spec *s, unsigned i)
{
    const uint8_t header[] = {0xc0, 0x00, 0x0d, 0x3d, 0, 0, 0, 0};
    if (i == 4 || i == 5)
        return (uint8_t)(i == 4 ? s->whole_len >> 8 : s->whole_len);
    return i < sizeof header ? header[i] : (uint8_t)(i * 7 + s->id);
}

static void piece_build(const struct piece_spec *s, struct build *b)
{
    unsigned more = s->offset + s->len < s->whole_len;
    b->len = 0;
    if (s->version == 4) {
        unsigned flags = (more ? 0x2000 : 0) | s->offset / 8;
        put_hex(b, ETHERNET_IPV4);
        put_ipv4(
            b, (struct ip_fields){.len = 20 + s->len, .protocol = 17, .id = s->id, .flags = flags});
    } else {
        put_hex(b, ETHERNET_IPV6);
        put_ipv6(b, (struct ip_fields){.len = 8 + s->len, .protocol = 44});
        put16(b, 17 << 8);
        put16(b, s->offset | more);
        put32(b, s->id);
    }
    for (unsigned i = 0; i < s->len; i++)
        put8(b, datagram_byte(s, s->offset + i));
}

/* held_len: how much of the frame the capture holds; 0 = all. */
static struct fragments_result add_cut(struct fragments *f, struct piece_spec s, uint32_t held_len)
{
    static struct build b;
    static struct rdpath_frame frame;
    piece_build(&s, &b);
    frame = frame_of(&b, 1);
    frame.ts_ns += s.at_ns;
    if (held_len > 0)
        frame.captured_len = held_len;
    struct packet p;
    assert_true(packet_decode(&frame, &p));
    struct fragments_result result;
    memset(&result, 0xff, sizeof result);
    fragments_add(f, &p, &result);
    if (result.complete)
        assert_ptr_equal(result.whole.frame, &frame);
    return result;
}

static struct fragments_result add(struct fragments *f, struct piece_spec s)
{
    return add_cut(f, s, 0);
}

static void assert_whole(const struct fragments_result *r, const struct piece_spec *s)
{
    unsigned header_len = s->version == 4 ? 20 : 40;
    assert_true(r->complete);
    const struct packet *p = &r->whole;
    assert_true(p->reassembled);
    assert_false(p->fragment || p->more_fragments);
    assert_int_equal(p->fragment_offset, 0);
    assert_int_equal(p->protocol, IP_UDP);
    assert_int_equal(p->src.version, s->version);
    assert_int_equal(p->ip_header_len, header_len);
    assert_int_equal(p->ip_len, header_len + s->whole_len);
    assert_int_equal(p->src_port, 49152);
    assert_int_equal(p->dst_port, 3389);
    assert_int_equal(p->transport_len, s->whole_len);
    assert_int_equal(p->transport.left, s->whole_len);
    assert_int_equal(p->transport.tail, READER_END);
    struct udp_datagram udp;
    assert_true(udp_decode(p, &udp));
    for (unsigned i = 8; i < s->whole_len; i++)
        assert_int_equal(reader_u8(&udp.payload), datagram_byte(s, i));
}

static void comes_together_in_every_order(void **state)
{
    (void)state;
    static const unsigned offsets[] = {0, 800, 1600}, lens[] = {800, 800, 500};
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct fragments *f = fragments_new();
    for (unsigned n = 0; n < 12; n++) {
        struct piece_spec s = {.version = n < 6 ? 4 : 6, .id = n, .whole_len = 2100};
        bool seen_first = false;
        for (unsigned i = 0; i < 3; i++) {
            s.offset = offsets[orders[n % 6][i]];
            s.len = lens[orders[n % 6][i]];
            seen_first |= s.offset == 0;
            struct fragments_result r = add(f, s);
            assert_int_equal(r.n_pieces, i + 1);
            assert_int_equal(r.has_ports, seen_first);
            if (seen_first) {
                assert_int_equal(r.src_port, 49152);
                assert_int_equal(r.dst_port, 3389);
            }
            if (i < 2)
                assert_false(r.complete);
            else
                assert_whole(&r, &s);
            if (i == 2)
                assert_int_equal(r.largest_piece, (s.version == 4 ? 20 : 48) + 800);
        }
    }
    assert_int_equal(fragments_abandoned(f), 0);
    fragments_free(f);
}

static void a_capture_that_holds_frames_twice_changes_nothing(void **state)
{
    (void)state;
    struct fragments *f = fragments_new();
    struct piece_spec first = {.version = 4, .id = 9, .len = 1480, .whole_len = 2000};
    struct piece_spec last = {
        .version = 4, .id = 9, .offset = 1480, .len = 520, .whole_len = 2000, .at_ns = 1000};
    assert_false(add(f, first).complete);
    assert_int_equal(add(f, first).n_pieces, 1);
    struct fragments_result r = add(f, last);
    assert_whole(&r, &last);
    r = add(f, last);
    assert_false(r.complete);
    assert_true(r.has_ports);
    assert_int_equal(r.n_pieces, 2);

    first.id = 10; /* much later: what was done leaves without a word */
    first.at_ns = 60 * SECOND_NS;
    add(f, first);
    assert_int_equal(fragments_abandoned(f), 0);
    fragments_free(f);
}

static void an_identification_used_again_is_a_new_datagram(void **state)
{
    (void)state;
    struct fragments *f = fragments_new();
    struct piece_spec s = {.version = 4, .id = 9, .len = 800, .whole_len = 1600};
    add(f, s);
    s.offset = 800;
    assert_true(add(f, s).complete);
    struct piece_spec other = {.version = 4, .id = 9, .len = 800, .whole_len = 1200};
    assert_int_equal(add(f, other).n_pieces, 1); /* its UDP length differs */
    other.offset = 800;
    other.len = 400;
    struct fragments_result r = add(f, other);
    assert_whole(&r, &other);
    fragments_free(f);
}

static void an_overlap_ends_a_datagram(void **state)
{
    (void)state;
    static const struct piece_spec overlaps[] = {
        {.version = 4, .id = 1, .offset = 792, .len = 808, .whole_len = 1600}, /* into the first */
        {.version = 4, .id = 1, .offset = 0, .len = 400, .whole_len = 1600},   /* within it */
        {.version = 4, .id = 1, .offset = 0, .len = 800, .whole_len = 1608},   /* other bytes */
        {.version = 6, .id = 1, .offset = 792, .len = 808, .whole_len = 1600},
    };
    for (size_t i = 0; i < sizeof overlaps / sizeof overlaps[0]; i++) {
        struct fragments *f = fragments_new();
        struct piece_spec s = {.version = overlaps[i].version,
                               .id = 1,
                               .len = 800,
                               .whole_len = 1600};
        add(f, s);
        struct fragments_result r = add(f, overlaps[i]);
        assert_false(r.complete);
        assert_int_equal(r.n_pieces, 0);
        assert_int_equal(fragments_abandoned(f), 1);
        s.offset = 800; /* what would have completed it comes too late */
        assert_false(add(f, s).complete);
        assert_int_equal(fragments_abandoned(f), 1);
        fragments_free(f);
    }
}

static void pieces_that_cannot_be_end_a_datagram(void **state)
{
    (void)state;
    static const struct piece_spec rows[][2] = {
        /* no multiple of 8 in the middle */
        {{.len = 801, .whole_len = 1600}, {.offset = 808, .len = 792, .whole_len = 1600}},
        /* behind the last */
        {{.offset = 800, .len = 8, .whole_len = 808}, {.offset = 808, .len = 8, .whole_len = 900}},
        /* a last before others */
        {{.offset = 808, .len = 8, .whole_len = 900}, {.offset = 800, .len = 8, .whole_len = 808}},
        /* beyond 65,535 */
        {{.offset = 65528, .len = 80, .whole_len = 65608}, {.len = 8, .whole_len = 65608}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fragments *f = fragments_new();
        for (int k = 0; k < 2; k++) {
            struct piece_spec s = rows[i][k];
            s.version = 4;
            assert_false(add(f, s).complete);
        }
        assert_int_equal(fragments_abandoned(f), 1);
        fragments_free(f);
    }
}

static void a_hole_stays_and_ages(void **state)
{
    (void)state;
    struct fragments *f = fragments_new();
    struct piece_spec s = {.version = 4, .id = 1, .len = 800, .whole_len = 1600};
    add(f, s);
    struct piece_spec other = {.version = 4, .id = 2, .len = 8, .whole_len = 100};
    other.at_ns = 30 * SECOND_NS;
    add(f, other);
    assert_int_equal(fragments_abandoned(f), 0);
    other.id = 3;
    other.at_ns = 30 * SECOND_NS + 1;
    add(f, other);
    assert_int_equal(fragments_abandoned(f), 1);
    s.offset = 800;
    s.at_ns = other.at_ns;
    struct fragments_result r = add(f, s);
    assert_false(r.complete);
    assert_false(r.has_ports);
    assert_int_equal(r.n_pieces, 1);
    fragments_free(f);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    struct fragments *f = fragments_new();
    struct piece_spec s = {.version = 4, .len = 800, .whole_len = 1600};
    for (s.id = 0; s.id <= FRAGMENTS_DATAGRAMS_MAX; s.id++)
        add(f, s);
    assert_int_equal(fragments_abandoned(f), 1);
    s.offset = 800;
    s.id = 1;
    assert_true(add(f, s).complete);
    s.id = 0;
    assert_false(add(f, s).complete);
    fragments_free(f);
}

static void bytes_are_limited(void **state)
{
    (void)state;
    struct fragments *f = fragments_new();
    struct piece_spec s = {.version = 4, .len = 65000, .whole_len = 65400};
    unsigned room = FRAGMENTS_BYTES_MAX / 65000;
    for (s.id = 0; s.id < room; s.id++)
        add(f, s);
    assert_int_equal(fragments_abandoned(f), 0);
    add(f, s);
    assert_int_equal(fragments_abandoned(f), 1);
    fragments_free(f);
}

static void pieces_are_limited(void **state)
{
    (void)state;
    struct fragments *f = fragments_new();
    struct piece_spec s = {.version = 6, .len = 8, .whole_len = 8 * (FRAGMENTS_PIECES_MAX + 1)};
    for (; s.offset < 8 * FRAGMENTS_PIECES_MAX; s.offset += 8)
        add(f, s);
    assert_int_equal(fragments_abandoned(f), 0);
    assert_false(add(f, s).complete);
    assert_int_equal(fragments_abandoned(f), 1);
    fragments_free(f);
}

static void what_the_snaplen_cut_reads_as_cut(void **state)
{
    (void)state;
    struct fragments *f = fragments_new();
    struct piece_spec s = {.version = 4, .id = 1, .len = 800, .whole_len = 1600};
    add_cut(f, s, 14 + 20 + 100);
    s.offset = 800;
    struct fragments_result r = add(f, s);
    assert_true(r.complete);
    assert_int_equal(r.whole.transport_len, 1600);
    assert_int_equal(r.whole.transport.left, 100);
    assert_int_equal(r.whole.transport.tail, READER_CUT);
    assert_int_equal(r.whole.dst_port, 3389);
    fragments_free(f);
}

/* RFC 8200 section 4.5: a destination options header may stand in the part that is cut up. */
static void ipv6_headers_behind_the_fragment_header_are_walked(void **state)
{
    (void)state;
    static struct build b;
    struct fragments *f = fragments_new();
    struct fragments_result r = {0};
    for (unsigned i = 0; i < 2; i++) {
        b.len = 0;
        put_hex(&b, ETHERNET_IPV6);
        put_ipv6(&b, (struct ip_fields){.len = 8 + 16, .protocol = 44});
        put_hex(&b, i == 0 ? "3c 00 00 01 00 00 00 01" : "3c 00 00 10 00 00 00 01");
        put_hex(&b, i == 0 ? "11 00 01 04 00 00 00 00 c0 00 0d 3d 00 18 00 00"
                           : "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f");
        struct rdpath_frame frame = frame_of(&b, 1);
        struct packet p;
        assert_true(packet_decode(&frame, &p));
        fragments_add(f, &p, &r);
        assert_int_equal(r.complete, i == 1);
    }
    assert_int_equal(r.whole.protocol, IP_UDP);
    assert_int_equal(r.whole.dst_port, 3389);
    assert_int_equal(r.whole.ip_header_len, 48);
    assert_int_equal(r.whole.ip_len, 40 + 32);
    assert_int_equal(r.whole.transport_len, 24);
    fragments_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_together_in_every_order),
        cmocka_unit_test(a_capture_that_holds_frames_twice_changes_nothing),
        cmocka_unit_test(an_identification_used_again_is_a_new_datagram),
        cmocka_unit_test(an_overlap_ends_a_datagram),
        cmocka_unit_test(pieces_that_cannot_be_end_a_datagram),
        cmocka_unit_test(a_hole_stays_and_ages),
        cmocka_unit_test(the_oldest_makes_room),
        cmocka_unit_test(bytes_are_limited),
        cmocka_unit_test(pieces_are_limited),
        cmocka_unit_test(what_the_snaplen_cut_reads_as_cut),
        cmocka_unit_test(ipv6_headers_behind_the_fragment_header_are_walked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
