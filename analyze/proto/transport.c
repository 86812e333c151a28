/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message channel: the server asks for side transports over UDP [MS-RDPBCGR 2.2.15] and
 * measures the network [MS-RDPBCGR 2.2.14]. Of the security cookie only its hash is kept, which is
 * what the UDP SYN shows in clear [MS-RDPEUDP 2.2.2.9].
 */
#include "analyze/proto/digest.h"
#include "analyze/proto/plain.h"

enum {
    COOKIE_LEN = 16,
    RESULT_RTT_BANDWIDTH = 0x0840,         /* requestType of Network Characteristics Result */
    RESULT_BANDWIDTH_RTT = 0x0880,         /* [2.2.14.1.5]: baseRTT and averageRTT, */
    RESULT_RTT_BANDWIDTH_AVERAGE = 0x08c0, /* bandwidth and averageRTT, all three */
};

void transport_request(struct inner *in, const struct pdu *pdu)
{
    struct rdpath_session *s = inner_session(in);
    struct reader r = pdu->bytes;
    struct rdpath_multitransport t = {.frame = pdu->at.frame};
    t.id = reader_le32(&r);
    t.protocol = reader_le16(&r);
    reader_skip(&r, 2);
    const uint8_t *cookie = reader_take(&r, COOKIE_LEN);
    if (!cookie || s->n_transports == RDPATH_MULTITRANSPORT_MAX)
        return;
    t.has_cookie_hash = digest_sha256(cookie, COOKIE_LEN, t.cookie_hash);
    s->transports[s->n_transports++] = t;
}

void transport_response(struct inner *in, const struct pdu *pdu)
{
    struct rdpath_session *s = inner_session(in);
    struct reader r = pdu->bytes;
    uint32_t id = reader_le32(&r);
    uint32_t result = reader_le32(&r);
    for (uint32_t i = 0; i < s->n_transports && reader_ok(&r); i++) {
        if (s->transports[i].id == id)
            s->transports[i].response = plain_code(result, pdu);
    }
}

void auto_detect(struct inner *in, const struct pdu *pdu)
{
    struct rdpath_session *s = inner_session(in);
    struct reader r = pdu->bytes;
    reader_skip(&r, 4); /* header length, type, sequence number */
    uint16_t type = reader_le16(&r);
    if (!reader_ok(&r))
        return;
    s->n_auto_detect++;
    if (type != RESULT_RTT_BANDWIDTH && type != RESULT_BANDWIDTH_RTT &&
        type != RESULT_RTT_BANDWIDTH_AVERAGE)
        return;
    if (type != RESULT_BANDWIDTH_RTT)
        reader_skip(&r, 4); /* baseRTT */
    uint32_t bandwidth = type != RESULT_RTT_BANDWIDTH ? reader_le32(&r) : 0;
    uint32_t rtt = reader_le32(&r);
    if (!reader_ok(&r))
        return;
    s->rtt_ms = rtt;
    s->bandwidth_kbps = bandwidth ? bandwidth : s->bandwidth_kbps;
}
