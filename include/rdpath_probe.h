/* SPDX-License-Identifier: Apache-2.0 */
/* What a probe of a path found (docs/probe.md). */
#ifndef RDPATH_PROBE_H
#define RDPATH_PROBE_H

#include "rdpath.h"

#define RDPATH_PROBE_SCHEMA "rdpath.probe/1"

enum rdpath_probe_kind { RDPATH_PROBE_ICMP, RDPATH_PROBE_UDP, RDPATH_PROBE_TCP };
enum { RDPATH_PROBE_KINDS = 3 };

/* What one kind of probe tells of one direction. */
struct rdpath_probe_bracket {
    bool tried;
    struct rdpath_mtu mtu;
    uint32_t n_sent, n_delivered;
};

struct rdpath_probe_way {
    struct rdpath_mtu mtu;
    bool exact;
    uint32_t ceiling;  /* the most that can be sent this way */
    bool knows;        /* the sender is told, or limits itself: no black hole */
    bool cut;          /* larger ones arrive in fragments, and TCP shows nothing else */
    uint32_t tcp_most; /* TCP sends no larger ones, though they pass; 0: it does */
    const char *why;   /* what keeps it from being exact; NULL where it is */
    struct rdpath_probe_bracket by[RDPATH_PROBE_KINDS];
};

enum rdpath_probe_said {
#define SAID(name, id, words) RDPATH_PROBE_SAID_##name,
#include "rdpath_probe_said.def"
#undef SAID
};

/* What one host says in ICMP errors about packets to the target. */
struct rdpath_probe_error {
    char from[46];
    enum rdpath_probe_said said;
    uint32_t of;   /* the kinds of probes that it quotes, a bit each; 0: none that was sent */
    uint32_t n;    /* how often */
    uint32_t size; /* TOO_BIG: of the packet that it quotes first; 0: of none that was sent */
    uint32_t mtu;  /* TOO_BIG */
    const char *verdict;
};

/* One protocol asked for in an X.224 request, and what came. */
struct rdpath_probe_protocol {
    uint32_t requested;
    bool answered;
    bool closed;       /* the server closed the connection instead of answering */
    bool is_rdp;       /* the answer is an X.224 confirm */
    uint32_t selected; /* valid where failure is 0 */
    uint32_t failure;
};

/* What came of the server's TLS flight, the answer to a ClientHello. */
enum rdpath_probe_flight {
    RDPATH_FLIGHT_UNKNOWN, /* not asked for, or nothing can be told */
    RDPATH_FLIGHT_WHOLE,
    RDPATH_FLIGHT_TORN,   /* a part of it came */
    RDPATH_FLIGHT_SILENT, /* nothing came, though the ClientHello arrived */
    RDPATH_FLIGHT_CLOSED, /* the server closed the connection instead */
};

struct rdpath_probe_finding {
    const char *id;
    enum rdpath_direction direction;
    char text[300];
};

enum {
    RDPATH_PROBE_ERRORS_MAX = 8,
    RDPATH_PROBE_PROTOCOLS_MAX = 4,
    RDPATH_PROBE_FINDINGS_MAX = 12,
    RDPATH_PROBE_ADVICE_MAX = 8,
    RDPATH_PROBE_PROBLEMS_MAX = 4,
};

enum rdpath_probe_status {
    RDPATH_PROBE_WELL,
    RDPATH_PROBE_OPEN,         /* nothing wrong was found, and not every size was measured */
    RDPATH_PROBE_UNDETERMINED, /* a finding says what could not be told, and what would tell it */
    RDPATH_PROBE_LIMITED,
    RDPATH_PROBE_FAULT,
    RDPATH_PROBE_UNANSWERED,
};

struct rdpath_probe {
    const char *host;
    char address[46];
    uint16_t port;
    char local[46];
    const char *platform; /* of this machine, as in struct rdpath_advice; NULL = "linux" */
    const char *interface;
    uint32_t interface_mtu;
    int64_t start_ns, duration_ns;
    int64_t patience_ns; /* what a target that does not answer is given; 0: not told */
    uint32_t n_packets_sent;
    uint64_t n_bytes_sent;
    bool interrupted; /* by the user: what is missing says nothing */
    enum rdpath_probe_status status;
    int64_t rtt_ns; /* RDPATH_UNKNOWN: nothing was answered */
    struct rdpath_probe_way path[2];
    bool echo_answered;
    struct rdpath_probe_error errors[RDPATH_PROBE_ERRORS_MAX];
    uint32_t n_errors;
    const struct rdpath_probe_error *barred; /* answers in place of the port; NULL: none does */
    int64_t connect_ns;                      /* RDPATH_UNKNOWN: the port never answered */
    bool refused;                            /* by a reset */
    bool not_asked; /* what may be sent was used up before the port was asked */
    struct rdpath_probe_protocol protocols[RDPATH_PROBE_PROTOCOLS_MAX];
    uint32_t n_protocols;
    enum rdpath_probe_flight flight;
    struct rdpath_tls tls;          /* present: as in an attempt */
    bool udp_answered, udp_refused; /* refused: ICMP says that the port is closed */
    struct rdpath_udp udp;
    struct rdpath_probe_finding findings[RDPATH_PROBE_FINDINGS_MAX];
    uint32_t n_findings;
    uint32_t set_mtu, set_mss; /* 0: nothing is to be set */
    struct rdpath_advice advice[RDPATH_PROBE_ADVICE_MAX];
    uint32_t n_advice;
    const char *capture; /* the recording; NULL: none */
    char problems[RDPATH_PROBE_PROBLEMS_MAX][200];
    uint32_t n_problems;
};

#endif
