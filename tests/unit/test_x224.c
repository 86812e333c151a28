/* SPDX-License-Identifier: Apache-2.0 */
/* The X.224 phase: bytes from [MS-RDPBCGR 4.1.1, 4.1.2] and built after 2.2.1.1 and 2.2.1.2. */
#include "tests/unit/dialog_play.h"

/* [MS-RDPBCGR 4.1.1], but for requestedProtocols, which are TLS, CredSSP and its extension here */
static const uint8_t request[] = {0x03, 0x00, 0x00, 0x2c, 0x27, 0xe0, 0x00, 0x00, 0x00, 0x00, 0x00,
                                  0x43, 0x6f, 0x6f, 0x6b, 0x69, 0x65, 0x3a, 0x20, 0x6d, 0x73, 0x74,
                                  0x73, 0x68, 0x61, 0x73, 0x68, 0x3d, 0x65, 0x6c, 0x74, 0x6f, 0x6e,
                                  0x73, 0x0d, 0x0a, 0x01, 0x00, 0x08, 0x00, 0x0b, 0x00, 0x00, 0x00};

/* [MS-RDPBCGR 4.1.2], but for flags and selectedProtocol: EXTENDED_CLIENT_DATA, HYBRID_EX */
static const uint8_t confirm[] = {0x03, 0x00, 0x00, 0x13, 0x0e, 0xd0, 0x00, 0x00, 0x12, 0x34,
                                  0x00, 0x02, 0x01, 0x08, 0x00, 0x08, 0x00, 0x00, 0x00};

static void check_negotiated(const struct connection *c)
{
    assert_true(c->rdp.present);
    assert_true(c->rdp.has_request);
    assert_text(&c->rdp.cookie, "eltons");
    assert_int_equal(c->rdp.requested, 0x0b);
    assert_true(c->rdp.has_response);
    assert_int_equal(c->rdp.selected, 8);
    assert_int_equal(c->rdp.response_flags, 1);
    assert_int_equal(c->rdp.failure, 0);
    assert_false(c->standard_security);
    assert_false(c->not_rdp);
    assert_int_equal(c->n_rungs, 2);
    assert_int_equal(rung_of(c, RDPATH_STAGE_X224_REQUEST)->frame, 1);
    assert_int_equal(rung_of(c, RDPATH_STAGE_X224_CONFIRM)->frame, 2);
    assert_false(c->rungs[1].inferred);
}

static void reads_the_negotiation_in_any_pieces(void **state)
{
    (void)state;
    struct play p = {0};
    play_say(&p, RDPATH_TO_SERVER, request, sizeof request);
    play_say(&p, RDPATH_TO_CLIENT, confirm, sizeof confirm);
    play_in_every_way(&p, check_negotiated);
}

/* [MS-RDPEPS 2.2.1.2]: cbSize 24, flags 0, version 2, id 0, cchPCB 3, "vm" and NUL in UTF-16. */
static void skips_a_preconnection_pdu(void **state)
{
    static const uint8_t pdu[] = {0x18, 0, 0, 0, 0, 0, 0,   0, 2,   0, 0, 0,
                                  0,    0, 0, 0, 3, 0, 'v', 0, 'm', 0, 0, 0};
    (void)state;
    struct play p = {0};
    play_say(&p, RDPATH_TO_SERVER, pdu, sizeof pdu);
    play_add(&p, request, sizeof request);
    play_say(&p, RDPATH_TO_CLIENT, confirm, sizeof confirm);
    play_in_every_way(&p, check_negotiated);
}

static void check_correlated(const struct connection *c)
{
    static const uint8_t id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17};
    assert_true(c->rdp.has_correlation_id);
    assert_memory_equal(c->rdp.correlation_id, id, sizeof id);
    assert_int_equal(c->rdp.request_flags, 0x08);
    assert_text(&c->rdp.routing_token, "3640205228.15629.0000");
    char to[ADDR_TEXT_SIZE]; /* the bytes of 0xd8f91fac and 0x3d0d in reverse */
    addr_format(&c->routed_to, to);
    assert_string_equal(to, "172.31.249.216");
    assert_int_equal(c->routed_port, 3389);
    assert_int_equal(c->rdp.cookie.len, 0);
}

/* A routing token and RDP_NEG_CORRELATION_INFO [MS-RDPBCGR 2.2.1.1.2]. */
static void reads_a_token_and_a_correlation_id(void **state)
{
    static const char token[] = "Cookie: msts=3640205228.15629.0000\r\n";
    static const uint8_t structures[] = {0x01, 0x08, 0x08, 0x00, 0x03, 0,  0,  0, /* RDP_NEG_REQ */
                                         0x06, 0x00, 0x24, 0x00, 1,    2,  3,  4,  5,  6,
                                         7,    8,    9,    10,   11,   12, 14, 15, 16, 17};
    (void)state;
    struct play p = {0};
    uint8_t len = 11 + (sizeof token - 1) + 8 + 36;
    const uint8_t head[] = {0x03, 0x00, 0x00, len, (uint8_t)(len - 5), 0xe0, 0, 0, 0, 0, 0};
    play_say(&p, RDPATH_TO_SERVER, head, sizeof head);
    play_add(&p, token, sizeof token - 1);
    play_add(&p, structures, sizeof structures);
    play_fill(&p, 0, 16); /* reserved */
    play_in_every_way(&p, check_correlated);
}

static void check_refused(const struct connection *c)
{
    assert_int_equal(c->rdp.failure, 5);
    assert_true(c->rdp.has_response);
    assert_non_null(rung_of(c, RDPATH_STAGE_X224_CONFIRM));
}

static void reads_a_failure(void **state)
{
    static const uint8_t failure[] = {0x03, 0x00, 0x00, 0x13, 0x0e, 0xd0, 0, 0, 0, 0,
                                      0x00, 0x03, 0x00, 0x08, 0x00, 5,    0, 0, 0};
    (void)state;
    struct play p = {0};
    play_say(&p, RDPATH_TO_SERVER, request, sizeof request);
    play_say(&p, RDPATH_TO_CLIENT, failure, sizeof failure);
    play_in_every_way(&p, check_refused);
}

static void check_old_confirm(const struct connection *c)
{
    assert_true(c->rdp.has_response);
    assert_int_equal(c->rdp.selected, 0);
    assert_true(c->standard_security);
}

/* A server that knows no negotiation confirms with 11 bytes [MS-RDPBCGR 2.2.1.2]. */
static void an_old_confirm_means_standard_security(void **state)
{
    static const uint8_t old[] = {0x03, 0x00, 0x00, 0x0b, 0x06, 0xd0, 0, 0, 0x12, 0x34, 0};
    (void)state;
    struct play p = {0};
    play_say(&p, RDPATH_TO_SERVER, request, sizeof request);
    play_say(&p, RDPATH_TO_CLIENT, old, sizeof old);
    play_in_every_way(&p, check_old_confirm);
}

static const char *expected_name;

static void check_foreign(const struct connection *c)
{
    assert_true(c->not_rdp);
    assert_int_equal(c->not_rdp_at.frame, 2);
    if (expected_name)
        assert_string_equal(c->not_rdp_what, expected_name);
    else
        assert_null(c->not_rdp_what);
    assert_null(rung_of(c, RDPATH_STAGE_X224_CONFIRM));
}

static void names_what_is_not_rdp(void **state)
{
    static const struct {
        const char *bytes, *name;
    } servers[] = {
        {"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"},
        {"220 mail.example ESMTP\r\n", "FTP or SMTP"},
        {"\x15\x03\x03\x03\x02\x02\x46", "TLS"},
        {"RFB 003.008\n", "VNC"},
        {"\x05\x01", NULL},
        {"hello", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        struct play p = {0};
        play_say(&p, RDPATH_TO_SERVER, request, sizeof request);
        play_say(&p, RDPATH_TO_CLIENT, servers[i].bytes, strlen(servers[i].bytes));
        expected_name = servers[i].name;
        play_in_every_way(&p, check_foreign);
    }
}

static void a_stream_that_was_joined_late_is_not_foreign(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    s.connection.opening.mid_stream = true;
    dialog_bytes(s.dialog, RDPATH_TO_CLIENT, reader_of("SSH-2.0", 7, READER_MORE), moment_of(0));
    assert_false(s.connection.not_rdp);
    stage_close(&s);
    stage_open(&s);
    dialog_gap(s.dialog, RDPATH_TO_CLIENT, 19, moment_of(0));
    dialog_bytes(s.dialog, RDPATH_TO_CLIENT, reader_of("garbage", 7, READER_MORE), moment_of(1));
    assert_false(s.connection.not_rdp);
    stage_close(&s);
}

/* The snaplen cut the request; what is known of it is that it was one. */
static void a_request_that_was_cut_is_still_one(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    dialog_bytes(s.dialog, RDPATH_TO_SERVER, reader_of(request, 30, READER_CUT), moment_of(0));
    dialog_gap(s.dialog, RDPATH_TO_SERVER, sizeof request - 30, moment_of(0));
    assert_non_null(rung_of(&s.connection, RDPATH_STAGE_X224_REQUEST));
    assert_false(s.connection.rdp.has_request);
    assert_int_equal(s.connection.rdp.cookie.len, 0);
    stage_close(&s);
}

static bool is_request(const void *bytes, size_t len, bool strict)
{
    return x224_is_request(reader_of(bytes, len, READER_END), strict);
}

static void recognizes_requests(void **state)
{
    static const uint8_t bare[] = {0x03, 0x00, 0x00, 0x0b, 0x06, 0xe0, 0, 0, 0, 0, 0};
    static const uint8_t negotiating[] = {0x03, 0x00, 0x00, 0x13, 0x0e, 0xe0, 0, 0, 0, 0,
                                          0x00, 0x01, 0x00, 0x08, 0x00, 3,    0, 0, 0};
    (void)state;
    assert_true(is_request(request, sizeof request, true));
    assert_true(is_request(negotiating, sizeof negotiating, true));
    assert_true(is_request(bare, sizeof bare, false));
    assert_false(is_request(bare, sizeof bare, true));
    assert_true(x224_is_request(reader_of(request, 30, READER_CUT), true));
}

/* COTP requests of Siemens S7 (RFC 905 13.3.4: TPDU size and two TSAPs) are TPKT as well. */
static void rejects_what_only_looks_like_a_request(void **state)
{
    static const uint8_t s7[] = {0x03, 0x00, 0x00, 0x16, 0x11, 0xe0, 0x00, 0x00, 0x00, 0x01, 0x00,
                                 0xc1, 0x02, 0x01, 0x00, 0xc2, 0x02, 0x01, 0x02, 0xc0, 0x01, 0x0a};
    uint8_t changed[sizeof request];
    (void)state;
    assert_false(is_request(s7, sizeof s7, true));
    assert_false(is_request(s7, sizeof s7, false));
    assert_false(is_request(confirm, sizeof confirm, false));
    for (size_t i = 0; i < 6; i++) { /* each byte of the TPKT and X.224 header counts */
        memcpy(changed, request, sizeof request);
        changed[i] ^= 0x40;
        assert_false(is_request(changed, sizeof changed, true));
    }
    for (size_t len = 0; len < 11; len++)
        assert_false(is_request(request, len, false));
}

/* As in the example of [MS-RDPBCGR 4.1.3], up to the client's first block. */
static const uint8_t initial[] = {
    0x03, 0x00, 0x01, 0xa0, 0x02, 0xf0, 0x80, 0x7f, 0x65, 0x82, 0x01, 0x94, 0x04, 0x01, 0x01, 0x04,
    0x01, 0x01, 0x01, 0x01, 0xff, 0x30, 0x19, 0x02, 0x01, 0x22, 0x02, 0x01, 0x02, 0x02, 0x01, 0x00,
    0x02, 0x01, 0x01, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01, 0x02, 0x02, 0xff, 0xff, 0x02, 0x01, 0x02,
    0x30, 0x19, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01,
    0x00, 0x02, 0x01, 0x01, 0x02, 0x02, 0x04, 0x20, 0x02, 0x01, 0x02, 0x30, 0x1c, 0x02, 0x02, 0xff,
    0xff, 0x02, 0x02, 0xfc, 0x17, 0x02, 0x02, 0xff, 0xff, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00, 0x02,
    0x01, 0x01, 0x02, 0x02, 0xff, 0xff, 0x02, 0x01, 0x02, 0x04, 0x82, 0x01, 0x33, 0x00, 0x05, 0x00,
    0x14, 0x7c, 0x00, 0x01, 0x81, 0x2a, 0x00, 0x08, 0x00, 0x10, 0x00, 0x01, 0xc0, 0x00, 0x44, 0x75,
    0x63, 0x61, 0x81, 0x1c, 0x01, 0xc0, 0xd8, 0x00};

/* T.120 programs begin so too, without the key of RDP's blocks. */
static void recognizes_a_connect_initial(void **state)
{
    enum { KEY_AT = 126 };
    uint8_t changed[sizeof initial];
    (void)state;
    assert_true(mcs_is_connect_initial(reader_of(initial, sizeof initial, READER_END)));
    for (size_t len = 0; len < KEY_AT + 4; len++)
        assert_false(mcs_is_connect_initial(reader_of(initial, len, READER_END)));
    for (size_t i = 0; i < KEY_AT + 4; i += i == 8 ? KEY_AT - 8 : 1) { /* its head, and the key */
        memcpy(changed, initial, sizeof initial);
        changed[i] ^= i == 2 ? 0x01 : 0x40;
        bool longer = i == 3; /* only the low byte of the length */
        assert_int_equal(mcs_is_connect_initial(reader_of(changed, sizeof changed, READER_END)),
                         longer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_negotiation_in_any_pieces),
        cmocka_unit_test(skips_a_preconnection_pdu),
        cmocka_unit_test(reads_a_token_and_a_correlation_id),
        cmocka_unit_test(reads_a_failure),
        cmocka_unit_test(an_old_confirm_means_standard_security),
        cmocka_unit_test(names_what_is_not_rdp),
        cmocka_unit_test(a_stream_that_was_joined_late_is_not_foreign),
        cmocka_unit_test(a_request_that_was_cut_is_still_one),
        cmocka_unit_test(recognizes_requests),
        cmocka_unit_test(rejects_what_only_looks_like_a_request),
        cmocka_unit_test(recognizes_a_connect_initial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
