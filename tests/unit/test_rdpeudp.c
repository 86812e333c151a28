/* SPDX-License-Identifier: Apache-2.0 */
/* RDP-UDP 1 and 2: the examples of [MS-RDPEUDP 4], and what Windows was seen to send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/proto/rdpeudp.h"

#include <string.h>

static struct reader bytes_of(const uint8_t *bytes, size_t len)
{
    return reader_of(bytes, len, READER_END);
}

/* 4.1.1: SYN, lossy, with a correlation id; the padding is not needed to read it. */
static void reads_a_syn(void **state)
{
    static const uint8_t syn[48] = {0xff, 0xff, 0xff, 0xff, 0x04, 0x00, 0x0a, 0x01,
                                    0x00, 0x00, 0x00, 0x42, 0x04, 0xd0, 0x04, 0xd0,
                                    1,    2,    3,    4,    5,    6,    7,    8,
                                    9,    10,   11,   12,   14,   15,   16,   17};
    struct rdpeudp u;
    bool answer;
    (void)state;
    assert_true(rdpeudp_read(bytes_of(syn, sizeof syn), &u));
    assert_int_equal(u.flags, RDPEUDP_SYN | RDPEUDP_LOSSY | RDPEUDP_CORRELATION_ID);
    assert_int_equal(u.window, 1024);
    assert_int_equal(u.isn, 0x42);
    assert_int_equal(u.mtu_up, 1232);
    assert_int_equal(u.mtu_down, 1232);
    assert_memory_equal(u.correlation_id, syn + 16, 16);
    assert_int_equal(u.version, 0);
    assert_true(rdpeudp_is_hello(bytes_of(syn, sizeof syn), &answer));
    assert_false(answer);
}

/* 4.1.2: SYN+ACK. */
static void reads_the_answer(void **state)
{
    static const uint8_t syn_ack[] = {0x00, 0x00, 0x00, 0x42, 0x04, 0x00, 0x00, 0x05,
                                      0x00, 0x00, 0x00, 0x42, 0x04, 0xd0, 0x04, 0xd0};
    struct rdpeudp u;
    bool answer;
    (void)state;
    assert_true(rdpeudp_read(bytes_of(syn_ack, sizeof syn_ack), &u));
    assert_int_equal(u.source_ack, 0x42);
    assert_null(u.correlation_id);
    assert_true(rdpeudp_is_hello(bytes_of(syn_ack, sizeof syn_ack), &answer));
    assert_true(answer);
}

/* 2.2.2.9: SYNEX with version 0x0101 and the hash of the cookie, behind the correlation id. */
static void reads_the_version(void **state)
{
    uint8_t syn[86] = {0xff, 0xff, 0xff, 0xff, 0,    64,   0x18, 0x01,
                       0,    0,    0,    1,    0x04, 0xd0, 0x04, 0xd0};
    struct rdpeudp u;
    (void)state;
    memcpy(syn + 48, "\0\1\1\1", 4);
    assert_true(rdpeudp_read(bytes_of(syn, sizeof syn), &u));
    assert_int_equal(u.version, 0x0101);
    assert_true(u.has_cookie_hash);
    assert_true(rdpeudp_read(reader_of(syn, 54, READER_CUT), &u)); /* a snaplen of 96 */
    assert_int_equal(u.version, 0x0101);
    assert_false(u.has_cookie_hash);
    memcpy(syn + 48, "\0\0\1\1", 4); /* the version is not valid */
    assert_true(rdpeudp_read(bytes_of(syn, sizeof syn), &u));
    assert_int_equal(u.version, 0);
}

/* 4.2.1: a source packet; its vector of one byte is padded to four. */
static void reads_a_source_packet(void **state)
{
    static const uint8_t data[] = {0xd6, 0xcf, 0x0a, 0xb8, 0x04, 0x00, 0x00, 0x0c, 0x00,
                                   0x01, 0x04, 0x00, 0xec, 0x47, 0x1a, 0xe4, 0xec, 0x47,
                                   0x1a, 0xe4, 0x17, 0x03, 0x03, 0x00, 0x40};
    struct rdpeudp u;
    (void)state;
    assert_true(rdpeudp_read(bytes_of(data, sizeof data), &u));
    assert_int_equal(u.source_ack, 0xd6cf0ab8);
    assert_int_equal(u.vector.left, 1);
    assert_true(u.has_payload);
    assert_int_equal(u.coded, 0xec471ae4);
    assert_int_equal(u.source, 0xec471ae4);
    assert_int_equal(u.payload.left, 5);
    assert_int_equal(reader_peek(&u.payload), 0x17);
}

/* 4.2.2: an FEC packet over a range of 16. */
static void reads_an_fec_packet(void **state)
{
    static const uint8_t fec[] = {0xd6, 0xcf, 0x0a, 0xcb, 0x04, 0x00, 0x00, 0x1c, 0x00,
                                  0x01, 0x04, 0x00, 0xec, 0x47, 0x1a, 0xfd, 0xec, 0x47,
                                  0x1a, 0xfd, 0x10, 0x01, 0x00, 0x00, 0xaa};
    struct rdpeudp u;
    (void)state;
    assert_true(rdpeudp_read(bytes_of(fec, sizeof fec), &u));
    assert_int_equal(u.fec_range, 16);
    assert_int_equal(u.fec_index, 1);
    assert_int_equal(u.payload.left, 1);
}

/* 4.2.3: with ACK of ACKs between the vector and the source header. */
static void reads_an_ack_of_acks(void **state)
{
    static const uint8_t data[] = {0xd6, 0xcf, 0x0a, 0xb8, 0x04, 0x00, 0x01, 0x0c, 0x00, 0x01,
                                   0x04, 0x00, 0xd6, 0xcf, 0x0a, 0xb8, 0xec, 0x47, 0x1a, 0xe4,
                                   0xec, 0x47, 0x1a, 0xe4, 0x17, 0x03, 0x03, 0x00};
    struct rdpeudp u;
    (void)state;
    assert_true(rdpeudp_read(bytes_of(data, sizeof data), &u));
    assert_true(u.has_reset);
    assert_int_equal(u.reset, 0xd6cf0ab8);
    assert_int_equal(u.source, 0xec471ae4);
    assert_int_equal(u.payload.left, 4);
}

/* Seen: an empty vector is two bytes without padding; one that is padded is read as well. */
static void finds_the_payload_behind_an_empty_vector(void **state)
{
    uint8_t data[] = {0x0f, 0x94, 0xea, 0x0b, 4,    0,    0,    0x0c, 0,    0, 0x0b, 0x12,
                      0x7f, 0x16, 0x0b, 0x12, 0x7f, 0x16, 0x16, 0x03, 0x03, 0, 0};
    static const uint8_t padded[] = {0x0f, 0x94, 0xea, 0x0b, 4,    0,    0,    0x0c, 0,
                                     0,    0,    0,    0x0b, 0x12, 0x7f, 0x16, 0x0b, 0x12,
                                     0x7f, 0x16, 0x16, 0x03, 0x03, 0,    0};
    struct rdpeudp u;
    (void)state;
    assert_true(rdpeudp_read(bytes_of(data, sizeof data), &u));
    assert_int_equal(u.source, 0x0b127f16);
    assert_int_equal(reader_peek(&u.payload), 0x16);
    assert_true(rdpeudp_read(bytes_of(padded, sizeof padded), &u));
    assert_int_equal(u.source, 0x0b127f16);
    assert_int_equal(reader_peek(&u.payload), 0x16);
}

static void check_run(struct rdpeudp_runs *runs, uint32_t from, uint32_t to, bool received)
{
    struct rdpeudp_run run;
    assert_true(rdpeudp_run_next(runs, &run));
    assert_int_equal(run.from, from);
    assert_int_equal(run.to, to);
    assert_int_equal(run.received, received);
}

/* Three received (0x02), one not yet (0xc0), two received (0x01): the newest is source_ack. */
static void unrolls_the_vector_to_its_newest_packet(void **state)
{
    static const uint8_t forward[16] = {0, 0, 0, 106, 4, 0, 0, 4, 0, 3, 0x02, 0xc0, 0x01};
    static const uint8_t backward[] = {0, 0, 0, 106, 4, 0, 0, 4, 0, 2, 0x01, 0xc2};
    struct rdpeudp u;
    struct rdpeudp_run run;
    (void)state;
    assert_false(rdpeudp_read(bytes_of(forward, 13), &u)); /* without its padding */
    assert_true(rdpeudp_read(bytes_of(forward, sizeof forward), &u));
    struct rdpeudp_runs runs = rdpeudp_runs_of(&u);
    check_run(&runs, 101, 103, true);
    check_run(&runs, 104, 104, false);
    check_run(&runs, 105, 106, true);
    assert_false(rdpeudp_run_next(&runs, &run));
    assert_true(rdpeudp_read(bytes_of(backward, sizeof backward), &u));
    runs = rdpeudp_runs_of(&u);
    check_run(&runs, 105, 106, true);
    check_run(&runs, 102, 104, false);
}

static void refuses_what_is_no_hello(void **state)
{
    static const uint8_t dns[] = {0x5a, 0x11, 0x01, 0,   0,   1,   0, 0, 0, 0, 0,
                                  0,    4,    't',  'i', 'm', 'e', 0, 0, 1, 0, 1};
    uint8_t syn[] = {0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0x01, 0, 0, 0, 0x42, 0x04, 0x6b, 0x04, 0xd0};
    bool answer;
    (void)state;
    assert_false(rdpeudp_is_hello(bytes_of(dns, sizeof dns), &answer));
    assert_false(rdpeudp_is_hello(bytes_of(syn, sizeof syn), &answer)); /* an MTU of 1131 */
    syn[13] = 0x6c;
    assert_true(rdpeudp_is_hello(bytes_of(syn, sizeof syn), &answer));
    assert_false(rdpeudp_is_hello(bytes_of(syn, 15), &answer));
    syn[0] = 0;
    assert_false(rdpeudp_is_hello(bytes_of(syn, sizeof syn), &answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_syn),
        cmocka_unit_test(reads_the_answer),
        cmocka_unit_test(reads_the_version),
        cmocka_unit_test(reads_a_source_packet),
        cmocka_unit_test(reads_an_fec_packet),
        cmocka_unit_test(reads_an_ack_of_acks),
        cmocka_unit_test(finds_the_payload_behind_an_empty_vector),
        cmocka_unit_test(unrolls_the_vector_to_its_newest_packet),
        cmocka_unit_test(refuses_what_is_no_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
