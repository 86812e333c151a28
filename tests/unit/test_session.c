/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session in plain, as plain_play.h writes it from [MS-RDPBCGR]: expected is what was written.
 */
#include "tests/unit/plain_play.h"

static void session_open(struct play *p)
{
    *p = (struct play){.plain = true, .begin = INNER_MCS};
}

static const struct rdpath_session *read_whole(struct stage *s, const struct play *p)
{
    stage_play_whole(s, p);
    assert_non_null(s->connection.session);
    return s->connection.session;
}

static void rung_was_seen(const struct connection *c, enum rdpath_stage stage, uint64_t frame)
{
    const struct rdpath_rung *rung = rung_of(c, stage);
    assert_non_null(rung);
    assert_false(rung->inferred);
    assert_int_equal(rung->frame, frame);
}

static void check_connected(const struct connection *c)
{
    const struct rdpath_session *s = c->session;
    assert_non_null(s);
    assert_text(&s->client_name, "PC7");
    assert_int_equal(s->client_build, 19041);
    assert_int_equal(s->desktop_width, 1280);
    assert_int_equal(s->desktop_height, 800);
    assert_int_equal(s->version[UP], 0x00080004);
    assert_int_equal(s->version[DOWN], 0x00080005);
    assert_int_equal(s->capabilities[UP], 1);
    assert_true(s->has_echo[UP]);
    assert_int_equal(s->echo[UP], 8);
    assert_int_equal(s->echo[DOWN], 0x0b);
    assert_int_equal(s->n_channels, 2);
    assert_text(&s->channels[0], "rdpdr");
    assert_text(&s->channels[1], "cliprdr");
    assert_int_equal(s->multitransport[UP], 0x305);
    assert_int_equal(s->multitransport[DOWN], 0x301);
    assert_text(&s->domain, "EXAMPLE");
    assert_text(&s->user, "alice");
    assert_int_equal(s->license.code, 7);
    assert_int_equal(s->error_info.frame, 0);
    assert_int_equal(s->mcs_result.frame, 0);
    rung_was_seen(c, RDPATH_STAGE_MCS, 1);
    rung_was_seen(c, RDPATH_STAGE_LICENSING, 8);
    rung_was_seen(c, RDPATH_STAGE_ACTIVE, 15);
}

static void the_way_to_an_active_session_is_seen(void **state)
{
    (void)state;
    struct play p;
    session_open(&p);
    say_connect(&p);
    say_client_info(&p);
    say_license_error(&p, DOWN, 7, 2);
    say_activation(&p);
    play_in_every_way(&p, check_connected);
}

static void a_refused_licence_is_read(void **state)
{
    (void)state;
    struct play p;
    struct stage stage;
    session_open(&p);
    say_connect(&p);
    say_client_info(&p);
    say_license_error(&p, DOWN, 6, 1);
    const struct rdpath_session *s = read_whole(&stage, &p);
    assert_int_equal(s->license.code, 6);
    assert_int_equal(s->license.frame, 9);
    assert_int_equal(s->license_transition, 1);
    assert_false(s->license_by_client);
    assert_int_equal(connection_stage(&stage.connection), RDPATH_STAGE_LICENSING);
    stage_close(&stage);
}

static void the_reason_of_an_end_is_read(void **state)
{
    (void)state;
    struct play p;
    struct stage stage;
    session_open(&p);
    say_connect(&p);
    say_client_info(&p);
    say_license_error(&p, DOWN, 7, 2);
    say_error_info(&p, 0);
    say_error_info(&p, 7);
    say_hex(&p, DOWN, "21 80"); /* reason 3 */
    const struct rdpath_session *s = read_whole(&stage, &p);
    assert_int_equal(s->error_info.code, 7);
    assert_int_equal(s->error_info.frame, 11);
    assert_int_equal(s->disconnect.code, 3);
    assert_int_equal(s->disconnect.frame, 12);
    assert_int_equal(s->disconnect_direction, DOWN);
    assert_int_equal(stage.connection.ultimatum[DOWN].frame, 12);
    stage_close(&stage);
}

static void a_refusal_of_mcs_is_read(void **state)
{
    (void)state;
    struct play p;
    struct stage stage;
    session_open(&p);
    say_connect_initial(&p);
    say_connect_response(&p, 15, 0);
    const struct rdpath_session *s = read_whole(&stage, &p);
    assert_int_equal(s->mcs_result.code, 15);
    stage_close(&stage);
    session_open(&p);
    say_hex(&p, DOWN, "3e 60 00 06 03 eb 03 eb"); /* result 3, in the bits 0 011 */
    assert_int_equal(read_whole(&stage, &p)->mcs_result.code, 3);
    stage_close(&stage);
}

/* [MS-RDPBCGR 2.2.13.3.1]: pad, then the packet. */
static void a_redirection_says_where_to(void **state)
{
    (void)state;
    struct play p;
    struct stage stage;
    struct bytes b = {.len = 0};
    session_open(&p);
    say_connect(&p);
    bytes_hex(&b, "00 00 00 04 00 01 07 00 00 00");
    bytes_le(&b, 0x1 | 0x2 | 0x4 | 0x10 | 0x100, 4);
    bytes_le(&b, 20, 4);
    bytes_wide(&b, "192.0.2.7", 20);
    bytes_le(&b, 8, 4);
    bytes_add(&b, SECRET, 8);
    bytes_le(&b, 12, 4);
    bytes_wide(&b, "alice", 12);
    bytes_le(&b, 18, 4);
    bytes_wide(&b, SECRET, 18);
    bytes_le(&b, 24, 4);
    bytes_wide(&b, "rds02.local", 24);
    say_share(&p, DOWN, 10, &b);
    const struct rdpath_session *s = read_whole(&stage, &p);
    assert_int_equal(s->redirected.code, 0x117);
    assert_int_equal(s->redirected.frame, 8);
    assert_text(&s->redirect_address, "192.0.2.7");
    assert_text(&s->redirect_name, "rds02.local");
    stage_close(&stage);
}

/* [MS-RDPBCGR 2.2.15.1, 2.2.15.2] on the message channel; SHA-256 of sixteen bytes 0x00 to 0x0f
   is what `printf '\0\1...' | sha256sum` says. */
static void a_request_for_udp_keeps_the_hash_of_its_cookie(void **state)
{
    (void)state;
    static const uint8_t hash[] = {0xbe, 0x45, 0xcb, 0x26};
    struct play p;
    struct stage stage;
    struct bytes request = {.len = 0}, response = {.len = 0};
    session_open(&p);
    say_connect(&p);
    bytes_hex(&request, "02 00 00 00  01 00 00 00  01 00 00 00"
                        " 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f");
    bytes_hex(&response, "04 00 00 00  01 00 00 00  04 40 00 80");
    say_data(&p, DOWN, 1008, &request);
    say_data(&p, UP, 1008, &response);
    const struct rdpath_session *s = read_whole(&stage, &p);
    assert_int_equal(s->n_transports, 1);
    assert_int_equal(s->transports[0].id, 1);
    assert_int_equal(s->transports[0].protocol, 1);
    assert_int_equal(s->transports[0].frame, 8);
    if (s->transports[0].has_cookie_hash)
        assert_memory_equal(s->transports[0].cookie_hash, hash, sizeof hash);
    assert_int_equal(s->transports[0].response.code, 0x80004004);
    stage_close(&stage);
}

/* [MS-RDPBCGR 2.2.14.1.5] with all three results. */
static void what_the_server_measured_is_read(void **state)
{
    (void)state;
    struct play p;
    struct stage stage;
    struct bytes b = {.len = 0};
    session_open(&p);
    say_connect(&p);
    bytes_hex(&b, "00 10 00 00  12 00 05 00 c0 08  04 00 00 00  88 13 00 00  07 00 00 00");
    say_data(&p, DOWN, 1008, &b);
    const struct rdpath_session *s = read_whole(&stage, &p);
    assert_int_equal(s->n_auto_detect, 1);
    assert_int_equal(s->rtt_ms, 7);
    assert_int_equal(s->bandwidth_kbps, 5000);
    stage_close(&stage);
}

/* [MS-RDPBCGR 2.2.10.1.1.4]: behind a cookie for automatic reconnection. */
static void a_logon_error_is_read(void **state)
{
    (void)state;
    struct play p;
    struct stage stage;
    struct bytes b = {.len = 0};
    session_open(&p);
    say_connect(&p);
    bytes_hex(&b, "03 00 00 00  2a 00  03 00 00 00  08 00 00 00");
    bytes_add(&b, SECRET, 8);
    bytes_hex(&b, "08 00 00 00  fa ff ff ff  02 00 00 00");
    say_share_data(&p, DOWN, 38, &b);
    const struct rdpath_session *s = read_whole(&stage, &p);
    assert_int_equal(s->logon_error.code, 0xfffffffa);
    assert_int_equal(s->logon_error_data, 2);
    stage_close(&stage);
}

/* A record is missing in the middle: what begins with a later record is read. */
static void reading_goes_on_behind_a_gap(void **state)
{
    (void)state;
    struct play p;
    struct stage s;
    session_open(&p);
    say_error_info(&p, 7);
    stage_open_for(&s, &p);
    inner_bytes(s.inner, DOWN, reader_of("\x03\x00\x00\x40", 4, READER_MORE), moment_of(0));
    inner_gap(s.inner, DOWN, moment_of(1));
    inner_bytes(s.inner, DOWN, reader_of("rest of it", 10, READER_MORE), moment_of(1));
    assert_null(s.connection.session);
    stage_play(&s, &p, PLAY_MAX, PLAY_MAX);
    assert_int_equal(s.connection.session->error_info.code, 7);
    stage_close(&s);
}

/* Fast-path output proves an active session, before that it proves nothing. */
static void fast_path_output_comes_with_a_session(void **state)
{
    (void)state;
    struct play p;
    struct stage s;
    session_open(&p);
    say_connect(&p);
    play_say(&p, RDPATH_TO_CLIENT, "\x00\x05xyz", 5);
    stage_play_whole(&s, &p);
    assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_MCS);
    stage_close(&s);
    session_open(&p);
    say_connect(&p);
    say_client_info(&p);
    play_say(&p, RDPATH_TO_CLIENT, "\x00\x80\x05yz", 5);
    stage_play_whole(&s, &p);
    rung_was_seen(&s.connection, RDPATH_STAGE_ACTIVE, 9);
    stage_close(&s);
}

/* An inferred rung is confirmed at its place. */
static void what_was_inferred_is_seen_in_the_end(void **state)
{
    (void)state;
    struct play p;
    struct stage s;
    session_open(&p);
    say_connect(&p);
    stage_open_for(&s, &p);
    connection_reach(&s.connection, RDPATH_STAGE_MCS, moment_of(5), true);
    stage_play(&s, &p, PLAY_MAX, PLAY_MAX);
    rung_was_seen(&s.connection, RDPATH_STAGE_MCS, 6);
    assert_int_equal(s.connection.n_rungs, 1);
    stage_close(&s);
}

/* Some servers send the Font Map at once: the session is up when the client has confirmed. */
static void a_font_map_alone_is_no_session(void **state)
{
    (void)state;
    struct play p;
    struct stage s;
    struct bytes rest = {.len = 0};
    bytes_zero(&rest, 8);
    session_open(&p);
    say_connect(&p);
    say_client_info(&p);
    say_share_data(&p, DOWN, 40, &rest);
    stage_play_whole(&s, &p);
    assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_LICENSING);
    stage_close(&s);
    say_share(&p, UP, 3, &rest);
    stage_play_whole(&s, &p);
    rung_was_seen(&s.connection, RDPATH_STAGE_ACTIVE, 10);
    stage_close(&s);
}

/* The same PDU again and again costs no more memory: names are kept up to a limit. */
static void repeated_names_come_to_an_end(void **state)
{
    (void)state;
    struct play p;
    struct stage s;
    session_open(&p);
    say_connect_initial(&p);
    stage_open_for(&s, &p);
    for (int i = 0; i < 10000; i++)
        stage_play(&s, &p, PLAY_MAX, PLAY_MAX);
    assert_in_range(s.connection.arena.used, 1000, 32768);
    stage_close(&s);
}

/* Client-compatible and higher levels encrypt; at "low" the server's side is in clear [MS-RDPBCGR
   5.3.1], behind a header. The dialog finds its way here by itself. */
static void standard_security_is_read_as_far_as_it_is_in_clear(void **state)
{
    (void)state;
    struct play p = {.plain = false};
    struct stage stage;
    struct bytes info = {.len = 0}, sealed = {.len = 0};
    play_negotiate(&p, 0, 0);
    say_connect_initial(&p);
    say_connect_response(&p, 0, 1);
    bytes_hex(&sealed, "01 02 03 04 05 06 07 08");
    bytes_zero(&sealed, 300);
    say_flagged(&p, UP, 0x0048, &sealed);
    say_license_error(&p, DOWN, 7, 2);
    bytes_hex(&info, "16 00 17 00 ea 03  ea 03 01 00 00 01 08 00 2f 00 00 00  07 00 00 00");
    say_flagged(&p, DOWN, 0, &info);
    const struct rdpath_session *s = read_whole(&stage, &p);
    assert_text(&s->client_name, "PC7");
    assert_int_equal(s->encryption_method, 2);
    assert_int_equal(s->encryption_level, 1);
    assert_int_equal(s->user.len, 0);
    assert_int_equal(s->license.code, 7);
    assert_int_equal(s->error_info.code, 7);
    rung_was_seen(&stage.connection, RDPATH_STAGE_MCS, 3);
    rung_was_seen(&stage.connection, RDPATH_STAGE_LICENSING, 5);
    stage_close(&stage);
}

/* A gap inside a unit whose end is known costs that unit alone. */
static void a_hole_in_clear_is_passed_over(void **state)
{
    (void)state;
    struct play p = {.plain = false};
    struct stage s;
    play_negotiate(&p, 0, 0);
    stage_open(&s);
    stage_play(&s, &p, PLAY_MAX, PLAY_MAX);
    p.n_lines = 0;
    p.len = 0;
    say_connect_initial(&p);
    dialog_bytes(s.dialog, RDPATH_TO_SERVER, reader_of(p.bytes, 230, READER_MORE), moment_of(2));
    dialog_gap(s.dialog, RDPATH_TO_SERVER, p.len - 230, moment_of(3));
    assert_text(&s.connection.session->client_name, "PC7");
    assert_int_equal(s.connection.session->n_channels, 0);
    rung_was_seen(&s.connection, RDPATH_STAGE_MCS, 4);
    dialog_bytes(s.dialog, RDPATH_TO_SERVER,
                 reader_of("\x03\x00\x00\x09\x02\xf0\x80\x21\x80", 9, READER_MORE), moment_of(4));
    assert_int_equal(s.connection.session->disconnect.frame, 5);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_to_an_active_session_is_seen),
        cmocka_unit_test(a_refused_licence_is_read),
        cmocka_unit_test(the_reason_of_an_end_is_read),
        cmocka_unit_test(a_refusal_of_mcs_is_read),
        cmocka_unit_test(a_redirection_says_where_to),
        cmocka_unit_test(a_request_for_udp_keeps_the_hash_of_its_cookie),
        cmocka_unit_test(what_the_server_measured_is_read),
        cmocka_unit_test(a_logon_error_is_read),
        cmocka_unit_test(reading_goes_on_behind_a_gap),
        cmocka_unit_test(fast_path_output_comes_with_a_session),
        cmocka_unit_test(a_font_map_alone_is_no_session),
        cmocka_unit_test(repeated_names_come_to_an_end),
        cmocka_unit_test(what_was_inferred_is_seen_in_the_end),
        cmocka_unit_test(standard_security_is_read_as_far_as_it_is_in_clear),
        cmocka_unit_test(a_hole_in_clear_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
