/* SPDX-License-Identifier: Apache-2.0 */
/* Decryption of what OpenSSL's two ends say to each other, whatever they agreed on. */
#include "tests/unit/tls_session.h"

static const struct session_kind kinds[] = {
    {TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", false},
    {TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384", false},
    {TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256", false},
    {TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", false},
    {TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384", false},
    {TLS1_2_VERSION, "ECDHE-RSA-CHACHA20-POLY1305", false},
    {TLS1_2_VERSION, "AES128-SHA", false},
    {TLS1_2_VERSION, "AES256-SHA", true},
    {TLS1_2_VERSION, "AES128-SHA256", false},
    {TLS1_2_VERSION, "AES256-SHA256", true},
    {TLS1_2_VERSION, "ECDHE-RSA-AES256-SHA384", false},
    {TLS1_2_VERSION, "ECDHE-RSA-AES256-SHA384", true},
    {TLS1_1_VERSION, "AES128-SHA", false},
    {TLS1_1_VERSION, "AES256-SHA", true},
    {TLS1_VERSION, "AES256-SHA", false},
    {TLS1_VERSION, "AES128-SHA", true},
};

enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

static struct session session; /* too large for the stack */

static void assert_heard(void)
{
    for (int way = 0; way < 2; way++) {
        assert_int_equal(ears[way].len, session.said[way].len);
        assert_memory_equal(ears[way].bytes, session.said[way].bytes, ears[way].len);
    }
}

static const struct rdpath_rung *seen_rung(const struct connection *c, enum rdpath_stage stage)
{
    const struct rdpath_rung *rung = rung_of(c, stage);
    assert_non_null(rung);
    assert_false(rung->inferred);
    return rung;
}

static void play_begin(struct stage *s)
{
    ears_clear();
    stage_secrets = session.secrets;
    stage_open(s);
}

static void play_end(struct stage *s)
{
    stage_close(s);
    stage_secrets = NULL;
    session_end(&session);
}

static void opens_what_is_agreed_on(void **state)
{
    static const size_t pieces[] = {1, 1460, PLAY_MAX};
    (void)state;
    for (int i = 0; i < N_KINDS; i++) {
        struct stage s;
        session_begin(&session, &kinds[i]);
        session_say(&session, 0, 57);
        session_say(&session, 1, 1);
        session_say(&session, 0, 16000);
        session_say(&session, 1, 333);
        session_say(&session, 0, 8);
        SSL_shutdown(session.end[1]);
        session_carry(&session, 1);
        for (int k = 0; k < 3; k++) {
            play_begin(&s);
            stage_play(&s, &session.play, pieces[k], pieces[k]);
            assert_heard();
            const struct connection *c = &s.connection;
            seen_rung(c, RDPATH_STAGE_TLS_SERVER_FLIGHT);
            seen_rung(c, RDPATH_STAGE_TLS_DONE);
            assert_non_null(c->tls.certificate);
            assert_string_equal(c->tls.certificate->subject, "CN=rds01");
            assert_int_equal(c->tls.n_alerts, 1);
            assert_int_equal(c->tls.alerts[0].description, 0);
            assert_false(c->tls.encrypted_alert);
            if (k < 2)
                stage_close(&s);
        }
        play_end(&s);
    }
}

/* RFC 8446 section 2.1: the server has no use for the client's first key share. */
static void follows_a_hello_retry(void **state)
{
    static const struct session_kind kind = {TLS1_3_VERSION, NULL, false};
    struct stage s;
    (void)state;
    session_open(&session, &kind);
    SSL_set1_groups_list(session.end[1], "P-384");
    session_handshake(&session);
    session_say(&session, 0, 100);
    session_say(&session, 1, 100);
    play_begin(&s);
    stage_play(&s, &session.play, PLAY_MAX, PLAY_MAX);
    assert_true(s.connection.tls.hello_retry);
    seen_rung(&s.connection, RDPATH_STAGE_TLS_DONE);
    assert_heard();
    play_end(&s);
}

/* RFC 5246 section 7.3 and RFC 8446 section 2.2: a second connection, without a certificate. */
static void opens_a_resumed_session(void **state)
{
    static const struct session_kind resumed[] = {{TLS1_2_VERSION, NULL, false},
                                                  {TLS1_3_VERSION, NULL, false}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct stage s;
        session_begin(&session, &resumed[i]);
        session_say(&session, 1, 10); /* the client reads its ticket */
        SSL_SESSION *ticket = SSL_get1_session(session.end[0]);
        SSL_shutdown(session.end[0]);
        session_reopen(&session);
        assert_int_equal(SSL_set_session(session.end[0], ticket), 1);
        SSL_SESSION_free(ticket);
        session_handshake(&session);
        assert_true(SSL_session_reused(session.end[0]));
        session_say(&session, 0, 100);
        session_say(&session, 1, 100);
        play_begin(&s);
        stage_play(&s, &session.play, PLAY_MAX, PLAY_MAX);
        seen_rung(&s.connection, RDPATH_STAGE_TLS_SERVER_FLIGHT);
        seen_rung(&s.connection, RDPATH_STAGE_TLS_DONE);
        assert_null(s.connection.tls.certificate);
        assert_heard();
        play_end(&s);
    }
}

/* RFC 8446 section 4.6.3 */
static void follows_key_updates(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct stage s;
        session_begin(&session, &kinds[i]);
        for (int n = 0; n < 6; n++) {
            int asked = n % 2 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
            assert_int_equal(SSL_key_update(session.end[n % 3 == 0], asked), 1);
            session_say(&session, n % 3 == 0, 100);
            session_say(&session, n % 3 != 0, 40);
        }
        play_begin(&s);
        stage_play(&s, &session.play, PLAY_MAX, PLAY_MAX);
        assert_heard();
        play_end(&s);
    }
}

/* Plays it without some of its lines. */
static void play_without(struct stage *s, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < session.play.n_lines; i++) {
        const struct line *line = &session.play.lines[i];
        if (i >= from && i < to)
            dialog_gap(s->dialog, line->direction, line->len, moment_of(i));
        else
            dialog_bytes(s->dialog, line->direction,
                         reader_of(session.play.bytes + line->off, line->len, READER_MORE),
                         moment_of(i));
    }
}

/* What comes behind a gap is heard again, and that something is missing is told. TLS 1.0 chains
   its records: there the first one behind the gap is lost as well. */
static void finds_its_place_behind_a_gap(void **state)
{
    (void)state;
    for (int i = 0; i < N_KINDS; i++) {
        struct stage s;
        bool chained = kinds[i].version == TLS1_VERSION;
        session_begin(&session, &kinds[i]);
        session_say(&session, 0, 100);
        uint32_t from = session.play.n_lines;
        for (int n = 0; n < 60; n++)
            session_say(&session, 0, 20);
        uint32_t to = session.play.n_lines, lost = chained ? 61 : 60;
        for (int n = 0; n < 3; n++)
            session_say(&session, 0, 20);
        play_begin(&s);
        play_without(&s, from, to);
        const struct ear *said = &session.said[0];
        assert_int_equal(ears[0].len, said->len - lost * 20);
        assert_memory_equal(ears[0].bytes, said->bytes, 100);
        assert_memory_equal(ears[0].bytes + 100, said->bytes + 100 + lost * 20, ears[0].len - 100);
        assert_int_equal(ears[0].n_gaps, 1);
        play_end(&s);
    }
}

/* More records are missing than are searched for: nothing is heard, and nothing wrong is. */
static void gives_up_behind_a_long_gap(void **state)
{
    (void)state;
    for (int i = 0; i < N_KINDS; i++) {
        struct stage s;
        session_begin(&session, &kinds[i]);
        session_say(&session, 0, 100);
        uint32_t from = session.play.n_lines;
        for (int n = 0; n < 70; n++)
            session_say(&session, 0, 20);
        uint32_t to = session.play.n_lines;
        for (int n = 0; n < 8; n++)
            session_say(&session, 0, 20);
        session_say(&session, 1, 20); /* the other direction goes on */
        play_begin(&s);
        play_without(&s, from, to);
        assert_int_equal(ears[0].len, 100);
        assert_int_equal(ears[0].n_gaps, 1);
        assert_int_equal(ears[1].len, 20);
        play_end(&s);
    }
}

/* Each line of the handshake is missing once: what is not seen is not claimed. */
static void survives_gaps_in_the_handshake(void **state)
{
    (void)state;
    for (int i = 0; i < N_KINDS; i++) {
        session_begin(&session, &kinds[i]);
        uint32_t n_lines = session.play.n_lines;
        session_say(&session, 0, 50);
        session_say(&session, 1, 50);
        for (uint32_t missing = 2; missing < n_lines; missing++) {
            struct stage s;
            play_begin(&s);
            play_without(&s, missing, missing + 1);
            for (int way = 0; way < 2; way++) {
                assert_true(ears[way].len == 0 || ears[way].len == 50);
                assert_memory_equal(ears[way].bytes, session.said[way].bytes, ears[way].len);
            }
            if (s.connection.tls.server_flight_whole)
                assert_true(missing != 3);
            stage_close(&s);
        }
        stage_secrets = NULL;
        session_end(&session);
    }
}

/* Secrets of another connection under the random value of this one. */
static void is_not_fooled_by_wrong_secrets(void **state)
{
    static const struct secret wrong = {.len = 48, .bytes = {1, 2, 3}};
    (void)state;
    for (int i = 0; i < N_KINDS; i++) {
        struct stage s;
        uint8_t random[32];
        session_begin(&session, &kinds[i]);
        for (int n = 0; n < 8; n++)
            session_say(&session, n % 2, 200);
        SSL_get_client_random(session.end[0], random, sizeof random);
        bool sha384 = strstr(kinds[i].suites, "SHA384") || kinds[i].version < TLS1_3_VERSION;
        for (int kind = 0; kind < N_SECRET_KINDS; kind++) {
            struct secret w = wrong;
            w.len = sha384 ? 48 : 32;
            secrets_add(session.secrets, random, (enum secret_kind)kind, &w);
        }
        play_begin(&s);
        stage_play(&s, &session.play, PLAY_MAX, PLAY_MAX);
        assert_int_equal(ears[0].len + ears[1].len, 0);
        assert_non_null(rung_of(&s.connection, RDPATH_STAGE_TLS_DONE));
        assert_int_equal(s.connection.encrypted_records[0], 4);
        play_end(&s);
    }
}

/* The client does not trust the certificate: in TLS 1.3 its alert travels encrypted. */
static void names_an_encrypted_alert(void **state)
{
    static const struct session_kind kind = {TLS1_3_VERSION, NULL, false};
    (void)state;
    struct stage s;
    session_open(&session, &kind);
    SSL_set_verify(session.end[0], SSL_VERIFY_PEER, NULL);
    for (int side = 0, n = 0; n < 4; side = !side, n++) {
        SSL_do_handshake(session.end[side]);
        session_carry(&session, side);
    }
    play_begin(&s);
    stage_play(&s, &session.play, PLAY_MAX, PLAY_MAX);
    seen_rung(&s.connection, RDPATH_STAGE_TLS_SERVER_FLIGHT);
    assert_null(rung_of(&s.connection, RDPATH_STAGE_TLS_DONE));
    assert_int_equal(s.connection.tls.n_alerts, 1);
    assert_int_equal(s.connection.tls.alerts[0].direction, RDPATH_TO_SERVER);
    assert_int_equal(s.connection.tls.alerts[0].level, 2);
    assert_string_equal(rdpath_alert_name(s.connection.tls.alerts[0].description), "unknown_ca");
    assert_false(s.connection.tls.encrypted_alert);
    play_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_is_agreed_on),
        cmocka_unit_test(follows_a_hello_retry),
        cmocka_unit_test(opens_a_resumed_session),
        cmocka_unit_test(follows_key_updates),
        cmocka_unit_test(finds_its_place_behind_a_gap),
        cmocka_unit_test(gives_up_behind_a_long_gap),
        cmocka_unit_test(survives_gaps_in_the_handshake),
        cmocka_unit_test(is_not_fooled_by_wrong_secrets),
        cmocka_unit_test(names_an_encrypted_alert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
