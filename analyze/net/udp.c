/* SPDX-License-Identifier: Apache-2.0 */
/* UDP (RFC 768). */
#include "analyze/net/layers.h"

bool udp_decode(const struct packet *p, struct udp_datagram *udp)
{
    if (p->protocol != IP_UDP || p->fragment_offset > 0)
        return false;
    struct reader r = p->transport;
    reader_skip(&r, 4); /* ports */
    uint32_t len = reader_be16(&r);
    reader_skip(&r, 2); /* checksum */
    /* 0: longer than 65,535 (RFC 2675 section 4). More than IP carries: a first fragment. */
    if (len == 0 || len > p->transport_len)
        len = p->transport_len;
    if (!reader_ok(&r) || len < UDP_HEADER_LEN)
        return false;
    udp->payload_len = len - UDP_HEADER_LEN;
    udp->payload = reader_sub(&r, udp->payload_len);
    return true;
}
