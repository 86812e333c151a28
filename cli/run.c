/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run.h"

#include "base/arena.h"
#include "cli/console.h"
#include "cli/progress.h"

#include <stdlib.h>
#include <string.h>

struct sink {
    struct output output;
    const struct format *format;
    struct writer *writer;
};

struct run {
    const struct options *options;
    const struct run_extra *extra;
    struct sink sinks[RUN_WRITERS_MAX];
    size_t n_sinks;
    uint32_t n_attempts, n_faulty;
    bool input_failed, output_failed;
    bool shows_progress;
};

/* ---- which attempts are wanted --------------------------------------------------------------- */

static bool same_name(const struct rdpath_text *name, const char *host)
{
    size_t len = strlen(host);
    if (name->len != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int a = name->bytes[i], b = (unsigned char)host[i];
        a += a >= 'A' && a <= 'Z' ? 'a' - 'A' : 0;
        b += b >= 'A' && b <= 'Z' ? 'a' - 'A' : 0;
        if (a != b)
            return false;
    }
    return true;
}

static bool is_wanted(const struct options *o, const struct rdpath_attempt *a)
{
    if (o->attempt && a->id != o->attempt)
        return false;
    return !o->host || strcmp(a->client.address, o->address) == 0 ||
           strcmp(a->server.address, o->address) == 0 || same_name(&a->client.name, o->host) ||
           same_name(&a->server.name, o->host);
}

/* ---- what the analysis tells ----------------------------------------------------------------- */

static void clear_progress(const struct run *run)
{
    if (run->shows_progress)
        progress_clear();
}

static void on_attempt(void *ctx, const struct rdpath_attempt *a)
{
    struct run *run = ctx;
    if (!is_wanted(run->options, a))
        return;
    struct rdpath_attempt told = *a;
    if (run->extra->shown)
        told.input_path = run->extra->shown;
    if (run->extra->attempt)
        run->extra->attempt(run->extra->ctx, &told);
    clear_progress(run);
    run->n_attempts++;
    run->n_faulty += strcmp(told.cause.id, "none") != 0;
    for (size_t i = 0; i < run->n_sinks; i++)
        run->sinks[i].format->attempt(run->sinks[i].writer, &told);
}

static void on_input(void *ctx, const struct rdpath_input *in)
{
    struct run *run = ctx;
    struct rdpath_input told = *in;
    if (run->extra->shown)
        told.path = run->extra->shown;
    clear_progress(run);
    for (uint32_t i = 0; i < told.n_problems && !run->extra->hushed; i++)
        complain("%s: %s", told.path, told.problems[i]);
    for (size_t i = 0; i < run->n_sinks; i++)
        run->sinks[i].format->input(run->sinks[i].writer, &told);
}

static void on_progress(void *ctx, uint64_t done, uint64_t total)
{
    const struct run *run = ctx;
    progress_show(done, total, run->n_attempts);
}

/* ---- the run --------------------------------------------------------------------------------- */

static bool wants_colour(const struct options *o, const struct output *out)
{
    if (o->colour_always || o->colour_never)
        return o->colour_always;
    return !out->path && console_is_terminal(stdout) && !getenv("NO_COLOR");
}

static bool open_sinks(struct run *run, const struct run_target *targets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sink *s = &run->sinks[i];
        s->format = targets[i].format;
        if (!output_open(&s->output, targets[i].path))
            return false;
        struct writer_options w = {
            .colour = wants_colour(run->options, &s->output),
            .verbose = run->options->verbose,
            .quiet = run->options->quiet,
            .packets = run->options->packets,
            .joined = run->options->join && run->options->n_arguments > 1,
            .failed = &run->output_failed,
            .folder = run->options->output,
            .columns = run->options->columns,
            .title = run->options->title,
            .ticket = run->options->ticket,
            .note = run->options->note,
        };
        s->writer = s->format->begin(s->output.file, &w);
        run->n_sinks++;
    }
    return true;
}

static void close_sinks(struct run *run)
{
    for (size_t i = 0; i < run->n_sinks; i++) {
        run->sinks[i].format->end(run->sinks[i].writer);
        if (!output_commit(&run->sinks[i].output))
            run->output_failed = true;
    }
}

static bool needs_packets(const struct run *run)
{
    for (size_t i = 0; i < run->n_sinks; i++) {
        if (run->sinks[i].format->needs_packets)
            return true;
    }
    return run->options->packets;
}

static void read_captures(struct run *run, struct rdpath *r)
{
    const struct options *o = run->options;
    struct rdpath_error error;
    uint32_t together = o->join ? o->n_arguments : 1;
    if (o->keylog && !rdpath_read_keylog(r, o->keylog, &error)) {
        complain("--keylog %s", run->extra->hushed ? "could not be read" : error.text);
        run->input_failed = true;
        return;
    }
    for (uint32_t i = 0; i < o->n_arguments; i += together) {
        bool read = together > 1 ? rdpath_read_joined(r, o->arguments, together, &error)
                                 : rdpath_read(r, o->arguments[i], &error);
        if (read)
            continue;
        clear_progress(run);
        complain("%s", run->extra->hushed ? "a capture could not be read; without --redact it is "
                                            "said which, and why"
                                          : error.text);
        run->input_failed = true;
    }
}

static int status_of(const struct run *run)
{
    if (run->input_failed || run->output_failed)
        return EXIT_INPUT;
    if (run->n_attempts == 0)
        return EXIT_NO_ATTEMPT;
    return run->n_faulty ? EXIT_FAULT_FOUND : EXIT_HEALTHY;
}

int run_captures(const struct options *o, const struct run_target *targets, size_t n_targets)
{
    return run_captures_with(o, targets, n_targets, &(struct run_extra){0});
}

int run_captures_with(const struct options *o, const struct run_target *targets, size_t n_targets,
                      const struct run_extra *extra)
{
    struct run run = {.options = o,
                      .extra = extra,
                      .shows_progress = !o->quiet && console_is_terminal(stderr)};
    if (!open_sinks(&run, targets, n_targets)) {
        for (size_t i = 0; i < run.n_sinks; i++)
            output_discard(&run.sinks[i].output);
        return EXIT_INPUT;
    }
    struct rdpath_options options = {
        .ports = o->ports,
        .n_ports = o->n_ports,
        .vantage = o->vantage,
        .keep_packets = needs_packets(&run),
        .hash = o->hash,
        .frame_numbers = extra->frame_numbers,
        .n_frame_numbers = extra->n_frame_numbers,
    };
    struct rdpath_events events = {
        .ctx = &run,
        .attempt = on_attempt,
        .input = on_input,
        .progress = run.shows_progress ? on_progress : NULL,
    };
    struct rdpath *r = rdpath_new(&options, &events);
    read_captures(&run, r);
    rdpath_free(r);
    close_sinks(&run);
    return status_of(&run);
}
