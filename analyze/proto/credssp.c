/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CredSSP [MS-CSSP 2.2.1]: TSRequest in DER, and in its token SPNEGO [RFC 4178] or NTLM itself:
 *
 *   TSRequest ::= SEQUENCE { version [0], negoTokens [1], authInfo [2], pubKeyAuth [3],
 *                            errorCode [4], clientNonce [5] }
 *
 * authInfo holds the user's password: it is never entered. Of a Kerberos token nothing but its
 * object identifier is read.
 */
#include "analyze/proto/der.h"
#include "analyze/proto/plain.h"

#include <string.h>

enum {
    SEQUENCE = 0x30,
    OCTET_STRING = 0x04,
    OBJECT_ID = 0x06,
    CONTEXT_0 = 0xa0, /* and on for the fields behind it */
    CONTEXT_1,
    CONTEXT_2,
    CONTEXT_4 = 0xa4,
    GSS_TOKEN = 0x60,      /* RFC 2743 section 3.1 */
    NEG_TOKEN_RESP = 0xa1, /* RFC 4178 section 4.2.2 */
};

struct mechanism {
    const char *name;
    uint8_t len;
    uint8_t id[10]; /* the contents of the OBJECT IDENTIFIER */
};

#define SPNEGO (&mechanisms[0])

static const struct mechanism mechanisms[] = {
    {NULL, 6, {0x2b, 6, 1, 5, 5, 2}},                                   /* SPNEGO */
    {"kerberos", 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2}},     /* RFC 4121 */
    {"kerberos", 9, {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2}},     /* [MS-SPNG 3.1.5.2] */
    {"kerberos", 10, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3}}, /* user to user */
    {"ntlm", 10, {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10}},             /* [MS-NLMP 1.9] */
    {"negoex", 10, {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30}},           /* [MS-NEGOEX] */
    {"pku2u", 6, {0x2b, 6, 1, 5, 2, 7}},
};

static const struct mechanism *mechanism_find(struct reader id)
{
    for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++) {
        const struct mechanism *m = &mechanisms[i];
        if (id.left == m->len && memcmp(id.at, m->id, m->len) == 0)
            return m;
    }
    return NULL;
}

static void mechanism_keep(struct inner *in, struct reader id)
{
    const struct mechanism *m = mechanism_find(id);
    if (m && m->name)
        inner_session(in)->credssp.mechanism = m->name;
}

/* What is inside a field that holds one OCTET STRING. */
static void token_octets(struct inner *in, struct reader field)
{
    struct reader octets;
    if (der_enter(&field, OCTET_STRING, &octets))
        (void)ntlm_message(in, octets);
}

/* NegTokenInit: mechTypes [0], of which the first is the one that mechToken [2] is for. */
static void token_init(struct inner *in, struct reader r)
{
    struct reader outer, body, field, list, id;
    if (!der_enter(&r, CONTEXT_0, &outer) || !der_enter(&outer, SEQUENCE, &body))
        return;
    if (der_find(body, CONTEXT_0, &field) && der_enter(&field, SEQUENCE, &list) &&
        der_enter(&list, OBJECT_ID, &id))
        mechanism_keep(in, id);
    if (der_find(body, CONTEXT_2, &field))
        token_octets(in, field);
}

/* NegTokenResp: supportedMech [1], responseToken [2]. */
static void token_response(struct inner *in, struct reader r)
{
    struct reader body, field, id;
    if (!der_enter(&r, SEQUENCE, &body))
        return;
    if (der_find(body, CONTEXT_1, &field) && der_enter(&field, OBJECT_ID, &id))
        mechanism_keep(in, id);
    if (der_find(body, CONTEXT_2, &field))
        token_octets(in, field);
}

static void token_read(struct inner *in, struct reader token)
{
    uint8_t tag;
    struct reader content, id;
    if (ntlm_message(in, token) || !der_next(&token, &tag, &content))
        return;
    if (tag == NEG_TOKEN_RESP)
        token_response(in, content);
    if (tag != GSS_TOKEN || !der_enter(&content, OBJECT_ID, &id))
        return;
    if (mechanism_find(id) == SPNEGO)
        token_init(in, content);
    else
        mechanism_keep(in, id);
}

/* NegoData ::= SEQUENCE OF SEQUENCE { negoToken [0] OCTET STRING }: one in practice. */
static void credssp_tokens(struct inner *in, struct reader r)
{
    struct reader list, one, field, token;
    if (der_enter(&r, SEQUENCE, &list) && der_enter(&list, SEQUENCE, &one) &&
        der_enter(&one, CONTEXT_0, &field) && der_enter(&field, OCTET_STRING, &token))
        token_read(in, token);
}

void credssp_request(struct inner *in, const struct pdu *pdu)
{
    struct reader r = pdu->bytes, request, field;
    uint32_t version = 0, error = 0;
    uint8_t tag = reader_u8(&r);
    uint32_t len = der_len(&r);
    request = reader_sub(&r, len);
    if (tag != SEQUENCE || !der_find(request, CONTEXT_0, &field) || !der_number(field, &version))
        return;
    struct rdpath_credssp *credssp = &inner_session(in)->credssp;
    credssp->present = true;
    credssp->version[pdu->direction] = version;
    inner_reach(in, RDPATH_STAGE_CREDSSP, pdu->at);
    if (der_find(request, CONTEXT_1, &field))
        credssp_tokens(in, field);
    if (pdu->direction == RDPATH_TO_SERVER && der_find(request, CONTEXT_2, &field))
        credssp->delegated = true;
    if (der_find(request, CONTEXT_4, &field) && der_number(field, &error)) {
        credssp->error = plain_code(error, pdu);
        credssp->error_by_client = pdu->direction == RDPATH_TO_SERVER;
    }
}

void credssp_authorization(struct inner *in, const struct pdu *pdu)
{
    struct reader r = pdu->bytes;
    uint32_t result = reader_le32(&r);
    if (reader_ok(&r))
        inner_session(in)->credssp.authorization = plain_code(result, pdu);
}
