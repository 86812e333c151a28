/* SPDX-License-Identifier: Apache-2.0 */
/* Loss that size does not explain. Counts, not impressions: a few losses of a few packets mean
   nothing, and a needless repetition is no loss. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum {
    LOST_MIN = 3,       /* fewer happen to every healthy connection */
    PER_MILLE_MIN = 20, /* RDP works well below 2 % */
    LOST_SURE = 8,
    ANSWERS_LOST = 4, /* one of so many must have been seen */
};

struct loss {
    uint32_t lost[2];
    uint32_t arrived[2]; /* seen twice where they are received */
    uint64_t sent[2];
};

/* Sendings of one size of which none arrived prove nothing about the others. */
static uint32_t of_one_size(const struct rdpath_repeated *r)
{
    bool none_arrived =
        r->n_sent >= 2 && !r->as_large_delivered_after && (!r->acknowledged || r->shrunk);
    return none_arrived ? r->n_sent : 0;
}

/* What was seen twice where it is received was not lost: its acknowledgement was, by the path or by
   the recording, or its sender did not wait for it. */
static uint32_t arrived_before(const struct attempt *a, const struct connection *c, int way)
{
    return fact_at_receiver(a, (enum rdpath_direction)way) ? c->path[way].n_seen_twice : 0;
}

static struct loss count(const struct attempt *a, const struct connection *c)
{
    struct loss l;
    for (int way = 0; way < 2; way++) {
        uint32_t set_aside = of_one_size(&c->path[way].repeated);
        l.arrived[way] = arrived_before(a, c, way);
        set_aside = l.arrived[way] > set_aside ? l.arrived[way] : set_aside;
        l.lost[way] = c->path[way].n_lost > set_aside ? c->path[way].n_lost - set_aside : 0;
        l.sent[way] = c->path[way].n_data + c->path[way].retransmitted;
    }
    return l;
}

static bool much(uint32_t lost, uint64_t sent)
{
    return lost >= LOST_MIN && (uint64_t)lost * 1000 >= sent * PER_MILLE_MIN;
}

static enum rdpath_direction where(const struct loss *l)
{
    bool up = much(l->lost[0], l->sent[0]), down = much(l->lost[1], l->sent[1]);
    if (up && down)
        return RDPATH_BOTH;
    if (up || down)
        return up ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT;
    return RDPATH_NO_DIRECTION;
}

/* Whoever lacks a packet says so at once, and again when it comes (RFC 5681 section 4.2); a bad
   path loses most of that as well. Where next to no bare acknowledgement was seen, the recording
   left them out, and what was "sent again" may have been acknowledged by one of them. */
static bool losses_are_answered(const struct connection *c, const struct loss *l)
{
    for (int way = 0; way < 2; way++) {
        uint32_t again = l->lost[way] + l->arrived[way];
        if (c->path[!way].n_bare_acks < again / ANSWERS_LOST + (again > 0))
            return false;
    }
    return true;
}

/* Where the recording lacks packets or has many out of order, so have the acknowledgements: a few
   repetitions then look like losses that were none. */
static bool is_unclear(const struct connection *c, uint32_t lost)
{
    if (c->summary.ended.how == RDPATH_END_CAPTURE)
        return true;   /* what was needless is told later (RFC 2883) */
    enum { MANY = 3 }; /* a lossy path overtakes some of its own packets: 4 beside 3 lost is seen */
    const struct rdpath_path *up = &c->path[0], *down = &c->path[1];
    return up->n_missed + down->n_missed > 0 || up->n_reordered + down->n_reordered > MANY * lost;
}

/* Chance does not lose the same bytes again and again for seconds: something else does that. */
static bool loses_the_same(const struct connection *c)
{
    for (int way = 0; way < 2; way++) {
        const struct rdpath_hole *hole = &c->path[way].hole;
        if (hole->open && hole->lasted_ns >= RDPATH_HOLE_LASTS_NS)
            return true;
    }
    return false;
}

static void found(const struct connection *c, const struct loss *l, struct verdict *v)
{
    uint32_t lost = l->lost[0] + l->lost[1];
    bool answered = losses_are_answered(c, l), same = loses_the_same(c);
    bool sure = lost >= LOST_SURE && fact_capture_whole(c) && answered && !same;
    verdict_found(v, sure ? RDPATH_CONFIRMED : RDPATH_LIKELY, where(l),
                  "The network loses packets whatever their size: %u of %llu sendings of data (%u "
                  "of %llu to the server, %u of %llu to the client).",
                  lost, (unsigned long long)(l->sent[0] + l->sent[1]), l->lost[0],
                  (unsigned long long)l->sent[0], l->lost[1], (unsigned long long)l->sent[1]);
    for (int i = 0; i < 2; i++) {
        const struct rdpath_frames *frames = &c->path[i].lost_frames;
        if (l->lost[i])
            verdict_evidence(v, frames->total == l->lost[i] ? frames : NULL,
                             "%u packet%s %s had to be sent again", l->lost[i],
                             l->lost[i] == 1 ? "" : "s",
                             attempt_direction_words((enum rdpath_direction)i));
    }
    if (!answered)
        verdict_against(v, NULL, "hardly an acknowledgement of them was recorded");
    if (same)
        verdict_against(v, NULL, "some data never came for seconds: chance alone does not do that");
}

static void rule_out(const struct connection *c, uint32_t lost, uint64_t sent, struct verdict *v)
{
    uint32_t apart = of_one_size(&c->path[0].repeated) + of_one_size(&c->path[1].repeated);
    verdict_ruled_out(v, "packets with data lost: %u of %llu%s", lost,
                      (unsigned long long)(sent - apart),
                      apart ? ", beside those of the size that never passes" : "");
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    struct loss l = count(a, c);
    uint32_t lost = l.lost[0] + l.lost[1];
    uint64_t sent = l.sent[0] + l.sent[1];
    if (sent == 0)
        return;
    if (where(&l) == RDPATH_NO_DIRECTION && !much(lost, sent))
        rule_out(c, lost, sent, v);
    else if (c->path[0].n_packets == 0 || c->path[1].n_packets == 0)
        verdict_needs(v,
                      "the packets of the other direction: %u repetitions may have been needless",
                      lost);
    else if (a->errors_cut || c->options_cut)
        verdict_needs(v,
                      "a capture with a larger snaplen: %s in this one are cut off, and may tell "
                      "why %u packets were sent again",
                      a->errors_cut ? "ICMP errors" : "TCP options", lost);
    else if (lost < LOST_SURE && is_unclear(c, lost))
        verdict_needs(v,
                      "a capture without gaps and with its packets in order: in this one they "
                      "may be why %u packets look lost",
                      lost);
    else
        found(c, &l, v);
}

const struct rule rule_packet_loss = {
    .title = "loss that size does not explain",
    .means = "Packets of all sizes are lost now and then: a bad radio link, an overloaded line, a "
             "duplex mismatch.",
    .recognised = "At least three data packets and 2 % of them sent again because they were lost; "
                  "packets as large pass as well.",
    .confused_with = "A black hole (only large ones), packets that the capture missed (they are "
                     "acknowledged), frames recorded twice, packets that overtake each other.",
    .fix = "Find the link that loses: cable in place of radio, another way, the provider.",
    .advice = {ADVISE_PATHPING, ADVISE_MTR, ADVISE_ADAPTER_WINDOWS, ADVISE_CAPTURE_OTHER,
               ADVISE_CAPTURE_OTHER_LINUX},
    .judge = judge,
};
