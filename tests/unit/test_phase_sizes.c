/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phases behind encryption, from the sizes on the wire that were measured on real sessions:
 * what each fixed PDU becomes under each cipher family, what tells NTLM from Kerberos, which
 * records an inference cites, and what must never be taken for a session.
 */
#include "tests/unit/phase_play.h"

/* Record sizes with their five bytes of header. Under 1.2 GCM they were seen, under 1.0 CBC too. */
static const struct {
    uint16_t version, cipher;
    uint32_t wire[7]; /* of 4, 8, 11, 12, 15, 34 and 59 plain bytes */
} families[] = {
    {0x0303, 0xc030, {33, 37, 40, 41, 44, 63, 88}},
    {0x0304, 0x1302, {26, 30, 33, 34, 37, 56, 81}},
    {0x0303, 0xcca8, {25, 29, 32, 33, 36, 55, 80}},
    {0x0303, 0xc014, {53, 53, 53, 69, 69, 85, 101}},
    {0x0303, 0x003d, {69, 69, 69, 69, 69, 101, 117}},
    {0x0303, 0xc028, {85, 85, 85, 85, 85, 117, 133}},
    {0x0301, 0x002f, {37, 37, 37, 53, 53, 69, 85}},
};
enum { N_FAMILIES = sizeof families / sizeof families[0] };
static const uint32_t plains[7] = {4, 8, 11, 12, 15, 34, 59};

static const struct suite *suite_of(int family)
{
    for (int i = 0; i < N_SUITES; i++) {
        if (suites[i].version == families[family].version &&
            suites[i].cipher == families[family].cipher)
            return &suites[i];
    }
    fail_msg("family %d has no suite", family);
    return NULL;
}

static void the_records_here_have_the_sizes_that_were_seen(void **state)
{
    (void)state;
    for (int f = 0; f < N_FAMILIES; f++) {
        for (int i = 0; i < 7; i++)
            assert_int_equal(record_len(suite_of(f), plains[i]) + 5, families[f].wire[i]);
    }
}

/* ---- NTLM and Kerberos ----------------------------------------------------------------------- */

static void check_logon(const char *pdus, enum logon_method wanted)
{
    for (int f = 0; f < N_FAMILIES; f++) {
        struct stage s;
        stage_session(&s, HYBRID_EX, suite_of(f), pdus);
        assert_int_equal(s.connection.logon, wanted);
        stage_close(&s);
    }
}

static void the_logon_is_told(void **state)
{
    (void)state;
    check_logon("> 57 < 191 > 543 ", LOGON_NTLM);
    check_logon("> 57 < 295 > 735 < 59 > 183 ", LOGON_NTLM);
    check_logon("> 57 < 290 > 609 < 15 ", LOGON_NTLM); /* refused */
    check_logon("> 93 < 162 > 433 ", LOGON_NTLM);      /* FreeRDP: SPNEGO around it */
    check_logon("> 57 < 320 > 980 ", LOGON_NTLM);      /* with the whole public key [version 2] */
    check_logon("> 175 < 1351 > 1887 < 227 > 191 < 103 > 183 ", LOGON_KERBEROS);
    check_logon("> 175 < 1351 > 2055 < 15 ", LOGON_KERBEROS); /* a smart card, refused */
    check_logon("> 1887 < 227 > 191 ", LOGON_KERBEROS);       /* without asking for a ticket */
    check_logon("> 57 ", LOGON_NOT_TOLD);
    check_logon("> 57 < 290 ", LOGON_NOT_TOLD);
    check_logon("> 175 < 290 > 600 ", LOGON_NOT_TOLD);
    check_logon("> 57 < 15 > 543 ", LOGON_NOT_TOLD); /* an error is no challenge */
}

/* ---- what an inference cites ----------------------------------------------------------------- */

static void check_rests_on(const struct connection *c, enum rdpath_stage stage,
                           const rdpath_ref frames[3])
{
    for (uint32_t i = 0; i < c->n_rungs; i++) {
        if (c->rungs[i].stage != stage)
            continue;
        assert_true(c->rungs[i].inferred);
        assert_int_equal(c->beside[i][0], frames[0]);
        assert_int_equal(c->beside[i][1], frames[1]);
        assert_int_equal(c->rungs[i].frame, frames[2]);
        return;
    }
    fail_msg("%s was not reached", rdpath_stage_name(stage));
}

/* Frames count the lines of the play: six of negotiation and handshake come before. */
static void an_inference_cites_its_records(void **state)
{
    static const rdpath_ref logon[] = {0, 0, 7};
    static const rdpath_ref connect[] = {12, 0, 13};    /* the authorization, the Connect Initial */
    static const rdpath_ref info[] = {15, 16, 26};      /* Erect Domain, Attach User, Client Info */
    static const rdpath_ref finalized[] = {29, 34, 37}; /* Confirm Active, Synchronize, Font Map */
    (void)state;
    for (int f = 0; f < N_FAMILIES; f++) {
        struct stage s;
        stage_session(&s, HYBRID_EX, suite_of(f), NTLM AUTHORIZED WHOLE);
        check_rests_on(&s.connection, RDPATH_STAGE_CREDSSP, logon);
        check_rests_on(&s.connection, RDPATH_STAGE_MCS, connect);
        check_rests_on(&s.connection, RDPATH_STAGE_LICENSING, info);
        check_rests_on(&s.connection, RDPATH_STAGE_ACTIVE, finalized);
        assert_int_equal(s.connection.logon_frames[0], 7);
        assert_int_equal(s.connection.logon_frames[2], 9);
        stage_close(&s);
    }
}

/* ---- how an attempt ends --------------------------------------------------------------------- */

/* A failed logon, a denied authorization and an end behind the Client Info are three things. */
static void three_ends_are_told_apart(void **state)
{
    (void)state;
    for (int f = 0; f < N_FAMILIES; f++) {
        struct stage s;
        stage_session(&s, HYBRID_EX, suite_of(f), "> 175 < 1351 > 1887 < 15 ");
        assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_CREDSSP);
        assert_int_equal(s.connection.credssp_error.frame, 10);
        stage_close(&s);
        stage_session(&s, HYBRID_EX, suite_of(f), KERBEROS AUTHORIZED);
        assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_CREDSSP);
        assert_int_equal(s.connection.early_result.frame, 14);
        stage_close(&s);
        stage_session(&s, HYBRID_EX, suite_of(f), KERBEROS AUTHORIZED UP_TO_INFO);
        assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_LICENSING);
        stage_close(&s);
    }
}

/* ---- what is no session ---------------------------------------------------------------------- */

static void other_protocols_are_no_session(void **state)
{
    static const char *const others[] = {
        /* HTTP/1.1: requests, pages */
        "> 517 < 1400 < 8000 < 4000 > 480 < 310 > 455 < 2000 < 700 ",
        /* HTTP/2: preface and settings, window updates, acknowledgements, headers, data */
        "> 24 > 63 > 13 < 40 < 9 < 13 > 9 > 312 < 180 < 4096 < 4096 > 13 > 40 < 9000 < 1500 ",
        /* mail: short lines, then a long one */
        "> 10 < 200 > 12 < 18 > 30 < 14 > 40 < 14 > 6 < 37 > 9000 < 30 > 6 < 15 ",
        /* a shell */
        "> 36 < 36 > 36 < 52 > 36 < 36 > 36 < 900 > 36 < 1400 < 1400 < 1400 > 36 < 36 ",
        /* the two PDUs of MCS without their answer */
        "> 462 < 126 > 12 > 8 < 300 > 433 > 611 > 40 < 36 < 40 < 40 < 40 < 8000 > 40 > 40 > 40 ",
        /* a server that speaks alone */
        "< 126 < 11 < 15 < 34 < 472 < 36 < 40 < 40 < 40 < 9000 < 9000 ",
        /* a client that speaks alone */
        "> 462 > 12 > 8 > 12 > 12 > 433 > 611 > 36 > 40 > 40 > 40 > 500 > 500 ",
    };
    (void)state;
    for (int i = 0; i < N_SUITES; i++) {
        for (size_t n = 0; n < sizeof others / sizeof others[0]; n++) {
            assert_true(told(TLS, &suites[i], others[n]) < RDPATH_STAGE_ACTIVE);
            assert_true(told(HYBRID, &suites[i], others[n]) < RDPATH_STAGE_ACTIVE);
        }
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Records of any size in any order. Small ones are many only where a cipher shows each byte: of a
   block's sixteen sizes none can be told from another. */
static void noise_is_no_session(void **state)
{
    char pdus[1024];
    uint32_t seed = 20260105;
    (void)state;
    for (int round = 0; round < 1000; round++) {
        int len = 0;
        uint32_t small = suites[round % N_SUITES].block ? 0 : 2;
        for (int i = 0; i < 40; i++) {
            uint32_t kind = next_random(&seed);
            len += snprintf(pdus + len, sizeof pdus - (size_t)len, "%c %u ", kind & 1 ? '>' : '<',
                            next_random(&seed) % (kind & small ? 80 : 1000) + 1);
        }
        assert_true(told(TLS, &suites[round % N_SUITES], pdus) < RDPATH_STAGE_ACTIVE);
        assert_true(told(HYBRID, &suites[round % N_SUITES], pdus) < RDPATH_STAGE_ACTIVE);
    }
}

/* Where the capture holds frames in another order than they were sent, a session stays one. */
static void an_answer_recorded_too_early_does_no_harm(void **state)
{
    (void)state;
    for (int i = 0; i < N_SUITES; i++)
        assert_int_equal(told(TLS, &suites[i],
                              CONNECT "> 12 > 8 > 12 < 11 < 15 > 12 < 15 " INFO LICENCE CONFIRM
                                  CLIENT_FINAL SERVER_FINAL),
                         RDPATH_STAGE_ACTIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_records_here_have_the_sizes_that_were_seen),
        cmocka_unit_test(the_logon_is_told),
        cmocka_unit_test(an_inference_cites_its_records),
        cmocka_unit_test(three_ends_are_told_apart),
        cmocka_unit_test(other_protocols_are_no_session),
        cmocka_unit_test(noise_is_no_session),
        cmocka_unit_test(an_answer_recorded_too_early_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
