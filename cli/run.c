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
    char addresses[OPTIONS_ADDRESSES_MAX][ADDR_TEXT_SIZE]; /* of --host: options, then input */
    uint32_t n_addresses;
    uint32_t n_attempts, n_faulty, n_left_out;
    bool input_failed, output_failed;
    bool joined; /* several inputs are read as one */
    const struct run_live *live;
    bool shows_progress;
};

/* ---- which attempts are wanted --------------------------------------------------------------- */

static bool same_name(const void *name, size_t name_len, const char *host)
{
    const uint8_t *bytes = name;
    size_t len = strlen(host);
    if (name_len != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int a = bytes[i], b = (unsigned char)host[i];
        a += a >= 'A' && a <= 'Z' ? 'a' - 'A' : 0;
        b += b >= 'A' && b <= 'Z' ? 'a' - 'A' : 0;
        if (a != b)
            return false;
    }
    return true;
}

static bool is_of_host(const struct run *run, const char *address)
{
    for (uint32_t i = 0; i < run->n_addresses; i++)
        if (strcmp(run->addresses[i], address) == 0)
            return true;
    return false;
}

static bool is_host(const struct run *run, const struct rdpath_endpoint *end)
{
    return is_of_host(run, end->address) ||
           same_name(end->name.bytes, end->name.len, run->options->host);
}

static bool is_wanted(const struct run *run, const struct rdpath_attempt *a)
{
    const struct options *o = run->options;
    if (o->attempt && a->id != o->attempt)
        return false;
    return !o->host || is_host(run, &a->client) || is_host(run, &a->server);
}

/* No name is looked up: it may lead elsewhere today than when the capture was taken. */
static void on_name(void *ctx, const char *address, const char *name)
{
    struct run *run = ctx;
    if (run->n_addresses < OPTIONS_ADDRESSES_MAX && !is_of_host(run, address) &&
        same_name(name, strlen(name), run->options->host))
        snprintf(run->addresses[run->n_addresses++], ADDR_TEXT_SIZE, "%s", address);
}

static void forget_names(struct run *run)
{
    run->n_addresses = run->options->n_addresses;
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
    if (!is_wanted(run, a)) {
        run->n_left_out++;
        return;
    }
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
    forget_names(run);
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

static void begin_writing(struct run *run)
{
    for (size_t i = 0; i < run->n_sinks; i++) {
        struct sink *s = &run->sinks[i];
        struct writer_options w = {
            .colour = wants_colour(run->options, &s->output),
            .verbose = run->options->verbose,
            .quiet = run->options->quiet,
            .packets = run->options->packets,
            .joined = run->joined,
            .failed = &run->output_failed,
            .folder = run->options->output,
            .columns = run->options->columns,
            .title = run->options->title,
            .ticket = run->options->ticket,
            .note = run->options->note,
        };
        s->writer = s->format->begin(s->output.file, &w);
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

static void on_rung(void *ctx, uint32_t attempt_id, const struct rdpath_rung *rung)
{
    const struct run *run = ctx;
    run->live->rung(run->live->ctx, attempt_id, rung);
}

static struct rdpath *begin_reading(struct run *run)
{
    const struct options *o = run->options;
    struct rdpath_options options = {
        .ports = o->ports,
        .n_ports = o->n_ports,
        .vantage = o->vantage,
        .keep_packets = needs_packets(run),
        .hash = o->hash,
        .frame_numbers = run->extra->frame_numbers,
        .n_frame_numbers = run->extra->n_frame_numbers,
    };
    struct rdpath_events events = {
        .ctx = run,
        .attempt = on_attempt,
        .input = on_input,
        .name = o->host ? on_name : NULL,
        .rung = run->live ? on_rung : NULL,
        .progress = run->shows_progress ? on_progress : NULL,
    };
    begin_writing(run);
    return rdpath_new(&options, &events);
}

static void input_result(struct run *run, bool read, const struct rdpath_error *error)
{
    if (read)
        return;
    clear_progress(run);
    complain("%s", run->extra->hushed ? "a capture could not be read; without --redact it is said "
                                        "which, and why"
                                      : error->text);
    run->input_failed = true;
}

static void read_captures(struct run *run)
{
    const struct options *o = run->options;
    struct rdpath_error error;
    uint32_t together = o->join ? o->n_arguments : 1;
    run->joined = together > 1;
    struct rdpath *r = begin_reading(run);
    bool ready = !o->keylog || rdpath_read_keylog(r, o->keylog, &error);
    if (!ready) {
        complain("--keylog %s", run->extra->hushed ? "could not be read" : error.text);
        run->input_failed = true;
    }
    for (uint32_t i = 0; ready && i < o->n_arguments; i += together) {
        bool read = together > 1 ? rdpath_read_joined(r, o->arguments, together, &error)
                                 : rdpath_read(r, o->arguments[i], &error);
        input_result(run, read, &error);
    }
    rdpath_free(r);
}

void run_streams(struct run *run, const struct rdpath_stream *streams, size_t n,
                 const struct run_live *live)
{
    struct rdpath_error error;
    run->joined = n > 1;
    run->live = live;
    run->shows_progress &= !live;
    struct rdpath *r = begin_reading(run);
    if (live)
        live->begin(live->ctx, r);
    input_result(run, rdpath_read_streams(r, streams, n, &error), &error);
    rdpath_free(r);
}

static int status_of(const struct run *run)
{
    if (run->input_failed || run->output_failed)
        return EXIT_INPUT;
    if (run->n_attempts == 0)
        return EXIT_NO_ATTEMPT;
    return run->n_faulty ? EXIT_FAULT_FOUND : EXIT_HEALTHY;
}

struct run *run_begin(const struct options *o, const struct run_target *targets, size_t n,
                      const struct run_extra *extra)
{
    struct run *run = memory_zeroed(sizeof *run);
    run->extra = extra;
    run->options = o;
    memcpy(run->addresses, o->addresses, sizeof run->addresses);
    forget_names(run);
    run->shows_progress = !o->quiet && console_is_terminal(stderr);
    for (size_t i = 0; i < n; i++) {
        run->sinks[i].format = targets[i].format;
        if (!output_open(&run->sinks[i].output, targets[i].path)) {
            run_commit(run, false);
            return NULL;
        }
        run->n_sinks++;
    }
    return run;
}

int run_end(struct run *run)
{
    for (size_t i = 0; i < run->n_sinks; i++) {
        run->sinks[i].format->end(run->sinks[i].writer);
        if (!output_flush(&run->sinks[i].output))
            run->output_failed = true;
    }
    return status_of(run);
}

bool run_files_are_whole(const struct run *run)
{
    for (size_t i = 0; i < run->n_sinks; i++)
        if (run->sinks[i].output.path && run->sinks[i].output.failed)
            return false;
    return true;
}

bool run_commit(struct run *run, bool keep)
{
    bool whole = true;
    for (size_t i = 0; i < run->n_sinks; i++) {
        if (keep)
            whole = output_commit(&run->sinks[i].output) && whole;
        else
            output_discard(&run->sinks[i].output);
    }
    free(run);
    return whole;
}

/* Who names a host that is not there, or by a name that the capture does not have. */
static void tell_left_out(const struct run *run)
{
    const struct options *o = run->options;
    if (o->host && !o->attempt && run->n_attempts == 0 && run->n_left_out)
        complain("--host %s: of %u RDP attempts none is of that host; names are those in the "
                 "capture, none is looked up: give the address, or leave --host out",
                 o->host, run->n_left_out);
}

int run_captures(const struct options *o, const struct run_target *targets, size_t n_targets)
{
    return run_captures_with(o, targets, n_targets, &(struct run_extra){0});
}

int run_captures_with(const struct options *o, const struct run_target *targets, size_t n_targets,
                      const struct run_extra *extra)
{
    struct run *run = run_begin(o, targets, n_targets, extra);
    if (!run)
        return EXIT_INPUT;
    read_captures(run);
    int status = run_end(run);
    tell_left_out(run);
    return run_commit(run, true) ? status : EXIT_INPUT;
}
