/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is to say about an attempt, in sentences, once for all formats that people read: text,
 * Markdown and HTML lay the same story out. A new fact is added here as one row and appears in all
 * of them. The texts are UTF-8 and may hold names from the wire: whoever lays them out escapes them
 * for his medium.
 */
#ifndef REPORT_RENDER_STORY_H
#define REPORT_RENDER_STORY_H

#include "base/arena.h"
#include "report/render/writer.h"

/* One thing worth saying: what it is about, the sentence, and the frames behind it. */
struct story_row {
    const char *label; /* NULL = none */
    const char *text;
    const char *frames; /* "frames 9-12, 18", or NULL */
    const char *filter; /* a display filter that finds it, or NULL */
};

enum story_section {
    STORY_EVIDENCE,
    STORY_AGAINST,
    STORY_SIZES,
    STORY_NEGOTIATED,
    STORY_ALSO,
    STORY_RULED_OUT,
    STORY_OPEN,
    STORY_QUALITY,
    STORY_PROOF,
    STORY_FRAMES,
    N_STORY_SECTIONS
};

struct story_rows {
    const char *title;
    struct story_row *row;
    uint32_t n, room;
};

enum rung_mark { RUNG_REACHED, RUNG_STOPPED, RUNG_AHEAD };

struct story_rung {
    enum rung_mark mark;
    const char *title; /* "TLS ClientHello" */
    const char *note;  /* "+3.8 ms"; "not reached" */
};

struct story {
    struct arena arena;
    const struct rdpath_attempt *attempt;
    bool joined;
    bool healthy;           /* nothing went wrong: a short form is enough */
    const char *who;        /* "10.0.1.2:41842 → rds01 (10.0.9.2:3389)" */
    const char *start;      /* "2026-01-05 09:14:03 UTC" */
    const char *when;       /* "2026-01-05 09:14:03 UTC, 13.6 s" */
    const char *vantage;    /* "seen at the server" */
    const char *outcome;    /* "failed" */
    const char *cause;      /* "pmtu-black-hole to the client" */
    const char *confidence; /* "confirmed" */
    const char *answer;     /* the sentence */
    const char *stopped;    /* how far it got, and how it ended */
    const char *not_this;   /* what it is not; NULL where that cannot be said */
    const char *count;      /* what decides, in numbers; NULL where there is none */
    struct story_rung rung[RDPATH_N_STAGES];
    uint32_t n_rungs;
    struct story_rows section[N_STORY_SECTIONS];
    const struct rdpath_advice *advice;
    uint32_t n_advice;
};

struct story story_tell(const struct rdpath_attempt *, bool joined);
/* Adds what only a long form shows: NEGOTIATED, PROOF and FRAMES. */
void story_tell_details(struct story *);
void story_free(struct story *);

/* Facts of an input, for the line at its end. */
const char *story_of_input(struct arena *, const struct rdpath_input *);

/* ---- for the files that tell a part of it ---------------------------------------------------- */

struct story_row *story_put(struct story *, enum story_section, const char *label,
                            const char *text); /* which outlives the story */
struct story_row *story_add(struct story *, enum story_section, const char *label,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));
void story_tell_course(struct story *);     /* ladder, stopped, not_this */
void story_tell_path(struct story *);       /* sizes, count */
void story_tell_udp(struct story *);        /* sizes */
void story_tell_quality(struct story *);    /* what the capture can and cannot show */
void story_tell_negotiated(struct story *); /* what the peers agreed on */
void story_tell_session(struct story *, const struct rdpath_session *); /* and said in plain */
void story_tell_proof(struct story *); /* the frames as display filters */

/* A tunnel's usual packet size, as a candidate for what limits the path. */
struct tunnel_size {
    uint32_t ip_len;
    const char *name;
};
const struct tunnel_size *story_tunnel_sizes(size_t *n);
bool story_size_fits(const struct rdpath_mtu *, uint32_t ip_len);

#endif
