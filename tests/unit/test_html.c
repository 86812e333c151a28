/* SPDX-License-Identifier: Apache-2.0 */
/* The HTML report: well-formed whatever a capture holds, and drawn from the attempt's packets. */
#include "analyze/file/sha256.h"
#include "report/render/html.h"
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

/* ---- HTML ------------------------------------------------------------------------------------ */

static unsigned base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(digits, c);
    return at ? (unsigned)(at - digits) : 0;
}

/* 43 digits and one '=' of RFC 4648 section 4 as 64 hexadecimal digits. */
static void base64_to_hex(const char *base64, char hex[SHA256_TEXT_SIZE])
{
    size_t at = 0;
    for (size_t i = 0; i < 44; i += 4) {
        uint32_t group = base64_value(base64[i]) << 18 | base64_value(base64[i + 1]) << 12 |
                         base64_value(base64[i + 2]) << 6 | base64_value(base64[i + 3]);
        char six[7];
        snprintf(six, sizeof six, "%06x", (unsigned)group);
        for (size_t k = 0; k < 6 && at < 64; k++)
            hex[at++] = six[k];
    }
    hex[at] = '\0';
}

static void assert_source(const char *source, const char *held)
{
    char expected[SHA256_TEXT_SIZE], stated[SHA256_TEXT_SIZE];
    struct sha256 *sum = sha256_new();
    if (!sum)
        skip(); /* no library for it on this system */
    sha256_add(sum, held, strlen(held));
    assert_true(sha256_finish(sum, expected));
    sha256_free(sum);
    assert_memory_equal(source, "'sha256-", 8);
    assert_int_equal(strlen(source), 8 + 44 + 1);
    base64_to_hex(source + 8, stated);
    assert_string_equal(stated, expected);
}

static void html_allows_its_own_style_and_script_alone(void **state)
{
    (void)state;
    assert_source(html_style_source, html_style);
    assert_source(html_script_source, html_script);
    char *text = rendered_one(&format_html, sample_black_hole());
    assert_has(text, "content=\"default-src 'none'; style-src 'sha256-");
    assert_has(text, "; script-src 'sha256-");
    assert_int_equal(count(text, "<style"), 1);
    assert_int_equal(count(text, "<script"), 1);
    assert_has(text, html_style);
    assert_has(text, html_script);
    assert_lacks(text, " style=");
    free(text);
}

/* The page's tags without attributes, each closed in its turn (void elements apart). */
static void assert_balanced(const char *text)
{
    static const char *const empty[] = {"meta", "br", "line", "path", "circle", "rect", "!doctype"};
    char open[64][16];
    size_t depth = 0;
    for (const char *at = text; (at = strchr(at, '<')) != NULL; at++) {
        char name[16];
        bool closes = at[1] == '/', is_empty = false;
        assert_int_equal(sscanf(at + 1 + closes, "%15[a-z0-9!]", name), 1);
        for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
            is_empty |= strcmp(name, empty[i]) == 0;
        if (is_empty)
            continue;
        if (closes) {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
        } else {
            assert_true(depth < 64);
            memcpy(open[depth++], name, sizeof name);
        }
    }
    assert_int_equal(depth, 0);
}

static void html_is_well_formed_whatever_it_holds(void **state)
{
    (void)state;
    struct rdpath_attempt all[] = {sample_hostile(), sample_black_hole(), sample_healthy(),
                                   sample_refused(), sample_empty()};
    char *text = sample_rendered(&format_html,
                                 &(struct writer_options){.title = sample_hostile_text}, all, 5);
    assert_int_equal(count(text, "<script"), 1); /* its own */
    assert_int_equal(count(text, html_script), 1);
    *strstr(text, "<script") = '\0';
    strcat(text, "</body></html>");
    assert_balanced(text);
    assert_lacks(text, "<b>|");
    assert_lacks(text, "src=");
    assert_lacks(text, "href=\"http");
    assert_has(text, "&lt;script&gt;alert(1)&lt;/script&gt;");
    assert_has(text, "&amp;lt;");
    free(text);
}

static void html_links_the_overview(void **state)
{
    (void)state;
    struct rdpath_attempt both[] = {sample_black_hole(), sample_healthy()};
    char *text = sample_rendered(&format_html, &(struct writer_options){0}, both, 2);
    assert_has(text, "<a href=\"#attempt-1\">1</a>");
    assert_has(text, "<section id=\"attempt-1\">");
    assert_has(text, "<section id=\"attempt-2\">");
    assert_true(strstr(text, "#attempt-2") < strstr(text, "id=\"attempt-1\""));
    free(text);
}

static void html_draws_what_was_lost_and_what_arrived(void **state)
{
    (void)state;
    char *text = rendered_one(&format_html, sample_black_hole());
    /* of 20 packets 8 were lost; of those to the client frames 10 and 11 share a spot */
    assert_int_equal(count(text, "<line class=\"lost\""), 8);
    assert_int_equal(count(text, "<line class=\"got\""), 12);
    assert_int_equal(count(text, "<circle class=\"q\""), 7);
    assert_has(text, "the path’s MTU lies in this band: 1252 … 1499");
    assert_has(text, "1420 WireGuard");
    assert_has(text, "again · 6");
    assert_has(text, "X.224 request · tls, hybrid</text>");
    assert_has(text, "X.224 confirm · tls</text>");
    assert_has(text, "frame.number == 22");
    free(text);
}

static char *drawn(const struct rdpath_packet *packets)
{
    struct rdpath_attempt a = sample_black_hole();
    a.packets = packets;
    a.n_packets = RDPATH_PACKETS_MAX;
    return rendered_one(&format_html, a);
}

static void html_draws_no_more_than_forty_rows(void **state)
{
    (void)state;
    static struct rdpath_packet packets[RDPATH_PACKETS_MAX];
    const struct rdpath_packet *of = sample_black_hole().packets; /* a constant table */
    for (uint32_t i = 0; i < RDPATH_PACKETS_MAX; i++) { /* up and down in turn, each lost */
        packets[i] = of[i % 2 ? 10 : 8];
        packets[i].fate = RDPATH_FATE_LOST;
        packets[i].frame = 100 + i;
        packets[i].ip_len = 100 + i;
    }
    char *text = drawn(packets);
    assert_int_equal(count(text, "<g transform="), 40);
    assert_has(text, "1961 packets between are not drawn"); /* 2000 - 24 before - 15 after */
    free(text);
    for (uint32_t i = 0; i < RDPATH_PACKETS_MAX; i++)
        packets[i].fate = i == 1000 ? RDPATH_FATE_LOST : RDPATH_FATE_DELIVERED;
    text = drawn(packets); /* 1000 that arrived, the lost one, 999 that arrived */
    assert_int_equal(count(text, "<g transform="), 3);
    assert_has(text, "1000 packets arrived");
    assert_has(text, "999 packets arrived");
    assert_int_equal(count(text, "<line class=\"lost\""), 1);
    free(text);
    for (uint32_t i = 0; i < RDPATH_PACKETS_MAX; i++)
        packets[i] = of[10];
    text = drawn(packets);
    assert_int_equal(count(text, "<g transform="), 1);
    assert_has(text, "ACK, 2000 times");
    free(text);
}

/* TCP of 1500 bytes passes where UDP of 1228 does not: both in one chart would say nothing. */
static void html_draws_the_sizes_of_udp_alone(void **state)
{
    (void)state;
    static struct rdpath_packet packets[4];
    struct rdpath_attempt a = sample_black_hole();
    for (uint32_t i = 0; i < 4; i++)
        packets[i] =
            (struct rdpath_packet){.ts_ns = a.start_ns + i * SAMPLE_MS * 100,
                                   .frame = 40 + i,
                                   .ip_len = i < 2    ? 1500
                                             : i == 2 ? 563
                                                      : 1228,
                                   .payload_len = 100,
                                   .direction = RDPATH_TO_CLIENT,
                                   .kind = i < 2 ? RDPATH_PACKET_TCP : RDPATH_PACKET_UDP,
                                   .fate = i == 3 ? RDPATH_FATE_LOST : RDPATH_FATE_DELIVERED};
    a.cause.id = "udp-large-dropped";
    a.packets = packets;
    a.n_packets = 4;
    char *text = rendered_one(&format_html, a);
    assert_has(text, "bytes in UDP to the client");
    assert_int_equal(count(text, "<circle class=\"p\""), 1);
    assert_int_equal(count(text, "<circle class=\"q\""), 1);
    assert_lacks(text, "lies in this band");
    free(text);
}

/* 2025-07-01 00:00:00 is 1751328000 (date -u +%s): 188 days before 2026-01-05 09:14:03. */
static void html_tells_how_late_an_attempt_was(void **state)
{
    (void)state;
    static const struct rdpath_certificate expired = {.subject = "CN=rds01",
                                                      .issuer = "CN=rds01",
                                                      .not_before_s = 1735689600,
                                                      .not_after_s = 1751328000};
    struct rdpath_attempt a = sample_black_hole();
    a.cause.id = "certificate-expired";
    a.tls.certificate = &expired;
    char *text = rendered_one(&format_html, a);
    assert_has(text, "the attempt, 2026-01-05: 188 days too late</text>");
    free(text);
}

/* A capture at the client sees what came, and of the rest that it never did. */
static void html_draws_what_never_came(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_black_hole();
    a.vantage = RDPATH_AT_CLIENT;
    a.path[RDPATH_TO_CLIENT].hole =
        (struct rdpath_hole){.len = 2896, .open = true, .frames = {{12}, 1, 1}};
    char *text = rendered_one(&format_html, a);
    assert_has(text, "2896 bytes never came</text>");
    free(text);
    a.path[RDPATH_TO_CLIENT].hole.acknowledged = true; /* the capture missed it */
    text = rendered_one(&format_html, a);
    assert_lacks(text, "never came");
    free(text);
}

/* 60 packets within a millisecond, then a reset after 300 s that a device sent. */
static void html_writes_out_the_silence_before_a_reset(void **state)
{
    (void)state;
    static struct rdpath_packet packets[61];
    struct rdpath_attempt a = sample_black_hole();
    for (uint32_t i = 0; i < 61; i++) {
        packets[i] = a.packets[i % 2 ? 10 : 8];
        packets[i].fate = RDPATH_FATE_DELIVERED;
        packets[i].frame = 100 + i;
        packets[i].ip_len = 100 + i;
        packets[i].ts_ns = a.start_ns + i * 10000;
    }
    packets[60].ts_ns = a.start_ns + 60 * 10000 + 300000 * SAMPLE_MS;
    packets[60].tcp_flags = 0x04;
    packets[60].direction = RDPATH_TO_CLIENT;
    a.packets = packets;
    a.n_packets = 61;
    a.ended = (struct rdpath_ended){RDPATH_BY_MIDDLEBOX, RDPATH_END_RST, 160, 300000 * SAMPLE_MS};
    char *text = rendered_one(&format_html, a);
    assert_has(text, "60 packets arrived");
    assert_has(text, ">+5 min 0 s</text>");
    assert_has(text, ">a device on the way</text>");
    assert_has(text, "RST: ends the attempt");
    free(text);
}

/* 60 packets that arrived, of which the 31st tells why: it is not folded among the others. */
static void html_draws_the_packet_that_proves(void **state)
{
    (void)state;
    static struct rdpath_packet packets[60];
    static struct rdpath_session session = {.error_info = {0x112f, 130}};
    struct rdpath_attempt a = sample_black_hole();
    for (uint32_t i = 0; i < 60; i++) {
        packets[i] = a.packets[8];
        packets[i].fate = RDPATH_FATE_DELIVERED;
        packets[i].again = 0;
        packets[i].note = RDPATH_NOTE_NONE;
        packets[i].payload_len = 60;
        packets[i].ip_len = 100 + i;
        packets[i].frame = 100 + i;
    }
    a.packets = packets;
    a.n_packets = 60;
    a.cause.frames = (struct rdpath_frames){{130}, 1, 1};
    a.session = &session;
    char *text = rendered_one(&format_html, a);
    assert_has(text, "30 packets arrived");
    assert_has(text, ">Set Error Info: ERRINFO_GRAPHICS_SUBSYSTEM_FAILED</text>");
    assert_has(text, "29 packets arrived");
    free(text);
}

/* What answers on the port is no RDP: its packets are none of RDP's either. */
static void html_draws_no_confirm_of_another_protocol(void **state)
{
    (void)state;
    static struct rdpath_packet packets[2];
    struct rdpath_attempt a = sample_black_hole();
    uint32_t n = 0;
    for (; n < a.n_rungs && a.rungs[n].stage != RDPATH_STAGE_X224_REQUEST; n++)
        continue;
    packets[0] = packets[1] = a.packets[8];
    packets[0].frame = a.rungs[n].frame;
    packets[1].frame = a.rungs[n].frame + 1;
    packets[1].direction = RDPATH_TO_CLIENT;
    packets[1].fate = RDPATH_FATE_DELIVERED;
    packets[1].again = 0;
    packets[1].note = RDPATH_NOTE_NONE;
    packets[1].payload_len = 40;
    a.packets = packets;
    a.n_packets = 2;
    a.n_rungs = n + 1;
    a.cause.id = "not-rdp";
    char *text = rendered_one(&format_html, a);
    assert_has(text, ">another protocol</text>");
    assert_lacks(text, ">X.224 confirm</text>");
    free(text);
}

/* Where the capture begins in the middle nothing is missing before it. */
static void html_asks_for_no_step_before_the_capture(void **state)
{
    (void)state;
    static const struct rdpath_rung open = {.stage = RDPATH_STAGE_TCP_OPEN,
                                            .ts_ns = SAMPLE_START_NS};
    static const struct rdpath_observation middle = {.id = "mid-stream", .text = "in the middle"};
    struct rdpath_attempt a = sample_black_hole();
    a.cause.id = "undetermined";
    a.outcome = RDPATH_OUTCOME_UNDETERMINED;
    a.stage = RDPATH_STAGE_TCP_OPEN;
    a.rungs = &open;
    a.n_rungs = 1;
    a.observations = &middle;
    a.n_observations = 1;
    a.cause.direction = RDPATH_NO_DIRECTION;
    char *text = rendered_one(&format_html, a);
    assert_lacks(text, "not reached");
    assert_lacks(text, "Missing:");
    assert_lacks(text, "class=\"bad\">undetermined");
    assert_int_equal(count(text, "<li>undetermined</li>"), 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_allows_its_own_style_and_script_alone),
        cmocka_unit_test(html_is_well_formed_whatever_it_holds),
        cmocka_unit_test(html_links_the_overview),
        cmocka_unit_test(html_draws_what_was_lost_and_what_arrived),
        cmocka_unit_test(html_draws_no_more_than_forty_rows),
        cmocka_unit_test(html_draws_the_sizes_of_udp_alone),
        cmocka_unit_test(html_tells_how_late_an_attempt_was),
        cmocka_unit_test(html_draws_what_never_came),
        cmocka_unit_test(html_writes_out_the_silence_before_a_reset),
        cmocka_unit_test(html_draws_the_packet_that_proves),
        cmocka_unit_test(html_draws_no_confirm_of_another_protocol),
        cmocka_unit_test(html_asks_for_no_step_before_the_capture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
