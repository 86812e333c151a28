/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A datagram is an entry of a fixed table, found by what names it (RFC 791
 * section 3.2, RFC 8200 section 4.5): addresses, identification, and for IPv4 the protocol. Its
 * pieces are copies of their bytes, sorted by offset, which never overlap; so it is whole when the
 * piece without "more" is there and the lengths add up to its end.
 *
 * An entry is OPEN until it becomes COMPLETE, or ABANDONED by an overlap or an impossible piece.
 * Both stay until they age or have to make room: a capture that holds every frame twice would
 * otherwise start each datagram anew with its last piece, which then looks lost. A COMPLETE one
 * keeps its bytes, so that a piece that differs is known as one of a new datagram with the same
 * identification. Neither counts as given up when it goes.
 *
 * A piece that the snaplen cut counts in full: the datagram becomes complete, and its bytes end
 * with READER_CUT where the first cut is.
 */
#include "analyze/net/fragments.h"

#include "analyze/net/layers.h"
#include "base/arena.h"

#include <stdlib.h>

enum { DATAGRAM_LEN_MAX = 65535 }; /* RFC 791: the total length has 16 bits */

enum datagram_state { DATAGRAM_FREE, DATAGRAM_OPEN, DATAGRAM_COMPLETE, DATAGRAM_ABANDONED };

struct piece {
    uint32_t offset, len; /* as sent */
    uint32_t held_len;    /* bytes here */
    uint8_t *bytes;
};

struct datagram {
    enum datagram_state state;
    struct addr src, dst;
    uint32_t id;
    uint8_t protocol; /* 0 for IPv6, where pieces may name different ones */
    uint64_t order;   /* of its first piece among all datagrams */
    int64_t first_ns;
    bool has_first;
    struct packet first; /* the piece at offset 0; its readers are void */
    uint32_t end;        /* length of the whole, 0 = unknown: the last piece is not there */
    uint32_t sum;        /* of the pieces' lengths */
    uint32_t largest;    /* IP length */
    uint32_t n_pieces;
    struct piece pieces[FRAGMENTS_PIECES_MAX];
};

struct fragments {
    struct datagram datagrams[FRAGMENTS_DATAGRAMS_MAX];
    uint64_t n_seen; /* datagrams begun */
    uint64_t n_abandoned;
    uint32_t held_len; /* bytes in all pieces */
    int64_t now_ns;
    uint8_t whole[DATAGRAM_LEN_MAX];
};

enum piece_fit { PIECE_NEW, PIECE_IDENTICAL, PIECE_DIFFERS, PIECE_OVERLAPS };

struct fragments *fragments_new(void)
{
    struct fragments *f = memory_zeroed(sizeof *f);
    f->now_ns = RDPATH_UNKNOWN;
    return f;
}

static void pieces_drop(struct fragments *f, struct datagram *d)
{
    for (uint32_t i = 0; i < d->n_pieces; i++) {
        f->held_len -= d->pieces[i].held_len;
        free(d->pieces[i].bytes);
    }
    d->n_pieces = 0;
}

static void datagram_free(struct fragments *f, struct datagram *d)
{
    if (d->state == DATAGRAM_OPEN)
        f->n_abandoned++;
    pieces_drop(f, d);
    d->state = DATAGRAM_FREE;
}

static void datagram_abandon(struct fragments *f, struct datagram *d)
{
    pieces_drop(f, d);
    d->state = DATAGRAM_ABANDONED;
    f->n_abandoned++;
}

void fragments_free(struct fragments *f)
{
    if (!f)
        return;
    for (int i = 0; f->n_seen && i < FRAGMENTS_DATAGRAMS_MAX; i++)
        pieces_drop(f, &f->datagrams[i]);
    free(f);
}

uint64_t fragments_abandoned(const struct fragments *f)
{
    return f->n_abandoned;
}

/* Unsigned, since the times of a damaged file may lie further apart than int64_t can tell. */
static bool datagram_is_old(const struct datagram *d, int64_t now_ns)
{
    return now_ns > d->first_ns &&
           (uint64_t)now_ns - (uint64_t)d->first_ns > (uint64_t)FRAGMENTS_AGE_MAX_NS;
}

static void datagrams_age(struct fragments *f, const struct packet *p)
{
    if (!p->frame || p->frame->ts_ns == RDPATH_UNKNOWN)
        return;
    f->now_ns = p->frame->ts_ns;
    for (int i = 0; i < FRAGMENTS_DATAGRAMS_MAX; i++) {
        struct datagram *d = &f->datagrams[i];
        if (d->state != DATAGRAM_FREE && datagram_is_old(d, f->now_ns))
            datagram_free(f, d);
    }
}

static uint8_t key_protocol(const struct packet *p)
{
    return p->src.version == 4 ? p->protocol : 0;
}

static bool datagram_matches(const struct datagram *d, const struct packet *p)
{
    return d->state != DATAGRAM_FREE && d->id == p->id && d->protocol == key_protocol(p) &&
           addr_equal(&d->src, &p->src) && addr_equal(&d->dst, &p->dst);
}

static struct datagram *datagram_find(struct fragments *f, const struct packet *p)
{
    for (int i = 0; i < FRAGMENTS_DATAGRAMS_MAX; i++)
        if (datagram_matches(&f->datagrams[i], p))
            return &f->datagrams[i];
    return NULL;
}

/* Whether a makes room before b: what is done with before what is open, then the older. */
static bool goes_before(const struct datagram *a, const struct datagram *b)
{
    bool a_open = a->state == DATAGRAM_OPEN;
    bool b_open = b->state == DATAGRAM_OPEN;
    return a_open != b_open ? b_open : a->order < b->order;
}

/* The entry that makes room; never `keep`, never one that is free. NULL: there is none. */
static struct datagram *datagram_to_evict(struct fragments *f, const struct datagram *keep)
{
    struct datagram *chosen = NULL;
    for (int i = 0; i < FRAGMENTS_DATAGRAMS_MAX; i++) {
        struct datagram *d = &f->datagrams[i];
        if (d == keep || d->state == DATAGRAM_FREE)
            continue;
        if (!chosen || goes_before(d, chosen))
            chosen = d;
    }
    return chosen;
}

static struct datagram *datagram_slot(struct fragments *f)
{
    for (int i = 0; i < FRAGMENTS_DATAGRAMS_MAX; i++)
        if (f->datagrams[i].state == DATAGRAM_FREE)
            return &f->datagrams[i];
    struct datagram *d = datagram_to_evict(f, NULL);
    datagram_free(f, d);
    return d;
}

static struct datagram *datagram_begin(struct fragments *f, const struct packet *p)
{
    struct datagram *d = datagram_slot(f);
    d->state = DATAGRAM_OPEN;
    d->src = p->src;
    d->dst = p->dst;
    d->id = p->id;
    d->protocol = key_protocol(p);
    d->order = f->n_seen++;
    d->first_ns = f->now_ns;
    d->has_first = false;
    d->end = d->sum = d->largest = d->n_pieces = 0;
    return d;
}

/* The index of the first piece that does not lie wholly before offset. */
static uint32_t piece_find(const struct datagram *d, uint32_t offset)
{
    uint32_t i = 0;
    while (i < d->n_pieces && d->pieces[i].offset + d->pieces[i].len <= offset)
        i++;
    return i;
}

static bool same_bytes(const struct piece *piece, const struct packet *p)
{
    size_t len = piece->held_len < p->transport.left ? piece->held_len : p->transport.left;
    return len == 0 || memcmp(piece->bytes, p->transport.at, len) == 0;
}

/* i: what piece_find() said for this piece. */
static enum piece_fit piece_fits(const struct datagram *d, uint32_t i, const struct packet *p)
{
    if (i == d->n_pieces || d->pieces[i].offset >= p->fragment_offset + p->transport_len)
        return PIECE_NEW;
    const struct piece *there = &d->pieces[i];
    if (there->offset != p->fragment_offset || there->len != p->transport_len)
        return PIECE_OVERLAPS;
    return same_bytes(there, p) ? PIECE_IDENTICAL : PIECE_DIFFERS;
}

/* Every piece but the last is a multiple of 8 bytes (RFC 8200 section 4.5), no whole is longer than
 * 65,535 (RFC 791 section 3.1), and nothing lies behind the last piece. */
static bool piece_is_possible(const struct datagram *d, const struct packet *p)
{
    uint32_t end = p->fragment_offset + p->transport_len;
    if (p->transport_len == 0 || p->transport_len > DATAGRAM_LEN_MAX || end > DATAGRAM_LEN_MAX)
        return false;
    if (p->more_fragments)
        return p->transport_len % 8 == 0 && (d->end == 0 || end < d->end);
    const struct piece *last = d->n_pieces > 0 ? &d->pieces[d->n_pieces - 1] : NULL;
    return d->end == 0 && (!last || last->offset + last->len <= p->fragment_offset);
}

static void piece_insert(struct fragments *f, struct datagram *d, const struct packet *p)
{
    uint32_t at = piece_find(d, p->fragment_offset);
    for (uint32_t i = d->n_pieces; i > at; i--)
        d->pieces[i] = d->pieces[i - 1];
    d->n_pieces++;
    struct piece *piece = &d->pieces[at];
    *piece = (struct piece){.offset = p->fragment_offset, .len = p->transport_len};
    piece->held_len = (uint32_t)p->transport.left;
    if (piece->held_len > 0) {
        piece->bytes = memory_zeroed(piece->held_len);
        memcpy(piece->bytes, p->transport.at, piece->held_len);
    }
    f->held_len += piece->held_len;
    d->sum += piece->len;
    if (!p->more_fragments)
        d->end = p->fragment_offset + p->transport_len;
}

static void room_make(struct fragments *f, const struct datagram *keep, size_t len)
{
    while (f->held_len + len > FRAGMENTS_BYTES_MAX) {
        struct datagram *d = datagram_to_evict(f, keep);
        if (!d)
            return; /* cannot be: one datagram holds 65,535 bytes at most */
        datagram_free(f, d);
    }
}

static void packet_note(struct datagram *d, const struct packet *p)
{
    if (p->ip_len > d->largest)
        d->largest = p->ip_len;
    if (p->fragment_offset > 0 || d->has_first)
        return;
    d->has_first = true;
    d->first = *p;
    d->first.transport = (struct reader){0};
}

/* Puts the pieces together; the result's bytes end at the first that is cut. */
static struct reader pieces_join(struct fragments *f, const struct datagram *d)
{
    size_t len = 0;
    for (uint32_t i = 0; i < d->n_pieces; i++) {
        const struct piece *piece = &d->pieces[i];
        if (piece->held_len > 0)
            memcpy(&f->whole[len], piece->bytes, piece->held_len);
        len += piece->held_len;
        if (piece->held_len < piece->len)
            return reader_of(f->whole, len, READER_CUT);
    }
    return reader_of(f->whole, len, READER_END);
}

/* The whole is the first piece's packet with the bytes of all. False: its headers are damaged. */
static bool datagram_finish(struct fragments *f, const struct datagram *d, struct packet *whole)
{
    enum { FRAGMENT_HEADER_LEN = 8 }; /* of IPv6: the whole has none */
    *whole = d->first;
    whole->fragment = whole->more_fragments = false;
    whole->reassembled = true;
    if (whole->src.version == 6)
        whole->ip_header_len -= FRAGMENT_HEADER_LEN;
    whole->ip_len = whole->ip_header_len + d->end;
    whole->transport_len = d->end;
    whole->transport = pieces_join(f, d);
    if (whole->src.version == 6 && !ipv6_extensions_walk(whole))
        return false;
    transport_read_ports(whole);
    return !whole->fragment;
}

/* Takes a piece into an open datagram. True: it is complete now. */
static bool datagram_take(struct fragments *f, struct datagram *d, const struct packet *p)
{
    enum piece_fit fit = piece_fits(d, piece_find(d, p->fragment_offset), p);
    if (fit == PIECE_IDENTICAL)
        return false;
    if (fit != PIECE_NEW || !piece_is_possible(d, p) || d->n_pieces == FRAGMENTS_PIECES_MAX) {
        datagram_abandon(f, d);
        return false;
    }
    room_make(f, d, p->transport.left);
    piece_insert(f, d, p);
    packet_note(d, p);
    if (d->end == 0 || d->sum < d->end)
        return false;
    d->state = DATAGRAM_COMPLETE;
    return true;
}

/* A datagram that is done with takes its own pieces once more; others begin a new one. */
static bool is_repetition(const struct datagram *d, const struct packet *p)
{
    return d->state == DATAGRAM_ABANDONED ||
           piece_fits(d, piece_find(d, p->fragment_offset), p) == PIECE_IDENTICAL;
}

void fragments_add(struct fragments *f, const struct packet *p, struct fragments_result *result)
{
    *result = (struct fragments_result){0};
    datagrams_age(f, p);
    struct datagram *d = datagram_find(f, p);
    if (d && d->state != DATAGRAM_OPEN && !is_repetition(d, p)) {
        datagram_free(f, d);
        d = NULL;
    }
    if (!d)
        d = datagram_begin(f, p);
    if (d->state == DATAGRAM_OPEN && datagram_take(f, d, p)) {
        result->complete = datagram_finish(f, d, &result->whole);
        result->whole.frame = p->frame;
    }
    if (d->has_first) {
        result->src_port = d->first.src_port;
        result->dst_port = d->first.dst_port;
        result->has_ports = result->src_port || result->dst_port;
    }
    result->largest_piece = d->largest;
    result->n_pieces = d->n_pieces;
}
