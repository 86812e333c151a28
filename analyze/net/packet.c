/* SPDX-License-Identifier: Apache-2.0 */
/* From a frame to a packet: the link layer says where IP begins, the version field which IP. */
#include "analyze/net/layers.h"

bool ip_decode(const struct reader *at, uint32_t sent_len, struct packet *p)
{
    switch (reader_peek(at) >> 4) {
    case 4:
        return ipv4_decode(at, sent_len, p);
    case 6:
        return ipv6_decode(at, sent_len, p);
    default:
        return false;
    }
}

bool packet_decode(const struct rdpath_frame *frame, struct packet *p)
{
    struct link_payload link;
    link_read(frame, &link);
    if (!reader_ok(&link.ip))
        return false;
    uint32_t sent_len = (uint32_t)link.ip.left;
    if (frame->wire_len > frame->captured_len)
        sent_len += frame->wire_len - frame->captured_len;
    if (!ip_decode(&link.ip, sent_len, p))
        return false;
    p->damaged = p->ip_len > sent_len;
    p->frame = frame;
    p->vlan = link.vlan;
    p->way = link.way;
    return true;
}

bool packet_decode_ip(struct reader r, struct packet *p)
{
    p->damaged = false;
    return ip_decode(&r, (uint32_t)r.left, p);
}
