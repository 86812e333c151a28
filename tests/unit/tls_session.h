/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS client and a server of OpenSSL that talk through memory; what they say becomes a play. */
#ifndef TESTS_UNIT_TLS_SESSION_H
#define TESTS_UNIT_TLS_SESSION_H

#include "tests/unit/inner_ear.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

struct session {
    SSL_CTX *ctx[2];
    SSL *end[2];
    struct play play;
    struct secrets *secrets;
    struct ear said[2]; /* what must be heard */
};

/* What a session is made of; NULL: OpenSSL's choice. */
struct session_kind {
    int version;
    const char *suites;
    bool mac_then_encrypt; /* CBC: not RFC 7366 */
};

static inline void session_keylog(const SSL *ssl, const char *line)
{
    struct session *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    struct keylog k = {.secrets = s->secrets};
    keylog_bytes(&k, reader_of(line, strlen(line), READER_END));
    keylog_end(&k);
}

/* One key and one certificate for all: making them takes most of the time. */
static inline void session_certify(SSL_CTX *ctx)
{
    static EVP_PKEY *key;
    static X509 *x;
    if (!x) {
        key = EVP_RSA_gen(2048);
        x = X509_new();
        X509_NAME *name = X509_get_subject_name(x);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"rds01", -1, -1, 0);
        X509_set_issuer_name(x, name);
        X509_gmtime_adj(X509_getm_notBefore(x), 0);
        X509_gmtime_adj(X509_getm_notAfter(x), 86400);
        X509_set_pubkey(x, key);
        assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    }
    assert_int_equal(SSL_CTX_use_certificate(ctx, x), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
}

static inline void session_open_end(struct session *s, const struct session_kind *kind, int side)
{
    SSL_CTX *ctx = s->ctx[side] =
        SSL_CTX_new(side == 0 ? TLS_client_method() : TLS_server_method());
    SSL_CTX_set_app_data(ctx, s);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, kind->version);
    SSL_CTX_set_max_proto_version(ctx, kind->version);
    if (kind->suites && kind->version == TLS1_3_VERSION)
        assert_int_equal(SSL_CTX_set_ciphersuites(ctx, kind->suites), 1);
    else if (kind->suites)
        assert_int_equal(SSL_CTX_set_cipher_list(ctx, kind->suites), 1);
    SSL_CTX_set_options(ctx, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS);
    if (kind->mac_then_encrypt)
        SSL_CTX_set_options(ctx, SSL_OP_NO_ENCRYPT_THEN_MAC);
    if (side == 0)
        SSL_CTX_set_keylog_callback(ctx, session_keylog);
    else
        session_certify(ctx);
}

/* New ends, and nothing said yet. */
static inline void session_renew(struct session *s)
{
    memset(&s->play, 0, sizeof s->play);
    memset(s->said, 0, sizeof s->said);
    play_negotiate(&s->play, 1, 1);
    for (int side = 0; side < 2; side++) {
        s->end[side] = SSL_new(s->ctx[side]);
        SSL_set_bio(s->end[side], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        (side == 0 ? SSL_set_connect_state : SSL_set_accept_state)(s->end[side]);
    }
}

static inline void session_open(struct session *s, const struct session_kind *kind)
{
    memset(s, 0, sizeof *s);
    s->secrets = secrets_new(NULL);
    session_open_end(s, kind, 0);
    session_open_end(s, kind, 1);
    session_renew(s);
}

static inline void session_reopen(struct session *s)
{
    SSL_free(s->end[0]);
    SSL_free(s->end[1]);
    session_renew(s);
}

/* Carries what that side has written to the other, as a line of the play. */
static inline bool session_carry(struct session *s, int side)
{
    char bytes[4096];
    int n, total = 0;
    while ((n = BIO_read(SSL_get_wbio(s->end[side]), bytes, sizeof bytes)) > 0) {
        if (total == 0)
            play_line(&s->play, (enum rdpath_direction)side);
        play_add(&s->play, bytes, (size_t)n);
        BIO_write(SSL_get_rbio(s->end[!side]), bytes, n);
        total += n;
    }
    return total > 0;
}

static inline void session_handshake(struct session *s)
{
    for (int side = 0; !SSL_is_init_finished(s->end[0]) || !SSL_is_init_finished(s->end[1]);
         side = !side) {
        SSL_do_handshake(s->end[side]);
        session_carry(s, side);
    }
    session_carry(s, 0);
    session_carry(s, 1);
}

static inline void session_begin(struct session *s, const struct session_kind *kind)
{
    session_open(s, kind);
    session_handshake(s);
}

/* One record, or several where it is longer than one may be. */
static inline void session_say(struct session *s, int side, size_t len)
{
    struct ear *ear = &s->said[side];
    uint8_t scrap[256];
    assert_true(ear->len + len <= sizeof ear->bytes);
    for (size_t i = 0; i < len; i++)
        ear->bytes[ear->len + i] = (uint8_t)(ear->len + i * 7 + (size_t)side);
    assert_int_equal(SSL_write(s->end[side], ear->bytes + ear->len, (int)len), (int)len);
    ear->len += (uint32_t)len;
    session_carry(s, side);
    while (SSL_read(s->end[!side], scrap, sizeof scrap) > 0)
        continue;
    session_carry(s, !side);
}

static inline void session_end(struct session *s)
{
    for (int side = 0; side < 2; side++) {
        SSL_free(s->end[side]);
        SSL_CTX_free(s->ctx[side]);
    }
    secrets_free(s->secrets);
}

#endif
