/* SPDX-License-Identifier: Apache-2.0 */
/* What ClientHello, ServerHello and Certificate say (RFC 5246 section 7.4, RFC 8446 section 4). */
#include "analyze/proto/tls_hello.h"
#include "analyze/proto/proto.h"
#include "analyze/proto/x509_shelf.h"
#include "base/probe_mark.h"

#include <string.h>

enum {
    RECORD_MAJOR = 3,
    CLIENT_HELLO = 1,
    EXTENSION_SERVER_NAME = 0,         /* RFC 6066 section 3 */
    EXTENSION_ENCRYPT_THEN_MAC = 22,   /* RFC 7366 section 2 */
    EXTENSION_SUPPORTED_VERSIONS = 43, /* RFC 8446 section 4.2.1 */
    HOST_NAME = 0,
    CERTIFICATE_MAX = 65535, /* larger than any that was ever made for a host */
};

/* RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t retry_random[TLS_RANDOM] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

struct extension {
    uint16_t type;
    struct reader data;
};

static bool extension_next(struct reader *r, struct extension *e)
{
    if (r->left == 0)
        return false;
    e->type = reader_be16(r);
    uint16_t len = reader_be16(r);
    e->data = reader_sub(r, len);
    return reader_ok(r);
}

/* Empty: there is none. */
static struct reader hello_host_name(struct reader r)
{
    reader_skip(&r, 2);
    uint8_t type = reader_u8(&r);
    uint16_t len = reader_be16(&r);
    struct reader name = reader_sub(&r, len);
    return type == HOST_NAME && reader_ok(&name) ? name : (struct reader){0};
}

static void hello_server_name(struct connection *c, struct reader extension)
{
    struct reader name = hello_host_name(extension);
    size_t len = name.left;
    const uint8_t *bytes = reader_take(&name, len);
    if (bytes && len && !c->tls.server_name.len)
        c->tls.server_name = connection_text(c, bytes, len);
}

static uint16_t hello_highest_version(struct reader r)
{
    uint16_t highest = 0;
    uint8_t len = reader_u8(&r);
    struct reader list = reader_sub(&r, len);
    while (reader_ok(&list) && list.left >= 2) {
        uint16_t version = reader_be16(&list);
        bool grease = (version & 0x0f0f) == 0x0a0a; /* RFC 8701 */
        if (!grease && version > highest)
            highest = version;
    }
    return highest;
}

/* DTLS counts downwards; 1.0 is TLS 1.1, 1.2 is TLS 1.2 (RFC 6347 sections 1 and 4.1). */
static uint16_t hello_version(const struct dialog *d, uint16_t version)
{
    if (!d->dtls || version < 0xfe00)
        return version;
    uint16_t minor = 0xff - (version & 0xff); /* 0, 2, 3 */
    return (uint16_t)(0x0302 + minor - (minor > 0));
}

/* From the session id up to the extensions. */
static void hello_skip_offers(struct reader *body, bool dtls)
{
    reader_skip(body, reader_u8(body)); /* session id */
    if (dtls)
        reader_skip(body, reader_u8(body)); /* cookie, RFC 6347 section 4.2.1 */
    reader_skip(body, reader_be16(body));   /* cipher suites */
    reader_skip(body, reader_u8(body));     /* compression methods */
}

bool tls_hello_glance(struct reader bytes, struct hello_glance *glance)
{
    bool hello = reader_u8(&bytes) == RECORD_HANDSHAKE && reader_u8(&bytes) == RECORD_MAJOR;
    reader_skip(&bytes, 3); /* minor version, length */
    hello = hello && reader_u8(&bytes) == CLIENT_HELLO;
    reader_skip(&bytes, 3 + 2 + TLS_RANDOM); /* length, version, random */
    hello_skip_offers(&bytes, false);
    uint16_t len = reader_be16(&bytes);
    *glance = (struct hello_glance){.before_13 = bytes.left == len};
    struct extension e;
    while (hello && extension_next(&bytes, &e)) {
        if (e.type == EXTENSION_SERVER_NAME)
            glance->server_name = hello_host_name(e.data);
        glance->before_13 &= e.type != EXTENSION_SUPPORTED_VERSIONS;
    }
    glance->before_13 &= reader_ok(&bytes);
    return glance->server_name.left > 0;
}

void tls_client_hello(struct dialog *d, struct reader body)
{
    struct connection *c = d->connection;
    uint16_t version = hello_version(d, reader_be16(&body));
    const uint8_t *random = reader_take(&body, TLS_RANDOM);
    hello_skip_offers(&body, d->dtls);
    if (!reader_ok(&body))
        return;
    memcpy(d->random[RDPATH_TO_SERVER], random, TLS_RANDOM);
    c->of_probe |= probe_marked(random);
    c->tls.offered_max = version;
    struct reader extensions = body.left ? reader_sub(&body, reader_be16(&body)) : body;
    struct extension e;
    while (extension_next(&extensions, &e)) {
        if (e.type == EXTENSION_SERVER_NAME)
            hello_server_name(c, e.data);
        uint16_t highest =
            e.type == EXTENSION_SUPPORTED_VERSIONS && !d->dtls ? hello_highest_version(e.data) : 0;
        if (highest)
            c->tls.offered_max = highest;
    }
}

/* Versions and ciphers that are considered broken: RFC 8996, RFC 7465, RFC 9325 section 4.1. */
static bool tls_is_weak(const struct rdpath_tls *tls)
{
    static const char *const weak[] = {"_NULL_", "_EXPORT_", "_RC4_", "_DES_", "_3DES_", "_anon_"};
    if (tls->version < TLS_1_2)
        return true;
    const char *cipher = rdpath_cipher_name(tls->cipher);
    for (size_t i = 0; cipher && i < sizeof weak / sizeof weak[0]; i++) {
        if (strstr(cipher, weak[i]))
            return true;
    }
    return false;
}

static void tls_observe_weak(const struct connection *c, rdpath_ref frame)
{
    const struct rdpath_tls *tls = &c->tls;
    const char *version = rdpath_tls_version_name(tls->version);
    const char *cipher = rdpath_cipher_name(tls->cipher);
    const struct observed what = {.kind = OBS_WEAK_TLS, .frames = frames_of(frame)};
    if (c->attempt && tls_is_weak(tls))
        attempt_observe(c->attempt, &what, "TLS %s with %s was negotiated",
                        version ? version : "of an unknown version",
                        cipher ? cipher : "an unknown cipher");
}

void tls_server_hello(struct dialog *d, const struct chunk *body)
{
    struct connection *c = d->connection;
    struct reader r = body->bytes;
    uint16_t version = hello_version(d, reader_be16(&r));
    const uint8_t *random = reader_take(&r, TLS_RANDOM);
    reader_skip(&r, reader_u8(&r)); /* session id */
    uint16_t cipher = reader_be16(&r);
    uint8_t compression = reader_u8(&r);
    if (!reader_ok(&r) || d->hello_done)
        return;
    struct reader extensions = r.left ? reader_sub(&r, reader_be16(&r)) : r;
    struct extension e;
    while (extension_next(&extensions, &e)) {
        if (e.type == EXTENSION_SUPPORTED_VERSIONS)
            version = hello_version(d, reader_be16(&e.data));
        d->encrypt_then_mac |= e.type == EXTENSION_ENCRYPT_THEN_MAC;
    }
    c->tls.version = version;
    c->tls.cipher = cipher;
    if (memcmp(random, retry_random, TLS_RANDOM) == 0) {
        c->tls.hello_retry = true;
        return;
    }
    d->hello_done = true;
    d->compressed = compression != 0;
    memcpy(d->random[RDPATH_TO_CLIENT], random, TLS_RANDOM);
    tls_observe_weak(c, body->at.frame);
}

static void tls_observe_certificate(const struct connection *c, const struct rdpath_text *der)
{
    const struct rdpath_certificate *certificate = c->tls.certificate;
    const struct rdpath_text *name = &c->tls.server_name;
    struct observed what = {.frames = frames_of(certificate->frame)};
    if (!c->attempt)
        return;
    if (certificate->self_signed) {
        what.kind = OBS_CERTIFICATE_SELF_SIGNED;
        attempt_observe(c->attempt, &what, "the certificate of %s was signed by itself",
                        certificate->subject);
    }
    if (name->len && !x509_shelf_names(c->shelf, der, name)) {
        what.kind = OBS_CERTIFICATE_NAME_MISMATCH;
        attempt_observe(c->attempt, &what,
                        "the certificate is for %s and does not have the name that the client "
                        "asked for",
                        certificate->subject);
    }
}

/* The first of the list is the server's own (RFC 5246 section 7.4.2); in TLS 1.3 a context stands
   before it (RFC 8446 section 4.4.2). */
void tls_certificate(struct dialog *d, const struct chunk *body)
{
    struct connection *c = d->connection;
    struct reader r = body->bytes;
    if (c->tls.version == TLS_1_3)
        reader_skip(&r, reader_u8(&r));
    struct reader list = reader_sub(&r, reader_be24(&r));
    uint32_t len = reader_be24(&list);
    const uint8_t *der = reader_take(&list, len);
    if (!der || len == 0 || len > CERTIFICATE_MAX || c->tls.certificate)
        return;
    struct rdpath_certificate certificate = {.frame = body->at.frame};
    struct rdpath_text text = {der, len};
    if (!x509_shelf_read(c->shelf, &c->arena, &text, &certificate))
        return;
    c->tls.certificate = arena_copy(&c->arena, &certificate, sizeof certificate);
    tls_observe_certificate(c, &text);
}
