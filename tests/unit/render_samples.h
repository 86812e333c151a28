/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attempts built by hand for the tests of the writers: a path MTU black hole seen at the server, a
 * healthy session seen at the client, a refused connection, and one in which every text that can
 * come from the wire is hostile.
 */
#ifndef TESTS_UNIT_RENDER_SAMPLES_H
#define TESTS_UNIT_RENDER_SAMPLES_H

#include "report/render/writer.h"

/* 2026-01-05T09:14:03.123456789Z: date -u -d 2026-01-05T09:14:03Z +%s says 1767604443. */
#define SAMPLE_START_NS INT64_C(1767604443123456789)
#define SAMPLE_MS INT64_C(1000000)

struct rdpath_attempt sample_black_hole(void);
struct rdpath_attempt sample_healthy(void);
struct rdpath_attempt sample_refused(void);
struct rdpath_attempt sample_hostile(void);
struct rdpath_attempt sample_empty(void); /* nothing known at all */
struct rdpath_input sample_input(void);

/* What a format writes for n attempts and sample_input(). The caller frees it. */
char *sample_rendered(const struct format *, const struct writer_options *,
                      const struct rdpath_attempt *, size_t n);

/* The text that sample_hostile() puts everywhere: markup, controls, broken UTF-8. */
extern const char sample_hostile_text[];

#endif
