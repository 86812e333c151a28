/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/fake.h"

#include "analyze/proto/tls_cipher.h"
#include "base/arena.h"

enum {
    KEY_LEN = 32,
    MEMO_PLACES = 1024, /* addresses made lately; a power of two */
    NAME_MAX = 512,     /* characters of a name that its letters depend on */
};

enum domain { DOMAIN_KEY, DOMAIN_ADDRESS, DOMAIN_MAC, DOMAIN_NAME, DOMAIN_BYTES };

struct memo {
    struct addr from, to;
};

struct fake {
    uint8_t key[KEY_LEN];
    struct memo memo[MEMO_PLACES];
};

/* What is asked for and a counter come first, so that no two uses see the same bytes. */
static void mix(const uint8_t key[KEY_LEN], const uint8_t head[2], struct reader what,
                uint8_t out[DIGEST_MAX])
{
    const struct hmac h = {DIGEST_SHA256, reader_of(key, KEY_LEN, READER_END),
                           reader_of(head, 2, READER_END), what};
    if (!hmac_make(&h, out))
        memset(out, 0, DIGEST_MAX); /* nothing is told rather than something */
}

struct fake *fake_new(const void *key, size_t len)
{
    static const uint8_t head[2] = {DOMAIN_KEY, 0};
    struct fake *f = memory_zeroed(sizeof *f);
    uint8_t made[DIGEST_MAX];
    const struct hmac h = {DIGEST_SHA256, reader_of("rdpath", 6, READER_END),
                           reader_of(head, 2, READER_END), reader_of(key, len, READER_END)};
    if (!hmac_make(&h, made)) {
        memory_release(f);
        return NULL;
    }
    memcpy(f->key, made, KEY_LEN);
    return f;
}

void fake_free(struct fake *f)
{
    if (!f)
        return;
    memory_wipe(f, sizeof *f);
    memory_release(f);
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* How many bits stay as they are. */
static unsigned bits_kept(const uint8_t *b, int version)
{
    static const uint8_t loopback[16] = {[15] = 1}, none[16] = {0};
    if (version == 4)
        return b[0] == 127 || b[0] >= 224 || memcmp(b, none, 4) == 0 ? 32 : 0;
    if (memcmp(b, none, 16) == 0 || memcmp(b, loopback, 16) == 0 || b[0] == 0xff)
        return 128;
    return b[0] == 0xfe && (b[1] & 0xc0) == 0x80 ? 10 : 0;
}

/* Whether a bit is turned depends on the bits before it, and on nothing else. */
static bool bit_turns(const struct fake *f, const uint8_t *bytes, unsigned bit, int version)
{
    const uint8_t head[2] = {DOMAIN_ADDRESS, (uint8_t)version};
    uint8_t prefix[17] = {0}, out[DIGEST_MAX];
    prefix[0] = (uint8_t)bit;
    memcpy(prefix + 1, bytes, bit / 8);
    if (bit % 8)
        prefix[1 + bit / 8] = (uint8_t)(bytes[bit / 8] & (0xff00 >> bit % 8));
    mix(f->key, head, reader_of(prefix, sizeof prefix, READER_END), out);
    return out[0] & 1;
}

static struct memo *memo_of(struct fake *f, const struct addr *a)
{
    uint32_t hash = a->version;
    for (size_t i = 0; i < sizeof a->bytes; i++)
        hash = hash * 31 + a->bytes[i];
    return &f->memo[(hash ^ hash >> 10) % MEMO_PLACES];
}

void fake_address(struct fake *f, uint8_t *bytes, int version)
{
    size_t len = version == 4 ? 4 : 16;
    struct addr from = {.version = (uint8_t)version};
    memcpy(from.bytes, bytes, len);
    struct memo *memo = memo_of(f, &from);
    if (!addr_equal(&memo->from, &from)) {
        struct addr to = from;
        for (unsigned bit = bits_kept(from.bytes, version); bit < 8 * len; bit++) {
            if (bit_turns(f, from.bytes, bit, version))
                to.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
        }
        *memo = (struct memo){from, to};
    }
    memcpy(bytes, memo->to.bytes, len);
}

void fake_mac(struct fake *f, uint8_t mac[6])
{
    static const uint8_t head[2] = {DOMAIN_MAC, 0};
    uint8_t out[DIGEST_MAX];
    if (mac[0] & 1)
        return;
    mix(f->key, head, reader_of(mac, 6, READER_END), out);
    memcpy(mac, out, 6);
    mac[0] = (uint8_t)((mac[0] & 0xfc) | 2); /* one host, chosen locally (IEEE 802, 8.4) */
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static void fill(const struct fake *f, enum domain domain, struct reader what, struct reader to)
{
    uint8_t *out = (uint8_t *)(uintptr_t)to.at;
    uint8_t block[DIGEST_MAX] = {0};
    for (size_t i = 0; i < to.left; i++) {
        const uint8_t head[2] = {(uint8_t)domain, (uint8_t)(i / 32)};
        if (i % 32 == 0)
            mix(f->key, head, what, block);
        out[i] = block[i % 32];
    }
}

void fake_bytes(struct fake *f, uint8_t *bytes, size_t len)
{
    uint8_t made[DIGEST_MAX];
    uint8_t from[NAME_MAX];
    size_t n = len < sizeof from ? len : sizeof from;
    memcpy(from, bytes, n);
    for (size_t at = 0; at < len; at += sizeof made) {
        size_t part = len - at < sizeof made ? len - at : sizeof made;
        fill(f, DOMAIN_BYTES, reader_of(from, n, READER_END), reader_of(made, part, READER_END));
        memcpy(bytes + at, made, part);
    }
}

void fake_name(struct fake *f, const struct fake_text *t)
{
    uint8_t from[NAME_MAX], made[NAME_MAX];
    size_t n_all = t->len / t->width, n = n_all < NAME_MAX ? n_all : NAME_MAX;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = t->bytes[i * t->width + t->at];
        from[i] = (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    fill(f, DOMAIN_NAME, reader_of(from, n, READER_END), reader_of(made, n, READER_END));
    memset(t->bytes, 0, t->len);
    for (size_t i = 0; i < n_all; i++)
        t->bytes[i * t->width + t->at] = (uint8_t)('a' + made[i % NAME_MAX] % 26);
}
