/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a session behind encryption. A session is written as the plain sizes of its PDUs
 * (with "<" from the server, ">" from the client); the records are made of them here as the
 * specification of each cipher says. The sizes are those of mstsc and Windows Server, of FreeRDP
 * and of xrdp.
 */
#include "tests/unit/phase_play.h"

static void a_healthy_session_is_told_with_every_cipher(void **state)
{
    (void)state;
    for (int i = 0; i < N_SUITES; i++) {
        const struct suite *suite = &suites[i];
        assert_int_equal(told(TLS, suite, WHOLE), RDPATH_STAGE_ACTIVE);
        assert_int_equal(told(HYBRID, suite, NTLM WHOLE), RDPATH_STAGE_ACTIVE);
        assert_int_equal(told(HYBRID_EX, suite, NTLM AUTHORIZED WHOLE), RDPATH_STAGE_ACTIVE);
        assert_int_equal(told(HYBRID_EX, suite, KERBEROS AUTHORIZED WHOLE), RDPATH_STAGE_ACTIVE);
    }
}

/* Each prefix of a session reaches what it reached and no more. */
static void each_phase_is_told_when_it_begins(void **state)
{
    static const struct {
        const char *pdus;
        enum rdpath_stage stage;
    } cases[] = {
        {"", RDPATH_STAGE_TLS_DONE},
        {"> 57 ", RDPATH_STAGE_CREDSSP},
        {NTLM, RDPATH_STAGE_CREDSSP},
        {NTLM AUTHORIZED, RDPATH_STAGE_CREDSSP},
        {NTLM AUTHORIZED "> 462 ", RDPATH_STAGE_MCS},
        {NTLM AUTHORIZED CONNECT ATTACH JOINS, RDPATH_STAGE_MCS},
        {NTLM AUTHORIZED UP_TO_INFO, RDPATH_STAGE_LICENSING},
        {NTLM AUTHORIZED UP_TO_INFO LICENCE CONFIRM, RDPATH_STAGE_LICENSING},
        {NTLM AUTHORIZED UP_TO_INFO LICENCE CONFIRM CLIENT_FINAL, RDPATH_STAGE_LICENSING},
        {NTLM AUTHORIZED UP_TO_INFO LICENCE CONFIRM CLIENT_FINAL "< 36 < 40 < 40 ",
         RDPATH_STAGE_LICENSING},
        {NTLM AUTHORIZED WHOLE, RDPATH_STAGE_ACTIVE},
    };
    (void)state;
    for (int i = 0; i < N_SUITES; i++) {
        for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++)
            assert_int_equal(told(HYBRID_EX, &suites[i], cases[n].pdus), cases[n].stage);
    }
}

/* However a logon is refused, nothing behind CredSSP is told. */
static void a_refused_logon_stops_at_credssp(void **state)
{
    static const char *const refusals[] = {
        "> 57 < 290 > 735 < 15 ",                              /* a TSRequest with an error code */
        "> 57 < 191 > 609 ",                                   /* and then an alert or a FIN */
        "> 57 < 191 > 433 > 35 ", "> 175 < 1351 > 1887 < 15 ", /* Kerberos */
        NTLM AUTHORIZED, /* EarlyUserAuthorizationResult: denied */
    };
    (void)state;
    for (int i = 0; i < N_SUITES; i++) {
        for (size_t n = 0; n < sizeof refusals / sizeof refusals[0]; n++)
            assert_int_equal(told(HYBRID_EX, &suites[i], refusals[n]), RDPATH_STAGE_CREDSSP);
    }
}

static void the_ends_of_credssp_are_known_by_their_size(void **state)
{
    struct stage s;
    (void)state;
    stage_session(&s, HYBRID_EX, &suites[1], "> 57 < 290 > 735 < 15 ");
    assert_int_equal(s.connection.credssp_error.frame, 10); /* six lines before the four */
    assert_int_equal(s.connection.early_result.frame, 0);
    stage_close(&s);
    stage_session(&s, HYBRID_EX, &suites[1], NTLM AUTHORIZED);
    assert_int_equal(s.connection.credssp_error.frame, 0);
    assert_int_equal(s.connection.early_result.frame, 12);
    stage_close(&s);
}

/* xrdp and a FreeRDP server, with a FreeRDP client: other sizes, a licence that is negotiated. */
static void other_stacks_are_told_too(void **state)
{
    static const char xrdp[] =
        "> 467 < 109 > 12 > 8 < 11 > 12 < 15 > 12 < 15 > 351 < 337 > 158 < 34 < 425 > 550 "
        "> 37 > 41 > 41 > 41 < 36 < 40 < 40 < 40 < 7 < 34 ";
    static const char shadow[] =
        "> 93 < 162 > 433 < 95 > 120 > 467 < 118 > 12 > 8 < 11 > 12 < 15 > 12 < 15 > 351 < 35 "
        "< 398 > 556 > 37 > 41 > 41 > 41 < 37 < 41 < 41 < 41 ";
    (void)state;
    for (int i = 0; i < N_SUITES; i++) {
        assert_int_equal(told(TLS, &suites[i], xrdp), RDPATH_STAGE_ACTIVE);
        assert_int_equal(told(HYBRID, &suites[i], shadow), RDPATH_STAGE_ACTIVE);
    }
}

/* A licence exchange whose PDUs are as large as a Confirm Active [MS-RDPELE 1.3.3]. */
#define NEW_LICENCE "< 2100 > 360 < 80 > 310 < 2400 "

static void a_licence_exchange_is_no_session(void **state)
{
    (void)state;
    for (int i = 0; i < N_SUITES; i++) {
        const struct suite *suite = &suites[i];
        assert_int_equal(told(TLS, suite, UP_TO_INFO NEW_LICENCE), RDPATH_STAGE_LICENSING);
        assert_int_equal(told(TLS, suite, UP_TO_INFO NEW_LICENCE LICENCE), RDPATH_STAGE_LICENSING);
        assert_int_equal(told(TLS, suite,
                              UP_TO_INFO NEW_LICENCE LICENCE CONFIRM CLIENT_FINAL SERVER_FINAL),
                         RDPATH_STAGE_ACTIVE);
    }
}

/* A Set Error Info PDU has the size of a Synchronize; then comes the ultimatum. */
static void a_denied_session_is_not_active(void **state)
{
    (void)state;
    for (int i = 0; i < N_SUITES; i++) {
        assert_int_equal(told(TLS, &suites[i], UP_TO_INFO "< 36 < 9 "), RDPATH_STAGE_LICENSING);
        assert_int_equal(told(TLS, &suites[i], UP_TO_INFO LICENCE CONFIRM CLIENT_FINAL "< 36 < 9 "),
                         RDPATH_STAGE_LICENSING);
    }
}

/* Connect-time auto-detection [MS-RDPBCGR 1.3.9]: much data of the server, short answers. */
static void auto_detection_is_no_graphics(void **state)
{
    static const char detection[] = "< 22 > 22 < 22 > 22 < 1060 < 1060 < 1060 < 1060 < 8200 > 30 "
                                    "> 22 < 22 > 50 < 42 < 42 ";
    char pdus[600];
    (void)state;
    for (int i = 0; i < N_SUITES; i++) {
        snprintf(pdus, sizeof pdus, UP_TO_INFO "%s", detection);
        assert_int_equal(told(TLS, &suites[i], pdus), RDPATH_STAGE_LICENSING);
        snprintf(pdus, sizeof pdus, UP_TO_INFO "%s" LICENCE CONFIRM CLIENT_FINAL SERVER_FINAL,
                 detection);
        assert_int_equal(told(TLS, &suites[i], pdus), RDPATH_STAGE_ACTIVE);
    }
}

/* A list of bitmap keys, as large as a Confirm Active, between the client's last two PDUs. */
static void bitmap_keys_do_not_confuse(void **state)
{
    (void)state;
    for (int i = 0; i < N_SUITES; i++)
        assert_int_equal(told(TLS, &suites[i],
                              UP_TO_INFO LICENCE CONFIRM "> 36 > 40 > 40 < 36 < 40 > 1409 > 1409 "
                                                         "< 40 > 36 < 40 "),
                         RDPATH_STAGE_ACTIVE);
}

/* Several PDUs in one record, and channel joins that both sides agreed to skip. */
static void pdus_may_share_a_record(void **state)
{
    (void)state;
    assert_int_equal(told(TLS, &suites[1],
                          CONNECT ATTACH INFO LICENCE CONFIRM CLIENT_FINAL "< 36 < 120 "),
                     RDPATH_STAGE_ACTIVE);
    assert_int_equal(told(TLS, &suites[1], UP_TO_INFO LICENCE CONFIRM "> 156 < 156 "),
                     RDPATH_STAGE_ACTIVE);
    assert_int_equal(told(TLS, &suites[1], UP_TO_INFO LICENCE CONFIRM CLIENT_FINAL "< 116 < 40 "),
                     RDPATH_STAGE_ACTIVE);
}

/* Where the finalization was not recognized, graphics that the client goes along with will do. */
static void graphics_tell_a_session(void **state)
{
    (void)state;
    for (int i = 0; i < N_SUITES; i++)
        assert_int_equal(told(TLS, &suites[i],
                              UP_TO_INFO LICENCE CONFIRM CLIENT_FINAL
                              "< 300 < 9000 < 9000 < 9000 "),
                         RDPATH_STAGE_ACTIVE);
}

/* TLS 1.0 stacks cut one byte off each PDU, against a known attack. */
static void split_records_never_tell_too_much(void **state)
{
    static const char refused[] = "> 1 > 56 < 1 < 289 > 1 > 542 < 1 < 14 ";
    static const char longer[] = "> 1 > 174 < 1 < 1350 > 1 > 1886 < 1 < 226 > 1 > 900 < 1 < 14 ";
    (void)state;
    assert_int_equal(told(HYBRID, &suites[7], refused), RDPATH_STAGE_CREDSSP);
    assert_int_equal(told(HYBRID, &suites[7], longer), RDPATH_STAGE_CREDSSP);
}

/* An alert ends it: what a peer still sends behind it is no session. */
static void nothing_is_told_behind_an_alert(void **state)
{
    struct play p = {0};
    struct stage s;
    (void)state;
    play_negotiate(&p, 3, HYBRID);
    say_handshake(&p, &suites[1]);
    say_pdus(&p, &suites[1], "> 57 < 191 > 609 ");
    play_line(&p, SERVER);
    say_record(&p, 21, 26, 0xa5);
    say_pdus(&p, &suites[1], "> 12 > 8 < 11 > 433 ");
    stage_play_whole(&s, &p);
    assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_CREDSSP);
    assert_int_equal(s.connection.encrypted_alert[SERVER].frame, 10);
    stage_close(&s);
}

/* ---- Standard RDP Security ------------------------------------------------------------------- */

/* [MS-RDPBCGR 2.2.1.3]: TPKT, X.224 data, BER tag 101. */
static void say_connect_initial(struct play *p)
{
    play_line(p, CLIENT);
    play_be(p, 0x0300019c, 4);
    play_be(p, 0x02f0807f, 4);
    play_be(p, 0x6582, 2);
    play_fill(p, 0, 0x19c - 10);
}

/* MCS SendData with a security header: len bytes in all, the length in PER in two bytes. */
static void say_data(struct play *p, enum rdpath_direction direction, uint16_t len,
                     const uint8_t flags[2])
{
    play_line(p, direction);
    play_be(p, 0x0300, 2);
    play_be(p, len, 2);
    play_be(p, 0x02f080, 3);
    play_be(p, direction == CLIENT ? 0x64 : 0x68, 1);
    play_be(p, 0x000103eb, 4);
    play_be(p, 0x70, 1);
    play_be(p, 0x8000u | (len - 15u), 2);
    play_add(p, flags, 2);
    play_fill(p, 0, len - 17u);
}

static const uint8_t exchange_flags[] = {0x01, 0x02};
static const uint8_t info_flags[] = {0x48, 0x00};
static const uint8_t licence_flags[] = {0x80, 0x02};
static const uint8_t encrypted_flags[] = {0x08, 0x08};

static void say_standard(struct play *p)
{
    play_negotiate(p, 0, 0);
    say_connect_initial(p);                    /* frame 3 */
    say_data(p, CLIENT, 94, exchange_flags);   /* 4 */
    say_data(p, CLIENT, 375, info_flags);      /* 5 */
    say_data(p, SERVER, 386, licence_flags);   /* 6 */
    say_data(p, SERVER, 398, encrypted_flags); /* 7: Demand Active */
    say_data(p, CLIENT, 538, encrypted_flags); /* 8: Confirm Active */
    say_data(p, CLIENT, 49, encrypted_flags);  /* 9: Synchronize */
}

static void check_standard(const struct connection *c)
{
    assert_true(c->standard_security);
    assert_false(c->tls.present);
    assert_int_equal(rung_of(c, RDPATH_STAGE_MCS)->frame, 3);
    assert_int_equal(rung_of(c, RDPATH_STAGE_LICENSING)->frame, 5);
    assert_false(rung_of(c, RDPATH_STAGE_LICENSING)->inferred);
}

static void check_fast_path(const struct connection *c)
{
    check_standard(c);
    assert_int_equal(rung_of(c, RDPATH_STAGE_ACTIVE)->frame, 10);
    assert_false(rung_of(c, RDPATH_STAGE_ACTIVE)->inferred);
    assert_int_equal(c->ultimatum[SERVER].frame, 11);
}

/* Output of the server on the fast path [MS-RDPBCGR 2.2.9.1.2], and the end in clear. */
static void fast_path_output_tells_a_session(void **state)
{
    static const uint8_t ultimatum[] = {0x03, 0x00, 0x00, 0x09, 0x02, 0xf0, 0x80, 0x21, 0x80};
    struct play p = {0};
    (void)state;
    say_standard(&p);
    play_line(&p, SERVER);
    play_be(&p, 0xc0812a, 3); /* encrypted, 298 bytes */
    play_fill(&p, 0x33, 295);
    play_say(&p, SERVER, ultimatum, sizeof ultimatum);
    play_in_every_way(&p, check_fast_path);
}

static void check_slow_path(const struct connection *c)
{
    check_standard(c);
    assert_int_equal(rung_of(c, RDPATH_STAGE_ACTIVE)->frame, 13);
}

/* Without it, the sizes of the finalization behind the 12 bytes of the security header. */
static void finalization_tells_a_session_without_tls(void **state)
{
    struct play p = {0};
    (void)state;
    say_standard(&p);
    say_data(&p, SERVER, 48, encrypted_flags);
    for (int i = 0; i < 3; i++)
        say_data(&p, SERVER, 52, encrypted_flags);
    play_in_every_way(&p, check_slow_path);
}

static void check_unfinished(const struct connection *c)
{
    check_standard(c);
    assert_null(rung_of(c, RDPATH_STAGE_ACTIVE));
}

static void licensing_in_clear_is_no_session(void **state)
{
    struct play p = {0};
    (void)state;
    say_standard(&p);
    say_data(&p, SERVER, 42, licence_flags);
    play_in_every_way(&p, check_unfinished);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_session_is_told_with_every_cipher),
        cmocka_unit_test(each_phase_is_told_when_it_begins),
        cmocka_unit_test(a_refused_logon_stops_at_credssp),
        cmocka_unit_test(the_ends_of_credssp_are_known_by_their_size),
        cmocka_unit_test(other_stacks_are_told_too),
        cmocka_unit_test(a_licence_exchange_is_no_session),
        cmocka_unit_test(a_denied_session_is_not_active),
        cmocka_unit_test(auto_detection_is_no_graphics),
        cmocka_unit_test(bitmap_keys_do_not_confuse),
        cmocka_unit_test(pdus_may_share_a_record),
        cmocka_unit_test(graphics_tell_a_session),
        cmocka_unit_test(split_records_never_tell_too_much),
        cmocka_unit_test(nothing_is_told_behind_an_alert),
        cmocka_unit_test(fast_path_output_tells_a_session),
        cmocka_unit_test(finalization_tells_a_session_without_tls),
        cmocka_unit_test(licensing_in_clear_is_no_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
