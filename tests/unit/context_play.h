/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of DNS (RFC 1035 section 4) and Kerberos (RFC 4120 section 5), made member by member. */
#ifndef TESTS_UNIT_CONTEXT_PLAY_H
#define TESTS_UNIT_CONTEXT_PLAY_H

#include "tests/unit/frames.h"

#include <string.h>

/* ---- DNS ------------------------------------------------------------------------------------- */

#define DNS_A "00 01 00 01"
#define DNS_AAAA "00 1c 00 01"
#define DNS_NAMED "81 80 00 01 00 01 00 00 00 00"    /* an answer with one record */
#define DNS_NXDOMAIN "81 83 00 01 00 00 00 00 00 00" /* RCODE 3 */
#define DNS_SERVFAIL "81 82 00 01 00 00 00 00 00 00" /* RCODE 2 */
#define DNS_ASKS "01 00 00 01 00 00 00 00 00 00"

static inline void put_chars(struct build *b, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put8(b, (uint8_t)text[i]);
}

/* "rds01.corp.example" as labels */
static inline void put_name(struct build *b, const char *name)
{
    while (*name) {
        size_t len = strcspn(name, ".");
        put8(b, (unsigned)len);
        put_chars(b, name, len);
        name += len + (name[len] == '.');
    }
    put8(b, 0);
}

/* header: what follows the id. */
static inline void put_dns(struct build *b, const char *header, const char *name, const char *type)
{
    put_hex(b, "1a 2b");
    put_hex(b, header);
    put_name(b, name);
    put_hex(b, type);
}

/* A record of the name that was asked for (RFC 1035 section 4.1.4), valid for a minute. */
static inline void put_dns_a(struct build *b, const char *address)
{
    put_hex(b, "c0 0c 00 01 00 01 00 00 00 3c 00 04");
    put_hex(b, address);
}

/* ---- Kerberos -------------------------------------------------------------------------------- */

/* What was put since then becomes the content of an element with that tag. */
static inline void wrap(struct build *b, size_t since, unsigned tag)
{
    size_t len = b->len - since;
    memmove(b->bytes + since + 4, b->bytes + since, len);
    b->len = since;
    put8(b, tag);
    put8(b, 0x82);
    put16(b, (unsigned)len);
    b->len += len;
}

static inline void put_string(struct build *b, const char *text)
{
    size_t since = b->len;
    put_chars(b, text, strlen(text));
    wrap(b, since, 0x1b);
}

/* PrincipalName with name-type NT-SRV-INST, as the member with that tag */
static inline void put_principal(struct build *b, unsigned tag, const char *one, const char *two)
{
    size_t since = b->len;
    put_hex(b, "a0 03 02 01 02");
    size_t strings = b->len;
    put_string(b, one);
    put_string(b, two);
    wrap(b, strings, 0x30);
    wrap(b, strings, 0xa1);
    wrap(b, since, 0x30);
    wrap(b, since, tag);
}

static inline void put_realm(struct build *b, unsigned tag)
{
    size_t since = b->len;
    put_string(b, "CORP.EXAMPLE");
    wrap(b, since, tag);
}

static inline void put_krb_error(struct build *b, unsigned code, const char *one, const char *two)
{
    size_t since = b->len;
    put_hex(b, "a0 03 02 01 05  a1 03 02 01 1e  a4 11 18 0f");
    put_chars(b, "20231114221320Z", 15);
    put_hex(b, "a5 05 02 03 01 e2 40  a6 03 02 01");
    put8(b, code);
    put_realm(b, 0xa9);
    put_principal(b, 0xaa, one, two);
    wrap(b, since, 0x30);
    wrap(b, since, 0x7e);
}

/* tag: 0x6b AS-REP, 0x6d TGS-REP */
static inline void put_krb_reply(struct build *b, unsigned tag, const char *one, const char *two)
{
    size_t since = b->len;
    put_hex(b, "a0 03 02 01 05  a1 03 02 01 0d");
    put_realm(b, 0xa3);
    put_principal(b, 0xa4, "alice", "");
    size_t ticket = b->len;
    put_hex(b, "a0 03 02 01 05");
    put_realm(b, 0xa1);
    put_principal(b, 0xa2, one, two);
    wrap(b, ticket, 0x30);
    wrap(b, ticket, 0x61);
    wrap(b, ticket, 0xa5);
    size_t sealed = b->len;
    put_repeated(b, 0x5a, 900);
    wrap(b, sealed, 0xa6);
    wrap(b, since, 0x30);
    wrap(b, since, tag);
}

/* tag: 0x6a AS-REQ, 0x6c TGS-REQ; of its body nothing is read */
static inline void put_krb_request(struct build *b, unsigned tag)
{
    size_t since = b->len;
    put_hex(b, "a1 03 02 01 05  a2 03 02 01 0a");
    put_repeated(b, 0x5a, 60);
    wrap(b, since, 0x30);
    wrap(b, since, tag);
}

#endif
