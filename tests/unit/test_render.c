/* SPDX-License-Identifier: Apache-2.0 */
/* The formats for machines: JSON and NDJSON, and the table of formats. */
#include "tests/unit/render_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *parsed(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!value)
        fail_msg("line %d: %s", error.line, error.text);
    return value;
}

static json_t *result_of(const struct rdpath_attempt *a, const struct writer_options *options)
{
    char *text = sample_rendered(&format_json, options, a, 1);
    json_t *result = parsed(text);
    free(text);
    return result;
}

/* "cause.frames.0" from an object. NULL where there is none. */
static json_t *at(json_t *value, const char *path)
{
    char name[64];
    while (value && *path) {
        size_t len = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)len, path);
        value = json_is_array(value) ? json_array_get(value, (size_t)atoi(name))
                                     : json_object_get(value, name);
        path += len + (path[len] == '.');
    }
    return value;
}

static void assert_names(json_t *object, const char *expected)
{
    char names[1024] = "";
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        if (names[0])
            strcat(names, " ");
        strcat(names, name);
    }
    assert_string_equal(names, expected);
}

static void assert_text(json_t *root, const char *path, const char *expected)
{
    const char *text = json_string_value(at(root, path));
    assert_non_null(text);
    assert_string_equal(text, expected);
}

/* ---- the members that the contract shows, in its order --------------------------------------- */

static void members_stand_in_the_order_of_the_contract(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_black_hole();
    json_t *r = result_of(&a, &(struct writer_options){0});
    assert_names(r, "schema tool attempts inputs");
    assert_names(at(r, "tool"), "name version");
    assert_names(at(r, "attempts.0"),
                 "id input vantage related client server start duration outcome stage "
                 "stage_inferred waiting_for ended cause path rdp tls udp session connections "
                 "observations findings ruled_out undecided");
    assert_names(at(r, "attempts.0.client"), "address port name");
    assert_names(at(r, "attempts.0.ended"), "by how frame quiet_before");
    assert_names(at(r, "attempts.0.cause"), "id direction confidence summary frames");
    assert_names(at(r, "attempts.0.path"), "to_server to_client");
    assert_names(at(r, "attempts.0.path.to_client"),
                 "mss largest_delivered smallest_lost mtu rtt retransmitted");
    assert_names(at(r, "attempts.0.path.to_client.mtu"), "at_least below");
    assert_names(at(r, "attempts.0.rdp"), "cookie requested selected failure correlation_id");
    assert_names(at(r, "attempts.0.tls"), "version cipher server_name alerts");
    assert_names(at(r, "attempts.0.connections.0"),
                 "protocol decisive client_port start duration stage ended");
    assert_names(at(r, "attempts.0.connections.0.ended"), "by how frame");
    assert_names(at(r, "attempts.0.observations.0"), "id text frames values");
    assert_names(at(r, "attempts.0.findings.0"),
                 "id verdict direction text frames evidence advice confidence against");
    assert_names(at(r, "attempts.0.findings.0.evidence.0"), "text frames");
    assert_names(at(r, "attempts.0.findings.0.advice.0"),
                 "title where platform command verify undo risk");
    assert_names(at(r, "attempts.0.ruled_out.0"), "id why frames");
    assert_names(at(r, "attempts.0.undecided.0"), "id needs");
    assert_names(at(r, "inputs.0"), "path format packets bytes first last vantage interfaces "
                                    "observations problems");
    assert_names(at(r, "inputs.0.interfaces.0"), "name link_type link_type_name received dropped");
    json_decref(r);
}

static void the_black_hole_reads_as_it_was_built(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_black_hole();
    json_t *r = result_of(&a, &(struct writer_options){0});
    assert_text(r, "schema", "rdpath.analysis/1");
    assert_text(r, "attempts.0.start", "2026-01-05T09:14:03.123456789Z");
    assert_text(r, "attempts.0.waiting_for", "server");
    assert_text(r, "attempts.0.stage", "tls-hello");
    assert_text(r, "attempts.0.cause.direction", "to-client");
    assert_text(r, "attempts.0.rdp.requested.0", "tls");
    assert_text(r, "attempts.0.rdp.requested.1", "hybrid");
    assert_text(r, "attempts.0.rdp.selected", "tls");
    assert_text(r, "attempts.0.findings.0.verdict", "confirmed");
    assert_text(r, "attempts.0.observations.0.values.side", "client");
    assert_int_equal(json_integer_value(at(r, "attempts.0.observations.0.values.mss")), 1460);
    assert_int_equal(json_integer_value(at(r, "attempts.0.cause.frames.3")), 22);
    assert_int_equal(json_integer_value(at(r, "attempts.0.path.to_client.mtu.below")), 1500);
    assert_true(json_is_null(at(r, "attempts.0.path.to_server.mtu.below")));
    assert_true(json_is_null(at(r, "attempts.0.udp")));
    assert_true(json_is_null(at(r, "attempts.0.tls.cipher")));
    json_decref(r);
}

static void what_is_unknown_is_null(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_empty();
    json_t *r = result_of(&a, &(struct writer_options){0});
    static const char *const nulls[] = {
        "vantage",
        "client.address",
        "client.port",
        "client.name",
        "start",
        "duration",
        "waiting_for",
        "ended.frame",
        "ended.quiet_before",
        "cause.id",
        "cause.direction",
        "cause.summary",
        "path",
        "rdp",
        "tls",
        "udp",
        "session",
    };
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "attempts.0.%s", nulls[i]);
        assert_true(json_is_null(at(r, path)));
    }
    json_decref(r);
}

static void certificate_and_udp_stand_where_they_were_seen(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_healthy();
    json_t *r = result_of(&a, &(struct writer_options){0});
    assert_names(at(r, "attempts.0.tls.certificate"),
                 "subject issuer not_before not_after key signature self_signed sha256");
    assert_text(r, "attempts.0.tls.certificate.not_after", "9999-12-31T23:59:59.000000000Z");
    assert_text(r, "attempts.0.tls.cipher", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
    assert_names(at(r, "attempts.0.udp"), "attempted stage version mtu_up mtu_down outcome");
    assert_text(r, "attempts.0.udp.outcome", "ok");
    json_decref(r);
    a.udp = (struct rdpath_udp){0};
    r = result_of(&a, &(struct writer_options){0});
    assert_text(r, "attempts.0.udp.outcome", "not-attempted"); /* it came to where UDP starts */
    json_decref(r);
}

static void no_requested_protocol_is_standard_security(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_black_hole();
    a.rdp.requested = 0;
    a.rdp.has_response = false;
    json_t *r = result_of(&a, &(struct writer_options){0});
    assert_text(r, "attempts.0.rdp.requested.0", "rdp");
    assert_true(json_is_null(at(r, "attempts.0.rdp.selected")));
    json_decref(r);
    a.rdp.requested = 0x8000000b;
    a.rdp.has_response = true;
    a.rdp.failure = 5;
    r = result_of(&a, &(struct writer_options){0});
    assert_text(r, "attempts.0.rdp.requested.2", "hybrid-ex");
    assert_text(r, "attempts.0.rdp.requested.3", "0x80000000");
    assert_true(json_is_null(at(r, "attempts.0.rdp.selected")));
    assert_int_equal(json_integer_value(at(r, "attempts.0.rdp.failure.code")), 5);
    assert_text(r, "attempts.0.rdp.failure.name", "HYBRID_REQUIRED_BY_SERVER");
    json_decref(r);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void durations_are_exact_to_the_nanosecond(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {100000000, "0.1"},
        {13585000000, "13.585"},
        {14020000000, "14.02"},
        {1, "1e-9"}, /* RFC 8259 section 6 allows the exponent */
        {INT64_C(600000000001), "600.000000001"},
        {INT64_C(999999999999999), "999999.999999999"},
        {0, "0.0"},
        {400000, "0.0004"},
        {123456789, "0.123456789"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[64];
        struct rdpath_attempt a = sample_refused();
        a.duration_ns = cases[i].ns;
        snprintf(expected, sizeof expected, "\"duration\": %s,", cases[i].text);
        char *text = sample_rendered(&format_json, &(struct writer_options){0}, &a, 1);
        assert_non_null(strstr(text, expected));
        free(text);
    }
}

/* ---- hostile text ---------------------------------------------------------------------------- */

static void text_that_is_not_utf8_has_its_bytes_beside(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_hostile();
    json_t *r = result_of(&a, &(struct writer_options){0});
    /* the sample's cookie: user FF 00 <b>|` */
    json_t *cookie = at(r, "attempts.0.rdp.cookie");
    assert_int_equal(json_string_length(cookie), 4 + 3 + 1 + 5);
    assert_memory_equal(json_string_value(cookie), "user\xef\xbf\xbd\0<b>|`", 13);
    assert_text(r, "attempts.0.rdp.cookie_hex", "75736572ff003c623e7c60");
    assert_non_null(at(r, "attempts.0.server.name_hex"));
    assert_non_null(at(r, "attempts.0.tls.server_name_hex"));
    assert_null(at(r, "attempts.0.client.name_hex"));
    assert_int_equal(json_string_length(at(r, "attempts.0.client.name")), 4999);
    assert_text(r, "attempts.0.tls.cipher", "0x1234");
    json_decref(r);
}

/* ---- frames, packets ------------------------------------------------------------------------- */

static void joined_frames_name_their_input(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_refused();
    a.cause.frames = (struct rdpath_frames){{RDPATH_REF(2, 7)}, 1, 3};
    a.ended.frame = RDPATH_REF(1, 9);
    json_t *r = result_of(&a, &(struct writer_options){.joined = true});
    assert_int_equal(json_integer_value(at(r, "attempts.0.cause.frames.0.input")), 2);
    assert_int_equal(json_integer_value(at(r, "attempts.0.cause.frames.0.frame")), 7);
    assert_int_equal(json_integer_value(at(r, "attempts.0.cause.frames_total")), 3);
    assert_int_equal(json_integer_value(at(r, "attempts.0.ended.frame.input")), 1);
    json_decref(r);
}

static void packets_come_when_asked_for(void **state)
{
    (void)state;
    struct rdpath_attempt a = sample_black_hole();
    json_t *r = result_of(&a, &(struct writer_options){.packets = true});
    assert_int_equal(json_array_size(at(r, "attempts.0.packets")), 20);
    assert_text(r, "attempts.0.packets.1.flags.0", "syn");
    assert_text(r, "attempts.0.packets.1.flags.1", "ack");
    assert_text(r, "attempts.0.packets.6.fate", "lost");
    assert_text(r, "attempts.0.packets.6.direction", "to-client");
    assert_int_equal(json_integer_value(at(r, "attempts.0.packets.6.length")), 1500);
    assert_int_equal(json_integer_value(at(r, "attempts.0.packets.6.frame")), 10);
    json_decref(r);
}

/* ---- several, none --------------------------------------------------------------------------- */

static void any_number_of_attempts_is_valid(void **state)
{
    (void)state;
    struct rdpath_attempt all[] = {sample_black_hole(), sample_healthy(), sample_refused(),
                                   sample_hostile(), sample_empty()};
    for (size_t n = 0; n <= sizeof all / sizeof all[0]; n++) {
        char *text =
            sample_rendered(&format_json, &(struct writer_options){.packets = true}, all, n);
        json_t *r = parsed(text);
        assert_int_equal(json_array_size(at(r, "attempts")), n);
        assert_int_equal(json_array_size(at(r, "inputs")), 1);
        json_decref(r);
        free(text);
    }
}

static void no_input_is_valid(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&bytes, &len);
    format_json.end(format_json.begin(file, &(struct writer_options){0}));
    fclose(file);
    json_t *r = parsed(bytes);
    assert_int_equal(json_array_size(at(r, "attempts")), 0);
    assert_int_equal(json_array_size(at(r, "inputs")), 0);
    json_decref(r);
    free(bytes);
}

static void ndjson_is_one_object_a_line(void **state)
{
    (void)state;
    struct rdpath_attempt all[] = {sample_black_hole(), sample_hostile()};
    char *text = sample_rendered(&format_ndjson, &(struct writer_options){0}, all, 2);
    static const char *const types[] = {"attempt", "attempt", "input"};
    size_t n = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *o = parsed(line);
        assert_true(n < 3);
        assert_text(o, "type", types[n]);
        assert_text(o, "schema", "rdpath.analysis/1");
        if (n == 0) {
            assert_text(o, "input_path", "attempt.pcapng");
            assert_text(o, "cause.id", "pmtu-black-hole");
        }
        if (n == 2)
            assert_text(o, "path", "attempt.pcapng");
        json_decref(o);
        n++;
    }
    assert_int_equal(n, 3);
    free(text);
}

static void same_attempts_same_bytes(void **state)
{
    (void)state;
    size_t n;
    const struct format *const *all = format_all(&n);
    for (size_t i = 0; i < n; i++) {
        struct rdpath_attempt attempts[] = {sample_hostile(), sample_healthy()};
        char *one = sample_rendered(all[i], &(struct writer_options){.packets = true}, attempts, 2);
        char *two = sample_rendered(all[i], &(struct writer_options){.packets = true}, attempts, 2);
        assert_string_equal(one, two);
        free(one);
        free(two);
    }
}

/* ---- the table ------------------------------------------------------------------------------- */

static void formats_are_found(void **state)
{
    (void)state;
    size_t n;
    format_all(&n);
    assert_int_equal(n, 5);
    assert_ptr_equal(format_by_name("json"), &format_json);
    assert_ptr_equal(format_by_name("markdown"), &format_markdown);
    assert_null(format_by_name("JSON"));
    assert_null(format_by_name("xml"));
    assert_ptr_equal(format_by_file("a/b.c/report.HTML"), &format_html);
    assert_ptr_equal(format_by_file("x.json.md"), &format_markdown);
    assert_ptr_equal(format_by_file("x.ndjson"), &format_ndjson);
    assert_ptr_equal(format_by_file("x.txt"), &format_text);
    assert_null(format_by_file("dir.json/report"));
    assert_null(format_by_file("json"));
    assert_null(format_by_file("x."));
    assert_null(format_by_file("x.markdow"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_stand_in_the_order_of_the_contract),
        cmocka_unit_test(the_black_hole_reads_as_it_was_built),
        cmocka_unit_test(what_is_unknown_is_null),
        cmocka_unit_test(certificate_and_udp_stand_where_they_were_seen),
        cmocka_unit_test(no_requested_protocol_is_standard_security),
        cmocka_unit_test(durations_are_exact_to_the_nanosecond),
        cmocka_unit_test(text_that_is_not_utf8_has_its_bytes_beside),
        cmocka_unit_test(joined_frames_name_their_input),
        cmocka_unit_test(packets_come_when_asked_for),
        cmocka_unit_test(any_number_of_attempts_is_valid),
        cmocka_unit_test(no_input_is_valid),
        cmocka_unit_test(ndjson_is_one_object_a_line),
        cmocka_unit_test(same_attempts_same_bytes),
        cmocka_unit_test(formats_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
