/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of the bench capture. RDP: X.224 negotiation, a TLS 1.2 handshake with a real
 * certificate, then application-data records whose sizes are those of NLA, MCS and licensing, then
 * graphics one way and input the other. The rest: TLS on 443, HTTP on 80, something else on 5201.
 */
#include "tests/bench/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOISE = 1 << 16,     /* what looks like ciphertext is cut from here */
    MESSAGE_MAX = 40000, /* two whole TLS records and a part */
    CERTIFICATE_MAX = 4096,
    RDP_SESSION = 400, /* messages after the handshake, at most */
    WEB_SESSION = 24,
};

struct script {
    uint64_t random;
    uint8_t noise[NOISE + MESSAGE_MAX];
    uint8_t certificate[CERTIFICATE_MAX];
    uint32_t certificate_len;
    uint8_t text[MESSAGE_MAX];
    uint32_t len; /* of text */
};

/* ---- random numbers -------------------------------------------------------------------------- */

/* xorshift64* (Marsaglia, Vigna): fast, and the same everywhere. */
uint32_t script_random(struct script *s, uint32_t below)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    uint32_t drawn = (uint32_t)(s->random * 0x2545f4914f6cdd1dULL >> 32);
    return (uint32_t)((uint64_t)drawn * below >> 32);
}

/* ---- building blocks: each appends to the text ----------------------------------------------- */

static void add(struct script *s, const void *bytes, uint32_t len)
{
    memcpy(s->text + s->len, bytes, len);
    s->len += len;
}

static void add_number(struct script *s, uint32_t value, int n_bytes)
{
    while (n_bytes--)
        s->text[s->len++] = (uint8_t)(value >> 8 * n_bytes);
}

static void add_noise(struct script *s, uint32_t len)
{
    add(s, s->noise + script_random(s, NOISE), len);
}

/* The header of a TLS record: RFC 5246 6.2.1. */
static void add_record(struct script *s, uint8_t type, uint32_t len)
{
    add_number(s, type, 1);
    add_number(s, 0x0303, 2);
    add_number(s, len, 2);
}

static void add_handshake(struct script *s, uint8_t type, uint32_t len)
{
    add_record(s, 22, 4 + len);
    add_number(s, type, 1);
    add_number(s, len, 3);
}

/* Application data, in records of at most 2^14 bytes. wire_len: with the header of the first. */
static void add_sealed(struct script *s, uint32_t wire_len)
{
    for (uint32_t left = wire_len - 5, len; left > 0; left -= len) {
        len = left < 16384 ? left : 16384;
        add_record(s, 23, len);
        add_noise(s, len);
    }
}

/* ---- the messages of a handshake ------------------------------------------------------------- */

/* [MS-RDPBCGR] 2.2.1.1: a cookie of nine characters; TLS, CredSSP and its extended form. */
static void add_x224_request(struct script *s)
{
    char cookie[32];
    int len = snprintf(cookie, sizeof cookie, "Cookie: mstshash=user%05u\r\n",
                       (unsigned)script_random(s, 99999));
    add(s, "\x03\0\0\x2f\x2a\xe0\0\0\0\0\0", 11);
    add(s, cookie, (uint32_t)len);
    s->text[3] = (uint8_t)(11 + len + 8);
    s->text[4] = (uint8_t)(6 + len + 8);
    add(s, "\x01\0\x08\0\x0b\0\0\0", 8);
}

/* [MS-RDPBCGR] 2.2.1.2: CredSSP with the early user authorization result. */
static void add_x224_confirm(struct script *s)
{
    add(s, "\x03\0\0\x13\x0e\xd0\0\0\0\0\0\x02\x1f\x08\0\x08\0\0\0", 19);
}

/* RFC 5246 7.4.1.2; server name, groups, signatures. */
static void add_client_hello(struct script *s)
{
    static const uint8_t suites[] = {0, 6, 0xc0, 0x30, 0xc0, 0x2f, 0, 0x9d, 1, 0};
    static const uint8_t extensions[] = {
        0, 0,  0, 10, 0, 8, 0, 0,  5, 'r', 'd', 's', '0', '1', /* server_name */
        0, 10, 0, 6,  0, 4, 0, 29, 0, 23,                      /* supported_groups */
        0, 13, 0, 8,  0, 6, 8, 4,  4, 1,   2,   1,             /* signature_algorithms */
        0, 23, 0, 0,                                           /* extended_master_secret */
    };
    add_handshake(s, 1, 2 + 32 + 1 + 32 + sizeof suites + 2 + sizeof extensions);
    add_number(s, 0x0303, 2);
    add_noise(s, 32);
    add_number(s, 32, 1);
    add_noise(s, 32);
    add(s, suites, sizeof suites);
    add_number(s, sizeof extensions, 2);
    add(s, extensions, sizeof extensions);
}

/* RFC 5246 7.4.1.3, 7.4.2, 7.4.5; RFC 8422 5.4 with X25519 and a 2048-bit signature. */
static void add_server_flight(struct script *s)
{
    add_handshake(s, 2, 2 + 32 + 1 + 32 + 2 + 1 + 2 + 4);
    add_number(s, 0x0303, 2);
    add_noise(s, 32);
    add_number(s, 32, 1);
    add_noise(s, 32);
    add(s, "\xc0\x30\0\0\x04\0\x17\0\0", 9);
    add_handshake(s, 11, 6 + s->certificate_len);
    add_number(s, 3 + s->certificate_len, 3);
    add_number(s, s->certificate_len, 3);
    add(s, s->certificate, s->certificate_len);
    add_handshake(s, 12, 4 + 32 + 4 + 256);
    add(s, "\x03\0\x1d\x20", 4);
    add_noise(s, 32);
    add(s, "\x04\x01\x01\0", 4);
    add_noise(s, 256);
    add_handshake(s, 14, 0);
}

/* RFC 5246 7.4.7, 7.1: ClientKeyExchange, ChangeCipherSpec, Finished. */
static void add_client_finish(struct script *s)
{
    add_handshake(s, 16, 33);
    add_number(s, 32, 1);
    add_noise(s, 32);
    add(s, "\x14\x03\x03\0\x01\x01", 6);
    add_record(s, 22, 40);
    add_noise(s, 40);
}

static void add_server_finish(struct script *s)
{
    add(s, "\x14\x03\x03\0\x01\x01", 6);
    add_record(s, 22, 40);
    add_noise(s, 40);
}

/* ---- RDP ------------------------------------------------------------------------------------- */

/* A row is one message: made by add, or application-data records of these lengths. The lengths are
   those of an NTLM logon under TLS 1.2 with AES-GCM: 29 bytes more than what they carry. */
static const struct row {
    enum side from;
    void (*add)(struct script *);
    uint16_t records[4];
} rdp_rows[] = {
    {CLIENT, add_x224_request, {0}},
    {SERVER, add_x224_confirm, {0}},
    {CLIENT, add_client_hello, {0}},
    {SERVER, add_server_flight, {0}},
    {CLIENT, add_client_finish, {0}},
    {SERVER, add_server_finish, {0}},
    {CLIENT, NULL, {86}},  /* NTLM negotiate */
    {SERVER, NULL, {291}}, /* challenge */
    {CLIENT, NULL, {638}}, /* authenticate */
    {SERVER, NULL, {88}},  /* the server's key */
    {CLIENT, NULL, {212}}, /* credentials */
    {SERVER, NULL, {33}},  /* early user authorization */
    {CLIENT, NULL, {491}}, /* MCS connect */
    {SERVER, NULL, {155}},
    {CLIENT, NULL, {41, 37}}, /* erect domain, attach user */
    {SERVER, NULL, {40}},
    {CLIENT, NULL, {41}}, /* join a channel */
    {SERVER, NULL, {44}},
    {CLIENT, NULL, {41}},
    {SERVER, NULL, {44}},
    {CLIENT, NULL, {41}},
    {SERVER, NULL, {44}},
    {CLIENT, NULL, {462}}, /* client info */
    {SERVER, NULL, {63}},  /* licence */
    {SERVER, NULL, {501}}, /* demand active */
    {CLIENT, NULL, {640}}, /* confirm active */
    {CLIENT, NULL, {65, 69, 69, 69}},
    {SERVER, NULL, {65, 69, 69, 69}}, /* font map: the session is up */
};

enum { N_RDP_ROWS = sizeof rdp_rows / sizeof rdp_rows[0] };

static enum side add_row(struct script *s, const struct row *row)
{
    if (row->add)
        row->add(s);
    for (int i = 0; i < 4 && row->records[i]; i++)
        add_sealed(s, row->records[i]);
    return row->from;
}

/* Graphics in bursts of up to a whole record; now and then a key or the mouse. */
static enum side add_session(struct script *s)
{
    if (script_random(s, 3) == 0) {
        add_sealed(s, 50 + script_random(s, 40));
        return CLIENT;
    }
    add_sealed(s, 120 + script_random(s, 125) * script_random(s, 125));
    return SERVER;
}

/* ---- everything else ------------------------------------------------------------------------- */

static void add_http_request(struct script *s)
{
    static const char text[] =
        "GET /index.html HTTP/1.1\r\nHost: www.example\r\nAccept: */*\r\n\r\n";
    add(s, text, sizeof text - 1);
}

static void add_http_answer(struct script *s)
{
    uint32_t len = 200 + script_random(s, 190) * script_random(s, 190);
    s->len += (uint32_t)snprintf((char *)s->text, 100,
                                 "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", (unsigned)len);
    add_noise(s, len);
}

static enum side add_https(struct script *s, uint32_t step)
{
    static void (*const handshake[])(struct script *) = {add_client_hello, add_server_flight,
                                                         add_client_finish, add_server_finish};
    enum side from = step % 2 == 0 ? CLIENT : SERVER;
    if (step < 4)
        handshake[step](s);
    else
        add_sealed(s, from == CLIENT ? 100 + script_random(s, 900)
                                     : 200 + script_random(s, 190) * script_random(s, 190));
    return from;
}

static enum side add_web(struct script *s, const struct talk *t)
{
    enum side from = t->step % 2 == 0 ? CLIENT : SERVER;
    if (t->port == 443)
        return add_https(s, t->step);
    if (t->port != 80)
        add_noise(s, from == CLIENT ? 120 : 200 + script_random(s, 12000));
    else if (from == CLIENT)
        add_http_request(s);
    else
        add_http_answer(s);
    return from;
}

/* ---- the talk -------------------------------------------------------------------------------- */

struct talk script_talk(struct script *s, bool rdp)
{
    static const uint16_t web[] = {443, 443, 443, 443, 443, 443, 443, 80, 80, 5201};
    struct talk t = {.rdp = rdp, .port = 3389, .messages_a_turn = 4};

    t.n_steps = N_RDP_ROWS + script_random(s, RDP_SESSION);
    if (!rdp) {
        t.port = web[script_random(s, 10)];
        t.n_steps = 4 + script_random(s, WEB_SESSION);
        t.messages_a_turn = 2;
    }
    return t;
}

bool script_next(struct script *s, struct talk *t, struct message *m)
{
    if (t->step == t->n_steps)
        return false;
    s->len = 0;
    if (!t->rdp)
        m->from = add_web(s, t);
    else
        m->from = t->step < N_RDP_ROWS ? add_row(s, &rdp_rows[t->step]) : add_session(s);
    m->bytes = s->text;
    m->len = s->len;
    t->step++;
    return true;
}

struct script *script_new(const char *certificate)
{
    FILE *file = fopen(certificate, "rb");
    struct script *s = calloc(1, sizeof *s);
    if (!s || !file)
        goto end;
    s->random = 0x9e3779b97f4a7c15ULL; /* any number but 0 */
    for (uint32_t i = 0; i < sizeof s->noise; i++)
        s->noise[i] = (uint8_t)script_random(s, 256);
    s->certificate_len = (uint32_t)fread(s->certificate, 1, CERTIFICATE_MAX, file);
end:
    if (file)
        fclose(file);
    if (s && s->certificate_len == 0) {
        free(s);
        return NULL;
    }
    return s;
}

void script_free(struct script *s)
{
    free(s);
}
