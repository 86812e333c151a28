/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the capture was taken. In order of weight: the capture's own word for the way of a packet
 * (EPB flags, SLL packet type); a TTL that no router has lowered yet; and, where both ends' TTLs
 * are fresh because no router lies between, the end that answers much faster than the other.
 */
#include "analyze/attempt/attempt.h"

enum { FASTER_BY = 3 }; /* jitter on a quiet link stays below this */

static bool is_fresh(uint8_t ttl)
{
    return ttl == 64 || ttl == 128 || ttl == 255;
}

static enum rdpath_vantage by_way(const struct vantage_hints *h)
{
    uint32_t at_client = h->n_way_out[RDPATH_TO_SERVER] + h->n_way_in[RDPATH_TO_CLIENT];
    uint32_t at_server = h->n_way_in[RDPATH_TO_SERVER] + h->n_way_out[RDPATH_TO_CLIENT];
    if (at_client > at_server)
        return RDPATH_AT_CLIENT;
    return at_server > at_client ? RDPATH_AT_SERVER : RDPATH_AT_UNKNOWN;
}

/* rtt_ns[TO_SERVER] is the way to the server and back as seen here: small at the server. */
static enum rdpath_vantage by_rtt(const struct vantage_hints *h)
{
    int64_t to_server = h->rtt_ns[RDPATH_TO_SERVER], to_client = h->rtt_ns[RDPATH_TO_CLIENT];
    if (to_server == RDPATH_UNKNOWN || to_client == RDPATH_UNKNOWN)
        return RDPATH_AT_UNKNOWN;
    if (to_client / FASTER_BY > to_server)
        return RDPATH_AT_SERVER;
    return to_server / FASTER_BY > to_client ? RDPATH_AT_CLIENT : RDPATH_AT_UNKNOWN;
}

static enum rdpath_vantage by_ttl(const struct vantage_hints *h)
{
    uint8_t client = h->ttl[RDPATH_TO_SERVER], server = h->ttl[RDPATH_TO_CLIENT];
    if (is_fresh(client) && is_fresh(server))
        return by_rtt(h);
    if (is_fresh(client))
        return RDPATH_AT_CLIENT;
    if (is_fresh(server))
        return RDPATH_AT_SERVER;
    return client && server ? RDPATH_AT_MIDDLE : RDPATH_AT_UNKNOWN;
}

enum rdpath_vantage vantage_guess(const struct vantage_hints *h)
{
    enum rdpath_vantage told = by_way(h);
    return told != RDPATH_AT_UNKNOWN ? told : by_ttl(h);
}
