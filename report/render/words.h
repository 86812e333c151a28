/* SPDX-License-Identifier: Apache-2.0 */
/* Small phrases, in the same words in every format that people read. */
#ifndef REPORT_RENDER_WORDS_H
#define REPORT_RENDER_WORDS_H

#include "base/arena.h"
#include "rdpath.h"

enum {
    WORDS_NAME_MAX = 64,      /* a host or user name: longer ones are no names */
    WORDS_SENTENCE_MAX = 1000 /* a sentence with such names in it */
};

/* All return texts that live in the arena, or constants; UTF-8, control characters still in it. */
const char *words_text(struct arena *, const struct rdpath_text *);
const char *words_short(struct arena *, const char *, size_t codes_max); /* or the same */
const char *words_duration(struct arena *, int64_t ns);
const char *words_endpoint(struct arena *, const struct rdpath_endpoint *);
const char *words_host(struct arena *, const struct rdpath_endpoint *); /* without the port */
const char *words_direction(enum rdpath_direction); /* "to the client", or NULL */
const char *words_vantage(enum rdpath_vantage);     /* "seen at the server" */
/* Who must take a step: "client administrator, Windows". NULL where it names nobody. */
const char *words_who(struct arena *, const struct rdpath_advice *);
/* Is it something to type, and not a sentence? */
bool words_is_command(const char *);
/* Is it a sentence that tells where and what: "on the firewall: allow ..."? */
bool words_is_instruction(const char *);
/* "tls, hybrid": the bits of requestedProtocols, or selectedProtocol. */
const char *words_protocols(struct arena *, uint32_t protocols);
/* "10.0.1.2-rds01-20260105T091403Z-pmtu-black-hole-1": a file name, without its ending. */
const char *words_file(struct arena *, const struct rdpath_attempt *);
/* An id of the catalogue as words: "path MTU black hole". Anything else as it is. */
const char *words_id(struct arena *, const char *id);
const char *words_udp(enum rdpath_udp_outcome);
const char *words_peer(enum rdpath_end_by);                       /* "the server" */
const char *words_frame(struct arena *, rdpath_ref, bool joined); /* "frame 7" */

/* "frames 9-12, 18 and 3 more"; NULL where there are none. */
const char *words_frames(struct arena *, const struct rdpath_frames *, bool joined);

#endif
