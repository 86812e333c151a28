/* SPDX-License-Identifier: Apache-2.0 */
/* Saved captures: read alone, or several together in time order. */
#include "analyze/analyze.h"
#include "analyze/carried.h"
#include "analyze/file/file.h"
#include "analyze/gateways.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_EVERY = 16384 }; /* frames between two reports of progress */

struct source {
    struct capture_file *file;
    struct rdpath_frame frame; /* the next one */
    struct keylog keylog;      /* what its Decryption Secrets Blocks told */
    bool more;
    uint32_t n_names_told;
};

void input_count(struct rdpath *r, struct rdpath_attempt *a)
{
    if (!r->counts)
        return;
    uint32_t i = a->input - r->first_input;
    r->counts[i].n_attempts++;
    r->counts[i].n_vantage[a->vantage]++;
    a->input_path = r->paths[i];
}

void input_undecoded(struct rdpath *r, const struct rdpath_frame *frame)
{
    if (r->counts)
        unread_note(&r->counts[r->input - r->first_input].unread, frame);
}

/* The vantage that all its attempts share. */
static enum rdpath_vantage common_vantage(const struct input_count *count)
{
    for (int v = 0; v < 4; v++) {
        if (count->n_attempts && count->n_vantage[v] == count->n_attempts)
            return (enum rdpath_vantage)v;
    }
    return RDPATH_AT_UNKNOWN;
}

static const struct rdpath_interface *interfaces_of(struct arena *arena,
                                                    const struct file_info *info)
{
    struct rdpath_interface *list = arena_alloc(arena, info->n_interfaces * sizeof *list);
    for (uint32_t i = 0; i < info->n_interfaces; i++) {
        const struct file_interface *f = &info->interfaces[i];
        list[i] = (struct rdpath_interface){
            .name = f->name ? f->name : f->description,
            .link_type = f->link_type,
            .link_type_name = file_link_type_name(f->link_type),
            .received = f->received,
            .dropped = f->dropped,
            .filter = f->filter,
        };
    }
    return list;
}

static int64_t dropped_in(const struct file_info *info)
{
    int64_t dropped = 0;
    for (uint32_t i = 0; i < info->n_interfaces; i++)
        dropped += info->interfaces[i].dropped > 0 ? info->interfaces[i].dropped : 0;
    return dropped;
}

/* Most captures tell it at their end, so that attempts told before count as whole. */
static bool have_dropped(const struct source *sources, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (dropped_in(file_info(sources[i].file)) > 0)
            return true;
    }
    return false;
}

static uint32_t observe_drops(struct arena *arena, const struct file_info *info,
                              struct rdpath_observation *o)
{
    int64_t dropped = dropped_in(info);
    if (dropped == 0)
        return 0;
    *o = (struct rdpath_observation){
        .id = observation_words[OBS_CAPTURE_LOSS].id,
        .text =
            arena_format(arena, "the capturing machine dropped %lld packets", (long long)dropped),
        .values = {{.name = "dropped", .number = dropped}},
        .n_values = 1,
    };
    return 1;
}

static void add_problem(struct rdpath_input *in, struct arena *arena, const char *problem)
{
    if (!problem)
        return;
    const char **list = arena_alloc(arena, (in->n_problems + 1) * sizeof *list);
    for (uint32_t i = 0; i < in->n_problems; i++)
        list[i] = in->problems[i];
    list[in->n_problems++] = problem;
    in->problems = list;
}

static void tell_input(struct rdpath *r, struct source *s, uint32_t i)
{
    const struct file_info *info = file_info(s->file);
    struct arena arena = {0};
    struct rdpath_observation seen[1 + CARRIED_TOLD_MAX + GATEWAYS_TOLD_MAX];
    struct rdpath_input in = {
        .index = r->first_input + i,
        .path = r->paths[i],
        .format = info->format,
        .packets = info->packets,
        .bytes = info->bytes,
        .first_ns = info->first_ns,
        .last_ns = info->last_ns,
        .vantage = common_vantage(&r->counts[i]),
        .interfaces = interfaces_of(&arena, info),
        .n_interfaces = info->n_interfaces,
        .sha256 = r->options.hash ? file_sha256(s->file) : NULL,
        .n_attempts = r->counts[i].n_attempts,
    };
    in.n_problems = unread_problems(&r->counts[i].unread, info, &arena, &in.problems);
    add_problem(&in, &arena, keys_problem(&r->keys.keylog, r->keys.path, &arena));
    add_problem(&in, &arena, keys_problem(&s->keylog, "Decryption Secrets Block", &arena));
    in.observations = seen;
    in.n_observations = observe_drops(&arena, info, seen);
    in.n_observations +=
        carried_observe(r->carriers, r->first_input + i, &arena, &seen[in.n_observations]);
    in.n_observations += gateways_observe(r->gateways, &in, &arena, &seen[in.n_observations]);
    if (r->events.input)
        r->events.input(r->events.ctx, &in);
    arena_free(&arena);
}

static struct source *earliest(struct source *sources, size_t n)
{
    struct source *best = NULL;
    for (size_t i = 0; i < n; i++) {
        if (sources[i].more && (!best || sources[i].frame.ts_ns < best->frame.ts_ns))
            best = &sources[i];
    }
    return best;
}

static void tell_progress(struct rdpath *r, const struct source *sources, size_t n)
{
    uint64_t done = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        done += file_info(sources[i].file)->bytes;
        total += file_info(sources[i].file)->total;
    }
    r->events.progress(r->events.ctx, done, total);
}

static void tell_names(const struct rdpath *r, struct source *s)
{
    const struct file_info *info = file_info(s->file);
    for (; s->n_names_told < info->n_names; s->n_names_told++) {
        const struct file_name *record = &info->names[s->n_names_told];
        struct addr a = {.version = record->version};
        char address[ADDR_TEXT_SIZE];
        memcpy(a.bytes, record->address, sizeof a.bytes);
        addr_format(&a, address);
        r->events.name(r->events.ctx, address, record->name);
    }
}

/* The next frame of a source; that of an excerpt counts as the one that it was. */
static void source_next(const struct rdpath *r, struct source *s)
{
    const struct rdpath_options *o = &r->options;
    s->more = file_next(s->file, &s->frame);
    if (s->more && s->frame.number - 1 < o->n_frame_numbers)
        s->frame.number = o->frame_numbers[s->frame.number - 1];
    if (r->events.name)
        tell_names(r, s);
}

static void feed_all(struct rdpath *r, struct source *sources, size_t n)
{
    uint32_t fed = 0;
    for (struct source *s; (s = earliest(sources, n));) {
        r->input = r->first_input + (uint32_t)(s - sources);
        rdpath_feed(r, &s->frame);
        source_next(r, s);
        if (++fed % PROGRESS_EVERY == 0 && r->events.progress)
            tell_progress(r, sources, n);
    }
}

/* A capture says when it ended (ISB), or it ended with its last frame. */
static int64_t capture_end(const struct source *sources, size_t n)
{
    int64_t end_ns = RDPATH_UNKNOWN;
    for (size_t i = 0; i < n; i++) {
        const struct file_info *info = file_info(sources[i].file);
        int64_t this_ns = info->end_ns != RDPATH_UNKNOWN ? info->end_ns : info->last_ns;
        if (this_ns > end_ns)
            end_ns = this_ns;
    }
    return end_ns;
}

static void on_key_log(void *ctx, const uint8_t *text, size_t len)
{
    struct keylog *k = ctx;
    keylog_bytes(k, reader_of(text, len, READER_END));
    keylog_end(k);
}

/* A VPN in TLS shows itself only beside the packets that it carries: where a capture can hold both.
   All others spend nothing on the web's packets. */
static bool may_hold_two_layers(const struct source *sources, size_t n)
{
    return n > 1 || file_info(sources[0].file)->n_interfaces > 1;
}

static void read_sources(struct rdpath *r, struct source *sources, size_t n)
{
    analyze_begin(r);
    r->first_input = r->n_inputs;
    r->n_inputs += (uint32_t)n;
    r->counts = memory_zeroed(n * sizeof *r->counts);
    for (size_t i = 0; i < n; i++) {
        sources[i].keylog.secrets = r->keys.input;
        if (!r->options.ignore_secrets)
            file_listen(sources[i].file, (struct file_listener){&sources[i].keylog, on_key_log});
    }
    for (size_t i = 0; i < n; i++)
        source_next(r, &sources[i]);
    if (may_hold_two_layers(sources, n))
        port_watch(r, SEALED_PORT_TLS);
    feed_all(r, sources, n);
    r->capture_lossy = have_dropped(sources, n);
    analyze_end(r, capture_end(sources, n));
    r->capture_lossy = false;
    for (uint32_t i = 0; i < n; i++)
        tell_input(r, &sources[i], i);
    analyze_forget(r);
    free(r->counts);
    r->counts = NULL;
}

static void add_error(struct rdpath_error *all, const char *text)
{
    size_t used = strlen(all->text);
    snprintf(all->text + used, sizeof all->text - used, "%s%s", used ? "; " : "", text);
}

static struct capture_file *stream_open(const struct rdpath *r, const struct rdpath_stream *stream,
                                        struct rdpath_error *error)
{
    if (stream->read)
        return file_open_stream(stream, r->options.hash, error);
    return file_open(stream->path, r->options.hash, error);
}

bool rdpath_read_streams(struct rdpath *r, const struct rdpath_stream *streams, size_t n,
                         struct rdpath_error *error)
{
    struct source *sources = memory_zeroed(n * sizeof *sources);
    const char **opened = memory_zeroed(n * sizeof *opened);
    size_t n_opened = 0;
    error->text[0] = 0;
    for (size_t i = 0; i < n; i++) {
        struct rdpath_error one;
        sources[n_opened].file = stream_open(r, &streams[i], &one);
        if (sources[n_opened].file)
            opened[n_opened++] = streams[i].path;
        else
            add_error(error, one.text);
    }
    if (n_opened) {
        r->paths = opened;
        read_sources(r, sources, n_opened);
    }
    for (size_t i = 0; i < n_opened; i++)
        file_close(sources[i].file);
    r->paths = NULL;
    free(opened);
    free(sources);
    return n_opened == n;
}

bool rdpath_read_joined(struct rdpath *r, const char *const *paths, size_t n,
                        struct rdpath_error *error)
{
    struct rdpath_stream *streams = memory_zeroed(n * sizeof *streams);
    for (size_t i = 0; i < n; i++)
        streams[i].path = paths[i];
    bool read = rdpath_read_streams(r, streams, n, error);
    free(streams);
    return read;
}

bool rdpath_read(struct rdpath *r, const char *path, struct rdpath_error *error)
{
    return rdpath_read_joined(r, &path, 1, error);
}
