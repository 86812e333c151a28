/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "rdpath.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

/* ---- UTF-8: Unicode 15.0, table 3-7 (what is well-formed) ------------------------------------ */

static void valid_utf8_is_valid(void **state)
{
    (void)state;
    static const char *const good[] = {
        "",
        "rds01",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(text_is_utf8(good[i], strlen(good[i])));
}

static void invalid_utf8_is_invalid(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",         "\xc0\xaf",         "\xc1\xbf",         "\xc2",     "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80", "ok\xff",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text_is_utf8(bad[i], strlen(bad[i])));
}

static void every_bad_byte_is_replaced_and_good_ones_stay(void **state)
{
    (void)state;
    struct text t = {0};
    text_add_utf8(&t,
                  "a\xff"
                  "b\xc3\xa9\xc3",
                  6);
    assert_string_equal(text_string(&t), "a\xef\xbf\xbd"
                                         "b\xc3\xa9\xef\xbf\xbd");
    text_free(&t);
}

static void every_code_point_survives_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t code = 1; code < 0x110000; code += code < 0x3000 ? 1 : 61) {
        if (code >= 0xd800 && code < 0xe000)
            continue;
        struct text t = {0};
        text_add_code(&t, code);
        struct reader r = reader_of(t.bytes, t.len, READER_END);
        bool valid;
        assert_int_equal(text_next(&r, &valid), code);
        assert_true(valid);
        assert_int_equal(r.left, 0);
        text_free(&t);
    }
}

static void controls_are_known(void **state)
{
    (void)state;
    static const uint32_t controls[] = {0, 0x1b, 0x7f, 0x9b, 0x200b, 0x202e, 0x2066, 0xfeff};
    static const uint32_t harmless[] = {' ', 'a', 0xe9, 0x2192, 0x2013, 0xfffd, 0x1f600};
    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
        assert_true(text_is_control(controls[i]));
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        assert_false(text_is_control(harmless[i]));
}

/* ---- columns --------------------------------------------------------------------------------- */

static void columns_count_what_is_seen(void **state)
{
    (void)state;
    assert_int_equal(text_columns("a → b"), 5);
    assert_int_equal(text_columns("日本"), 4);
    assert_int_equal(text_columns("e\xcc\x81"), 1); /* e and a combining acute */
}

static void assert_wrapped(const char *text, const struct text_wrap *wrap, const char *expected)
{
    struct text t = {0};
    text_add_wrapped(&t, text, wrap);
    assert_string_equal(text_string(&t), expected);
    text_free(&t);
}

static void lines_break_at_spaces(void **state)
{
    (void)state;
    const struct text_wrap wrap = {10, 0, "  "};
    assert_wrapped("one two three four", &wrap, "one two\n  three\n  four");
    assert_wrapped("one  two", &wrap, "one two");
    assert_wrapped("", &wrap, "");
    assert_wrapped("0123456789 x", &wrap, "0123456789\n  x");
}

static void a_word_breaks_only_where_no_line_holds_it(void **state)
{
    (void)state;
    const struct text_wrap wrap = {6, 0, " "};
    assert_wrapped("ab cdefghijkl", &wrap, "ab\n cdefg\n hijkl");
}

/* ---- time ------------------------------------------------------------------------------------ */

static void times_are_rfc_3339(void **state)
{
    (void)state;
    /* Seconds as GNU date prints them: date -u -d TIME +%s */
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000000Z"},
        {INT64_C(1767604443123456789), "2026-01-05T09:14:03.123456789Z"},
        {INT64_C(951782400000000001), "2000-02-29T00:00:00.000000001Z"},
        {INT64_C(4107542399999999999), "2100-02-28T23:59:59.999999999Z"},
        {INT64_C(4107542400000000000), "2100-03-01T00:00:00.000000000Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
        {INT64_C(-86400000000000), "1969-12-31T00:00:00.000000000Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TEXT_TIME_SIZE];
        text_time(text, cases[i].ns);
        assert_string_equal(text, cases[i].text);
    }
}

static void dates_of_certificates_reach_the_year_9999(void **state)
{
    (void)state;
    char text[TEXT_TIME_SIZE];
    text_time_of_seconds(text, INT64_C(253402300799));
    assert_string_equal(text, "9999-12-31T23:59:59.000000000Z");
    text_time_of_seconds(text, INT64_C(-62167219200));
    assert_string_equal(text, "0000-01-01T00:00:00.000000000Z");
}

static void any_number_of_a_capture_is_a_time(void **state)
{
    (void)state;
    char text[TEXT_TIME_SIZE];
    text_time(text, INT64_MAX);
    assert_string_equal(text, "2262-04-11T23:47:16.854775807Z");
    text_time_of_seconds(text, INT64_MAX);
    text_time_of_seconds(text, INT64_MIN);
    text_time_short(text, RDPATH_UNKNOWN);
    assert_string_equal(text, "time unknown");
}

static void durations_have_their_unit(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {40000, "40 µs"},       {600000, "0.6 ms"},      {99900000, "99.9 ms"},
        {226000000, "0.23 s"},  {13585000000, "13.6 s"}, {INT64_C(125000000000), "2 min 5 s"},
        {INT64_MIN, "unknown"}, {9990000000, "9.99 s"},  {INT64_C(299960000000), "5 min 0 s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TEXT_DURATION_SIZE];
        text_duration(text, cases[i].ns);
        assert_string_equal(text, cases[i].text);
    }
}

static void a_word_of_a_shell_is_one(void **state)
{
    (void)state;
    static const char *const words[][2] = {
        {"/usr/bin/rdpath", "/usr/bin/rdpath"},
        {"/opt/the tools/rdpath", "'/opt/the tools/rdpath'"},
        {"/a;b$(c)/it's", "'/a;b$(c)/it'\\''s'"},
        {"", "''"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct text t = {0};
        text_add_shell_word(&t, words[i][0]);
        assert_string_equal(text_string(&t), words[i][1]);
        text_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_utf8_is_valid),
        cmocka_unit_test(invalid_utf8_is_invalid),
        cmocka_unit_test(every_bad_byte_is_replaced_and_good_ones_stay),
        cmocka_unit_test(every_code_point_survives_a_round_trip),
        cmocka_unit_test(controls_are_known),
        cmocka_unit_test(columns_count_what_is_seen),
        cmocka_unit_test(lines_break_at_spaces),
        cmocka_unit_test(a_word_breaks_only_where_no_line_holds_it),
        cmocka_unit_test(times_are_rfc_3339),
        cmocka_unit_test(dates_of_certificates_reach_the_year_9999),
        cmocka_unit_test(any_number_of_a_capture_is_a_time),
        cmocka_unit_test(durations_have_their_unit),
        cmocka_unit_test(a_word_of_a_shell_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
