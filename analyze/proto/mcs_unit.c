/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MCS (T.125) in X.224 data (RFC 905 section 13.7) in TPKT. The connect PDUs are in BER, the domain
 * PDUs in aligned PER: a choice in six bits, then fields at known places [MS-RDPBCGR 2.2.1.5 on].
 */
#include "analyze/proto/der.h"
#include "analyze/proto/plain.h"

enum {
    TPKT_LEN = 4,
    MCS_CONNECT = 0x7f, /* BER: application tag in two bytes */
    MCS_CONNECT_INITIAL = 0x65,
    MCS_CONNECT_RESPONSE = 0x66,
    MCS_ERECT_DOMAIN = 1, /* DomainMCSPDU choices */
    MCS_DISCONNECT_ULTIMATUM = 8,
    MCS_ATTACH_REQUEST = 10,
    MCS_ATTACH_CONFIRM = 11,
    MCS_JOIN_REQUEST = 14,
    MCS_JOIN_CONFIRM = 15,
    MCS_SEND_DATA_REQUEST = 25,
    MCS_SEND_DATA_INDICATION = 26,
    N_INITIAL_FIELDS = 6,  /* before the user data of each: selectors, flag, domain parameters */
    N_RESPONSE_FIELDS = 2, /* connect id and domain parameters */
};

static void mcs_refused(struct inner *in, const struct pdu *pdu, uint32_t result)
{
    if (result)
        inner_session(in)->mcs_result = plain_code(result, pdu);
}

static void mcs_user_data(struct inner *in, const struct pdu *pdu, struct reader body, int fields)
{
    uint8_t tag;
    struct pdu inside = *pdu;
    for (int i = 0; i < fields; i++)
        (void)der_next(&body, &tag, &inside.bytes);
    (void)der_next(&body, &tag, &inside.bytes);
    if (reader_ok(&body))
        gcc_connect(in, &inside);
}

static void mcs_connect(struct inner *in, const struct pdu *pdu, struct reader r)
{
    uint8_t which = reader_u8(&r);
    uint32_t len = der_len(&r);
    struct reader body = reader_sub(&r, len), result;
    bool by_client = pdu->direction == RDPATH_TO_SERVER;
    if (by_client && which == MCS_CONNECT_INITIAL) {
        if (in->clear)
            in->connection->standard_security = true;
        inner_reach(in, RDPATH_STAGE_MCS, pdu->at);
        mcs_user_data(in, pdu, body, N_INITIAL_FIELDS);
    } else if (!by_client && which == MCS_CONNECT_RESPONSE) {
        uint32_t code = 0;
        if (!der_number(body, &code) || !der_next(&body, &which, &result))
            return;
        mcs_refused(in, pdu, code);
        mcs_user_data(in, pdu, body, N_RESPONSE_FIELDS);
    }
}

/* The reason is in three bits behind the choice. */
static void mcs_ultimatum(struct inner *in, const struct pdu *pdu, uint8_t first, uint8_t second)
{
    struct rdpath_session *s = inner_session(in);
    in->connection->ultimatum[pdu->direction] = pdu->at;
    s->disconnect = plain_code((first & 3U) << 1 | second >> 7, pdu);
    s->disconnect_direction = pdu->direction;
}

/* SendData: initiator, channel, priority, then the data with its length in PER. */
static void mcs_send_data(struct inner *in, const struct pdu *pdu, struct reader r)
{
    struct pdu inside = *pdu;
    reader_skip(&r, 2);
    inside.channel = reader_be16(&r);
    reader_skip(&r, 1);
    uint32_t len = reader_u8(&r);
    if (len & 0x80)
        len = (len & 0x7f) << 8 | reader_u8(&r);
    inside.bytes = reader_sub(&r, len);
    if (reader_ok(&r))
        security_data(in, &inside);
}

static void mcs_domain(struct inner *in, const struct pdu *pdu, uint8_t first, struct reader r)
{
    bool by_client = pdu->direction == RDPATH_TO_SERVER;
    switch (first >> 2) {
    case MCS_DISCONNECT_ULTIMATUM:
        mcs_ultimatum(in, pdu, first, reader_u8(&r));
        break;
    case MCS_ERECT_DOMAIN:
    case MCS_ATTACH_REQUEST:
    case MCS_JOIN_REQUEST:
        if (by_client)
            inner_reach(in, RDPATH_STAGE_MCS, pdu->at);
        break;
    case MCS_ATTACH_CONFIRM:
    case MCS_JOIN_CONFIRM: /* a bit for the optional field, four for the result */
        if (!by_client)
            mcs_refused(in, pdu, (first & 1U) << 3 | reader_u8(&r) >> 5);
        break;
    case MCS_SEND_DATA_REQUEST:
    case MCS_SEND_DATA_INDICATION:
        if (by_client == (first >> 2 == MCS_SEND_DATA_REQUEST))
            mcs_send_data(in, pdu, r);
        break;
    default:
        break;
    }
}

void mcs_unit(struct inner *in, const struct pdu *pdu)
{
    struct reader r = pdu->bytes;
    reader_skip(&r, TPKT_LEN);
    uint16_t x224 = reader_be16(&r);
    uint8_t end = reader_u8(&r);
    uint8_t first = reader_u8(&r);
    if (!reader_ok(&r) || x224 != 0x02f0 || end != 0x80)
        return;
    if (first == MCS_CONNECT)
        mcs_connect(in, pdu, r);
    else
        mcs_domain(in, pdu, first, r);
}
