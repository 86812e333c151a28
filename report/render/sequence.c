/* SPDX-License-Identifier: Apache-2.0 */
#include "report/render/sequence.h"

#include "report/render/words.h"

#include <inttypes.h>
#include <string.h>

enum { ROWS_HEAD = 24, COOKIE_MAX = 24 }; /* rows before what is left out */

static const int64_t LASTED_NS = 300000000; /* shorter ones are all but at once */

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 }; /* RFC 9293 section 3.1 */

/* ---- rows ------------------------------------------------------------------------------------ */

static bool rows_equal(const struct sequence_row *row, const struct rdpath_packet *b)
{
    const struct rdpath_packet *a = row->packet;
    return a->direction == b->direction && a->kind == b->kind && a->ip_len == b->ip_len &&
           a->fate == b->fate && a->tcp_flags == b->tcp_flags && a->note == b->note;
}

/* The pieces of one datagram, of which the whole never came. */
static bool rows_pieces(const struct sequence_row *row, const struct rdpath_packet *b)
{
    const struct rdpath_packet *a = row->packet;
    return a->note == RDPATH_NOTE_FRAGMENT && b->note == RDPATH_NOTE_FRAGMENT &&
           a->direction == b->direction && a->ip_id == b->ip_id && a->fate == b->fate;
}

static const struct rdpath_rung *rung_of(const struct rdpath_attempt *a, rdpath_ref frame)
{
    for (uint32_t i = 0; i < a->n_rungs; i++)
        if (frame && a->rungs[i].frame == frame)
            return &a->rungs[i];
    return NULL;
}

static bool rows_join(const struct sequence_row *row, const struct rdpath_packet *p, bool fold)
{
    return row->packet && (rows_pieces(row, p) || (fold && rows_equal(row, p)));
}

/* The hole that this packet was the first to show, where the capture sees what arrives. */
static const struct rdpath_hole *hole_before(const struct rdpath_attempt *a,
                                             const struct rdpath_packet *p)
{
    const struct rdpath_hole *hole = &a->path[p->direction].hole;
    bool at_receiver =
        a->vantage == (p->direction == RDPATH_TO_CLIENT ? RDPATH_AT_CLIENT : RDPATH_AT_SERVER);
    bool shown = a->has_path && hole->len && hole->open && !hole->acknowledged && at_receiver;
    return shown && hole->frames.n && hole->frames.ref[0] == p->frame ? hole : NULL;
}

/* fold: runs of equal packets become one. Returns how many rows there are. */
static uint32_t rows_collect(const struct rdpath_attempt *a, bool fold, struct sequence_row *row)
{
    uint32_t n = 0;
    enum rdpath_stage reached = RDPATH_STAGE_NONE;
    for (uint32_t i = 0; i < a->n_packets; i++) {
        const struct rdpath_packet *p = &a->packets[i];
        const struct rdpath_rung *rung = rung_of(a, p->frame);
        const struct rdpath_hole *hole = hole_before(a, p);
        if (p->fate == RDPATH_FATE_DUPLICATE)
            continue;
        if (hole)
            row[n++] = (struct sequence_row){.hole = hole,
                                             .way = (enum rdpath_direction)p->direction,
                                             .last_ns = p->ts_ns};
        if (n && !rung && rows_join(&row[n - 1], p, fold))
            row[n - 1].n++;
        else
            row[n++] = (struct sequence_row){.packet = p, .n = 1, .reached = reached};
        row[n - 1].last_ns = p->ts_ns;
        if (rung)
            reached = rung->stage;
    }
    return n;
}

/* A packet that arrived and reached no rung, opened, closed, repeated and proves nothing. */
static bool row_is_plain(const struct rdpath_attempt *a, const struct sequence_row *row)
{
    const struct rdpath_packet *p = row->packet;
    return p && p->fate == RDPATH_FATE_DELIVERED && p->kind != RDPATH_PACKET_ICMP && !p->again &&
           p->note != RDPATH_NOTE_HELLO && !(p->tcp_flags & (SYN | FIN | RST)) &&
           !rung_of(a, p->frame) && !sequence_is_cited(a, p->frame);
}

static uint32_t rows_fold_plain(const struct rdpath_attempt *a, struct sequence_row *row,
                                uint32_t n)
{
    uint32_t kept = 0;
    bool plain_before = false;
    for (uint32_t i = 0; i < n; i++) {
        bool plain = row_is_plain(a, &row[i]);
        if (plain && plain_before) {
            row[kept - 1].n += row[i].n;
            row[kept - 1].last_ns = row[i].last_ns;
            row[kept - 1].packet = NULL;
            row[kept - 1].arrived = true;
        } else {
            row[kept++] = row[i];
        }
        plain_before = plain;
    }
    return kept;
}

/* Leaves the middle out; what was decided stands at the two ends. */
static uint32_t rows_shorten(struct sequence_row *row, uint32_t n)
{
    uint32_t tail = SEQUENCE_ROWS_MAX - ROWS_HEAD - 1, left_out = 0;
    if (n <= SEQUENCE_ROWS_MAX)
        return n;
    for (uint32_t i = ROWS_HEAD; i < n - tail; i++)
        left_out += row[i].n;
    row[ROWS_HEAD] = (struct sequence_row){.n = left_out, .last_ns = row[n - tail - 1].last_ns};
    for (uint32_t i = 0; i < tail; i++)
        row[ROWS_HEAD + 1 + i] = row[n - tail + i];
    return SEQUENCE_ROWS_MAX;
}

struct sequence_row *sequence_rows(struct story *s, uint32_t *n)
{
    const struct rdpath_attempt *a = s->attempt;
    *n = 0;
    if (a->n_packets == 0)
        return NULL;
    struct sequence_row *row = arena_alloc(&s->arena, (a->n_packets + 2) * sizeof *row);
    *n = rows_collect(a, false, row); /* a hole each way is no packet */
    if (*n > SEQUENCE_ROWS_MAX)
        *n = rows_collect(a, true, row);
    if (*n > SEQUENCE_ROWS_MAX)
        *n = rows_shorten(row, rows_fold_plain(a, row, *n));
    return row;
}

/* ---- what is known of a packet --------------------------------------------------------------- */

static bool frames_hold(const struct rdpath_frames *f, rdpath_ref frame)
{
    for (uint32_t i = 0; i < f->n; i++)
        if (f->ref[i] == frame)
            return true;
    return false;
}

bool sequence_is_cited(const struct rdpath_attempt *a, rdpath_ref frame)
{
    const struct rdpath_finding *f = a->findings; /* the cause's own stands first */
    bool cited = frames_hold(&a->cause.frames, frame);
    for (uint32_t i = 0; a->n_findings && i < f->n_evidence; i++)
        cited |= frames_hold(&f->evidence[i].frames, frame);
    return cited;
}

bool sequence_is_forged(const struct rdpath_attempt *a, const struct rdpath_packet *p)
{
    return a->ended.by == RDPATH_BY_MIDDLEBOX && a->ended.frame == p->frame &&
           p->kind == RDPATH_PACKET_TCP;
}

/* ---- words ----------------------------------------------------------------------------------- */

static const char *control_label(struct story *s, const struct rdpath_packet *p)
{
    const struct rdpath_path *back = p->direction == RDPATH_TO_SERVER
                                         ? &s->attempt->path[RDPATH_TO_CLIENT]
                                         : &s->attempt->path[RDPATH_TO_SERVER];
    const char *ends = p->frame == s->attempt->ended.frame ? ": ends the attempt" : "";
    const char *again = p->again ? " · again" : "";
    if (p->tcp_flags & RST)
        return arena_format(&s->arena, "RST%s", ends);
    if (p->tcp_flags & FIN)
        return arena_format(&s->arena, "FIN%s%s", again, ends);
    if (!(p->tcp_flags & SYN))
        return NULL;
    const char *name = p->tcp_flags & ACK ? "SYN, ACK" : "SYN";
    bool of_decisive = p->client_port == s->attempt->client.port;
    return s->attempt->has_path && back->mss && of_decisive
               ? arena_format(&s->arena, "%s%s · mss %u", name, again, (unsigned)back->mss)
               : arena_format(&s->arena, "%s%s", name, again);
}

static const char *rung_label(struct story *s, enum rdpath_stage stage)
{
    const struct rdpath_rdp *rdp = &s->attempt->rdp;
    const char *title = rdpath_stage_title(stage);
    const char *failure = rdpath_failure_name(rdp->failure);
    if (stage == RDPATH_STAGE_X224_REQUEST && rdp->present && rdp->has_request)
        return arena_format(&s->arena, "%s · %s", title,
                            words_protocols(&s->arena, rdp->requested));
    if (stage != RDPATH_STAGE_X224_CONFIRM || !rdp->has_response)
        return title;
    return rdp->failure ? arena_format(&s->arena, "X.224: %s", failure ? failure : "refused")
                        : arena_format(&s->arena, "%s · %s", title,
                                       words_protocols(&s->arena, rdp->selected));
}

/* What a frame says went wrong; NULL: nothing that could be read. */
static const char *error_label(struct story *s, rdpath_ref frame)
{
    const struct rdpath_session *said = s->attempt->session;
    if (!said || !frame)
        return NULL;
    const struct {
        const char *what;
        const struct rdpath_code *code;
        const char *(*name)(uint32_t);
    } errors[] = {
        {"CredSSP error", &said->credssp.error, NULL},
        {"licensing", &said->license, rdpath_license_error_name},
        {"Set Error Info", &said->error_info, rdpath_error_info_name},
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        uint32_t code = errors[i].code->code;
        const char *name = errors[i].name ? errors[i].name(code) : NULL;
        if (errors[i].code->frame != frame)
            continue;
        return name ? arena_format(&s->arena, "%s: %s", errors[i].what, name)
                    : arena_format(&s->arena, "%s 0x%08x", errors[i].what, (unsigned)code);
    }
    return NULL;
}

/* What data of a direction must be, by the rung that was reached before it. */
static const char *data_label(struct story *s, const struct sequence_row *row)
{
    const struct rdpath_attempt *a = s->attempt;
    bool down = row->packet->direction == RDPATH_TO_CLIENT;
    bool other = a->cause.id && strcmp(a->cause.id, "not-rdp") == 0;
    const char *error = error_label(s, row->packet->frame);
    if (error)
        return error;
    switch (row->reached) {
    case RDPATH_STAGE_X224_REQUEST:
        return !down ? "data" : other ? "another protocol" : "X.224 confirm";
    case RDPATH_STAGE_X224_CONFIRM:
        return !down && a->rdp.selected && !a->rdp.failure ? "TLS ClientHello" : "data";
    case RDPATH_STAGE_TLS_HELLO:
        return down ? "TLS server flight" : "TLS ClientHello";
    case RDPATH_STAGE_TLS_SERVER_FLIGHT:
        return "TLS handshake";
    case RDPATH_STAGE_CREDSSP:
        return "credentials (CredSSP)";
    default:
        return "data";
    }
}

/* Steps that only one side takes; data of the other one may stand in their frame. */
static bool rung_fits(const struct rdpath_rung *rung, const struct rdpath_packet *p)
{
    if (rung->stage == RDPATH_STAGE_X224_CONFIRM || rung->stage == RDPATH_STAGE_TLS_SERVER_FLIGHT)
        return p->direction == RDPATH_TO_CLIENT;
    if (rung->stage == RDPATH_STAGE_X224_REQUEST || rung->stage == RDPATH_STAGE_TLS_HELLO)
        return p->direction == RDPATH_TO_SERVER;
    return rung->stage > RDPATH_STAGE_TCP_OPEN;
}

static const char *alert_label(struct story *s, rdpath_ref frame)
{
    const struct rdpath_tls *tls = &s->attempt->tls;
    for (uint32_t i = 0; i < tls->n_alerts && i < RDPATH_ALERTS_MAX; i++) {
        const char *name = rdpath_alert_name(tls->alerts[i].description);
        if (tls->alerts[i].frame == frame)
            return arena_format(&s->arena, "TLS alert %s%s", name ? name : "unknown",
                                frame == s->attempt->ended.frame ? ": ends the attempt" : "");
    }
    return NULL;
}

static const char *tcp_label(struct story *s, const struct sequence_row *row)
{
    const struct rdpath_packet *p = row->packet;
    const char *control = control_label(s, p);
    const struct rdpath_rung *rung = rung_of(s->attempt, p->frame);
    bool fits = rung && rung_fits(rung, p);
    if (control)
        return control;
    if (p->note == RDPATH_NOTE_KEEP_ALIVE)
        return "keep-alive: are you there?";
    if (p->payload_len == 0)
        return p->note == RDPATH_NOTE_SACK ? "ACK: later bytes came, earlier ones are missing"
                                           : "ACK";
    if (p->again && row->n > 1)
        return "again";
    if (p->again)
        return arena_format(&s->arena, "again · %u", (unsigned)p->again);
    const char *alert = alert_label(s, p->frame);
    if (alert)
        return alert;
    struct sequence_row data = *row;
    data.reached = rung ? rung->stage : row->reached; /* of a step that the other side took */
    return fits ? rung_label(s, rung->stage) : data_label(s, &data);
}

static const char *udp_label(struct story *s, const struct rdpath_packet *p)
{
    const char *what = p->note == RDPATH_NOTE_HELLO
                           ? (p->direction == RDPATH_TO_SERVER ? "UDP SYN" : "UDP SYN+ACK")
                       : p->note == RDPATH_NOTE_DATA ? "UDP data"
                                                     : "UDP";
    return p->again ? arena_format(&s->arena, "%s · again %u", what, (unsigned)p->again) : what;
}

static const char *icmp_label(struct story *s, const struct rdpath_packet *p)
{
    static const char *const kinds[] = {
        [RDPATH_ICMP_TOO_BIG] = "too big",
        [RDPATH_ICMP_PROHIBITED] = "prohibited",
        [RDPATH_ICMP_PORT] = "port unreachable",
        [RDPATH_ICMP_HOST] = "host unreachable",
        [RDPATH_ICMP_REASSEMBLY] = "fragments did not all arrive",
        [RDPATH_ICMP_HOPS] = "too many hops",
    };
    const char *kind = p->icmp < sizeof kinds / sizeof kinds[0] ? kinds[p->icmp] : "error";
    const char *mtu = p->mtu ? arena_format(&s->arena, ", %u at most", (unsigned)p->mtu) : "";
    const char *times = p->n > 1 ? arena_format(&s->arena, " · %u times", (unsigned)p->n) : "";
    return arena_format(&s->arena, "ICMP: %s%s%s", kind, mtu, times);
}

const char *sequence_label(struct story *s, const struct sequence_row *row)
{
    const struct rdpath_packet *p = row->packet;
    if (row->hole)
        return arena_format(&s->arena, "%" PRIu64 " bytes never came", row->hole->len);
    if (p->note == RDPATH_NOTE_FRAGMENT)
        return arena_format(&s->arena, "%u fragment%s, never a whole", (unsigned)row->n,
                            row->n == 1 ? "" : "s");
    const char *label = p->kind == RDPATH_PACKET_ICMP  ? icmp_label(s, p)
                        : p->kind == RDPATH_PACKET_UDP ? udp_label(s, p)
                                                       : tcp_label(s, row);
    const char *way = p->merged ? " · merged by offload" : p->whole_again ? " · in fragments" : "";
    if (row->n == 1)
        return arena_format(&s->arena, "%s%s", label, way);
    int64_t lasted_ns = row->last_ns - p->ts_ns;
    const char *in = lasted_ns >= LASTED_NS
                         ? arena_format(&s->arena, " in %s", words_duration(&s->arena, lasted_ns))
                         : "";
    return arena_format(&s->arena, "%s%s, %u times%s", label, way, (unsigned)row->n, in);
}

const char *sequence_label_of(struct story *s, rdpath_ref frame,
                              const struct rdpath_packet **packet)
{
    const struct rdpath_attempt *a = s->attempt;
    enum rdpath_stage reached = RDPATH_STAGE_NONE;
    for (uint32_t i = 0; i < a->n_packets; i++) {
        const struct rdpath_packet *p = &a->packets[i];
        const struct rdpath_rung *rung = rung_of(a, p->frame);
        if (p->frame == frame) {
            *packet = p;
            return sequence_label(s,
                                  &(struct sequence_row){.packet = p, .n = 1, .reached = reached});
        }
        reached = rung ? rung->stage : reached;
    }
    return NULL;
}
