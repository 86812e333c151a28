/* SPDX-License-Identifier: Apache-2.0 */
/* What takes the place of what must not be told, and what stays (SECURITY.md). */
#include "tests/unit/certificates.h"
#include "tests/unit/dialog_play.h"

#include "analyze/proto/x509.h"
#include "report/excerpt/lane.h"
#include "report/excerpt/scrub.h"

static struct fake *fake;

static int begin(void **state)
{
    (void)state;
    fake = fake_new("sixteen bytes at", 16);
    return fake ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    fake_free(fake);
    return 0;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static unsigned common_bits(const uint8_t *a, const uint8_t *b, unsigned n)
{
    unsigned bits = 0;
    while (bits < n && ((a[bits / 8] ^ b[bits / 8]) & 0x80 >> bits % 8) == 0)
        bits++;
    return bits;
}

/* Two addresses share as many first bits as before, no more and no fewer. */
static void prefixes_are_preserved(void **state)
{
    (void)state;
    const uint8_t before[][4] = {{10, 1, 2, 3}, {10, 1, 2, 2}, {10, 1, 130, 3}, {192, 0, 2, 1}};
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < i; j++) {
            uint8_t a[4], b[4];
            memcpy(a, before[i], 4);
            memcpy(b, before[j], 4);
            fake_address(fake, a, 4);
            fake_address(fake, b, 4);
            assert_memory_not_equal(a, before[i], 4);
            assert_int_equal(common_bits(a, b, 32), common_bits(before[i], before[j], 32));
        }
    }
}

static void prefixes_of_version_6_are_preserved(void **state)
{
    (void)state;
    const uint8_t host[16] = {0x20, 1, 0xd, 0xb8, 0, 1, [15] = 7};
    const uint8_t other[16] = {0x20, 1, 0xd, 0xb8, 0, 1, [8] = 0x10};
    uint8_t a[16], b[16];
    memcpy(a, host, 16);
    memcpy(b, other, 16);
    fake_address(fake, a, 6);
    fake_address(fake, b, 6);
    assert_memory_not_equal(a, host, 16);
    assert_int_equal(common_bits(a, b, 128), common_bits(host, other, 128));
}

static void what_names_no_host_stays(void **state)
{
    (void)state;
    const uint8_t four[][4] = {{0, 0, 0, 0},
                               {127, 0, 0, 1},
                               {224, 0, 0, 251},
                               {255, 255, 255, 255}};
    for (int i = 0; i < 4; i++) {
        uint8_t a[4];
        memcpy(a, four[i], 4);
        fake_address(fake, a, 4);
        assert_memory_equal(a, four[i], 4);
    }
    uint8_t local[16] = {0xfe, 0x80, [15] = 9};
    fake_address(fake, local, 6);
    assert_int_equal(local[0], 0xfe);
    assert_int_equal(local[1] & 0xc0, 0x80);
    uint8_t group[6] = {1, 0, 0x5e, 0, 0, 1}, host[6] = {0, 0x0c, 0x29, 1, 2, 3};
    fake_mac(fake, group);
    fake_mac(fake, host);
    assert_memory_equal(group, ((uint8_t[]){1, 0, 0x5e, 0, 0, 1}), 6);
    assert_int_equal(host[0] & 3, 2); /* one host, of no vendor */
}

static void names_become_letters_and_equal_ones_stay_equal(void **state)
{
    (void)state;
    char a[] = "RDS01.corp", b[] = "rds01.CORP", c[] = "rds02.corp";
    uint8_t wide[20];
    for (int i = 0; i < 10; i++) {
        wide[2 * i] = (uint8_t)a[i];
        wide[2 * i + 1] = 0;
    }
    fake_name(fake, &(struct fake_text){(uint8_t *)a, 10, 1, 0});
    fake_name(fake, &(struct fake_text){(uint8_t *)b, 10, 1, 0});
    fake_name(fake, &(struct fake_text){(uint8_t *)c, 10, 1, 0});
    fake_name(fake, &(struct fake_text){wide, 20, 2, 0});
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    for (int i = 0; i < 10; i++) {
        assert_true(a[i] >= 'a' && a[i] <= 'z');
        assert_int_equal(wide[2 * i], a[i]);
        assert_int_equal(wide[2 * i + 1], 0);
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

static void scrub(void (*how)(struct redo), const void *bytes, size_t len, uint8_t *out)
{
    memset(out, 0, len);
    how(redo_of(fake, reader_of(bytes, len, READER_END), out));
}

/* [MS-RDPBCGR 2.2.1.1]: the request of its section 4.1.1, with another user. */
static void a_request_keeps_its_form(void **state)
{
    (void)state;
    static const uint8_t request[] = "\x03\x00\x00\x2c\x27\xe0\x00\x00\x00\x00\x00"
                                     "Cookie: mstshash=eltons\r\n\x01\x00\x08\x00\x03\x00\x00\x00";
    uint8_t out[sizeof request];
    scrub(scrub_x224, request, sizeof request - 1, out);
    assert_memory_equal(out, request, 28);
    assert_memory_not_equal(out + 28, "eltons", 6);
    assert_memory_equal(out + 34, "\r\n\x01\x00\x08\x00\x03\x00\x00\x00", 10);
}

/* der: as long as self_signed. */
static void certificate_read(struct arena *arena, const uint8_t *der,
                             struct rdpath_certificate *out)
{
    struct x509 *opened = x509_open(der, sizeof self_signed);
    assert_non_null(opened);
    x509_read(opened, arena, out);
    x509_close(opened);
}

static void a_certificate_keeps_dates_and_algorithms(void **state)
{
    (void)state;
    uint8_t out[sizeof self_signed];
    struct arena arena = {0};
    struct rdpath_certificate before = {0}, after = {0};
    scrub(scrub_certificate, self_signed, sizeof self_signed, out);
    certificate_read(&arena, self_signed, &before);
    certificate_read(&arena, out, &after);
    assert_int_equal(after.not_before_s, before.not_before_s);
    assert_int_equal(after.not_after_s, before.not_after_s);
    assert_string_equal(after.key, before.key);
    assert_string_equal(after.signature, before.signature);
    assert_true(after.self_signed);
    assert_string_not_equal(after.subject, before.subject);
    for (size_t i = 0; i + 5 < sizeof out; i++)
        assert_memory_not_equal(out + i, "rds01", 5);
    arena_free(&arena);
}

/* The name that the client asked for (SNI) is replaced like that in the certificate. */
static void a_certificate_names_whom_it_named(void **state)
{
    (void)state;
    uint8_t out[sizeof self_signed];
    char host[] = "rds01.example.test";
    scrub(scrub_certificate, self_signed, sizeof self_signed, out);
    fake_name(fake, &(struct fake_text){(uint8_t *)host, strlen(host), 1, 0});
    const struct rdpath_text name = {(const uint8_t *)host, (uint32_t)strlen(host)};
    struct x509 *opened = x509_open(out, sizeof out);
    assert_non_null(opened);
    assert_true(x509_names(opened, &name));
    x509_close(opened);
}

static void a_proxy_learns_no_password(void **state)
{
    (void)state;
    static const char request[] = "CONNECT rds01:3389 HTTP/1.1\r\nHost: rds01:3389\r\n"
                                  "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n";
    uint8_t out[sizeof request] = {0};
    scrub(scrub_http, request, sizeof request - 1, out);
    assert_memory_equal(out, "CONNECT ", 8);
    assert_memory_equal(out + 13, ":3389 HTTP/1.1\r\n", 16);
    assert_null(strstr((char *)out, "rds01"));
    assert_null(strstr((char *)out, "dXNl"));
    assert_memory_equal(out + sizeof request - 5, "\r\n\r\n", 4);
}

/* ---- lanes ----------------------------------------------------------------------------------- */

static void a_lane_gives_back_what_overlaps(void **state)
{
    (void)state;
    struct budget budget = {.limit = 1 << 20};
    struct lane l = {.budget = &budget};
    uint8_t to[10] = {0};
    lane_keep(&l, 120, (const uint8_t *)"cd", 2);
    lane_keep(&l, 100, (const uint8_t *)"abcde", 5);
    lane_close(&l);
    assert_int_equal(lane_copy(&l, 103, to, 10), 2);
    assert_memory_equal(to, "de\0\0\0\0\0\0\0\0", 10);
    assert_int_equal(lane_copy(&l, 112, to, 10), 10);
    assert_memory_equal(to + 8, "cd", 2);
    assert_int_equal(lane_copy(&l, 105, NULL, 10), 0);
    assert_int_equal(lane_copy(&l, 121, NULL, 10), 1);
    lane_free(&l);
}

static void a_lane_keeps_to_its_budget(void **state)
{
    (void)state;
    static const uint8_t bytes[5000];
    struct budget budget = {.limit = 4096};
    struct lane l = {.budget = &budget};
    lane_keep(&l, 0, bytes, sizeof bytes);
    assert_int_equal(lane_copy(&l, 0, NULL, sizeof bytes), 0);
    assert_true(budget.used <= budget.limit);
    lane_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_are_preserved),
        cmocka_unit_test(prefixes_of_version_6_are_preserved),
        cmocka_unit_test(what_names_no_host_stays),
        cmocka_unit_test(names_become_letters_and_equal_ones_stay_equal),
        cmocka_unit_test(a_request_keeps_its_form),
        cmocka_unit_test(a_certificate_keeps_dates_and_algorithms),
        cmocka_unit_test(a_certificate_names_whom_it_named),
        cmocka_unit_test(a_proxy_learns_no_password),
        cmocka_unit_test(a_lane_gives_back_what_overlaps),
        cmocka_unit_test(a_lane_keeps_to_its_budget),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
