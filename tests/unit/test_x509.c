/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of a certificate; expected is what the certificates were made with. */
#include "tests/unit/certificates.h"
#include "tests/unit/dialog_play.h"

#include "analyze/proto/x509.h"

static bool read_der(struct arena *arena, const uint8_t *der, size_t len,
                     struct rdpath_certificate *out)
{
    struct x509 *opened = x509_open(der, len);
    if (!opened)
        return false;
    x509_read(opened, arena, out);
    x509_close(opened);
    return true;
}

static void reads_a_self_signed_certificate(void **state)
{
    struct arena arena = {0};
    struct rdpath_certificate c = {.frame = 7};
    (void)state;
    assert_true(read_der(&arena, self_signed, sizeof self_signed, &c));
    assert_string_equal(c.subject, "CN=rds01.example.test");
    assert_string_equal(c.issuer, "CN=rds01.example.test");
    assert_true(c.self_signed);
    assert_string_equal(c.key, "rsa-2048");
    assert_string_equal(c.signature, "sha256WithRSAEncryption");
    assert_int_equal(c.not_before_s, 1795381934); /* date -ud "2026-11-22 21:12:14" +%s */
    assert_int_equal(c.not_after_s, 1810933934);
    assert_string_equal(c.sha256, /* sha256sum */
                        "380b08e5a8db7f38f3c31907279d87dffd8d49b0fb2426b36182e1b6c4c12f4a");
    assert_int_equal(c.frame, 7);
    arena_free(&arena);
}

static void reads_a_certificate_of_an_authority(void **state)
{
    struct arena arena = {0};
    struct rdpath_certificate c = {0};
    (void)state;
    assert_true(read_der(&arena, from_ca, sizeof from_ca, &c));
    assert_string_equal(c.subject, "CN=b\xc3\xbcro.example.test, O=Example\\, Inc.");
    assert_string_equal(c.issuer, "CN=Example Issuing CA, O=Example");
    assert_false(c.self_signed);
    assert_string_equal(c.key, "ec-prime256v1");
    assert_string_equal(c.signature, "sha384WithRSAEncryption");
    assert_true(read_der(&arena, edwards, sizeof edwards, &c));
    assert_string_equal(c.key, "ed25519");
    assert_string_equal(c.signature, "ED25519");
    arena_free(&arena);
}

static bool names_len(const uint8_t *der, size_t len, const char *host, size_t host_len)
{
    const struct rdpath_text name = {(const uint8_t *)host, (uint32_t)host_len};
    struct x509 *opened = x509_open(der, len);
    assert_non_null(opened);
    bool named = x509_names(opened, &name);
    x509_close(opened);
    return named;
}

static bool names(const uint8_t *der, size_t len, const char *host)
{
    return names_len(der, len, host, strlen(host));
}

static void knows_whom_it_names(void **state)
{
    (void)state;
    assert_true(names(self_signed, sizeof self_signed, "rds01.example.test"));
    assert_true(names(self_signed, sizeof self_signed, "RDS01.EXAMPLE.TEST"));
    assert_true(names(self_signed, sizeof self_signed, "a.farm.example.test"));
    assert_true(names(self_signed, sizeof self_signed, "192.0.2.7"));
    assert_false(names(self_signed, sizeof self_signed, "192.0.2.8"));
    assert_false(names(self_signed, sizeof self_signed, "rds02.example.test"));
    assert_false(names(self_signed, sizeof self_signed, "a.b.farm.example.test"));
    assert_false(names(self_signed, sizeof self_signed, ""));
    assert_true(names(edwards, sizeof edwards, "ed")); /* no subjectAltName: the common name */
    assert_false(names_len(self_signed, sizeof self_signed, "rds01.example.test\0.evil", 24));
}

static void damage_is_no_certificate(void **state)
{
    struct arena arena = {0};
    struct rdpath_certificate c = {0};
    (void)state;
    for (size_t len = 0; len < sizeof edwards; len++) {
        uint8_t *cut = malloc(len + 1); /* so that a sanitizer sees reads beyond it */
        memcpy(cut, edwards, len);
        assert_false(read_der(&arena, cut, len, &c));
        free(cut);
    }
    for (size_t i = 0; i < sizeof from_ca; i++) {
        uint8_t changed[sizeof from_ca];
        memcpy(changed, from_ca, sizeof from_ca);
        changed[i] ^= 0xff;
        if (read_der(&arena, changed, sizeof changed, &c)) {
            assert_non_null(c.subject);
            assert_non_null(c.key);
            assert_non_null(c.signature);
        }
    }
    arena_free(&arena);
}

/* A server flight of TLS 1.2 with that certificate, to a client that asked for a name. */
static void play_certificate(struct play *p, const char *name)
{
    uint32_t n = (uint32_t)strlen(name), len = sizeof self_signed;
    play_negotiate(p, 1, 1);
    play_line(p, RDPATH_TO_SERVER);
    play_be(p, 0x160301, 3);
    play_be(p, 4 + 41 + 2 + 9 + n, 2);
    play_be(p, 1, 1);
    play_be(p, 41 + 2 + 9 + n, 3);
    play_be(p, 0x0303, 2);
    play_fill(p, 0, 32);
    play_be(p, 0, 1);
    play_be(p, 0x0002c02f, 4);
    play_be(p, 0x0100, 2);
    play_be(p, 9 + n, 2); /* extensions: server_name */
    play_be(p, 0, 2);
    play_be(p, 5 + n, 2);
    play_be(p, 3 + n, 2);
    play_be(p, 0, 1);
    play_be(p, n, 2);
    play_add(p, name, n);
    play_line(p, RDPATH_TO_CLIENT);
    play_be(p, 0x160303, 3);
    play_be(p, 4 + 6 + len, 2);
    play_be(p, 11, 1);
    play_be(p, 6 + len, 3);
    play_be(p, 3 + len, 3);
    play_be(p, len, 3);
    play_add(p, self_signed, len);
}

static void a_dialog_observes_the_certificate(void **state)
{
    static const char *const wanted[] = {"rds01.example.test", "other.example.test"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct play p = {0};
        struct stage s;
        play_certificate(&p, wanted[i]);
        stage_play_whole(&s, &p);
        assert_text(&s.connection.tls.server_name, wanted[i]);
        assert_non_null(s.connection.tls.certificate);
        assert_int_equal(s.connection.tls.certificate->frame, 4);
        assert_true(attempt_has(&s.attempt, OBS_CERTIFICATE_SELF_SIGNED));
        assert_int_equal(attempt_has(&s.attempt, OBS_CERTIFICATE_NAME_MISMATCH), i == 1);
        stage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_self_signed_certificate),
        cmocka_unit_test(reads_a_certificate_of_an_authority),
        cmocka_unit_test(knows_whom_it_names),
        cmocka_unit_test(damage_is_no_certificate),
        cmocka_unit_test(a_dialog_observes_the_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
