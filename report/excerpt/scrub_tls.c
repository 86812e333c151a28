/* SPDX-License-Identifier: Apache-2.0 */
/* Handshake messages (RFC 5246 section 7.4, RFC 8446 section 4). */
#include "report/excerpt/scrub.h"

#include "analyze/proto/digest.h"
#include "base/probe_mark.h"

enum {
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    CERTIFICATE = 11,
    SERVER_NAME = 0, /* extensions */
    SUPPORTED_GROUPS = 10,
    POINT_FORMATS = 11,
    SIGNATURE_ALGORITHMS = 13,
    SUPPORTED_VERSIONS = 43,
    RANDOM_LEN = 32,
};

/* RFC 8446 section 4.1.3: a random that says HelloRetryRequest. */
static bool random_is_retry(const struct redo *r)
{
    static const char words[] = "HelloRetryRequest";
    uint8_t digest[32];
    struct reader random = r->in;
    const uint8_t *bytes = reader_take(&random, RANDOM_LEN);
    return bytes && digest_sha256((const uint8_t *)words, sizeof words - 1, digest) &&
           memcmp(bytes, digest, RANDOM_LEN) == 0;
}

static void random_redo(struct redo *r)
{
    bool marked = r->in.left >= RANDOM_LEN && probe_marked(r->in.at);
    if (random_is_retry(r)) {
        redo_keep(r, RANDOM_LEN);
        return;
    }
    redo_keep(r, marked ? PROBE_MARK_LEN : 0);
    redo_bytes(r, RANDOM_LEN - (marked ? PROBE_MARK_LEN : 0));
}

static void server_name_redo(struct redo r)
{
    redo_keep(&r, 2); /* length of the list */
    while (r.in.left > 3) {
        redo_keep(&r, 1);
        redo_name(&r, redo_be16(&r));
    }
}

static void extensions_redo(struct redo r)
{
    while (r.in.left >= 4) {
        uint16_t type = redo_be16(&r), len = redo_be16(&r);
        struct redo data = redo_sub(&r, len);
        if (type == SERVER_NAME)
            server_name_redo(data);
        else if (type == SUPPORTED_VERSIONS || type == SUPPORTED_GROUPS || type == POINT_FORMATS ||
                 type == SIGNATURE_ALGORITHMS)
            redo_keep(&data, data.in.left);
    }
}

static void client_hello_redo(struct redo r, bool dtls)
{
    redo_keep(&r, 2);
    random_redo(&r);
    redo_bytes(&r, redo_u8(&r)); /* session id */
    if (dtls)
        redo_bytes(&r, redo_u8(&r)); /* cookie */
    redo_keep(&r, redo_be16(&r));    /* cipher suites */
    redo_keep(&r, redo_u8(&r));      /* compression methods */
    if (r.in.left)
        extensions_redo(redo_sub(&r, redo_be16(&r)));
}

static void server_hello_redo(struct redo r)
{
    redo_keep(&r, 2);
    random_redo(&r);
    redo_bytes(&r, redo_u8(&r)); /* session id */
    redo_keep(&r, 3);            /* cipher suite, compression method */
    if (r.in.left)
        extensions_redo(redo_sub(&r, redo_be16(&r)));
}

static void certificate_redo(struct redo r)
{
    struct redo list = redo_sub(&r, redo_be24(&r));
    while (list.in.left > 3)
        scrub_certificate(redo_sub(&list, redo_be24(&list)));
}

void scrub_handshake(struct redo r, const struct scrub_handshake *h)
{
    if (h->type == CLIENT_HELLO)
        client_hello_redo(r, h->dtls);
    else if (h->type == SERVER_HELLO)
        server_hello_redo(r);
    else if (h->type == CERTIFICATE)
        certificate_redo(r);
}

bool scrub_hello_is_13(struct reader r)
{
    reader_skip(&r, 2 + RANDOM_LEN);
    reader_skip(&r, reader_u8(&r));
    reader_skip(&r, 3 + 2);
    while (reader_ok(&r) && r.left >= 4) {
        uint16_t type = reader_be16(&r), len = reader_be16(&r);
        struct reader data = reader_sub(&r, len);
        if (type == SUPPORTED_VERSIONS)
            return reader_be16(&data) == 0x0304;
    }
    return false;
}
