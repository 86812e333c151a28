/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/frame.h"

#include "report/excerpt/redact.h"

#include "analyze/net/tunnels.h"
#include "base/arena.h"

#include <stdlib.h>

bool frame_payload_kept(const struct frame_editor *e, const struct packet *p, uint64_t number,
                        struct frame_payload *out)
{
    struct wanted_match m;
    struct tcp_segment s;
    if (p->protocol != IP_TCP || p->fragment_offset > 0 || !tcp_decode(p, &s) ||
        !wanted_packet(e->wanted, p, p->frame->ts_ns, &m))
        return false;
    const struct talk *talk = talks_find(e->talks, &m, p, number);
    if (!talk || !talk->flow->side[m.way].known)
        return false;
    bool syn = s.flags & TCP_SYN;
    *out = (struct frame_payload){s.payload, &talk->lane[m.way],
                                  side_offset(&talk->flow->side[m.way], s.seq + syn)};
    return true;
}

/* Cuts behind the last byte of the payload that is kept; where no stream tells, nothing is cut. */
static void frame_cut(const struct frame_editor *e, struct rdpath_frame *frame, uint64_t number)
{
    struct packet layers[2];
    struct frame_payload payload;
    if (!packet_decode(frame, &layers[0]))
        return;
    for (int depth = 0;; depth++) {
        const struct packet *p = &layers[depth % 2];
        if (p->fragment)
            return;
        if (frame_payload_kept(e, p, number, &payload)) {
            uint32_t end =
                lane_copy(payload.lane, payload.from, NULL, (uint32_t)payload.bytes.left);
            if (payload.bytes.left)
                frame->captured_len = (uint32_t)(payload.bytes.at - frame->bytes) + end;
            return;
        }
        if (depth == TUNNELS_DEPTH_MAX || !tunnel_open(p, &layers[(depth + 1) % 2]))
            return;
    }
}

bool frame_edit(struct frame_editor *e, struct rdpath_frame *frame, uint64_t number)
{
    if (e->fake)
        return frame_redact(e, frame, number);
    if (!e->whole)
        frame_cut(e, frame, number);
    return true;
}

void frame_editor_free(struct frame_editor *e)
{
    free(e->bytes);
}
