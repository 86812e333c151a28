/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capture that others made, of a session without any encryption, read in place where it is at
 * hand: expected is what tshark reads of it, and in which frames.
 */
#include "rdpath.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SKIPPED = 77, SERVER_PORT = 9506 };

static char path[1024];

static void assert_is(const struct rdpath_text *text, const char *expected)
{
    assert_int_equal(text->len, strlen(expected));
    assert_memory_equal(text->bytes, expected, text->len);
}

static void check_attempt(void *ctx, const struct rdpath_attempt *a)
{
    const struct rdpath_session *s = a->session;
    ++*(int *)ctx;
    assert_int_equal(a->stage, RDPATH_STAGE_ACTIVE);
    assert_false(a->stage_inferred);
    assert_string_equal(a->cause.id, "none");
    /* the Font Map comes in frame 19, the client's Confirm Active in frame 292 */
    assert_int_equal(a->rungs[a->n_rungs - 1].frame, 292);
    assert_non_null(s);
    assert_is(&s->client_name, "PETER-PC");
    assert_int_equal(s->client_build, 8308);
    assert_true(s->has_encryption);
    assert_int_equal(s->encryption_method, 0);
    assert_int_equal(s->encryption_level, 0);
    assert_int_equal(s->n_channels, 3);
    assert_is(&s->channels[0], "drdynvc");
    assert_int_equal(s->license.code, 7);
    assert_int_equal(s->license.frame, 18);
    assert_int_equal(s->error_info.frame, 0);
}

static void a_session_without_encryption_is_read(void **state)
{
    (void)state;
    static const uint16_t ports[] = {SERVER_PORT};
    struct rdpath_options options = {.ports = ports, .n_ports = 1};
    int n = 0;
    struct rdpath_events events = {.ctx = &n, .attempt = check_attempt};
    struct rdpath_error error = {""};
    struct rdpath *r = rdpath_new(&options, &events);
    if (!rdpath_read(r, path, &error))
        fail_msg("%s", error.text);
    assert_int_equal(n, 1);
    rdpath_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_without_encryption_is_read),
    };
    const char *shared = getenv("RDPATH_SHARED");
    snprintf(path, sizeof path, "%s/captures/public/awakecoding_FreeRDP-pcap/sfb_rdp.pcap",
             shared ? shared : "../shared");
    if (access(path, R_OK) != 0) {
        printf("skipped: no capture at %s (RDPATH_SHARED says where they are)\n", path);
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
