/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A leg begins with a SYN and a SYN+ACK in the format of version 1, which
 * agree on the version of all that follows; a late repetition of one of them is known by its flag,
 * a bit that RDPUDP2 keeps 0. Numbers and acknowledgements go to the account of their direction.
 * Payload goes to TLS in the order of its numbers (udp_order.h), or to DTLS as it comes, until the
 * tunnel carries data: from then on it is not looked at any more, and the state of the handshake is
 * given up.
 */
#include "analyze/proto/datagrams.h"
#include "analyze/proto/dtls.h"
#include "analyze/proto/proto.h"
#include "analyze/proto/rdpeudp.h"
#include "analyze/proto/rdpeudp2.h"
#include "analyze/proto/udp_account.h"
#include "analyze/proto/udp_order.h"

#include <string.h>

#define DOUBLE_NS 20000000LL /* copies of a frame; a sender's own timer is at least 200 ms */

enum {
    RECENT = 4,           /* datagrams of a direction among which a copy is looked for */
    PRINT_LEN = 64,       /* bytes of it that tell one from another */
    RECORDS_ARE_DATA = 3, /* encrypted records each way, where the tunnel's two were not seen */
    FIRST_CHANNEL_SEQ = 1,
    DTLS_MAJOR = 254,
    PREFIX_AT = 7,
    LONG_PREFIX = 0xe0,
    HELLO_BIT = 1, /* of the eighth byte: SYN in version 1, reserved in RDPUDP2 */
};

#define GAP_OF_UNKNOWN_LENGTH UINT32_MAX /* more than any record: TLS looks for the next one */

struct print {
    uint64_t hash;
    uint32_t id;
    int64_t ts_ns;
};

struct datagrams {
    struct leg *leg;
    struct x509_shelf *shelf;
    struct udp_account account[2]; /* by direction of what is sent */
    struct udp_order order[2];
    struct print recent[2][RECENT];
    uint8_t n_recent[2];
    struct dialog *dialog; /* NULL before the first payload, and once the handshake is over */
    struct dtls dtls;
    bool finished;          /* payload is not looked at any more */
    uint32_t n_tunnel_done; /* encrypted records when the tunnel was made */
};
_Static_assert(sizeof(struct datagrams) <= 4096, "a leg's own state stays below 4 KiB");

bool datagrams_begin(struct reader payload, bool *answer)
{
    return rdpeudp_is_hello(payload, answer);
}

bool datagrams_begin_bare(struct reader payload)
{
    return dtls_is_client_hello(payload);
}

const uint8_t *datagrams_correlation_id(struct reader payload)
{
    struct rdpeudp u;
    return rdpeudp_read(payload, &u) ? u.correlation_id : NULL;
}

struct datagrams *datagrams_new(struct leg *leg, struct x509_shelf *shelf, struct budget *held)
{
    struct datagrams *d = memory_zeroed(sizeof *d);
    d->leg = leg;
    d->shelf = shelf;
    d->order[0].held = d->order[1].held = d->dtls.held = held;
    d->account[0].mask = d->account[1].mask = UINT32_MAX;
    return d;
}

static void reach(struct datagrams *d, enum leg_stage stage)
{
    if (d->leg->stage < stage)
        d->leg->stage = (uint8_t)stage;
}

/* ---- a frame that was recorded twice --------------------------------------------------------- */

static uint64_t print_of(const struct datagram *g)
{
    struct reader r = g->payload;
    uint64_t hash = 0xcbf29ce484222325ULL ^ g->payload_len;
    for (int i = 0; i < PRINT_LEN && r.left; i++)
        hash = (hash ^ reader_u8(&r)) * 0x100000001b3ULL;
    return hash;
}

static bool was_seen(struct datagrams *d, const struct datagram *g)
{
    struct print print = {print_of(g), g->has_id ? g->id : 0, g->at.ts_ns};
    struct print *recent = d->recent[g->direction];
    for (int i = 0; i < RECENT; i++) {
        if (recent[i].hash == print.hash && recent[i].id == print.id &&
            print.ts_ns - recent[i].ts_ns < DOUBLE_NS)
            return true;
    }
    recent[d->n_recent[g->direction]++ % RECENT] = print;
    return false;
}

/* ---- what is inside -------------------------------------------------------------------------- */

/* A record of DTLS says 254 where one of TLS says 3 (RFC 6347 section 4.1). */
static bool is_dtls(struct reader payload)
{
    reader_skip(&payload, 1);
    return reader_u8(&payload) == DTLS_MAJOR;
}

/* Where the SYN was missed, its payload tells the flavour. */
static void inner_begin(struct datagrams *d, struct reader payload, int64_t now_ns)
{
    if (d->dialog)
        return;
    if (!d->leg->hello[RDPATH_TO_SERVER].n)
        d->leg->lossy = is_dtls(payload);
    struct connection *c = memory_zeroed(sizeof *c);
    c->shelf = d->shelf;
    c->held = d->dtls.held;
    c->summary.start_ns = now_ns;
    d->leg->inner = c;
    d->dialog = d->dtls.dialog = dialog_new_inner(c, d->leg->lossy);
}

static void inner_end(struct datagrams *d)
{
    dialog_free(d->dialog);
    d->dialog = NULL;
    d->finished = true;
    udp_order_free(&d->order[0]);
    udp_order_free(&d->order[1]);
    dtls_free(&d->dtls);
}

static void inner_stage(struct datagrams *d)
{
    const struct connection *c = d->leg->inner;
    enum rdpath_stage stage = connection_stage(c);
    const uint32_t *n = c->encrypted_records;
    if (stage >= RDPATH_STAGE_TLS_HELLO)
        reach(d, LEG_TLS_HELLO);
    if (stage >= RDPATH_STAGE_TLS_DONE)
        reach(d, LEG_TLS_DONE);
    if (c->tunnel[1].frame && d->leg->stage < LEG_TUNNEL) {
        reach(d, LEG_TUNNEL);
        d->n_tunnel_done = n[0] + n[1];
    }
    bool used = d->leg->stage == LEG_TUNNEL && n[0] + n[1] > d->n_tunnel_done;
    bool busy =
        d->leg->stage >= LEG_TLS_DONE && n[0] >= RECORDS_ARE_DATA && n[1] >= RECORDS_ARE_DATA;
    if (!used && !busy)
        return;
    reach(d, LEG_DATA);
    inner_end(d);
}

static void inner_ordered(struct datagrams *d, enum rdpath_direction way, bool last)
{
    struct udp_piece piece;
    bool gap;
    while (!d->finished && udp_order_next(&d->order[way], last, &piece, &gap)) {
        if (gap)
            dialog_gap(d->dialog, way, GAP_OF_UNKNOWN_LENGTH, piece.at);
        dialog_bytes(d->dialog, way, piece.bytes, piece.at);
        dialog_gap(d->dialog, way, piece.cut, piece.at);
        inner_stage(d);
    }
}

static void inner_take(struct datagrams *d, const struct datagram *g, const struct udp_piece *piece)
{
    if (d->finished || piece->bytes.left == 0)
        return;
    inner_begin(d, piece->bytes, g->at.ts_ns);
    if (d->leg->lossy) {
        dtls_bytes(&d->dtls, g->direction, piece->bytes, g->at);
        inner_stage(d);
        return;
    }
    udp_order_take(&d->order[g->direction], piece);
    inner_ordered(d, g->direction, false);
}

/* ---- SYN and SYN+ACK ------------------------------------------------------------------------- */

static void hello_note(struct leg_hello *h, const struct rdpeudp *u, const struct datagram *g)
{
    h->last = g->at;
    frames_add(&h->frames, g->at.frame);
    h->fragmented |= g->fragmented;
    if (h->n++)
        return;
    h->first = g->at;
    h->ip_len = g->ip_len;
    h->isn = u->isn;
    h->mtu_up = u->mtu_up;
    h->mtu_down = u->mtu_down;
    h->version = u->version;
    h->lossy = u->flags & RDPEUDP_LOSSY;
    h->has_cookie_hash = u->has_cookie_hash;
    h->has_correlation_id = u->correlation_id != NULL;
    if (u->correlation_id)
        memcpy(h->correlation_id, u->correlation_id, RDPEUDP_ID_LEN);
}

/* 3.1.5.1.3: the SYN+ACK says what both can; without a word of it, version 1. */
static void agree(struct datagrams *d)
{
    const struct leg_hello *syn = &d->leg->hello[RDPATH_TO_SERVER];
    const struct leg_hello *answer = &d->leg->hello[RDPATH_TO_CLIENT];
    d->leg->lossy = syn->n ? syn->lossy : answer->lossy;
    if (!answer->n)
        return;
    d->leg->version = answer->version ? answer->version : 1;
    if (syn->n && syn->version == 0)
        d->leg->version = 1;
    for (int way = 0; way < 2; way++) {
        struct udp_order *o = &d->order[way];
        if (o->known || !d->leg->hello[way].n)
            continue;
        o->known = true;
        o->next =
            d->leg->version == LEG_VERSION_RDPUDP2 ? FIRST_CHANNEL_SEQ : d->leg->hello[way].isn + 1;
    }
    if (d->leg->version == LEG_VERSION_RDPUDP2)
        d->account[0].mask = d->account[1].mask = UINT16_MAX;
}

static void arrived(struct datagrams *d, enum rdpath_direction way)
{
    const struct leg_hello *h = &d->leg->hello[way];
    if (h->n && !h->fragmented)
        udp_account_delivered(&d->leg->way[way], h->ip_len, h->first.frame);
}

static void hello_take(struct datagrams *d, const struct datagram *g, const struct rdpeudp *u)
{
    bool answer = u->flags & RDPEUDP_ACK;
    struct leg_hello *h = &d->leg->hello[answer];
    if (answer != (g->direction == RDPATH_TO_CLIENT) || (h->n && h->isn != u->isn))
        return;
    d->leg->way[g->direction].n_again += h->n > 0;
    hello_note(h, u, g);
    if (answer)
        arrived(d, RDPATH_TO_SERVER);
    agree(d);
    reach(d, answer ? LEG_SYN_ACK : LEG_SYN);
}

/* ---- datagrams behind them ------------------------------------------------------------------- */

static void number_sent(struct datagrams *d, const struct datagram *g, uint32_t number,
                        const uint32_t *piece)
{
    struct udp_sent sent = {
        .number = number,
        .piece = piece ? *piece : 0,
        .has_piece = piece != NULL,
        .ip_len = g->ip_len > UINT16_MAX ? UINT16_MAX : (uint16_t)g->ip_len,
        .ts_ns = g->at.ts_ns,
        .frame = g->at.frame,
    };
    udp_account_sent(&d->account[g->direction], &d->leg->way[g->direction], &sent);
}

static void number_acked(struct datagrams *d, const struct datagram *g, uint32_t from, uint32_t to)
{
    int way = !g->direction; /* what the other side sent */
    udp_account_acked(&d->account[way], &d->leg->way[way], from, to);
}

static void awaited_take(struct leg_way *w, bool lacks, uint32_t oldest, int64_t ts_ns)
{
    bool same = w->awaited_since_ns != RDPATH_UNKNOWN && w->awaited == oldest;
    if (!same)
        w->awaited_since_ns = ts_ns;
    if (!lacks)
        w->awaited_since_ns = RDPATH_UNKNOWN;
    w->awaited = oldest;
}

static void acks_take(struct datagrams *d, const struct datagram *g, const struct rdpeudp *u)
{
    struct rdpeudp_runs runs = rdpeudp_runs_of(u);
    struct rdpeudp_run run;
    uint32_t oldest = u->source_ack, n_runs = 0;
    number_acked(d, g, u->source_ack, u->source_ack);
    for (; rdpeudp_run_next(&runs, &run); n_runs++) {
        if (run.received)
            number_acked(d, g, run.from, run.to);
        else if (u->source_ack - run.from > u->source_ack - oldest)
            oldest = run.from;
    }
    if (n_runs)
        awaited_take(&d->leg->way[!g->direction], oldest != u->source_ack, oldest, g->at.ts_ns);
}

static uint32_t cut_of(const struct datagram *g)
{
    return g->payload_len > g->payload.left ? g->payload_len - (uint32_t)g->payload.left : 0;
}

static void take_v1(struct datagrams *d, const struct datagram *g, const struct rdpeudp *u)
{
    if (u->flags & RDPEUDP_ACK)
        acks_take(d, g, u);
    if (u->flags & RDPEUDP_FEC) {
        d->leg->way[g->direction].n_fec++;
        return;
    }
    if (!u->has_payload)
        return;
    struct udp_piece piece = {u->source, g->at, u->payload, cut_of(g), NULL};
    number_sent(d, g, u->source, &u->source);
    inner_take(d, g, &piece);
}

/* Everything before the base is there, so far as the account remembers it. */
static void vector_take(struct datagrams *d, const struct datagram *g, const struct rdpeudp2 *u)
{
    struct reader vector = u->vector;
    uint16_t next = u->vector_base;
    struct rdpeudp2_run run;
    number_acked(d, g, (uint16_t)(next - UDP_SENT_MAX), (uint16_t)(next - 1));
    while (rdpeudp2_run_next(&vector, &next, &run)) {
        for (uint16_t i = 0; i < run.len; i++) {
            uint16_t number = (uint16_t)(run.from + i);
            if (run.received >> i & 1)
                number_acked(d, g, number, number);
        }
    }
}

/* 16 bits of a number that goes on: the one next to what is awaited. */
static uint32_t unwrapped(const struct udp_order *o, uint16_t seq)
{
    uint16_t ahead = (uint16_t)(seq - (uint16_t)o->next);
    uint32_t back = ahead > INT16_MAX ? 0x10000 : 0;
    return o->known ? o->next + ahead - back : seq;
}

static void take_v2(struct datagrams *d, const struct datagram *g, const struct rdpeudp2 *u)
{
    if (u->flags & RDPEUDP2_ACK)
        number_acked(d, g, (uint16_t)(u->ack_seq - u->n_delayed), u->ack_seq);
    if (u->flags & RDPEUDP2_ACKVEC)
        vector_take(d, g, u);
    d->leg->way[g->direction].n_dummy += u->dummy;
    if (!(u->flags & RDPEUDP2_DATA))
        return;
    uint32_t channel = u->channel_seq;
    number_sent(d, g, u->seq, u->has_payload ? &channel : NULL);
    if (!u->has_payload)
        return;
    struct udp_piece piece = {unwrapped(&d->order[g->direction], u->channel_seq), g->at, u->payload,
                              cut_of(g), NULL};
    inner_take(d, g, &piece);
}

/* Where the SYN+ACK was missed, a prefix of a long packet tells. */
static bool is_rdpudp2(const struct datagrams *d, const struct datagram *g)
{
    struct reader r = g->payload;
    reader_skip(&r, PREFIX_AT);
    uint8_t prefix = reader_u8(&r);
    bool offered = d->leg->hello[RDPATH_TO_SERVER].version == LEG_VERSION_RDPUDP2;
    bool guessed = d->leg->version == 0 && offered && (prefix & LONG_PREFIX) == LONG_PREFIX;
    return (d->leg->version == LEG_VERSION_RDPUDP2 || guessed) && !(prefix & HELLO_BIT);
}

/* The client goes on behind the SYN+ACK, so it has it. */
static void went_on(struct datagrams *d, const struct datagram *g)
{
    if (g->direction == RDPATH_TO_SERVER) {
        arrived(d, RDPATH_TO_CLIENT);
        reach(d, LEG_SYN_ACK);
    }
}

/* A leg that begins with DTLS: the ClientHello stands for the SYN until the server has answered. */
static void take_bare(struct datagrams *d, const struct datagram *g)
{
    struct leg_hello *h = &d->leg->hello[RDPATH_TO_SERVER];
    struct udp_piece piece = {0, g->at, g->payload, cut_of(g), NULL};
    d->leg->bare = d->leg->lossy = true;
    if (!d->leg->way[RDPATH_TO_CLIENT].n_packets) {
        frames_add(&h->frames, g->at.frame);
        h->last = g->at;
        h->fragmented |= g->fragmented;
        h->first = h->n++ ? h->first : g->at;
    }
    inner_take(d, g, &piece);
}

static bool is_bare(const struct datagrams *d, const struct datagram *g)
{
    const struct leg *leg = d->leg;
    bool first = leg->way[0].n_packets + leg->way[1].n_packets == 1;
    return leg->bare || (first && dtls_is_client_hello(g->payload));
}

static void decode(struct datagrams *d, const struct datagram *g)
{
    struct rdpeudp u;
    struct rdpeudp2 u2;
    if (is_bare(d, g)) {
        take_bare(d, g);
        return;
    }
    if (is_rdpudp2(d, g)) {
        if (rdpeudp2_read(g->payload, cut_of(g), &u2)) {
            went_on(d, g);
            take_v2(d, g, &u2);
        }
        return;
    }
    if (!rdpeudp_read(g->payload, &u))
        return;
    if (u.flags & RDPEUDP_SYN) {
        hello_take(d, g, &u);
        return;
    }
    went_on(d, g);
    take_v1(d, g, &u);
}

/* By what the datagram added to the account. */
static struct datagram_told told_of(const struct datagrams *d, const struct datagram *g,
                                    uint32_t n_hellos, uint32_t n_sent)
{
    const struct udp_account *a = &d->account[g->direction];
    struct datagram_told told = {.direction = g->direction};
    uint32_t n = d->leg->hello[g->direction].n;
    if (n > n_hellos) {
        told.note = RDPATH_NOTE_HELLO;
        told.again = (uint8_t)(n > 255 ? 255 : n - 1);
    } else if (a->n > n_sent) {
        told.note = RDPATH_NOTE_DATA;
        told.again = udp_account_newest(a)->again;
    }
    return told;
}

enum rdpath_fate datagrams_fate(const struct datagrams *d, enum rdpath_direction way,
                                rdpath_ref frame)
{
    return udp_account_fate(&d->account[way], frame);
}

struct datagram_told datagrams_take(struct datagrams *d, const struct datagram *g)
{
    struct leg *leg = d->leg;
    struct leg_way *way = &leg->way[g->direction];
    uint32_t n_hellos = leg->hello[g->direction].n, n_sent = d->account[g->direction].n;
    if (was_seen(d, g)) {
        way->n_duplicates++;
        return (struct datagram_told){.direction = g->direction, .duplicate = true};
    }
    way->n_packets++;
    way->n_bytes += g->payload_len;
    way->last_ns = g->at.ts_ns;
    if (!g->fragmented && g->ip_len > way->largest_seen)
        way->largest_seen = g->ip_len;
    if (g->at.ts_ns > leg->last_ns) {
        leg->last_gap_ns = g->at.ts_ns - leg->last_ns;
        leg->last_ns = g->at.ts_ns;
    }
    decode(d, g);
    return told_of(d, g, n_hellos, n_sent);
}

void datagrams_end(struct datagrams *d)
{
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = (enum rdpath_direction)i;
        d->leg->way[way].missing = !d->finished && d->order[way].n_early > 0;
        if (d->dialog)
            inner_ordered(d, way, true);
    }
}

void datagrams_free(struct datagrams *d)
{
    if (!d)
        return;
    inner_end(d);
    memory_release(d);
}
