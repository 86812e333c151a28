/* SPDX-License-Identifier: Apache-2.0 */
/* The formats for people: what all of them say, the terminal, Markdown. */
#include "base/text.h"
#include "report/render/sheaf.h"
#include "tests/unit/render_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static char *rendered_one(const struct format *format, struct rdpath_attempt a)
{
    return sample_rendered(format, &(struct writer_options){0}, &a, 1);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" stands in:\n%s", part, text);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        n++;
    return n;
}

/* Whole UTF-8 without a control character but the newline. */
static void assert_harmless(const char *text)
{
    struct reader r = reader_of(text, strlen(text), READER_END);
    while (r.left) {
        bool valid;
        uint32_t code = text_next(&r, &valid);
        assert_true(valid);
        if (code != '\n' && code != 0x200b) /* Markdown takes mentions apart with U+200B */
            assert_false(text_is_control(code));
    }
}

/* ---- all of them ----------------------------------------------------------------------------- */

static const struct format *const for_people[] = {&format_text, &format_markdown, &format_html};

static void all_say_the_same_words(void **state)
{
    (void)state;
    static const char *const words[] = {
        "Large packets from the server never reach the client.",
        "10.0.1.2:41842",
        "rds01 (10.0.9.2:3389)",
        "2026-01-05 09:14:03 UTC",
        "confirmed",
        "seen at the server",
        "pmtu-black-hole to the client",
        "Missing: TLS server flight, from the server",
        "not a password or licence fault",
        "1252 bytes delivered (frame 12)",
        "at least 1252 and less than 1500 bytes",
        "What shows it",
        "21-24",
        "Ruled out",
        "no RST in the capture",
        "Still open",
        "check after the fix",
        "Quality of the capture",
        "netsh interface ipv4 show subinterfaces",
        "slightly lower throughput",
    };
    for (size_t f = 0; f < 3; f++) {
        char *text = rendered_one(for_people[f], sample_black_hole());
        char *spaced = strdup(text); /* the terminal breaks lines where it must */
        char *to = spaced;
        for (const char *at = text; *at; at++)
            if ((*at != ' ' && *at != '\n') || (to > spaced && to[-1] != ' '))
                *to++ = *at == '\n' ? ' ' : *at;
        *to = '\0';
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            assert_has(spaced, words[i]);
        free(spaced);
        free(text);
    }
}

/* Inside a gateway's HTTP no rung shows: none is told as missing, no cause is excluded by it. */
static void what_a_gateway_hides_is_not_missing(void **state)
{
    (void)state;
    static struct rdpath_observation seen = {.id = "gateway-seen", .text = "possibly a gateway"};
    for (size_t f = 0; f < 3; f++) {
        struct rdpath_attempt a = sample_black_hole();
        a.observations = &seen;
        a.n_observations = 1;
        a.waiting_for = RDPATH_BY_NOBODY;
        char *text = rendered_one(for_people[f], a);
        assert_has(text, "what RDP did");
        assert_lacks(text, "Missing: ");
        assert_lacks(text, "not reached");
        assert_lacks(text, "not a password or licence fault");
        free(text);
    }
}

static void nothing_hostile_gets_through(void **state)
{
    (void)state;
    for (size_t f = 0; f < 3; f++) {
        struct rdpath_attempt both[] = {sample_hostile(), sample_hostile()};
        struct writer_options options = {.verbose = true, .title = sample_hostile_text};
        char *text = sample_rendered(for_people[f], &options, both, 2);
        assert_harmless(text);
        assert_lacks(text, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"); /* names are cut */
        free(text);
    }
}

static void many_attempts_are_bounded_and_counted(void **state)
{
    (void)state;
    enum { N = SHEAF_FULL_MAX + 3 };
    struct rdpath_attempt *all = calloc(N, sizeof *all);
    for (uint32_t i = 0; i < N; i++) {
        all[i] = sample_refused();
        all[i].id = i + 1;
    }
    for (size_t f = 0; f < 3; f++) {
        char *text = sample_rendered(for_people[f], &(struct writer_options){0}, all, N);
        assert_has(text, "Only the first 200 of 203 attempts are told in full.");
        assert_int_equal(count(text, "nobody was asked for") + count(text, "nobody was\nasked"),
                         SHEAF_FULL_MAX);
        free(text);
    }
    free(all);
}

static void a_capture_without_attempt_says_so(void **state)
{
    (void)state;
    for (size_t f = 0; f < 3; f++) {
        char *text = sample_rendered(for_people[f], &(struct writer_options){0}, NULL, 0);
        assert_has(text, "attempt.pcapng");
        assert_has(text, "The last packet is cut off at byte 20472.");
        free(text);
    }
}

static void what_is_unknown_is_not_invented(void **state)
{
    (void)state;
    for (size_t f = 0; f < 3; f++) {
        char *text = rendered_one(for_people[f], sample_empty());
        assert_has(text, "time unknown");
        assert_lacks(text, "1970");
        assert_lacks(text, "(null)");
        assert_lacks(text, "password");
        free(text);
    }
}

/* ---- text ------------------------------------------------------------------------------------ */

static void text_fits_a_terminal(void **state)
{
    (void)state;
    struct rdpath_attempt all[] = {sample_black_hole(), sample_healthy(), sample_refused(),
                                   sample_hostile(), sample_empty()};
    char *text = sample_rendered(&format_text, &(struct writer_options){.verbose = true}, all, 5);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        bool command = strncmp(line, "     run ", 9) == 0 || strncmp(line, "     ver", 8) == 0 ||
                       strncmp(line, "     undo", 9) == 0 ||
                       strncmp(line, "             ", 13) == 0;
        if (!command && text_columns(line) > 80)
            fail_msg("%zu columns: %s", text_columns(line), line);
    }
    free(text);
}

static void text_answers_in_its_first_lines(void **state)
{
    (void)state;
    char *text = rendered_one(&format_text, sample_black_hole());
    static const char expected[] =
        "Attempt 1 failed: pmtu-black-hole to the client (confirmed, seen at the server)\n"
        "Large packets from the server never reach the client. The path toward it carries\n"
        "at least 1252 and less than 1500 bytes, and no router says so.\n";
    assert_memory_equal(text, expected, sizeof expected - 1);
    free(text);
}

static void text_colours_only_when_told(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_hostile();
    char *plain = sample_rendered(&format_text, &(struct writer_options){0}, &a, 1);
    char *coloured = sample_rendered(&format_text, &(struct writer_options){.colour = true}, &a, 1);
    assert_null(strchr(plain, 0x1b));
    assert_non_null(strchr(coloured, 0x1b));
    assert_has(plain, "\\x1b[31mred\\x1b]0;t\\x07");
    assert_has(plain, "\\u202e");
    assert_lacks(coloured, "\x1b[31mred");
    assert_lacks(coloured, "\x1b]");
    free(plain);
    free(coloured);
}

static void text_is_short_where_all_is_well(void **state)
{
    (void)state;
    char *text = rendered_one(&format_text, sample_healthy());
    assert_true(count(text, "\n") <= 13); /* with the line about UDP */
    assert_has(text, "Attempt 2 connected: nothing went wrong");
    assert_has(text, "UDP: worked, version 2");
    free(text);
    struct rdpath_attempt a = sample_black_hole();
    text = sample_rendered(&format_text, &(struct writer_options){.quiet = true}, &a, 1);
    assert_int_equal(count(text, "\n"), 3);
    free(text);
}

static void commands_are_never_broken(void **state)
{
    (void)state;
    char *text = rendered_one(&format_text, sample_black_hole());
    assert_has(text, "     run     nft add rule inet filter forward tcp flags syn "
                     "tcp option maxseg size set rt mtu\n");
    assert_has(text, "     run     ping -f -l 1472 rds01\n             ping -f -l 1224 rds01\n");
    free(text);
}

static void instructions_fit_a_mail(void **state)
{
    (void)state;
    struct rdpath_advice step = {.title = "Look",
                                 .command = "on each firewall of the path between "
                                            "192.0.2.10 and 203.0.113.20: search "
                                            "the log for TCP port 50112"};
    struct rdpath_attempt a = sample_black_hole();
    struct rdpath_finding f = a.findings[0];
    f.advice = &step;
    f.n_advice = 1;
    a.findings = &f;
    a.n_findings = 1;
    char *text = sample_rendered(&format_text, &(struct writer_options){.columns = 76}, &a, 1);
    assert_has(text, "     run     on each firewall of the path between 192.0.2.10 and\n"
                     "             203.0.113.20: search the log for TCP port 50112\n");
    free(text);
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static void markdown_stays_within_its_lines(void **state)
{
    (void)state;
    static struct rdpath_advice steps[12];
    static struct rdpath_ruled_out ruled_out[70];
    struct rdpath_attempt a = sample_black_hole();
    struct rdpath_finding f = a.findings[0];
    for (size_t i = 0; i < 12; i++)
        steps[i] = f.advice[1];
    for (size_t i = 0; i < 70; i++)
        ruled_out[i] = a.ruled_out[0];
    f.advice = steps;
    f.n_advice = 12;
    a.findings = &f;
    a.ruled_out = ruled_out;
    a.n_ruled_out = 70;
    struct rdpath_attempt all[] = {a, sample_hostile()};
    all[1].cause.id = f.id;
    all[1].findings = &f;
    all[1].n_findings = 1;
    char *text = sample_rendered(&format_markdown, &(struct writer_options){0}, all, 2);
    const char *first = strstr(text, "## Attempt 1"), *second = strstr(text, "## Attempt 4");
    const char *captures = strstr(text, "## Captures");
    size_t lines[2] = {0, 0};
    for (const char *at = first; at < captures; at++)
        lines[at >= second] += *at == '\n';
    assert_true(lines[0] <= 60);
    assert_true(lines[1] <= 60);
    assert_has(text, "more steps in the other formats");
    assert_has(text, "- and ");
    free(text);
}

/* CommonMark section 6.1: a span ends at a run of backticks as long as the one that began it. */
static const char *after_span(const char *at)
{
    size_t ticks = strspn(at, "`");
    for (const char *end = at + ticks; *end && *end != '\n';) {
        size_t run = strspn(end, "`");
        if (run == ticks)
            return end + run;
        end += run ? run : 1;
    }
    return at + ticks;
}

/* Outside code, nothing that begins markup stands without a backslash. */
static void assert_line_escaped(const char *line)
{
    for (const char *at = line; *at && *at != '\n';) {
        if (*at == '`') {
            at = after_span(at);
            continue;
        }
        if (*at == '\\' && at[1] && at[1] != '\n') {
            at += 2;
            continue;
        }
        if (strchr("<>[]|~&{}", *at))
            fail_msg("'%c' is not escaped in: %.200s", *at, line);
        at++;
    }
}

static void markdown_escapes_the_wire(void **state)
{
    (void)state;
    char *text = rendered_one(&format_markdown, sample_hostile());
    char fence[16] = "";
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        size_t ticks = strspn(line, "`");
        bool is_fence = ticks >= 3 && line[ticks] == '\n';
        if (!fence[0] && is_fence)
            snprintf(fence, sizeof fence, "%.*s", (int)ticks, line);
        else if (fence[0] && is_fence && ticks >= strlen(fence))
            fence[0] = '\0';
        else if (!fence[0])
            assert_line_escaped(line);
    }
    assert_string_equal(fence, "");     /* every fence was closed */
    assert_has(text, "````\n<script>"); /* longer than the backticks that it holds */
    assert_has(text, "http\\://e.example");
    assert_has(text, "@\xe2\x80\x8b"
                     "all");
    free(text);
}

static void markdown_tables_keep_their_cells(void **state)
{
    (void)state;
    struct rdpath_attempt both[] = {sample_hostile(), sample_black_hole()};
    char *text = sample_rendered(&format_markdown, &(struct writer_options){0}, both, 2);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        size_t bars = 0;
        if (strncmp(line, "## ", 3) == 0)
            break; /* commands further down may hold lines of any kind */
        if (line[0] != '|')
            continue;
        for (const char *at = line; *at; at++)
            bars += *at == '|' && (at == line || at[-1] != '\\');
        assert_int_equal(bars, 8);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_say_the_same_words),
        cmocka_unit_test(what_a_gateway_hides_is_not_missing),
        cmocka_unit_test(nothing_hostile_gets_through),
        cmocka_unit_test(many_attempts_are_bounded_and_counted),
        cmocka_unit_test(a_capture_without_attempt_says_so),
        cmocka_unit_test(what_is_unknown_is_not_invented),
        cmocka_unit_test(text_fits_a_terminal),
        cmocka_unit_test(text_answers_in_its_first_lines),
        cmocka_unit_test(text_colours_only_when_told),
        cmocka_unit_test(text_is_short_where_all_is_well),
        cmocka_unit_test(commands_are_never_broken),
        cmocka_unit_test(instructions_fit_a_mail),
        cmocka_unit_test(markdown_stays_within_its_lines),
        cmocka_unit_test(markdown_escapes_the_wire),
        cmocka_unit_test(markdown_tables_keep_their_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
