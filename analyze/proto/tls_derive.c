/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/tls_suite.h"

#include "base/arena.h"

#include <string.h>

enum {
    BLOCK_MAX = 2 * (DIGEST_MAX + CIPHER_KEY_MAX + CIPHER_IV_MAX), /* of all derived keys */
    SEED_MAX = 16 + 2 * TLS_RANDOM,
    INFO_MAX = 32, /* RFC 8446 section 7.1: HkdfLabel, with the labels that are used here */
};

/* P_hash of RFC 5246 section 5, xored into out. */
static bool derive_p_hash(enum digest digest, struct reader secret, struct reader seed,
                          uint8_t out[BLOCK_MAX])
{
    uint8_t a[DIGEST_MAX], piece[DIGEST_MAX];
    uint8_t len = digest_len(digest);
    struct hmac first = {.digest = digest, .key = secret, .first = seed};
    bool made = hmac_make(&first, a);
    for (uint32_t at = 0; made && at < BLOCK_MAX; at += len) {
        struct reader a_now = reader_of(a, len, READER_END);
        struct hmac h = {digest, secret, a_now, seed}, next = {digest, secret, a_now, {0}};
        made = hmac_make(&h, piece);
        for (uint32_t i = 0; made && i < len && at + i < BLOCK_MAX; i++)
            out[at + i] ^= piece[i];
        made = made && hmac_make(&next, a);
    }
    memory_wipe(a, sizeof a);
    memory_wipe(piece, sizeof piece);
    return made;
}

/* The PRF: one digest from TLS 1.2 on, before that MD5 and SHA-1 with half of the secret each
   (RFC 2246 section 5). */
static bool derive_prf(const struct tls_suite *s, struct reader secret, struct reader seed,
                       uint8_t out[BLOCK_MAX])
{
    memset(out, 0, BLOCK_MAX);
    if (s->version >= TLS_1_2)
        return derive_p_hash(s->prf, secret, seed, out);
    struct reader half = reader_sub(&secret, secret.left / 2);
    return derive_p_hash(DIGEST_MD5, half, seed, out) &&
           derive_p_hash(DIGEST_SHA1, secret, seed, out);
}

/* The block holds the client's and the server's MAC key, then their keys, then their IVs. */
static void block_take(struct reader *block, uint8_t *to, size_t len, bool second)
{
    const uint8_t *client = reader_take(block, len), *server = reader_take(block, len);
    if (server && len)
        memcpy(to, second ? server : client, len);
}

bool tls_derive_block(const struct tls_suite *s, const struct tls_master *m,
                      enum rdpath_direction direction, struct tls_keys *keys)
{
    static const char label[] = "key expansion";
    uint8_t seed[SEED_MAX], out[BLOCK_MAX];
    size_t len = sizeof label - 1;
    memcpy(seed, label, len);
    memcpy(seed + len, m->server_random, TLS_RANDOM);
    memcpy(seed + len + TLS_RANDOM, m->client_random, TLS_RANDOM);
    bool made =
        derive_prf(s, m->secret, reader_of(seed, len + 2 * (size_t)TLS_RANDOM, READER_END), out);
    struct reader block = reader_of(out, sizeof out, READER_END);
    bool server = direction == RDPATH_TO_CLIENT;
    block_take(&block, keys->mac, s->mac_len, server);
    block_take(&block, keys->key, s->key_len, server);
    block_take(&block, keys->iv, s->iv_len, server);
    memory_wipe(out, sizeof out);
    return made && reader_ok(&block);
}

/* HKDF-Expand-Label with an empty context. What is wanted is never longer than one digest, so that
   the first block of HKDF-Expand (RFC 5869 section 2.3) is all. */
struct expansion {
    const char *label;
    uint8_t *to;
    uint8_t len;
};

static bool derive_label(const struct tls_suite *s, struct reader secret, struct expansion e)
{
    static const char prefix[] = "tls13 ";
    uint8_t info[INFO_MAX], made[DIGEST_MAX];
    size_t n = 3, prefix_len = sizeof prefix - 1, label_len = strlen(e.label);
    info[0] = 0;
    info[1] = e.len;
    info[2] = (uint8_t)(prefix_len + label_len);
    memcpy(info + n, prefix, prefix_len);
    n += prefix_len;
    memcpy(info + n, e.label, label_len);
    n += label_len;
    info[n++] = 0; /* no context */
    info[n++] = 1; /* the first block */
    struct hmac h = {.digest = s->prf, .key = secret, .first = reader_of(info, n, READER_END)};
    bool ok = hmac_make(&h, made);
    if (ok)
        memcpy(e.to, made, e.len);
    memory_wipe(made, sizeof made);
    return ok;
}

bool tls_derive_traffic(const struct tls_suite *s, struct reader secret, struct tls_keys *keys)
{
    return derive_label(s, secret, (struct expansion){"key", keys->key, s->key_len}) &&
           derive_label(s, secret, (struct expansion){"iv", keys->iv, s->iv_len});
}

bool tls_derive_next(const struct tls_suite *s, uint8_t *secret)
{
    uint8_t len = digest_len(s->prf);
    return derive_label(s, reader_of(secret, len, READER_END),
                        (struct expansion){"traffic upd", secret, len});
}
