/* SPDX-License-Identifier: Apache-2.0 */
/* TCP headers and options, whole, damaged and cut. */
#include "tests/unit/frames.h"

#include "analyze/net/packet.h"

static struct build b;

/* A header of 20 bytes and these options, which must fill 32-bit words, and a payload. */
static struct rdpath_frame segment(const char *options, unsigned payload_len)
{
    static struct build option_bytes;
    option_bytes.len = 0;
    put_hex(&option_bytes, options);
    assert_int_equal(option_bytes.len % 4, 0);
    unsigned n_options = (unsigned)option_bytes.len;
    b.len = 0;
    put_hex(&b, ETHERNET_IPV4);
    put_ipv4(&b, (struct ip_fields){.len = 40 + n_options + payload_len, .protocol = 6});
    put_hex(&b, "c0 00 0d 3d 01 02 03 04 05 06 07 08");
    put8(&b, (5 + n_options / 4) << 4);
    put_hex(&b, "18 20 00 00 00 00 00");
    put_hex(&b, options);
    put_repeated(&b, 0x5a, payload_len);
    return frame_of(&b, 1);
}

static bool decode(const struct rdpath_frame *frame, struct tcp_segment *tcp)
{
    static struct packet p;
    return packet_decode(frame, &p) && tcp_decode(&p, tcp);
}

static void plain_header_is_read(void **state)
{
    (void)state;
    struct rdpath_frame frame = segment("", 3);
    struct tcp_segment tcp;
    memset(&tcp, 0xff, sizeof tcp);
    assert_true(decode(&frame, &tcp));
    assert_int_equal(tcp.seq, 0x01020304);
    assert_int_equal(tcp.ack, 0x05060708);
    assert_int_equal(tcp.flags, TCP_PSH | TCP_ACK);
    assert_int_equal(tcp.window, 0x2000);
    assert_int_equal(tcp.header_len, 20);
    assert_int_equal(tcp.payload_len, 3);
    assert_int_equal(tcp.payload.left, 3);
    assert_int_equal(tcp.payload.tail, READER_END);
    assert_int_equal(reader_u8(&tcp.payload), 0x5a);
    assert_false(tcp.sack_permitted || tcp.has_timestamps || tcp.has_window_scale);
    assert_int_equal(tcp.mss, 0);
    assert_int_equal(tcp.n_sack, 0);
}

static void options_of_a_syn_are_read(void **state)
{
    (void)state;
    struct rdpath_frame frame =
        segment("02 04 05 b4 04 02 08 0a 00 00 10 00 00 00 20 00 01 03 03 07", 0);
    struct tcp_segment tcp;
    assert_true(decode(&frame, &tcp));
    assert_int_equal(tcp.mss, 1460);
    assert_true(tcp.sack_permitted && tcp.has_timestamps && tcp.has_window_scale);
    assert_int_equal(tcp.ts_value, 0x1000);
    assert_int_equal(tcp.ts_echo, 0x2000);
    assert_int_equal(tcp.window_scale, 7);
    assert_int_equal(tcp.header_len, 40);
    assert_int_equal(tcp.payload_len, 0);
}

static void window_scale_is_14_at_most(void **state)
{
    (void)state;
    struct rdpath_frame frame = segment("01 03 03 ff", 0);
    struct tcp_segment tcp;
    assert_true(decode(&frame, &tcp));
    assert_int_equal(tcp.window_scale, 14);
}

static void sack_blocks_are_read(void **state)
{
    (void)state;
    struct tcp_segment tcp;
    struct rdpath_frame frame = segment("01 01 05 12 00 00 00 01 00 00 00 02"
                                        " 00 00 00 03 00 00 00 04",
                                        0);
    assert_true(decode(&frame, &tcp));
    assert_int_equal(tcp.n_sack, 2);
    assert_int_equal(tcp.sack[0].from, 1);
    assert_int_equal(tcp.sack[0].to, 2);
    assert_int_equal(tcp.sack[1].from, 3);
    assert_int_equal(tcp.sack[1].to, 4);

    frame = segment("01 01 05 22 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04"
                    " 00 00 00 05 00 00 00 06 00 00 00 07 00 00 00 08",
                    0);
    assert_true(decode(&frame, &tcp));
    assert_int_equal(tcp.n_sack, 4);
    assert_int_equal(tcp.sack[3].to, 8);
}

static void damaged_options_are_left_out(void **state)
{
    (void)state;
    struct tcp_segment tcp;
    struct rdpath_frame frame = segment("02 03 05 01 05 0b 00 00 00 01 00 00 00 02 00"
                                        " 02 04 05 78 00",
                                        0);
    assert_true(decode(&frame, &tcp)); /* MSS of 3 bytes, SACK of 11, then a good MSS */
    assert_int_equal(tcp.mss, 0x578);
    assert_int_equal(tcp.n_sack, 0);
    frame = segment("02 00 05 b4 02 04 05 b4", 0); /* length 0: what follows cannot be told */
    assert_true(decode(&frame, &tcp));
    assert_int_equal(tcp.mss, 0);
    frame = segment("01 01 08 0a", 8); /* runs into the payload */
    assert_true(decode(&frame, &tcp));
    assert_false(tcp.has_timestamps);
    assert_int_equal(tcp.payload_len, 8);
    frame = segment("01 01 01 02", 0); /* no length */
    assert_true(decode(&frame, &tcp));
    assert_int_equal(tcp.mss, 0);
    frame = segment("00 02 04 05 b4 00 00 00", 0); /* behind the end */
    assert_true(decode(&frame, &tcp));
    assert_int_equal(tcp.mss, 0);
}

static void header_lengths_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct tcp_segment tcp;
    struct rdpath_frame frame = segment("", 12);
    b.bytes[14 + 20 + 12] = 0x40; /* 16 bytes */
    assert_false(decode(&frame, &tcp));
    b.bytes[14 + 20 + 12] = 0x90; /* 36 bytes of 32 */
    assert_false(decode(&frame, &tcp));
    b.bytes[14 + 20 + 12] = 0x80;
    assert_true(decode(&frame, &tcp));
    assert_int_equal(tcp.payload_len, 0);
}

static void cut_at_every_length(void **state)
{
    (void)state;
    struct rdpath_frame whole = segment("02 04 05 b4 01 03 03 07", 10);
    uint32_t needed = 14 + 20 + 20, mss_end = needed + 4, payload_at = needed + 8;
    for (uint32_t n = 0; n < b.len; n++) {
        struct rdpath_frame frame = whole;
        uint8_t *copy = frame_cut(&frame, n);
        struct tcp_segment tcp;
        assert_int_equal(decode(&frame, &tcp), n >= needed);
        if (n >= needed) {
            assert_int_equal(tcp.payload.tail, READER_CUT);
            assert_int_equal(tcp.payload.left, n > payload_at ? n - payload_at : 0);
            assert_int_equal(tcp.payload_len, 10);
            assert_int_equal(tcp.mss, n >= mss_end ? 1460 : 0);
            assert_int_equal(tcp.has_window_scale, n >= mss_end + 4);
        }
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_header_is_read),
        cmocka_unit_test(options_of_a_syn_are_read),
        cmocka_unit_test(window_scale_is_14_at_most),
        cmocka_unit_test(sack_blocks_are_read),
        cmocka_unit_test(damaged_options_are_left_out),
        cmocka_unit_test(header_lengths_that_cannot_be_are_refused),
        cmocka_unit_test(cut_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
