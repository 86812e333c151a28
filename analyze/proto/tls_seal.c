/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/tls_seal.h"

#include "base/arena.h"

#include <string.h>

enum {
    RECORD_HEAD = 5,
    NUMBER_LEN = 8,
    EXTRA_LEN = NUMBER_LEN + RECORD_HEAD,
};

bool seal_begin(struct seal *s)
{
    s->number = 0;
    cipher_free(s->cipher);
    s->cipher = cipher_new(s->suite.cipher, s->keys.key);
    return s->cipher != NULL;
}

void seal_wipe(struct seal *s)
{
    cipher_free(s->cipher);
    memory_wipe(s, sizeof *s);
}

bool seal_take_traffic(struct seal *s, const uint8_t *secret)
{
    uint8_t len = digest_len(s->suite.prf);
    memcpy(s->secret, secret, len);
    return tls_derive_traffic(&s->suite, reader_of(s->secret, len, READER_END), &s->keys) &&
           seal_begin(s);
}

bool seal_update(struct seal *s)
{
    return tls_derive_next(&s->suite, s->secret) && seal_take_traffic(s, s->secret);
}

static void put_be(uint8_t *to, uint64_t value, int n)
{
    for (int i = n - 1; i >= 0; i--, value >>= 8)
        to[i] = (uint8_t)value;
}

/* What a tag or a MAC covers beside the text: RFC 5246 sections 6.2.3.1 and 6.2.3.3. */
static struct reader extra_12(uint8_t extra[EXTRA_LEN], const uint8_t *head, uint64_t number,
                              size_t len)
{
    put_be(extra, number, NUMBER_LEN);
    memcpy(extra + NUMBER_LEN, head, 3);
    put_be(extra + NUMBER_LEN + 3, len, 2);
    return reader_of(extra, EXTRA_LEN, READER_END);
}

/* ---- AEAD ------------------------------------------------------------------------------------ */

/* The derived part, then what the record brings; or the number xored in where it brings nothing
   (RFC 5288 section 3, RFC 8446 section 5.3). */
static void nonce_make(const struct seal *s, const uint8_t *brought, uint64_t number,
                       uint8_t nonce[CIPHER_NONCE])
{
    memcpy(nonce, s->keys.iv, s->suite.iv_len);
    if (s->suite.explicit_len) {
        memcpy(nonce + s->suite.iv_len, brought, s->suite.explicit_len);
        return;
    }
    for (int i = 0; i < NUMBER_LEN; i++)
        nonce[CIPHER_NONCE - 1 - i] ^= (uint8_t)(number >> (8 * i));
}

/* The type stands behind the text and before zeros (RFC 8446 section 5.2). */
static bool inner_type(struct opened_record *out)
{
    while (out->len && out->plain[out->len - 1] == 0)
        out->len--;
    if (out->len == 0)
        return false;
    out->type = out->plain[--out->len];
    return true;
}

/* One record that is well formed, as the one of that number. */
static bool aead_open_as(const struct seal *s, const struct sealed_record *r, uint64_t number,
                         struct opened_record *out)
{
    uint8_t nonce[CIPHER_NONCE], extra[EXTRA_LEN];
    struct reader body = r->body;
    const uint8_t *brought = reader_take(&body, s->suite.explicit_len);
    struct sealed sealed = {.iv = nonce};
    sealed.text = reader_sub(&body, body.left - CIPHER_TAG);
    sealed.tag = reader_take(&body, CIPHER_TAG);
    sealed.extra = s->suite.version == TLS_1_3 ? reader_of(r->head, RECORD_HEAD, READER_END)
                                               : extra_12(extra, r->head, number, sealed.text.left);
    nonce_make(s, brought, number, nonce);
    out->type = r->head[0];
    out->len = (uint32_t)sealed.text.left;
    return cipher_open(s->cipher, &sealed, out->plain);
}

static bool aead_open(const struct seal *s, const struct sealed_record *r,
                      struct opened_record *out)
{
    if (r->body.left < (size_t)s->suite.explicit_len + CIPHER_TAG)
        return false;
    for (out->missed = 0; out->missed <= SEAL_AHEAD; out->missed++) {
        if (aead_open_as(s, r, s->number + out->missed, out))
            return s->suite.version != TLS_1_3 || inner_type(out);
    }
    return false;
}

/* ---- CBC ------------------------------------------------------------------------------------- */

/* What a MAC covers, and the MAC as it was sent behind it. */
struct maced {
    struct reader text;
    const uint8_t *mac;
};

static bool mac_split(const struct seal *s, struct reader whole, struct maced *m)
{
    if (whole.left < s->suite.mac_len)
        return false;
    m->text = reader_sub(&whole, whole.left - s->suite.mac_len);
    m->mac = reader_take(&whole, s->suite.mac_len);
    return true;
}

static bool mac_find(const struct seal *s, const struct sealed_record *r, const struct maced *m,
                     struct opened_record *out)
{
    uint8_t extra[EXTRA_LEN], mac[DIGEST_MAX];
    struct hmac h = {.digest = s->suite.mac, .second = m->text};
    h.key = reader_of(s->keys.mac, s->suite.mac_len, READER_END);
    for (out->missed = 0; out->missed <= SEAL_AHEAD; out->missed++) {
        h.first = extra_12(extra, r->head, s->number + out->missed, m->text.left);
        if (!hmac_make(&h, mac))
            return false;
        if (memcmp(mac, m->mac, s->suite.mac_len) == 0)
            return true;
    }
    return false;
}

/* Blocks to text without its padding (RFC 5246 section 6.2.3.2). */
static bool cbc_decrypt(const struct seal *s, struct reader body, struct opened_record *out)
{
    struct sealed sealed = {.iv = s->keys.iv};
    if (s->suite.explicit_len)
        sealed.iv = reader_take(&body, s->suite.explicit_len);
    sealed.text = body;
    if (!reader_ok(&body) || body.left == 0 || body.left % CIPHER_BLOCK ||
        !cipher_open(s->cipher, &sealed, out->plain))
        return false;
    uint32_t len = (uint32_t)body.left, padding = out->plain[len - 1];
    if (padding >= len)
        return false;
    for (out->len = len - 1; out->len > len - 1 - padding; out->len--) {
        if (out->plain[out->len - 1] != padding)
            return false;
    }
    return true;
}

/* RFC 7366: the MAC covers the blocks, but in TLS 1.0 not the IV, which is in the record before. */
static bool cbc_open_maced(struct seal *s, const struct sealed_record *r, struct opened_record *out)
{
    struct maced m;
    if (!mac_split(s, r->body, &m) || !mac_find(s, r, &m, out))
        return false;
    if (out->missed && s->suite.explicit_len == 0) {
        s->n_passed += out->missed + 1;
        s->number += (uint64_t)out->missed + 1;
        return false;
    }
    return cbc_decrypt(s, m.text, out);
}

static bool cbc_open(struct seal *s, const struct sealed_record *r, struct opened_record *out)
{
    struct maced m;
    out->type = r->head[0];
    if (s->encrypt_then_mac)
        return cbc_open_maced(s, r, out);
    if (!cbc_decrypt(s, r->body, out) ||
        !mac_split(s, reader_of(out->plain, out->len, READER_END), &m) || !mac_find(s, r, &m, out))
        return false;
    out->len = (uint32_t)m.text.left;
    return true;
}

/* TLS 1.0: the last block of a record is the IV of the next (RFC 2246 section 6.2.3.2). */
static void cbc_chain(struct seal *s, struct reader body)
{
    size_t mac_len = s->encrypt_then_mac ? s->suite.mac_len : 0;
    if (body.left < CIPHER_BLOCK + mac_len)
        return;
    reader_skip(&body, body.left - mac_len - CIPHER_BLOCK);
    memcpy(s->keys.iv, reader_take(&body, CIPHER_BLOCK), CIPHER_BLOCK);
}

/* ---------------------------------------------------------------------------------------------- */

bool seal_open(struct seal *s, const struct sealed_record *r, struct opened_record *out)
{
    bool opened = s->suite.cbc ? cbc_open(s, r, out) : aead_open(s, r, out);
    if (s->suite.cbc && s->suite.explicit_len == 0)
        cbc_chain(s, r->body);
    if (!opened)
        return false;
    s->number += (uint64_t)out->missed + 1;
    out->missed += s->n_passed;
    s->n_passed = 0;
    return true;
}
