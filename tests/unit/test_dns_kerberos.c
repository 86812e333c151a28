/* SPDX-License-Identifier: Apache-2.0 */
/* The readers of DNS and Kerberos: RFC 1035 section 4, RFC 4120 section 5. */
#include "tests/unit/context_play.h"

#include "analyze/proto/dns.h"
#include "analyze/proto/kerberos.h"

static struct reader all_of(const struct build *b)
{
    return reader_of(b->bytes, b->len, READER_END);
}

static void reads_a_question(void **state)
{
    static struct build b;
    struct dns_message m;
    (void)state;
    b.len = 0;
    put_dns(&b, DNS_ASKS, "rds01.corp.example", DNS_AAAA);
    assert_true(dns_read(all_of(&b), &m));
    assert_false(m.answer);
    assert_string_equal(m.name, "rds01.corp.example");
    assert_int_equal(m.type, DNS_TYPE_AAAA);
    assert_int_equal(m.n_addresses, 0);
}

/* An alias (RFC 1035 section 3.3.1) and its address. */
static void reads_an_answer(void **state)
{
    static struct build b;
    struct dns_message m;
    (void)state;
    b.len = 0;
    put_dns(&b, "81 80 00 01 00 02 00 00 00 00", "rds.corp.example", DNS_A);
    put_hex(&b, "c0 0c 00 05 00 01 00 00 00 3c 00 05 02 74 73 c0 10");
    put_dns_a(&b, "0a 00 00 02");
    assert_true(dns_read(all_of(&b), &m));
    assert_true(m.answer);
    assert_int_equal(m.code, 0);
    assert_int_equal(m.n_addresses, 1);
    assert_int_equal(m.addresses[0].version, 4);
    assert_memory_equal(m.addresses[0].bytes, "\x0a\0\0\x02", 4);
}

static void reads_what_failed(void **state)
{
    static struct build b;
    struct dns_message m;
    (void)state;
    b.len = 0;
    put_dns(&b, DNS_NXDOMAIN, "nowhere.example", DNS_A);
    assert_true(dns_read(all_of(&b), &m));
    assert_int_equal(m.code, DNS_NO_SUCH_NAME);
}

/* A name that points to itself, lengths behind the end, records without end, names too long. */
static void bears_hostile_dns(void **state)
{
    static const char *const none[] = {
        "00 01 01 00 00 01 00 00 00 00 00 00  c0 0c 00 01 00 01",
        "00 01 01 00 00 01 00 00 00 00 00 00  3f 61 62 63 00 00 01 00 01",
        "00 01 01 00 00 01 00 00 00 00 00 00  03 61 0a 63 00 00 01 00 01",
        "00 01 01 00 00 01 00 00 00 00 00 00  00 00 01 00 01",
        "00 01 01 00 00 02 00 00 00 00 00 00  01 61 00 00 01 00 01",
        "00 01 28 00 00 01 00 00 00 00 00 00  01 61 00 00 01 00 01",
        "00 01 01 00 00 01 00 00 00 00",
    };
    static struct build b;
    struct dns_message m;
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        b.len = 0;
        put_hex(&b, none[i]);
        assert_false(dns_read(all_of(&b), &m));
    }
    b.len = 0;
    put_hex(&b, "00 01 01 00 00 01 00 00 00 00 00 00");
    for (int i = 0; i < 60; i++)
        put_hex(&b, "01 61");
    put_hex(&b, "00 00 01 00 01");
    assert_false(dns_read(all_of(&b), &m));

    b.len = 0; /* 65,535 records, each a pointer to itself */
    put_dns(&b, "81 80 00 01 ff ff 00 00 00 00", "a.example", DNS_A);
    for (int i = 0; i < 100; i++)
        put_dns_a(&b, "0a 00 00 02");
    assert_true(dns_read(all_of(&b), &m));
    assert_int_equal(m.n_addresses, DNS_ADDRESSES_MAX);

    b.len = 0; /* an address of the wrong length */
    put_dns(&b, DNS_NAMED, "a.example", DNS_A);
    put_hex(&b, "c0 0c 00 01 00 01 00 00 00 3c 00 05 0a 00 00 02 00");
    assert_true(dns_read(all_of(&b), &m));
    assert_int_equal(m.n_addresses, 0);
}

static void reads_kerberos_error(void **state)
{
    static struct build b;
    struct kerberos_message m;
    (void)state;
    b.len = 0;
    put_krb_error(&b, 7, "TERMSRV", "rds01.corp.example");
    assert_true(kerberos_read(all_of(&b), &m));
    assert_int_equal(m.kind, KERBEROS_ERROR);
    assert_int_equal(m.code, 7);
    assert_string_equal(m.service, "TERMSRV");
    assert_string_equal(m.host, "rds01.corp.example");
    assert_string_equal(rdpath_kerberos_error_name(m.code), "KDC_ERR_S_PRINCIPAL_UNKNOWN");
    assert_string_equal(rdpath_kerberos_error_name(37), "KRB_AP_ERR_SKEW");
    assert_null(rdpath_kerberos_error_name(12345));
}

/* With short lengths, as every KDC writes them. */
static void reads_short_lengths(void **state)
{
    static struct build b;
    struct kerberos_message m;
    (void)state;
    b.len = 0;
    put_hex(&b, "7e 42 30 40 a0 03 02 01 05 a1 03 02 01 1e a4 11 18 0f "
                "32 30 32 33 31 31 31 34 32 32 31 33 32 30 5a "
                "a5 03 02 01 00 a6 03 02 01 25 a9 05 1b 03 41 2e 42 "
                "aa 10 30 0e a1 0c 30 0a 1b 06 6b 72 62 74 67 74 1b 00");
    assert_true(kerberos_read(all_of(&b), &m));
    assert_int_equal(m.code, 37);
    assert_string_equal(m.service, "krbtgt");
    assert_string_equal(m.host, "");
}

/* Over TCP a reply is longer than its first segment. */
static void reads_a_first_segment(void **state)
{
    static struct build b;
    struct kerberos_message m;
    (void)state;
    b.len = 0;
    put32(&b, 1200);
    put_krb_reply(&b, 0x6d, "TERMSRV", "rds01");
    assert_true(kerberos_read_segment(reader_of(b.bytes, 400, READER_END), &m));
    assert_int_equal(m.kind, KERBEROS_REPLY);
    assert_string_equal(m.service, "TERMSRV");
    assert_string_equal(m.host, "rds01");
    b.len = 0;
    put_krb_request(&b, 0x6a);
    assert_true(kerberos_read(all_of(&b), &m));
    assert_int_equal(m.kind, KERBEROS_REQUEST);
}

/* Cut at every byte, with every byte changed: never read behind the end, never a wrong text. */
static void bears_hostile_kerberos(void **state)
{
    static struct build b;
    struct kerberos_message m;
    (void)state;
    b.len = 0;
    put_krb_error(&b, 24, "krbtgt", "CORP.EXAMPLE");
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, b.bytes, n);
        (void)kerberos_read(reader_of(copy, n, n % 2 ? READER_CUT : READER_END), &m);
        free(copy);
    }
    for (size_t n = 0; n < b.len; n++) {
        for (int change = 1; change < 256; change += 6) {
            b.bytes[n] ^= (uint8_t)change;
            if (kerberos_read(all_of(&b), &m))
                assert_true(strlen(m.service) < sizeof m.service && strlen(m.host) < sizeof m.host);
            b.bytes[n] ^= (uint8_t)change;
        }
    }
    b.len = 0;
    put_krb_error(&b, 24, "a-service-with-a-name-too-long", "tab\there");
    assert_true(kerberos_read(all_of(&b), &m));
    assert_string_equal(m.service, "");
    assert_string_equal(m.host, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_question),      cmocka_unit_test(reads_an_answer),
        cmocka_unit_test(reads_what_failed),     cmocka_unit_test(bears_hostile_dns),
        cmocka_unit_test(reads_kerberos_error),  cmocka_unit_test(reads_short_lengths),
        cmocka_unit_test(reads_a_first_segment), cmocka_unit_test(bears_hostile_kerberos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
