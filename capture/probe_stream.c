/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_stream.h"

#include <string.h>

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void deliver(struct probe_stream *s, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < s->n_pieces; i++)
        s->pieces[i].delivered |= s->pieces[i].from >= from && s->pieces[i].to <= to;
}

/* ---- to the server --------------------------------------------------------------------------- */

/* A piece that was sent again in smaller ones: what is acknowledged may be those. */
static void add_piece(struct probe_stream *s, const struct probe_packet *p)
{
    uint32_t from = p->flow.number - s->first_out, to = from + p->payload_len;
    bool ambiguous = false;
    for (uint32_t i = 0; i < s->n_pieces; i++) {
        if (s->pieces[i].from == from && s->pieces[i].to == to) {
            s->pieces[i].n_sent++;
            return;
        }
        if (s->pieces[i].from >= to || s->pieces[i].to <= from)
            continue;
        bool shrunk = s->pieces[i].to - s->pieces[i].from > to - from;
        s->pieces[i].ambiguous |= shrunk;
        ambiguous |= !shrunk;
    }
    if (s->n_pieces < STREAM_PIECES_MAX)
        s->pieces[s->n_pieces++] = (struct stream_piece){
            .from = from, .to = to, .ip_len = p->flow.ip_len, .n_sent = 1, .ambiguous = ambiguous};
}

void stream_take_out(struct probe_stream *s, const struct probe_packet *p)
{
    s->n_packets_out++;
    s->n_bytes_out += p->flow.ip_len;
    if (p->flags & PROBE_TCP_SYN) {
        s->syn_ns = s->has_out ? s->syn_ns : p->ts_ns;
        s->first_out = p->flow.number + 1;
        s->own_mss = p->mss;
        s->has_out = true;
    } else if (s->has_out && p->payload_len) {
        add_piece(s, p);
    }
}

bool stream_is_overtaken(const struct probe_stream *s, const struct stream_piece *piece)
{
    for (uint32_t i = 0; i < s->n_pieces; i++) {
        if (s->pieces[i].delivered && s->pieces[i].from >= piece->to)
            return true;
    }
    return false;
}

/* ---- from the server ------------------------------------------------------------------------- */

static void take_acknowledgements(struct probe_stream *s, const struct probe_packet *p)
{
    s->acked = larger(s->acked, p->ack - s->first_out);
    deliver(s, 0, s->acked);
    for (uint32_t i = 0; i < p->n_sacks; i++)
        deliver(s, p->sacks[i].from - s->first_out, p->sacks[i].to - s->first_out);
}

/* What came early and follows now. */
static void close_holes(struct probe_stream *s)
{
    for (uint32_t i = 0; i < s->n_early;) {
        if (s->early[i].from > s->in_next) {
            i++;
            continue;
        }
        s->in_next = larger(s->in_next, s->early[i].to);
        s->early[i] = s->early[--s->n_early];
        i = 0;
    }
}

static void take_data(struct probe_stream *s, const struct probe_packet *p)
{
    uint32_t from = p->flow.number - s->first_in, to = from + p->payload_len;
    s->last_in_ns = p->ts_ns;
    if (from >= s->flight_at && s->flight_at) {
        s->n_largest_in = p->flow.ip_len > s->largest_in ? 0 : s->n_largest_in;
        s->largest_in = larger(s->largest_in, p->flow.ip_len);
        s->n_largest_in += p->flow.ip_len == s->largest_in;
        s->first_in_len = s->first_in_len ? s->first_in_len : p->flow.ip_len;
    }
    if (from > s->in_next && s->n_early < STREAM_EARLY_MAX)
        s->early[s->n_early++] = (struct stream_range){from, to};
    if (from <= s->in_next)
        s->in_next = larger(s->in_next, to);
    close_holes(s);
}

void stream_take_in(struct probe_stream *s, const struct probe_packet *p)
{
    if (p->flags & PROBE_TCP_SYN) {
        s->first_in = p->flow.number + 1;
        s->has_in = true;
        s->answer_ns = p->ts_ns;
    }
    s->ended |= (p->flags & (PROBE_TCP_FIN | PROBE_TCP_RST)) != 0;
    if (!s->has_out || !s->has_in)
        return;
    if (!(p->flags & PROBE_TCP_RST))
        take_acknowledgements(s, p);
    if (p->payload_len)
        take_data(s, p);
}
