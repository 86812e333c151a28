/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_bytes.h"

#include "base/probe_mark.h"
#include "base/reader.h"

#include <string.h>

/* ---- writing --------------------------------------------------------------------------------- */

struct put {
    uint8_t *at;
};

static void put_number(struct put *p, uint32_t value, int n_bytes)
{
    for (int i = n_bytes - 1; i >= 0; i--)
        *p->at++ = (uint8_t)(value >> (8 * i));
}

static void put_bytes(struct put *p, const void *bytes, size_t len)
{
    memcpy(p->at, bytes, len);
    p->at += len;
}

static void put_random(struct put *p, uint64_t seed, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        *p->at++ = (uint8_t)(seed >> 56);
    }
}

/* [MS-RDPBCGR] 2.2.1.1 */
void bytes_x224_request(uint8_t out[PROBE_REQUEST_LEN], uint32_t protocols)
{
    static const uint8_t head[] = {3, 0, 0, PROBE_REQUEST_LEN, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0};
    struct put p = {out};
    put_bytes(&p, head, sizeof head);
    for (int i = 0; i < 4; i++)
        *p.at++ = (uint8_t)(protocols >> (8 * i));
}

/* ---- ClientHello (RFC 8446, 4.1.2) ----------------------------------------------------------- */

/* The suites that RDP servers since Windows 7 know. */
static const uint8_t suites[] = {0x13, 0x01, 0x13, 0x02, 0xc0, 0x2f, 0xc0, 0x30, 0xc0, 0x2b,
                                 0xc0, 0x2c, 0xc0, 0x13, 0xc0, 0x14, 0xc0, 0x27, 0xc0, 0x28,
                                 0x00, 0x9c, 0x00, 0x9d, 0x00, 0x2f, 0x00, 0x35};

/* extended_master_secret, supported_groups, ec_point_formats, signature_algorithms */
static const uint8_t extensions[] = {
    0, 23, 0, 0,                                          /* RFC 7627 */
    0, 10, 0, 8,  0, 6,  0, 29, 0, 23, 0, 24,             /* x25519, P-256, P-384 */
    0, 11, 0, 2,  1, 0,                                   /* uncompressed */
    0, 13, 0, 22, 0, 20, 4, 3,  5, 3,  6, 3,  8, 4, 8, 5, /* ECDSA, RSA-PSS */
    8, 6,  4, 1,  5, 1,  6, 1,  2, 1,                     /* RSA PKCS #1 */
};

static void put_extension(struct put *p, uint32_t type, size_t len)
{
    put_number(p, type, 2);
    put_number(p, (uint32_t)len, 2);
}

static void put_name(struct put *p, const char *name)
{
    uint32_t len = (uint32_t)strlen(name);
    put_extension(p, 0, len + 5); /* RFC 6066, 3 */
    put_number(p, len + 3, 2);
    put_number(p, 0, 1);
    put_number(p, len, 2);
    put_bytes(p, name, len);
}

static void put_tls13(struct put *p, uint64_t seed)
{
    static const uint8_t versions[] = {4, 3, 4, 3, 3}; /* 1.3, 1.2 */
    put_extension(p, 43, sizeof versions);
    put_bytes(p, versions, sizeof versions);
    put_extension(p, 51, 38); /* one share, of x25519: any 32 bytes are one */
    put_number(p, 36, 2);
    put_number(p, 29, 2);
    put_number(p, 32, 2);
    put_random(p, seed ^ 0x5a5a, 32);
}

void bytes_client_hello(uint8_t *out, size_t len, const struct probe_hello *h)
{
    struct put p = {out};
    size_t n_suites = h->tls13 ? sizeof suites : sizeof suites - 4;
    size_t name_len = h->name ? strlen(h->name) : 0;
    enum { RANDOM_LEN = 32 };
    put_number(&p, 22, 1);
    put_number(&p, 0x0301, 2);
    put_number(&p, (uint32_t)len - 5, 2);
    put_number(&p, 1, 1);
    put_number(&p, (uint32_t)len - 9, 3);
    put_number(&p, 0x0303, 2);
    put_bytes(&p, (const uint8_t *)probe_mark, PROBE_MARK_LEN);
    put_random(&p, h->seed, RANDOM_LEN - PROBE_MARK_LEN);
    put_number(&p, 0, 1);
    put_number(&p, (uint32_t)n_suites, 2);
    put_bytes(&p, suites + sizeof suites - n_suites, n_suites);
    put_number(&p, 0x0100, 2); /* no compression */
    put_number(&p, (uint32_t)(len - (size_t)(p.at - out) - 2), 2);
    if (name_len && name_len <= 128)
        put_name(&p, h->name);
    put_bytes(&p, extensions, sizeof extensions);
    if (h->tls13)
        put_tls13(&p, h->seed);
    size_t left = len - (size_t)(p.at - out) - 4;
    put_extension(&p, 21, left); /* padding, RFC 7685 */
    memset(p.at, 0, left);
}

/* ---- RDP over UDP [MS-RDPEUDP 3.1.5.1.1] ----------------------------------------------------- */

void bytes_udp_syn(uint8_t *out, size_t len, uint32_t sequence)
{
    struct put p = {out};
    memset(out, 0, len);
    put_number(&p, 0xffffffff, 4); /* snSourceAck */
    put_number(&p, 64, 2);         /* receive window, in packets */
    put_number(&p, 0x1001, 2);     /* SYN, SYNEX */
    put_number(&p, sequence, 4);
    put_number(&p, PROBE_SYN_PAYLOAD_MAX, 2);
    put_number(&p, PROBE_SYN_PAYLOAD_MAX, 2);
    put_number(&p, 1, 2); /* the version is valid */
    put_number(&p, 2, 2);
}

/* ---- the server's confirm [MS-RDPBCGR 2.2.1.2] ----------------------------------------------- */

enum probe_confirm bytes_read_confirm(const uint8_t *bytes, size_t len, uint32_t *selected,
                                      uint32_t *failure)
{
    struct reader r = reader_of(bytes, len, READER_MORE);
    *selected = *failure = 0;
    if (len && bytes[0] != 3)
        return PROBE_CONFIRM_FOREIGN;
    reader_skip(&r, 2);
    uint16_t tpkt_len = reader_be16(&r);
    reader_skip(&r, 1);
    uint8_t code = reader_u8(&r);
    if (!reader_ok(&r))
        return PROBE_CONFIRM_MORE;
    if ((code & 0xf0) != 0xd0)
        return PROBE_CONFIRM_FOREIGN;
    reader_skip(&r, 5);
    if (tpkt_len < PROBE_CONFIRM_LEN) /* a server from before the negotiation */
        return reader_ok(&r) ? PROBE_CONFIRM_RDP : PROBE_CONFIRM_MORE;
    uint8_t type = reader_u8(&r);
    reader_skip(&r, 3);
    uint32_t value = reader_le32(&r);
    if (!reader_ok(&r))
        return PROBE_CONFIRM_MORE;
    *(type == 3 ? failure : selected) = value;
    return type == 2 || type == 3 ? PROBE_CONFIRM_RDP : PROBE_CONFIRM_FOREIGN;
}
