/* SPDX-License-Identifier: Apache-2.0 */
/* CredSSP, NTLM and SPNEGO as credssp_play.h writes them; expected is what was written. */
#include "tests/unit/credssp_play.h"

static void nla_open(struct play *p)
{
    *p = (struct play){.plain = true, .begin = INNER_CREDSSP};
}

static void check_nla(const struct connection *c)
{
    const struct rdpath_credssp *n = &c->session->credssp;
    assert_true(n->present);
    assert_string_equal(n->mechanism, "ntlm");
    assert_int_equal(n->version[UP], 6);
    assert_int_equal(n->version[DOWN], 6);
    assert_true(n->delegated);
    assert_text(&n->target, "EXAMPLE");
    assert_text(&n->server, "RDS01.example.org");
    assert_text(&n->domain, "EXAMPLE");
    assert_text(&n->user, "alice");
    assert_text(&n->workstation, "PC7");
    assert_int_equal(n->error.frame, 0);
    assert_int_equal(n->authorization.frame, 6);
    assert_int_equal(n->authorization.code, 0);
    const struct rdpath_rung *rung = rung_of(c, RDPATH_STAGE_CREDSSP);
    assert_false(rung->inferred);
    assert_int_equal(rung->frame, 1);
    assert_text(&c->session->client_name, "PC7");
    assert_int_equal(connection_stage(c), RDPATH_STAGE_MCS);
}

static void ntlm_is_read_up_to_mcs(void **state)
{
    (void)state;
    struct play p;
    nla_open(&p);
    say_nla(&p);
    play_say(&p, DOWN, "\0\0\0\0", 4); /* AUTHZ_SUCCESS */
    say_connect_initial(&p);
    say_connect_response(&p, 0, 0);
    play_in_every_way(&p, check_nla);
}

/* What a server answers to a wrong password: version 6 and errorCode, 15 bytes. */
static void check_error(const struct connection *c)
{
    assert_int_equal(c->session->credssp.error.code, 0xc000006d);
    assert_int_equal(c->session->credssp.error.frame, 1);
    assert_int_equal(c->session->credssp.version[DOWN], 6);
    assert_int_equal(c->session->credssp.version[UP], 0);
}

static void an_error_is_read(void **state)
{
    (void)state;
    struct play p;
    nla_open(&p);
    struct bytes b = {.len = 0};
    bytes_hex(&b, "30 0d a0 03 02 01 06 a4 06 02 04 c0 00 00 6d");
    play_say(&p, DOWN, b.at, b.len);
    play_in_every_way(&p, check_error);
    assert_string_equal(rdpath_auth_error_name(0xc000006d), "STATUS_LOGON_FAILURE");
    assert_string_equal(rdpath_auth_error_name(0x80090302), "SEC_E_UNSUPPORTED_FUNCTION");
    assert_null(rdpath_auth_error_name(1));
}

static void a_denial_is_read(void **state)
{
    (void)state;
    struct play p;
    struct stage s;
    nla_open(&p);
    say_nla(&p);
    play_say(&p, DOWN, "\5\0\0\0", 4);
    stage_play_whole(&s, &p);
    assert_int_equal(s.connection.session->credssp.authorization.code, 5);
    assert_int_equal(s.connection.session->credssp.authorization.frame, 6);
    assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_CREDSSP);
    stage_close(&s);
}

/* NegTokenInit of three mechanisms, the first Kerberos as Windows names it; then the server's
   choice. A user-to-user token stands for itself. */
static void kerberos_is_told_from_ntlm(void **state)
{
    (void)state;
    static const struct {
        const char *client, *server, *mechanism;
    } rows[] = {
        {"60 31 06 06 2b 06 01 05 05 02 a0 27 30 25 a0 23 30 21"
         " 06 09 2a 86 48 82 f7 12 01 02 02 06 08 2a 86 48 86 f7 12 01 02"
         " 06 0a 2b 06 01 04 01 82 37 02 02 0a",
         NULL, "kerberos"},
        {"60 1d 06 06 2b 06 01 05 05 02 a0 13 30 11 a0 0f 30 0d"
         " 06 0b 2a 86 48 82 f7 12 01 02 02 00 00",
         "a1 10 30 0e a1 0c 06 0a 2b 06 01 04 01 82 37 02 02 0a", "ntlm"},
        {"60 0e 06 0a 2a 86 48 86 f7 12 01 02 02 03 04 00", NULL, "kerberos"},
        {"60 0e 06 0a 2b 06 01 04 01 82 37 02 02 1e 00 00", NULL, "negoex"},
        {"61 02 05 00", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct play p;
        struct stage s;
        struct bytes token = {.len = 0};
        nla_open(&p);
        bytes_hex(&token, rows[i].client);
        say_request(&p, UP, &token, NULL);
        token.len = 0;
        if (rows[i].server)
            bytes_hex(&token, rows[i].server);
        say_request(&p, DOWN, rows[i].server ? &token : NULL, NULL);
        stage_play_whole(&s, &p);
        const char *found = s.connection.session->credssp.mechanism;
        assert_true(rows[i].mechanism ? found != NULL : found == NULL);
        if (found)
            assert_string_equal(found, rows[i].mechanism);
        stage_close(&s);
    }
}

/* Names are copied whole or not at all, and never beyond their limit. */
static void hostile_names_are_bounded(void **state)
{
    (void)state;
    struct play p;
    struct stage s;
    struct bytes token = ntlm_authenticate();
    nla_open(&p);
    token.at[36] = 0xff; /* the user's name is said to go on beyond the message */
    token.at[37] = 0xff;
    say_request(&p, UP, &token, NULL);
    stage_play_whole(&s, &p);
    assert_int_equal(s.connection.session->credssp.user.len, 0);
    assert_text(&s.connection.session->credssp.workstation, "PC7");
    stage_close(&s);
    nla_open(&p);
    token = ntlm_authenticate();
    token.at[28] = 0x60; /* the domain 1,120 bytes, at the end of a message that has them */
    token.at[29] = 0x04;
    token.at[32] = (uint8_t)token.len;
    for (int i = 0; i < 560; i++)
        bytes_le(&token, 0xd83d, 2); /* half a character each */
    say_request(&p, UP, &token, NULL);
    stage_play_whole(&s, &p);
    assert_int_equal(s.connection.session->credssp.domain.len, 3 * 256);
    assert_memory_equal(s.connection.session->credssp.domain.bytes, "\xef\xbf\xbd\xef\xbf\xbd", 6);
    stage_close(&s);
}

/* What stands in the place of a user's name can be packed credentials: none of it is kept. */
static void packed_credentials_are_no_name(void **state)
{
    (void)state;
    struct play p;
    struct stage s;
    struct bytes token = ntlm_authenticate();
    for (size_t i = 0; i < 2; i++) /* the user's payload begins behind 88 + 8 + 16 + 14 bytes */
        token.at[126 + 2 * i] = '@';
    nla_open(&p);
    say_request(&p, UP, &token, NULL);
    stage_play_whole(&s, &p);
    assert_int_equal(s.connection.session->credssp.user.len, 0);
    assert_text(&s.connection.session->credssp.domain, "EXAMPLE");
    stage_close(&s);
}

/* Lengths that promise more than CredSSP ever sends end the reading of that side. */
static void absurd_lengths_are_given_up(void **state)
{
    (void)state;
    struct play p;
    struct stage s;
    nla_open(&p);
    play_say(&p, UP, "\x30\x84\xff\xff\xff\xff\xa0\x03\x02\x01\x06", 11);
    play_say(&p, UP, "\x30\x85\x01\x01\x01\x01\x01\x03\x02\x01\x06", 11);
    play_say(&p, DOWN, "\x30\x80\xa0\x03\x02\x01\x06", 7);
    stage_play_whole(&s, &p);
    assert_null(s.connection.session);
    assert_int_equal(s.connection.n_rungs, 0);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ntlm_is_read_up_to_mcs),
        cmocka_unit_test(an_error_is_read),
        cmocka_unit_test(a_denial_is_read),
        cmocka_unit_test(kerberos_is_told_from_ntlm),
        cmocka_unit_test(hostile_names_are_bounded),
        cmocka_unit_test(packed_credentials_are_no_name),
        cmocka_unit_test(absurd_lengths_are_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
