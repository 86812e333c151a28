/* SPDX-License-Identifier: Apache-2.0 */
/* Part of rdpath.h: frames, and the words of an answer. */
#ifndef RDPATH_WORDS_H
#define RDPATH_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDPATH_UNKNOWN INT64_MIN

/* ---- frames ---------------------------------------------------------------------------------- */

/* Which way a frame crossed the capturing interface, where the capture says it. */
enum rdpath_way { RDPATH_WAY_UNKNOWN, RDPATH_WAY_INBOUND, RDPATH_WAY_OUTBOUND };

struct rdpath_frame {
    const uint8_t *bytes;
    uint32_t captured_len;
    uint32_t wire_len;
    int64_t ts_ns;      /* RDPATH_UNKNOWN where the block carries no time (SPB) */
    uint64_t number;    /* as Wireshark shows it, from 1 */
    uint32_t interface; /* index into the input's interfaces */
    uint16_t link_type; /* LINKTYPE_ value of the interface */
    uint8_t way;        /* enum rdpath_way */
};

/* A frame of one of several inputs: the input in the upper 16 bits, the frame number below. */
typedef uint64_t rdpath_ref;
#define RDPATH_REF(input, number) ((uint64_t)(input) << 48 | ((number)&0xffffffffffffULL))
#define RDPATH_REF_INPUT(ref) ((unsigned)((ref) >> 48))
#define RDPATH_REF_FRAME(ref) ((ref)&0xffffffffffffULL)

enum { RDPATH_FRAMES_MAX = 12 }; /* enough to prove; the rest is counted */

struct rdpath_frames {
    rdpath_ref ref[RDPATH_FRAMES_MAX];
    uint32_t n;     /* refs held */
    uint32_t total; /* refs that there were */
};

/* ---- words ----------------------------------------------------------------------------------- */

enum rdpath_direction { RDPATH_TO_SERVER, RDPATH_TO_CLIENT, RDPATH_BOTH, RDPATH_NO_DIRECTION };
enum rdpath_vantage { RDPATH_AT_UNKNOWN, RDPATH_AT_CLIENT, RDPATH_AT_SERVER, RDPATH_AT_MIDDLE };
enum rdpath_outcome {
    RDPATH_CONNECTED,
    RDPATH_DEGRADED,
    RDPATH_FAILED,
    RDPATH_OUTCOME_UNDETERMINED,
};
enum rdpath_confidence { RDPATH_POSSIBLE, RDPATH_LIKELY, RDPATH_CONFIRMED };
enum rdpath_end_by { RDPATH_BY_NOBODY, RDPATH_BY_CLIENT, RDPATH_BY_SERVER, RDPATH_BY_MIDDLEBOX };
enum rdpath_end_how {
    RDPATH_END_CAPTURE,
    RDPATH_END_SILENCE,
    RDPATH_END_FIN,
    RDPATH_END_RST,
    RDPATH_END_ALERT,
    RDPATH_END_ICMP,
};

/* What an ICMP error says about the packet that it quotes. */
enum rdpath_icmp {
    RDPATH_ICMP_TOO_BIG,    /* 3/4 fragmentation needed; ICMPv6 packet too big */
    RDPATH_ICMP_PROHIBITED, /* 3/9, 3/10, 3/13; ICMPv6 1/1, 1/5, 1/6 */
    RDPATH_ICMP_PORT,       /* 3/3; ICMPv6 1/4 */
    RDPATH_ICMP_HOST,       /* every other unreachable */
    RDPATH_ICMP_REASSEMBLY, /* 11/1; ICMPv6 3/1 */
    RDPATH_ICMP_HOPS,       /* 11/0; ICMPv6 3/0 */
};

/* The last rung reached, in order (contract: "stage"). */
enum rdpath_stage {
#define STAGE(name, tag, title) RDPATH_STAGE_##name,
#include "rdpath_stage.def"
#undef STAGE
    RDPATH_N_STAGES
};

const char *rdpath_direction_name(enum rdpath_direction); /* NULL for NO_DIRECTION */
const char *rdpath_vantage_name(enum rdpath_vantage);     /* NULL for AT_UNKNOWN */
const char *rdpath_outcome_name(enum rdpath_outcome);
const char *rdpath_confidence_name(enum rdpath_confidence);
const char *rdpath_end_by_name(enum rdpath_end_by);
const char *rdpath_end_how_name(enum rdpath_end_how);
const char *rdpath_stage_name(enum rdpath_stage);  /* "tls-hello" */
const char *rdpath_stage_title(enum rdpath_stage); /* "TLS ClientHello" */

/* Bytes from the wire, not yet known to be UTF-8. len 0 and bytes NULL: absent. */
struct rdpath_text {
    const uint8_t *bytes;
    uint32_t len;
};

#endif
