/* SPDX-License-Identifier: Apache-2.0 */
/* What a probe was told without packets: a server's flight out of its bytes, and packets made of
   what both ends said. */
#include "frames.h"

#include "capture/probe_flight.h"
#include "capture/probe_packet.h"
#include "capture/probe_retold.h"

#include <stdlib.h>

/* ---- flights --------------------------------------------------------------------------------- */

/* Fed in pieces of that many bytes. */
static struct probe_flight flight(const char *hex, size_t piece)
{
    struct build b = {.len = 0};
    struct probe_flight f = {0};
    put_hex(&b, hex);
    for (size_t at = 0; at < b.len; at += piece)
        flight_take(&f, b.bytes + at, b.len - at < piece ? b.len - at : piece);
    assert_int_equal(f.len, b.len);
    return f;
}

/* RFC 5246, 6.2.1 and 7.4: ServerHello (its body cut short) and ServerHelloDone. */
#define HELLO "16 03 03 00 06  02 00 00 02 03 03 "
#define DONE "16 03 03 00 04  0e 00 00 00 "

static void a_flight_is_whole_with_its_last_message(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 24; piece++) {
        assert_false(flight(HELLO, piece).whole);
        assert_true(flight(HELLO DONE, piece).whole);
        assert_false(flight(HELLO "16 03 03 00 04  0e 00 00", piece).whole);
        assert_true(flight("16 03 03 00 0a  02 00 00 02 03 03  0e 00 00 00", piece).whole);
        assert_false(flight("16 03 03 00 0a  02 00 00 06 0e 00 00 00  00 00", piece).whole);
        assert_true(flight("15 03 03 00 02  02 28", piece).whole);                /* an alert */
        assert_true(flight(HELLO "17 03 03 00 03  aa bb cc", piece).whole);       /* TLS 1.3 */
        assert_false(flight(HELLO "17 03 03 00 04  aa bb cc", piece).whole);      /* cut off */
        assert_false(flight(HELLO "14 03 03 00 01  01", piece).whole);            /* TLS 1.3 */
        assert_true(flight("16 03 03 00 00 15 03 03 00 02  02 28", piece).whole); /* an empty one */
    }
}

/* ---- packets --------------------------------------------------------------------------------- */

static struct addr address(const char *text)
{
    struct addr a;
    assert_true(addr_parse(text, &a));
    return a;
}

static struct probe_packet packet(const struct probe_retold *r, uint32_t n)
{
    struct rdpath_frame frame;
    struct probe_packet p;
    assert_true(retold_frame(r, n, &frame));
    assert_int_equal(frame.number, n + 1);
    assert_int_equal(frame.captured_len, frame.wire_len);
    assert_true(probe_packet_read(&p, &frame));
    return p;
}

static void check_connection(const char *here, const char *there)
{
    static uint8_t said[3000];
    struct addr from = address(here), to = address(there);
    struct probe_retold *r = retold_open(&from, &to, 3389);
    struct rdpath_frame frame;
    memset(said, 7, sizeof said);
    retold_connection(r, &(struct retold_piece){.own_port = 50000, .ts_ns = 5});
    retold_said(r, &(struct retold_piece){50000, true, 6, said, 19});
    retold_said(r, &(struct retold_piece){50000, false, 7, said, sizeof said});
    retold_said(r, &(struct retold_piece){50001, true, 8, said, 19}); /* never began */
    struct probe_packet syn = packet(r, 0), both = packet(r, 1), request = packet(r, 2);
    assert_int_equal(syn.flags & PROBE_TCP_SYN, PROBE_TCP_SYN);
    assert_true(addr_equal(&syn.flow.from, &from) && addr_equal(&both.flow.from, &to));
    assert_int_equal(both.ack, syn.flow.number + 1);
    assert_int_equal(request.flow.number, syn.flow.number + 1);
    assert_int_equal(request.payload_len, 19);
    assert_int_equal(request.flow.to_port, 3389);
    uint32_t n = 3, next = both.flow.number + 1;
    for (uint32_t len = 0; len < sizeof said; n++) {
        struct probe_packet p = packet(r, n);
        assert_int_equal(p.flow.number, next);
        assert_int_equal(p.ack, request.flow.number + 19);
        assert_int_equal(p.ts_ns, 7);
        assert_memory_equal(p.payload, said, p.payload_len);
        next += p.payload_len;
        len += p.payload_len;
    }
    assert_false(retold_frame(r, n, &frame));
    retold_close(r);
}

static void a_connection_is_told_in_order(void **state)
{
    (void)state;
    check_connection("10.77.1.2", "10.77.3.2");
    check_connection("fd77:1::2", "fd77:3::2");
}

static void a_datagram_keeps_its_length(void **state)
{
    static const uint8_t said[1232] = {1};
    struct addr from = address("10.77.1.2"), to = address("10.77.3.2");
    struct probe_retold *r = retold_open(&from, &to, 3389);
    (void)state;
    retold_datagram(r, &(struct retold_piece){50000, false, 1, said, sizeof said});
    struct probe_packet p = packet(r, 0);
    assert_int_equal(p.kind, PROBE_PACKET_UDP);
    assert_int_equal(p.payload_len, sizeof said);
    assert_int_equal(p.flow.ip_len, 20 + 8 + sizeof said);
    retold_close(r);
}

static void what_is_too_much_is_left_out(void **state)
{
    static const uint8_t said[60000];
    struct addr from = address("10.77.1.2"), to = address("10.77.3.2");
    struct probe_retold *r = retold_open(&from, &to, 3389);
    struct rdpath_frame frame;
    uint32_t n = 0;
    (void)state;
    for (uint16_t port = 0; port < 300; port++) {
        retold_connection(r, &(struct retold_piece){.own_port = port});
        retold_said(r, &(struct retold_piece){port, true, 0, said, sizeof said});
    }
    while (retold_frame(r, n, &frame))
        n++;
    assert_true(n > 1000 && n <= 2000);
    retold_close(r);
    retold_said(NULL, &(struct retold_piece){0, true, 0, said, 1}); /* nobody asks */
    assert_false(retold_frame(NULL, 0, &frame));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flight_is_whole_with_its_last_message),
        cmocka_unit_test(a_connection_is_told_in_order),
        cmocka_unit_test(a_datagram_keeps_its_length),
        cmocka_unit_test(what_is_too_much_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
