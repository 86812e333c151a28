/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts and inputs as JSON trees, in the order of members that the schema shows. */
#ifndef REPORT_RENDER_TREE_H
#define REPORT_RENDER_TREE_H

#include "report/render/writer.h"

#include <jansson.h>

/* Adds the members of an attempt or input to an object. */
void tree_add_attempt(json_t *, const struct rdpath_attempt *, const struct writer_options *);
/* "report": the words of whoever writes it; no member where there are none. */
void tree_add_words(json_t *, const struct writer_options *);
void tree_add_packets(json_t *, const struct rdpath_attempt *, bool joined);
void tree_add_input(json_t *, const struct rdpath_input *, bool joined);

/*
 * How a tree is dumped. Every double is a count of nanoseconds divided by 1e9: a decimal of at most
 * 15 digits (IEEE 754 binary64 keeps that many) is printed back exactly, which is every duration
 * below 11 days to the nanosecond; a longer one is rounded.
 */
#define TREE_FLAGS JSON_REAL_PRECISION(15)

/* Writes a tree. What a terminal would obey and JSON lets pass as it is, is escaped. */
void tree_dump(FILE *, const json_t *, size_t more_flags);

/* ---- values ---------------------------------------------------------------------------------- */

/* A text that need not be UTF-8; null where it is absent. */
json_t *value_string(const char *);
/* The same from the wire: NAME, and NAME_hex beside it where NAME is not UTF-8. */
void value_add_text(json_t *object, const char *name, const struct rdpath_text *);
json_t *value_count(uint64_t);
json_t *value_size(uint64_t);                 /* 0: null */
json_t *value_seconds(int64_t ns);            /* negative: null */
json_t *value_time(int64_t ns);               /* RDPATH_UNKNOWN: null */
json_t *value_frame(rdpath_ref, bool joined); /* 0: null */
/* "frames", and "frames_total" where there were more than are listed. */
void value_add_frames(json_t *object, const struct rdpath_frames *, bool joined);

#endif
