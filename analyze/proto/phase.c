/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a session got behind encryption, told from the order, the direction and the plain sizes
 * of its PDUs [MS-RDPBCGR 1.3.1.1]. A cipher adds a known number of bytes, CBC within a block; so a
 * record stands for a span of plain sizes. Sizes that every peer sends are used where there are
 * any:
 *
 *   Erect Domain Request 12 and Attach User Request 8, back to back, then Attach User Confirm 11
 *   the server's finalization: Synchronize 36, Cooperate 40, Granted Control 40, Font Map 40
 *
 * and otherwise an order that nothing else has: a client that speaks twice in a row ended CredSSP
 * and began MCS; the large PDU behind the channel joins is the Client Info, the large one that
 * smaller ones follow the Confirm Active. Some stacks send one byte more or less, and several PDUs
 * in one record. Whatever does not fit is passed over: a rung may be told late, never too early.
 */
#include "analyze/proto/proto.h"

#include <string.h>

enum {
    ERECT_DOMAIN = 12,
    ATTACH_USER = 8,
    ATTACH_CONFIRM = 11,
    JOIN_CONFIRM = 15,
    EARLY_AUTHORIZATION = 4, /* [MS-RDPBCGR 2.2.10.2] */
    CREDSSP_ERROR = 15,      /* a TSRequest of version and errorCode */
    LICENCE_VALID = 34,
    CONNECT_INITIAL_MIN = 380,  /* seen: 412 to 467 */
    CONNECT_INITIAL_MAX = 1100, /* with 16 monitors and every optional block */
    FIRST_INITIAL_MIN = 300,    /* where it can be nothing else */
    CLIENT_INFO_MIN = 250,      /* seen: 351 to 616 */
    CONFIRM_ACTIVE_MIN = 300,   /* seen: 545 to 679 */
    SYNCHRONIZE = 36,           /* of either side: the smallest finalization PDU */
    SPLIT_MAX = 1,              /* TLS 1.0 stacks may cut one byte, or none, off each PDU */
    GRAPHICS_LEN = 4096,        /* more than licensing, redirection or an error has to say */
    GRAPHICS_RECORDS = 3,       /* of the client, in the meantime */
    SLACK = 1,
    TUNNEL_REQUEST = 28,     /* [MS-RDPEMT 2.2.2.1]: a header of 4, ids of 8, a cookie of 16 */
    TUNNEL_RESPONSE = 8,     /* [MS-RDPEMT 2.2.2.2] */
    CREDSSP_AND_CONNECT = 4, /* messages of the client before its pair, at the least */
    REQUESTED_HYBRID_EX = 8,
};

/*
 * What CredSSP carries [MS-CSSP 3.1.5]. NTLM begins with the same few bytes everywhere (57, with
 * SPNEGO around it 93), and the server's challenge names its domain. Kerberos begins with a request
 * for the server's ticket (175), which is answered with the ticket, or with its AP-REQ at once;
 * that one holds a ticket of its own.
 */
enum {
    NTLM_NEGOTIATE_MAX = 110,
    NTLM_CHALLENGE_MIN = 80,
    NTLM_CHALLENGE_MAX = 800,
    NTLM_AUTHENTICATE_MIN = 250,
    TGT_REQUEST_MIN = 140,
    TGT_REQUEST_MAX = 600,
    TGT_REPLY_MIN = 900,
    AP_REQUEST_MIN = 1000,
};

static bool span_has(struct span s, uint32_t size)
{
    return s.min <= size && size <= s.max;
}

static bool span_has_about(struct span s, uint32_t size)
{
    return s.min <= size + SLACK && size <= s.max;
}

/* ---- from a cipher to plain sizes ------------------------------------------------------------ */

static uint32_t cipher_mac_len(const char *name)
{
    static const struct {
        const char *suffix;
        uint32_t len;
    } macs[] = {{"_SHA384", 48}, {"_SHA256", 32}, {"_SHA", 20}, {"_MD5", 16}};
    for (size_t i = 0; i < sizeof macs / sizeof macs[0]; i++) {
        size_t n = strlen(macs[i].suffix), len = strlen(name);
        if (len > n && strcmp(name + (len - n), macs[i].suffix) == 0)
            return macs[i].len;
    }
    return 0;
}

/* RFC 5246 section 6.2.3.2: explicit IV from TLS 1.1 on, MAC, 1 to block bytes of padding. */
static struct span cipher_block_overhead(const struct rdpath_tls *tls, const char *name)
{
    bool short_block = strstr(name, "DES") || strstr(name, "RC2");
    uint32_t block = short_block ? 8 : 16;
    uint32_t fixed = cipher_mac_len(name) + (tls->version >= 0x0302 ? block : 0);
    return (struct span){fixed + 1, fixed + block};
}

/* Bytes that a record is longer than its plain PDU; max 0: unknown. */
static struct span cipher_overhead(const struct rdpath_tls *tls)
{
    const char *name = rdpath_cipher_name(tls->cipher);
    uint32_t n = 0;
    if (tls->version == 0x0304)
        return (struct span){17, 17}; /* RFC 8446 section 5.2; TLS_AES_128_CCM_8 is not used */
    if (!name)
        return (struct span){0, 0};
    if (strstr(name, "_CBC"))
        return cipher_block_overhead(tls, name);
    if (strstr(name, "_CCM_8"))
        n = 8 + 8; /* RFC 6655 section 4 */
    else if (strstr(name, "_GCM_") || strstr(name, "_CCM"))
        n = 8 + 16; /* RFC 5288 section 3 */
    else if (strstr(name, "_CHACHA20_"))
        n = 16; /* RFC 7905 section 2 */
    else
        n = cipher_mac_len(name); /* RC4 and NULL */
    return (struct span){n, n};
}

static struct span phase_plain(const struct phase *p, uint32_t len)
{
    return (struct span){
        .min = len > p->overhead.max ? len - p->overhead.max : 0,
        .max = len > p->overhead.min ? len - p->overhead.min : 0,
    };
}

/* ---- the phases ------------------------------------------------------------------------------ */

struct seen {
    struct span plain;
    bool by_client;
    struct moment at;
};

/* beside: records that it rests on beside the one at hand; NULL = none */
static void phase_enter(struct dialog *d, enum phase_id id, const struct seen *s,
                        const rdpath_ref *beside)
{
    static const uint8_t rungs[] = {
        [PHASE_CREDSSP] = RDPATH_STAGE_CREDSSP,
        [PHASE_MCS] = RDPATH_STAGE_MCS,
        [PHASE_LICENSING] = RDPATH_STAGE_LICENSING,
        [PHASE_ACTIVE] = RDPATH_STAGE_ACTIVE,
    };
    struct phase *p = &d->phase;
    p->id = (uint8_t)id;
    p->n[RDPATH_TO_SERVER] = p->n[RDPATH_TO_CLIENT] = 0;
    uint32_t n_rungs = d->connection->n_rungs;
    connection_reach(d->connection, rungs[id], s->at, true);
    if (beside && d->connection->n_rungs > n_rungs)
        connection_rests_on(d->connection, beside);
}

/* The client's Attach User Request right behind its Erect Domain Request. */
static bool phase_is_attach(const struct phase *p, const struct seen *s)
{
    return s->by_client && p->before_by_client && span_has(p->before, ERECT_DOMAIN) &&
           span_has(s->plain, ATTACH_USER);
}

static void phase_join(struct phase *p, const struct seen *s)
{
    p->joining = p->attaching = true;
    p->attach[0] = p->before_frame;
    p->attach[1] = s->at.frame;
}

/* The client speaks first, in CredSSP and without it; TLS 1.3 tickets may come before. */
static void phase_step_begin(struct dialog *d, const struct seen *s)
{
    uint32_t selected = d->connection->rdp.selected;
    if (!s->by_client || s->plain.max <= SPLIT_MAX)
        return;
    if (selected > 1)
        phase_enter(d, PHASE_CREDSSP, s, NULL);
    else if (s->plain.max >= FIRST_INITIAL_MIN)
        phase_enter(d, PHASE_MCS, s, NULL);
    if (d->phase.id == PHASE_CREDSSP) {
        d->phase.first[RDPATH_TO_SERVER] = s->plain;
        d->phase.first_frame[RDPATH_TO_SERVER] = s->at.frame;
    }
}

static bool span_between(struct span s, uint32_t min, uint32_t max)
{
    return s.max >= min && s.min <= max;
}

static bool logon_is_ntlm(const struct phase *p, const struct seen *s)
{
    const struct span *first = p->first;
    return first[RDPATH_TO_SERVER].min <= NTLM_NEGOTIATE_MAX &&
           span_between(first[RDPATH_TO_CLIENT], NTLM_CHALLENGE_MIN, NTLM_CHALLENGE_MAX) &&
           s->plain.min >= NTLM_AUTHENTICATE_MIN;
}

static bool logon_is_kerberos(const struct phase *p, const struct seen *s)
{
    const struct span *first = p->first;
    bool ticket_asked = span_between(first[RDPATH_TO_SERVER], TGT_REQUEST_MIN, TGT_REQUEST_MAX) &&
                        first[RDPATH_TO_CLIENT].min >= TGT_REPLY_MIN &&
                        s->plain.min >= AP_REQUEST_MIN;
    return ticket_asked || first[RDPATH_TO_SERVER].min >= AP_REQUEST_MIN;
}

/* The client's second message tells the two apart. */
static void phase_note_logon(struct dialog *d, const struct seen *s)
{
    struct phase *p = &d->phase;
    struct connection *c = d->connection;
    if (!s->by_client && p->n[RDPATH_TO_CLIENT] == 0) {
        p->first[RDPATH_TO_CLIENT] = s->plain;
        p->first_frame[RDPATH_TO_CLIENT] = s->at.frame;
    }
    if (!s->by_client || p->n[RDPATH_TO_SERVER] != 1 || p->n[RDPATH_TO_CLIENT] == 0)
        return;
    if (logon_is_ntlm(p, s))
        c->logon = LOGON_NTLM;
    else if (logon_is_kerberos(p, s))
        c->logon = LOGON_KERBEROS;
    else
        return;
    c->logon_frames[0] = p->first_frame[RDPATH_TO_SERVER];
    c->logon_frames[1] = p->first_frame[RDPATH_TO_CLIENT];
    c->logon_frames[2] = s->at.frame;
}

/*
 * What ends CredSSP on the server's side is known by its size. Where a block cipher makes both the
 * same size, it is told from when it comes: an error answers the client's token, the result comes
 * behind the server's own pubKeyAuth, and only to a client that asked for it.
 */
static void phase_note_result(struct dialog *d, const struct seen *s)
{
    struct connection *c = d->connection;
    if (s->by_client || d->phase.n[RDPATH_TO_SERVER] < 2 || s->plain.max <= SPLIT_MAX)
        return;
    bool behind_keys = d->phase.n[RDPATH_TO_CLIENT] >= 2 && c->rdp.requested & REQUESTED_HYBRID_EX;
    bool error = span_has(s->plain, CREDSSP_ERROR);
    bool result = span_has(s->plain, EARLY_AUTHORIZATION);
    if (error && !(result && behind_keys))
        c->credssp_error = s->at;
    else if (result)
        c->early_result = s->at;
}

/*
 * The Connect Initial follows the server's EarlyUserAuthorizationResult, or the client's own last
 * CredSSP message, which is its third at least and not answered [MS-CSSP 3.1.5].
 */
static void phase_step_credssp(struct dialog *d, const struct seen *s)
{
    struct phase *p = &d->phase;
    const rdpath_ref before[2] = {p->before_frame};
    phase_note_logon(d, s);
    phase_note_result(d, s);
    bool large =
        s->by_client && s->plain.max >= CONNECT_INITIAL_MIN && s->plain.min <= CONNECT_INITIAL_MAX;
    bool after_result = !p->before_by_client && span_has(p->before, EARLY_AUTHORIZATION);
    bool after_own = p->before_by_client && p->before.min > SPLIT_MAX &&
                     p->n[RDPATH_TO_SERVER] >= 2 && p->n[RDPATH_TO_CLIENT] >= 2;
    if (large && (after_result || after_own))
        phase_enter(d, PHASE_MCS, s, before);
    else if (phase_is_attach(p, s) && p->n[RDPATH_TO_SERVER] >= CREDSSP_AND_CONNECT) {
        phase_enter(d, PHASE_MCS, s, before);
        phase_join(p, s);
    }
}

static bool phase_missed(const struct dialog *d)
{
    return d->half[RDPATH_TO_SERVER].missed || d->half[RDPATH_TO_CLIENT].missed;
}

/* What answers an Attach User Request is the confirm and nothing else, unless it was missed, or
   recorded before its request: then it is a Channel Join Confirm. */
static void phase_attach(struct dialog *d, const struct seen *s)
{
    struct phase *p = &d->phase;
    bool answer =
        span_has_about(s->plain, ATTACH_CONFIRM) || span_has_about(s->plain, JOIN_CONFIRM);
    if (s->by_client)
        return;
    p->attaching = false;
    if (!answer && !phase_missed(d))
        p->joining = false;
}

/* The pair follows the answer to the Connect Initial. */
static void phase_step_mcs(struct dialog *d, const struct seen *s)
{
    struct phase *p = &d->phase;
    bool missed = phase_missed(d), second = p->n[RDPATH_TO_SERVER] == 2;
    if (p->attaching)
        phase_attach(d, s);
    if (phase_is_attach(p, s) && (missed || (second && p->n[RDPATH_TO_CLIENT])))
        phase_join(p, s);
    if (!p->joining)
        return;
    if (s->by_client ? s->plain.max >= CLIENT_INFO_MIN : span_has_about(s->plain, LICENCE_VALID))
        phase_enter(d, PHASE_LICENSING, s, p->attach);
}

/* Passes those of the server's finalization PDUs that this record may hold, one or several. */
static void phase_finalize(struct phase *p, struct span plain)
{
    static const uint8_t sizes[] = {SYNCHRONIZE, 40, 40, 40};
    struct span sum = plain;
    uint8_t n = p->n_final;
    while (n < sizeof sizes) {
        if (span_has_about(sum, sizes[n])) {
            p->n_final = (uint8_t)(n + 1);
            return;
        }
        if (sum.min < sizes[n])
            return;
        sum.min -= sizes[n];
        sum.max -= sizes[n];
        n++;
    }
}

/*
 * A large PDU of the client is the Confirm Active, or belongs to licensing and another one follows,
 * unless the next is its Synchronize: then a large one can be a list of bitmap keys. The session is
 * up when the server's finalization behind it is complete, or when graphics flow and the client
 * goes on.
 */
static void phase_step_licensing(struct dialog *d, const struct seen *s)
{
    struct phase *p = &d->phase;
    if (s->by_client && s->plain.max >= CONFIRM_ACTIVE_MIN && !p->synchronized) {
        p->confirmed = true;
        p->confirm = s->at.frame;
        p->answered = false;
        p->n_final = 0;
        p->server_len = 0;
        p->n[RDPATH_TO_SERVER] = 0;
        return;
    }
    if (!p->confirmed)
        return;
    if (s->by_client) {
        p->synchronized |= !p->answered && span_has_about(s->plain, SYNCHRONIZE);
        p->answered |= s->plain.max >= SYNCHRONIZE;
        return;
    }
    p->server_len += s->plain.min;
    if (p->n_final == 0)
        p->final = s->at.frame;
    phase_finalize(p, s->plain);
    bool graphics = p->server_len >= GRAPHICS_LEN && p->n[RDPATH_TO_SERVER] >= GRAPHICS_RECORDS;
    if (p->answered && (p->n_final == 4 || graphics))
        phase_enter(d, PHASE_ACTIVE, s, (const rdpath_ref[2]){p->confirm, p->final});
}

/* A UDP leg: the client asks for its tunnel, the server answers; then both may speak. */
static void phase_step_tunnel(struct dialog *d, const struct seen *s)
{
    struct moment *tunnel = d->connection->tunnel;
    if (s->by_client && !tunnel[0].frame && span_has(s->plain, TUNNEL_REQUEST))
        tunnel[0] = s->at;
    else if (!s->by_client && tunnel[0].frame && !tunnel[1].frame &&
             span_has(s->plain, TUNNEL_RESPONSE))
        tunnel[1] = s->at;
}

void phase_begin(struct dialog *d)
{
    d->phase = (struct phase){.overhead = cipher_overhead(&d->connection->tls)};
    if (d->datagrams && d->phase.overhead.max)
        d->phase.id = PHASE_TUNNEL;
    if (d->connection->rdp.has_response && d->phase.overhead.max)
        d->phase.id = PHASE_BEGIN;
}

void phase_begin_licensing(struct dialog *d)
{
    d->phase = (struct phase){.id = PHASE_LICENSING};
}

void phase_end(struct dialog *d)
{
    d->phase.id = PHASE_OFF;
}

void phase_record(struct dialog *d, enum rdpath_direction direction, uint32_t len, struct moment at)
{
    static void (*const steps[])(struct dialog *, const struct seen *) = {
        [PHASE_BEGIN] = phase_step_begin,   [PHASE_CREDSSP] = phase_step_credssp,
        [PHASE_MCS] = phase_step_mcs,       [PHASE_LICENSING] = phase_step_licensing,
        [PHASE_TUNNEL] = phase_step_tunnel,
    };
    struct phase *p = &d->phase;
    if (p->id == PHASE_OFF || p->id == PHASE_ACTIVE)
        return;
    struct seen seen = {phase_plain(p, len), direction == RDPATH_TO_SERVER, at};
    steps[p->id](d, &seen);
    p->n[direction]++;
    p->before = seen.plain;
    p->before_frame = at.frame;
    p->before_by_client = seen.by_client;
}
