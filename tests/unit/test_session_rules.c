/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The causes that a session in plain names itself, from its bytes to the answer (contract 3):
 * credentials-rejected, not-authorized, licensing-failed, server-denied, and what must not become
 * one of them.
 */
#include "tests/unit/attempt_play.h"
#include "tests/unit/credssp_play.h"

#include "analyze/rules/judge.h"
#include "analyze/rules/rule.h"

/* A connection whose TLS is done, which hears the play, and which somebody closes behind it. */
static const struct rdpath_attempt *judged(struct played *p, const struct play *play, int closer)
{
    struct stage s = {.inner = inner_new(&p->connections[0], play->begin)};
    p->connections[0].rdp =
        (struct rdpath_rdp){.present = true, .has_response = true, .requested = 0xb, .selected = 8};
    stage_play(&s, play, PLAY_MAX, PLAY_MAX);
    inner_free(s.inner);
    p->connections[0].fin[closer] = at_second(2, 99);
    attempt_conclude(&p->attempt);
    judge_attempt(&p->attempt);
    return &p->attempt.result;
}

static void assert_cause(const struct rdpath_attempt *r, const char *id,
                         enum rdpath_confidence confidence)
{
    assert_string_equal(r->cause.id, id);
    assert_int_equal(r->cause.confidence, confidence);
}

static bool is_ruled_out(const struct rdpath_attempt *r, const char *id)
{
    for (uint32_t i = 0; i < r->n_ruled_out; i++) {
        if (strcmp(r->ruled_out[i].id, id) == 0)
            return true;
    }
    return false;
}

static void say_error(struct play *p, uint32_t code)
{
    struct bytes b = {.len = 0};
    bytes_hex(&b, "30 0d a0 03 02 01 06 a4 06 02 04");
    bytes_be(&b, code, 4);
    play_say(p, DOWN, b.at, b.len);
}

static void say_logon(struct play *p)
{
    struct bytes token = ntlm_negotiate();
    say_request(p, UP, &token, NULL);
    token = ntlm_challenge();
    say_request(p, DOWN, &token, NULL);
    token = ntlm_authenticate();
    say_request(p, UP, &token, NULL);
}

static void an_error_of_credssp_is_named(void **state)
{
    (void)state;
    static const struct {
        uint32_t code;
        const char *name, *first_advice;
    } rows[] = {
        {0xc000006d, "STATUS_LOGON_FAILURE", "Read the failed logon"},
        {0x80090324, "SEC_E_TIME_SKEW", "Compare the clocks"},
        {0x80090302, "SEC_E_UNSUPPORTED_FUNCTION", "Connect by the server's full name"},
        {0xc000018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE", "See whether the server reaches"},
        {0xc0001234, "0xc0001234", "Read the failed logon"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct played *p = played_new(RDPATH_STAGE_TLS_DONE);
        struct play play = {.plain = true, .begin = INNER_CREDSSP};
        say_logon(&play);
        say_error(&play, rows[i].code);
        const struct rdpath_attempt *r = judged(p, &play, UP);
        assert_cause(r, "credentials-rejected", RDPATH_CONFIRMED);
        assert_non_null(strstr(r->cause.summary, rows[i].name));
        assert_int_equal(r->cause.frames.ref[0], 4);
        assert_non_null(strstr(r->findings[0].advice[0].title, rows[i].first_advice));
        assert_int_equal(r->outcome, RDPATH_FAILED);
        played_free(p);
    }
}

static void a_denied_authorization_is_no_wrong_password(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_DONE);
    struct play play = {.plain = true, .begin = INNER_CREDSSP};
    say_nla(&play);
    play_say(&play, DOWN, "\5\0\0\0", 4);
    const struct rdpath_attempt *r = judged(p, &play, DOWN);
    assert_cause(r, "not-authorized", RDPATH_CONFIRMED);
    assert_int_equal(r->cause.frames.ref[0], 6);
    assert_true(is_ruled_out(r, "credentials-rejected"));
    played_free(p);
}

/* The result was read, and it is no denial: who closed then is all that is known. */
static void a_granted_authorization_accuses_nobody(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_DONE);
    struct play play = {.plain = true, .begin = INNER_CREDSSP};
    say_nla(&play);
    play_say(&play, DOWN, "\0\0\0\0", 4);
    p->connections[0].early_result = at_second(1, 6);
    const struct rdpath_attempt *r = judged(p, &play, DOWN);
    assert_string_equal(r->cause.id, "server-closed");
    assert_true(is_ruled_out(r, "credentials-rejected"));
    assert_true(is_ruled_out(r, "not-authorized"));
    played_free(p);
}

/* Told by its size, and only where the client asked for such a result. */
static void a_result_that_cannot_be_read_is_less_sure(void **state)
{
    (void)state;
    static const struct {
        uint32_t requested;
        int closer;
        const char *id;
        enum rdpath_confidence confidence;
    } rows[] = {
        {0xb, DOWN, "not-authorized", RDPATH_LIKELY},
        {0xb, UP, "not-authorized", RDPATH_POSSIBLE},
        {0x3, DOWN, "credentials-rejected", RDPATH_LIKELY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct played *p = played_new(RDPATH_STAGE_CREDSSP);
        struct connection *c = &p->connections[0];
        c->rdp = (struct rdpath_rdp){.present = true,
                                     .has_response = true,
                                     .requested = rows[i].requested,
                                     .selected = 2};
        c->encrypted_records[0] = c->encrypted_records[1] = 3;
        c->early_result = at_second(1, 12);
        c->fin[rows[i].closer] = at_second(2, 99);
        attempt_conclude(&p->attempt);
        judge_attempt(&p->attempt);
        assert_cause(&p->attempt.result, rows[i].id, rows[i].confidence);
        played_free(p);
    }
}

/* Behind TLS the records that it is told from are cited: the error, or an alert, then the end. */
static void a_rejection_that_is_told_cites_its_records(void **state)
{
    (void)state;
    for (int alert = 0; alert < 2; alert++) {
        struct played *p = played_new(RDPATH_STAGE_CREDSSP);
        struct connection *c = &p->connections[0];
        c->rdp = (struct rdpath_rdp){.present = true, .has_response = true, .selected = 2};
        c->encrypted_records[0] = c->encrypted_records[1] = 2;
        *(alert ? &c->encrypted_alert[DOWN] : &c->credssp_error) = at_second(2, 19);
        c->fin[UP] = at_second(2, 20);
        for (int i = 0; i < 3; i++)
            c->logon_frames[i] = 16 + (rdpath_ref)i;
        attempt_conclude(&p->attempt);
        judge_attempt(&p->attempt);
        assert_cause(&p->attempt.result, "credentials-rejected", RDPATH_LIKELY);
        const struct rdpath_finding *f = &p->attempt.result.findings[0];
        assert_int_equal(f->evidence[0].frames.ref[0], 19);
        assert_int_equal(f->evidence[1].frames.ref[0], 20);
        assert_non_null(strstr(f->evidence[1].text, "client closed"));
        assert_int_equal(f->evidence[2].frames.total, 3);
        played_free(p);
    }
}

static void a_licensing_error_is_named(void **state)
{
    (void)state;
    static const struct {
        int way;
        uint32_t alert, info;
        const char *name;
    } rows[] = {
        {DOWN, 6, 0, "ERR_NO_LICENSE_SERVER"},
        {UP, 1, 0, "ERR_INVALID_SERVER_CERTIFICATE"},
        {DOWN, 0, 0x102, "ERRINFO_LICENSE_NO_LICENSE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct played *p = played_new(RDPATH_STAGE_TLS_DONE);
        struct play play = {.plain = true, .begin = INNER_MCS};
        say_connect(&play);
        say_client_info(&play);
        if (rows[i].alert)
            say_license_error(&play, rows[i].way, rows[i].alert, 1);
        else
            say_error_info(&play, rows[i].info);
        const struct rdpath_attempt *r = judged(p, &play, DOWN);
        assert_cause(r, "licensing-failed", RDPATH_CONFIRMED);
        assert_non_null(strstr(r->cause.summary, rows[i].name));
        assert_int_equal(r->cause.frames.ref[0], 9);
        played_free(p);
    }
}

/* One row: what Set Error Info says, whether the session was up, and the answer. */
static void what_the_server_says_counts_as_it_is_meant(void **state)
{
    (void)state;
    static const struct {
        uint32_t code;
        bool up;
        const char *id;
        enum rdpath_outcome outcome;
    } rows[] = {
        {0x7, false, "server-denied", RDPATH_FAILED},
        {0x7, true, "server-denied", RDPATH_FAILED},
        {0x9, true, "server-denied", RDPATH_FAILED},
        {0x112f, true, "server-denied", RDPATH_FAILED},
        {0x3, false, "server-denied", RDPATH_FAILED},
        {0x3, true, "none", RDPATH_CONNECTED}, /* an idle session was closed */
        {0x5, true, "none", RDPATH_CONNECTED}, /* another connection took it over */
        {0xc, true, "none", RDPATH_CONNECTED}, /* the user logged off */
        {0x0, true, "none", RDPATH_CONNECTED},
        {0xc, false, "server-closed", RDPATH_FAILED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct played *p = played_new(RDPATH_STAGE_TLS_DONE);
        struct play play = {.plain = true, .begin = INNER_MCS};
        say_connect(&play);
        say_client_info(&play);
        say_license_error(&play, DOWN, 7, 2);
        if (rows[i].up)
            say_activation(&play);
        say_error_info(&play, rows[i].code);
        const struct rdpath_attempt *r = judged(p, &play, DOWN);
        assert_string_equal(r->cause.id, rows[i].id);
        assert_int_equal(r->outcome, rows[i].outcome);
        played_free(p);
    }
}

/* The first advice changes nothing, and none lowers security. */
static void advice_begins_with_what_changes_nothing(void **state)
{
    (void)state;
    static const char *const weak[] = {"SecurityLayer", "UserAuthentication", "MachineKeys",
                                       "AllowEncryptionOracle", "fDisable"};
    struct played *p = played_new(RDPATH_STAGE_TLS_DONE);
    struct play play = {.plain = true, .begin = INNER_MCS};
    say_connect(&play);
    say_client_info(&play);
    say_license_error(&play, DOWN, 8, 1);
    const struct rdpath_finding *f = &judged(p, &play, DOWN)->findings[0];
    assert_in_range(f->n_advice, 2, VERDICT_ADVICE_MAX);
    assert_string_equal(f->advice[0].undo, "nothing to undo");
    for (uint32_t i = 0; i < f->n_advice; i++) {
        for (size_t k = 0; k < sizeof weak / sizeof weak[0]; k++)
            assert_null(strstr(f->advice[i].command, weak[k]));
    }
    played_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_of_credssp_is_named),
        cmocka_unit_test(a_denied_authorization_is_no_wrong_password),
        cmocka_unit_test(a_granted_authorization_accuses_nobody),
        cmocka_unit_test(a_result_that_cannot_be_read_is_less_sure),
        cmocka_unit_test(a_rejection_that_is_told_cites_its_records),
        cmocka_unit_test(a_licensing_error_is_named),
        cmocka_unit_test(what_the_server_says_counts_as_it_is_meant),
        cmocka_unit_test(advice_begins_with_what_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
