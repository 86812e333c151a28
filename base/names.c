/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the result, exactly as the schema promises them. */
#include "rdpath.h"

#define N_NAMES(table) (sizeof(table) / sizeof(table)[0])

static const char *name_at(const char *const *table, size_t n, unsigned value)
{
    return value < n ? table[value] : NULL;
}

const char *rdpath_direction_name(enum rdpath_direction value)
{
    static const char *const names[] = {
        [RDPATH_TO_SERVER] = "to-server",
        [RDPATH_TO_CLIENT] = "to-client",
        [RDPATH_BOTH] = "both",
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}

const char *rdpath_vantage_name(enum rdpath_vantage value)
{
    static const char *const names[] = {
        [RDPATH_AT_CLIENT] = "client",
        [RDPATH_AT_SERVER] = "server",
        [RDPATH_AT_MIDDLE] = "middle",
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}

const char *rdpath_outcome_name(enum rdpath_outcome value)
{
    static const char *const names[] = {
        [RDPATH_CONNECTED] = "connected",
        [RDPATH_DEGRADED] = "degraded",
        [RDPATH_FAILED] = "failed",
        [RDPATH_OUTCOME_UNDETERMINED] = "undetermined",
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}

const char *rdpath_confidence_name(enum rdpath_confidence value)
{
    static const char *const names[] = {
        [RDPATH_POSSIBLE] = "possible",
        [RDPATH_LIKELY] = "likely",
        [RDPATH_CONFIRMED] = "confirmed",
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}

const char *rdpath_end_by_name(enum rdpath_end_by value)
{
    static const char *const names[] = {
        [RDPATH_BY_NOBODY] = "nobody",
        [RDPATH_BY_CLIENT] = "client",
        [RDPATH_BY_SERVER] = "server",
        [RDPATH_BY_MIDDLEBOX] = "middlebox",
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}

const char *rdpath_end_how_name(enum rdpath_end_how value)
{
    static const char *const names[] = {
        [RDPATH_END_CAPTURE] = "capture-end",
        [RDPATH_END_SILENCE] = "silence",
        [RDPATH_END_FIN] = "fin",
        [RDPATH_END_RST] = "rst",
        [RDPATH_END_ALERT] = "alert",
        [RDPATH_END_ICMP] = "icmp",
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}

const char *rdpath_stage_name(enum rdpath_stage value)
{
    static const char *const names[] = {
#define STAGE(name, tag, title) [RDPATH_STAGE_##name] = tag,
#include "rdpath_stage.def"
#undef STAGE
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}

const char *rdpath_stage_title(enum rdpath_stage value)
{
    static const char *const titles[] = {
#define STAGE(name, tag, title) [RDPATH_STAGE_##name] = title,
#include "rdpath_stage.def"
#undef STAGE
    };
    return name_at(titles, N_NAMES(titles), (unsigned)value);
}

const char *rdpath_udp_outcome_name(enum rdpath_udp_outcome value)
{
    static const char *const names[] = {
        [RDPATH_UDP_NOT_ATTEMPTED] = "not-attempted",
        [RDPATH_UDP_OK] = "ok",
        [RDPATH_UDP_BLOCKED] = "blocked",
        [RDPATH_UDP_REFUSED] = "refused",
        [RDPATH_UDP_REJECTED] = "rejected",
        [RDPATH_UDP_LARGE_DROPPED] = "large-dropped",
        [RDPATH_UDP_DATA_LOST] = "data-lost",
        [RDPATH_UDP_HANDSHAKE_FAILED] = "handshake-failed",
        [RDPATH_UDP_STALLED] = "stalled",
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}

const char *rdpath_note_name(enum rdpath_packet_note value)
{
    static const char *const names[] = {
        [RDPATH_NOTE_NONE] = NULL,   [RDPATH_NOTE_KEEP_ALIVE] = "keep-alive",
        [RDPATH_NOTE_SACK] = "sack", [RDPATH_NOTE_HELLO] = "hello",
        [RDPATH_NOTE_DATA] = "data", [RDPATH_NOTE_FRAGMENT] = "fragment",
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}

const char *rdpath_fate_name(enum rdpath_fate value)
{
    static const char *const names[] = {
        [RDPATH_FATE_DELIVERED] = "delivered",
        [RDPATH_FATE_LOST] = "lost",
        [RDPATH_FATE_UNKNOWN] = "unknown",
        [RDPATH_FATE_DUPLICATE] = "duplicate",
    };
    return name_at(names, N_NAMES(names), (unsigned)value);
}
