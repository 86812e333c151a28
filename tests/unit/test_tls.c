/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS as an observer sees it. The streams are built here after RFC 5246 section 7.4 and RFC 8446
 * section 4; what must come out follows from how they were built.
 */
#include "tests/unit/tls_play.h"

static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static void check_12(const struct connection *c)
{
    assert_true(c->tls.present);
    assert_int_equal(c->tls.version, 0x0303);
    assert_int_equal(c->tls.cipher, 0xc02f);
    assert_int_equal(c->tls.offered_max, 0x0304);
    assert_text(&c->tls.server_name, "rds01");
    assert_true(c->tls.client_hello_whole);
    assert_int_equal(c->client_hello.frame, 3);
    assert_true(c->tls.server_answered);
    assert_true(c->tls.server_flight_whole);
    assert_int_equal(c->tls.n_alerts, 0);
    assert_null(c->tls.certificate);
    assert_rung(c, RDPATH_STAGE_TLS_HELLO, 3, false);
    assert_rung(c, RDPATH_STAGE_TLS_SERVER_FLIGHT, 4, false);
    assert_rung(c, RDPATH_STAGE_TLS_DONE, 6, false);
    assert_int_equal(c->n_rungs, 5);
}

static void follows_a_full_handshake(void **state)
{
    (void)state;
    struct play p = {0};
    say_handshake_12(&p);
    play_in_every_way(&p, check_12);
}

/* All of the server's messages in one record, and then each byte in a record of its own. */
static void messages_need_not_be_records(void **state)
{
    struct play flight = {0}, one = {0}, many = {0};
    uint8_t messages[1200];
    uint32_t len = 0;
    (void)state;
    say_server_flight_12(&flight);
    for (uint32_t at = 0, n; at < flight.len; at += n + 5) {
        n = (uint32_t)(flight.bytes[at + 3] << 8 | flight.bytes[at + 4]);
        memcpy(messages + len, flight.bytes + at + 5, n);
        len += n;
    }
    struct play *plays[] = {&one, &many};
    for (int i = 0; i < 2; i++) {
        uint32_t piece = i == 0 ? len : 1;
        play_negotiate(plays[i], 3, 1);
        say_client_hello(plays[i]);
        play_line(plays[i], SERVER);
        for (uint32_t at = 0; at < len; at += piece) {
            say_record(plays[i], HANDSHAKE, piece);
            play_add(plays[i], messages + at, piece);
        }
        say_client_answer_12(plays[i]);
        play_line(plays[i], SERVER);
        say_change_and_finished(plays[i]);
        struct stage s;
        stage_play_whole(&s, plays[i]);
        check_12(&s.connection);
        stage_close(&s);
    }
}

static void check_nameless(const struct connection *c)
{
    assert_int_equal(c->tls.server_name.len, 0);
    assert_int_equal(c->tls.offered_max, 0x0304); /* what follows the name is read */
}

/* RFC 6066 section 3 defines host_name, 0, and no other type of a name. The empty name that is
   left stands on no bytes at all (found by fuzzing: clang's sanitizer minds NULL + 0). */
static void a_name_of_another_type_is_none(void **state)
{
    (void)state;
    enum { TYPE_AT = 2 + 32 + 1 + 2 + 4 + 2 + 2 + 4 + 2 };
    struct play p = {0};
    struct body hello = client_hello();
    hello.bytes[TYPE_AT] = 1;
    play_negotiate(&p, 3, 1);
    play_line(&p, CLIENT);
    say_message(&p, 1, &hello);
    play_in_every_way(&p, check_nameless);
}

static void check_resumed(const struct connection *c)
{
    assert_true(c->tls.server_flight_whole);
    assert_rung(c, RDPATH_STAGE_TLS_SERVER_FLIGHT, 4, false);
    assert_rung(c, RDPATH_STAGE_TLS_DONE, 5, false);
}

/* RFC 5246 section 7.3, the abbreviated handshake: the server's Finished comes first. */
static void follows_a_resumed_handshake(void **state)
{
    (void)state;
    struct play p = {0};
    struct body hello = server_hello(0x0303, 0xc030, NULL);
    play_negotiate(&p, 3, 1);
    say_client_hello(&p);
    play_line(&p, SERVER);
    say_message(&p, 2, &hello);
    say_change_and_finished(&p);
    play_line(&p, CLIENT);
    say_change_and_finished(&p);
    play_in_every_way(&p, check_resumed);
}

static void check_13(const struct connection *c)
{
    assert_int_equal(c->tls.version, 0x0304);
    assert_int_equal(c->tls.cipher, 0x1301);
    assert_true(c->tls.server_flight_whole);
    assert_rung(c, RDPATH_STAGE_TLS_HELLO, 3, false);
    assert_rung(c, RDPATH_STAGE_TLS_SERVER_FLIGHT, 5, true);
    assert_rung(c, RDPATH_STAGE_TLS_DONE, 5, true);
    assert_int_equal(c->encrypted_records[CLIENT], 1);
    assert_int_equal(c->encrypted_records[SERVER], 2);
    assert_false(c->tls.encrypted_alert);
}

/* In TLS 1.3 the client's first encrypted record is its Finished; 250 bytes are tickets. */
static void follows_tls_13(void **state)
{
    (void)state;
    struct play p = {0};
    say_handshake_13(&p);
    say_opaque(&p, APPLICATION, 53);
    play_line(&p, SERVER);
    say_opaque(&p, APPLICATION, 250);
    say_opaque(&p, APPLICATION, 250);
    play_line(&p, CLIENT);
    say_opaque(&p, APPLICATION, 25);
    play_in_every_way(&p, check_13);
}

static void check_rejected_13(const struct connection *c)
{
    assert_true(c->tls.encrypted_alert);
    assert_int_equal(c->encrypted_alert[CLIENT].frame, 5);
    assert_rung(c, RDPATH_STAGE_TLS_SERVER_FLIGHT, 5, true);
    assert_null(rung_of(c, RDPATH_STAGE_TLS_DONE));
}

/* An alert instead of the Finished: 2 bytes, the inner type, 16 bytes of tag. */
static void a_client_may_reject_the_flight_of_13(void **state)
{
    (void)state;
    struct play p = {0};
    say_handshake_13(&p);
    say_opaque(&p, APPLICATION, 19);
    play_in_every_way(&p, check_rejected_13);
}

static void check_retry(const struct connection *c)
{
    assert_true(c->tls.hello_retry);
    assert_int_equal(c->tls.version, 0x0304);
    assert_int_equal(c->client_hello.frame, 5);
    assert_rung(c, RDPATH_STAGE_TLS_HELLO, 3, false);
    assert_rung(c, RDPATH_STAGE_TLS_DONE, 7, true);
}

/* RFC 8446 section 2.1: both sides may send a ChangeCipherSpec early and go on in clear. */
static void follows_a_hello_retry(void **state)
{
    (void)state;
    struct play p = {0};
    struct body again = client_hello();
    struct body retry = server_hello(0x0304, 0x1301, retry_random);
    struct body hello = server_hello(0x0304, 0x1301, NULL);
    play_negotiate(&p, 1, 1);
    say_client_hello(&p);
    play_line(&p, SERVER);
    say_message(&p, 2, &retry);
    say_record(&p, CCS, 1);
    play_be(&p, 1, 1);
    play_line(&p, CLIENT);
    say_record(&p, CCS, 1);
    play_be(&p, 1, 1);
    say_message(&p, 1, &again);
    play_line(&p, SERVER);
    say_message(&p, 2, &hello);
    say_opaque(&p, APPLICATION, 700);
    play_line(&p, CLIENT);
    say_opaque(&p, APPLICATION, 69);
    play_in_every_way(&p, check_retry);
}

static void check_alert(const struct connection *c)
{
    assert_int_equal(c->tls.n_alerts, 1);
    assert_int_equal(c->tls.alerts[0].level, 2);
    assert_int_equal(c->tls.alerts[0].description, 40);
    assert_int_equal(c->tls.alerts[0].direction, SERVER);
    assert_int_equal(c->tls.alerts[0].frame, 4);
    assert_true(c->tls.server_answered);
    assert_false(c->tls.server_flight_whole);
    assert_int_equal(c->ultimatum[SERVER].frame, 4);
    assert_int_equal(connection_stage(c), RDPATH_STAGE_TLS_HELLO);
}

/* A fatal alert, and behind it in clear the MCS DisconnectProviderUltimatum that xrdp sends. */
static void reads_an_alert_in_clear(void **state)
{
    static const uint8_t ultimatum[] = {0x03, 0x00, 0x00, 0x09, 0x02, 0xf0, 0x80, 0x21, 0x80};
    (void)state;
    struct play p = {0};
    play_negotiate(&p, 1, 1);
    say_client_hello(&p);
    play_line(&p, SERVER);
    say_record(&p, ALERT, 2);
    play_be(&p, 0x0228, 2);
    play_add(&p, ultimatum, sizeof ultimatum);
    play_in_every_way(&p, check_alert);
}

static void check_ultimatum(const struct connection *c)
{
    assert_false(c->tls.server_answered);
    assert_false(c->not_rdp);
    assert_int_equal(c->ultimatum[SERVER].frame, 4);
    assert_int_equal(connection_stage(c), RDPATH_STAGE_TLS_HELLO);
}

static void an_ultimatum_is_no_tls_answer(void **state)
{
    static const uint8_t ultimatum[] = {0x03, 0x00, 0x00, 0x09, 0x02, 0xf0, 0x80, 0x21, 0x80};
    (void)state;
    struct play p = {0};
    play_negotiate(&p, 1, 1);
    say_client_hello(&p);
    play_say(&p, SERVER, ultimatum, sizeof ultimatum);
    play_in_every_way(&p, check_ultimatum);
}

static void check_weak(const struct connection *c)
{
    assert_true(attempt_has(c->attempt, OBS_WEAK_TLS));
}

static void check_strong(const struct connection *c)
{
    assert_false(attempt_has(c->attempt, OBS_WEAK_TLS));
}

static void tells_weak_from_strong(void **state)
{
    static const struct {
        uint16_t version, cipher;
        bool weak;
    } cases[] = {
        {0x0301, 0x002f, true},  /* TLS 1.0 */
        {0x0302, 0xc014, true},  /* TLS 1.1 */
        {0x0303, 0x0005, true},  /* TLS_RSA_WITH_RC4_128_SHA */
        {0x0303, 0x000a, true},  /* TLS_RSA_WITH_3DES_EDE_CBC_SHA */
        {0x0303, 0xc030, false}, /* TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 */
        {0x0304, 0x1302, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct play p = {0};
        struct stage s;
        struct body hello = server_hello(cases[i].version, cases[i].cipher, NULL);
        play_negotiate(&p, 1, 1);
        say_client_hello(&p);
        play_line(&p, SERVER);
        say_message(&p, 2, &hello);
        stage_play_whole(&s, &p);
        (cases[i].weak ? check_weak : check_strong)(&s.connection);
        stage_close(&s);
    }
}

static void check_direct(const struct connection *c)
{
    assert_false(c->rdp.present);
    assert_false(c->not_rdp);
    assert_true(c->tls.server_flight_whole);
    assert_int_equal(connection_stage(c), RDPATH_STAGE_TLS_DONE);
}

/* TLS without X.224 before it, as to a gateway: nothing is told of a session inside. */
static void tls_may_come_directly(void **state)
{
    (void)state;
    struct play p = {0};
    say_client_hello(&p);
    say_server_flight_12(&p);
    say_client_answer_12(&p);
    play_line(&p, SERVER);
    say_change_and_finished(&p);
    play_line(&p, CLIENT);
    say_opaque(&p, APPLICATION, 36);
    say_opaque(&p, APPLICATION, 32);
    play_in_every_way(&p, check_direct);
}

/* A message longer than any is not waited for, and one that lies about its inside is not read. */
static void hostile_lengths_are_harmless(void **state)
{
    struct body hello = client_hello();
    (void)state;
    for (uint32_t i = 0; i < hello.len; i++) {
        for (int value = 0; value < 256; value += 51) {
            struct body changed = hello;
            struct play p = {0};
            struct stage s;
            changed.bytes[i] = (uint8_t)value;
            play_line(&p, CLIENT);
            say_message(&p, 1, &changed);
            stage_play_whole(&s, &p);
            assert_true(s.connection.tls.client_hello_whole);
            stage_close(&s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_a_full_handshake),
        cmocka_unit_test(a_name_of_another_type_is_none),
        cmocka_unit_test(messages_need_not_be_records),
        cmocka_unit_test(follows_a_resumed_handshake),
        cmocka_unit_test(follows_tls_13),
        cmocka_unit_test(a_client_may_reject_the_flight_of_13),
        cmocka_unit_test(follows_a_hello_retry),
        cmocka_unit_test(reads_an_alert_in_clear),
        cmocka_unit_test(an_ultimatum_is_no_tls_answer),
        cmocka_unit_test(tells_weak_from_strong),
        cmocka_unit_test(tls_may_come_directly),
        cmocka_unit_test(hostile_lengths_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
