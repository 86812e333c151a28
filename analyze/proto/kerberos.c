/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/kerberos.h"

#include "analyze/proto/der.h"

/* RFC 4120 section 5.10: the tags [APPLICATION n]; each message is a SEQUENCE inside. */
enum {
    TICKET = 0x61,
    AS_REQ = 0x6a,
    AS_REP = 0x6b,
    TGS_REQ = 0x6c,
    TGS_REP = 0x6d,
    KRB_ERROR = 0x7e,
    SEQUENCE = 0x30,
    GENERAL_STRING = 0x1b,
};

/* The tag [n] of a member. */
enum { MEMBER = 0xa0 };

static void string_read(struct reader *level, char *out, size_t size)
{
    struct reader text;
    out[0] = 0;
    if (!der_enter(level, GENERAL_STRING, &text) || text.tail != READER_END || text.left >= size)
        return;
    size_t n = 0;
    while (text.left) {
        uint8_t c = reader_u8(&text);
        if (c <= ' ' || c > '~') {
            out[0] = 0;
            return;
        }
        out[n++] = (char)c;
    }
    out[n] = 0;
}

/* PrincipalName (RFC 4120 section 5.2.2): of its strings the first two. */
static void principal_read(struct reader element, struct kerberos_message *m)
{
    struct reader name, member, strings;
    if (!der_enter(&element, SEQUENCE, &name) || !der_find(name, MEMBER | 1, &member) ||
        !der_enter(&member, SEQUENCE, &strings))
        return;
    string_read(&strings, m->service, sizeof m->service);
    string_read(&strings, m->host, sizeof m->host);
}

/* KDC-REP (RFC 4120 section 5.4.2): the name of the ticket stands in clear. */
static void reply_read(struct reader members, struct kerberos_message *m)
{
    struct reader member, ticket, inside, name;
    m->kind = KERBEROS_REPLY;
    if (der_find(members, MEMBER | 5, &member) && der_enter(&member, TICKET, &ticket) &&
        der_enter(&ticket, SEQUENCE, &inside) && der_find(inside, MEMBER | 2, &name))
        principal_read(name, m);
}

/* RFC 4120 section 5.9.1 */
static bool error_read(struct reader members, struct kerberos_message *m)
{
    struct reader code, name;
    m->kind = KERBEROS_ERROR;
    if (!der_find(members, MEMBER | 6, &code) || !der_number(code, &m->code))
        return false;
    if (der_find(members, MEMBER | 10, &name))
        principal_read(name, m);
    return true;
}

bool kerberos_read(struct reader r, struct kerberos_message *m)
{
    *m = (struct kerberos_message){.kind = KERBEROS_REQUEST};
    uint8_t tag;
    struct reader message, members;
    if (!der_next(&r, &tag, &message) || !der_enter(&message, SEQUENCE, &members))
        return false;
    if (tag == KRB_ERROR)
        return error_read(members, m);
    if (tag == AS_REP || tag == TGS_REP)
        reply_read(members, m);
    return tag == AS_REQ || tag == TGS_REQ || m->kind == KERBEROS_REPLY;
}

bool kerberos_read_segment(struct reader r, struct kerberos_message *m)
{
    if (r.tail == READER_END)
        r.tail = READER_MORE;
    reader_skip(&r, 4);
    return kerberos_read(r, m);
}
