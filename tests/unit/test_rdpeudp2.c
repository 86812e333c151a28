/* SPDX-License-Identifier: Apache-2.0 */
/* RDPUDP2: bytes after [MS-RDPEUDP2 2.2.1], swapped as 3.1.1.1.5 says; the first ones as seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/proto/rdpeudp2.h"

static bool read_bytes(const uint8_t *bytes, size_t len, struct rdpeudp2 *u)
{
    return rdpeudp2_read(reader_of(bytes, len, READER_END), 0, u);
}

/* A client's first data: DelayAckInfo 1 in 500 ms, AckOfAcks 100, datagram 100, channel 1. */
static void reads_the_first_data(void **state)
{
    static const uint8_t wire[] = {0x00, 0x14, 0xc1, 0x01, 0xf4, 0x01, 0x64, 0xe0,
                                   0x64, 0x00, 0x01, 0x00, 0x16, 0x03, 0x03};
    struct rdpeudp2 u;
    (void)state;
    assert_true(read_bytes(wire, sizeof wire, &u));
    assert_false(u.dummy);
    assert_int_equal(u.flags, RDPEUDP2_DELAYACK | RDPEUDP2_AOA | RDPEUDP2_DATA);
    assert_int_equal(u.log_window, 12);
    assert_int_equal(u.delay_max, 1);
    assert_int_equal(u.delay_ms, 500);
    assert_int_equal(u.oldest, 100);
    assert_int_equal(u.seq, 100);
    assert_true(u.has_payload);
    assert_int_equal(u.channel_seq, 1);
    assert_int_equal(u.payload.left, 3);
    assert_int_equal(reader_peek(&u.payload), 0x16);
}

/* The server's: ACK of 100 with no delayed ones, overhead 10, then as above. */
static void reads_an_acknowledgement(void **state)
{
    static const uint8_t wire[] = {0x00, 0x55, 0xc1, 0x64, 0x00, 0x03, 0x01, 0xe0, 0x01, 0x00, 0x0a,
                                   0x01, 0xf4, 0x01, 0x64, 0x00, 0x64, 0x00, 0x01, 0x00, 0x16};
    struct rdpeudp2 u;
    (void)state;
    assert_true(read_bytes(wire, sizeof wire, &u));
    assert_int_equal(u.ack_seq, 100);
    assert_int_equal(u.n_delayed, 0);
    assert_int_equal(u.overhead, 10);
    assert_int_equal(u.seq, 100);
    assert_int_equal(u.payload.left, 1);
}

/* A dummy has a number and no channel. */
static void reads_a_dummy(void **state)
{
    uint8_t wire[1007] = {0x00, 0x14, 0xc0, 0x64, 0x00, 0x65, 0x00, 0xf0};
    struct rdpeudp2 u;
    (void)state;
    assert_true(read_bytes(wire, sizeof wire, &u));
    assert_true(u.dummy);
    assert_int_equal(u.seq, 101);
    assert_false(u.has_payload);
}

/*
 * Bytes of payload may stand before the eighth on the wire: prefix, header (DATA), number 7,
 * channel 9, payload "abcd"; "a" and the prefix have changed places.
 */
static void puts_swapped_payload_back(void **state)
{
    static const uint8_t wire[] = {'a', 0x04, 0x00, 7, 0, 9, 0, 0xe0, 'b', 'c', 'd'};
    struct rdpeudp2 u;
    (void)state;
    assert_true(read_bytes(wire, sizeof wire, &u));
    assert_int_equal(u.seq, 7);
    assert_int_equal(u.channel_seq, 9);
    assert_int_equal(u.payload.left, 4);
    assert_int_equal(reader_peek(&u.payload), 'a');
}

/* 2.2.1.3: a packet of 3 bytes behind its prefix is filled up to 7. */
static void drops_the_filler_of_a_short_packet(void **state)
{
    static const uint8_t wire[] = {0, 0x40, 0xc0, 0x0a, 0, 0, 0, 3 << 5};
    struct rdpeudp2 u;
    (void)state;
    assert_true(read_bytes(wire, sizeof wire, &u));
    assert_int_equal(u.flags, RDPEUDP2_OVERHEAD);
    assert_int_equal(u.overhead, 10);
}

/*
 * ACKVEC without a time: base 1000; a map of 1001, 1003 and 1006 received (bits 1, 3, 6); a run of
 * three missing; a run of two received. The byte of the former has changed places with the prefix.
 */
static void unrolls_the_vector(void **state)
{
    static const uint8_t sent[] = {0x83, 0x08, 0xc0, 0xe8, 0x03, 0x03, 0x4a, 0xe0, 0xc2};
    struct rdpeudp2 u;
    struct rdpeudp2_run run;
    (void)state;
    assert_true(read_bytes(sent, sizeof sent, &u));
    assert_int_equal(u.vector_base, 1000);
    uint16_t next = u.vector_base;
    assert_true(rdpeudp2_run_next(&u.vector, &next, &run));
    assert_int_equal(run.from, 1000);
    assert_int_equal(run.len, 7);
    assert_int_equal(run.received, 0x4a);
    assert_true(rdpeudp2_run_next(&u.vector, &next, &run));
    assert_int_equal(run.from, 1007);
    assert_int_equal(run.len, 3);
    assert_int_equal(run.received, 0);
    assert_true(rdpeudp2_run_next(&u.vector, &next, &run));
    assert_int_equal(run.from, 1010);
    assert_int_equal(run.len, 2);
    assert_int_equal(run.received, 3);
    assert_false(rdpeudp2_run_next(&u.vector, &next, &run));
}

static void refuses_what_it_is_not(void **state)
{
    uint8_t wire[] = {0x00, 0x14, 0xc0, 0x64, 0x00, 0x65, 0x00, 0xe0, 1, 0};
    struct rdpeudp2 u;
    (void)state;
    assert_true(read_bytes(wire, sizeof wire, &u));
    assert_false(read_bytes(wire, 7, &u));
    wire[7] = 0xe1; /* the reserved bit: SYN of version 1 */
    assert_false(read_bytes(wire, sizeof wire, &u));
    wire[7] = 0xe4; /* a type that there is not */
    assert_false(read_bytes(wire, sizeof wire, &u));
    wire[7] = 0xe0;
    wire[1] = 0x09; /* ACK and ACKVEC, 2.2.1.1 */
    assert_false(read_bytes(wire, sizeof wire, &u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_first_data),
        cmocka_unit_test(reads_an_acknowledgement),
        cmocka_unit_test(reads_a_dummy),
        cmocka_unit_test(puts_swapped_payload_back),
        cmocka_unit_test(drops_the_filler_of_a_short_packet),
        cmocka_unit_test(unrolls_the_vector),
        cmocka_unit_test(refuses_what_it_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
