/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rdpath capture: records one live attempt and answers as rdpath analyze does of the recording: it
 * is read from the file while that grows, byte for byte what analyze will read, and nothing else
 * (no clock) has a say in the answer. So the answer can be had again from the file at any time.
 */
#include "base/arena.h"
#include "capture/crew.h"
#include "capture/plan.h"
#include "capture/privilege.h"
#include "capture/sink_file.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/live.h"
#include "cli/output.h"
#include "cli/pktmon.h"
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- the interfaces -------------------------------------------------------------------------- */

static void interface_show(const struct interface *i)
{
    printf("%-16s %-9s %5u  %s", i->name, interface_kind_name(i->kind), i->mtu,
           i->up ? "up  " : "down");
    for (uint32_t n = 0; n < i->n_addresses; n++) {
        char address[ADDR_TEXT_SIZE];
        addr_format(&i->addresses[n], address);
        printf(" %s", address);
    }
    printf("%s%s%s%s%s\n", i->title[0] ? " (" : "", i->title, i->title[0] ? ")" : "",
           i->default_route ? " default route" : "",
           i->unseen ? ": Npcap does not see it, record with --pktmon" : "");
}

static int list_interfaces(const struct interfaces *all)
{
    printf("%-16s %-9s %5s  %s\n", "interface", "kind", "MTU", "state, addresses");
    for (uint32_t i = 0; i < all->n; i++)
        interface_show(&all->list[i]);
    return EXIT_HEALTHY;
}

_Static_assert((int)RECORDER_HOSTS_MAX <= (int)OPTIONS_ADDRESSES_MAX, "each one is looked for");

/* ---- the plan -------------------------------------------------------------------------------- */

static char default_name[64];

static bool is_recorded_to(const struct options *o, const char *file)
{
    char path[SINK_PATH_SIZE];
    bool same = output_is_same(o->write, file);
    for (uint32_t i = 0; o->write && i < o->ring; i++) {
        sink_path(&(struct sink_options){o->write, o->max_size, o->ring}, i, path);
        same |= output_is_same(path, file);
    }
    return same;
}

/* Contradictions; NULL: none. */
static const char *wrong_options(const struct options *o)
{
    if (o->n_arguments)
        return "expected options alone: --host HOST names the server, -w FILE the recording";
    if (o->write && strcmp(o->write, "-") == 0)
        return "-w: expected a file to record to, got standard output, which carries the answer";
    if (o->ring && !o->max_size)
        return "--ring: expected --max-size SIZE with it, the size of each file";
    if (o->report && !format_by_file(o->report))
        return "--report: expected a file that ends in .html, .md, .txt or .json";
    if (is_recorded_to(o, o->report) || is_recorded_to(o, o->output) ||
        output_is_same(o->report, o->output))
        return "expected a file of its own for the recording (-w), the answer (-o) and the report";
    return NULL;
}

/* "rdpath-20260105-091403.pcapng", in UTC: names sort by time. */
static void name_recording(struct options *o)
{
    char now[TEXT_TIME_SIZE];
    if (o->write)
        return;
    text_time(now, (int64_t)time(NULL) * 1000000000); /* 2026-01-05T09:14:03... */
    snprintf(default_name, sizeof default_name, "rdpath-%.4s%.2s%.2s-%.2s%.2s%.2s.pcapng", now,
             now + 5, now + 8, now + 11, now + 14, now + 17);
    o->write = default_name;
}

/* Another recording may have begun in the same second. */
static void reserve_default_name(const struct sink_options *sink)
{
    enum { TRIES = 100 };
    char stem[sizeof default_name];
    snprintf(stem, sizeof stem, "%.*s", (int)strcspn(default_name, "."), default_name);
    for (unsigned n = 2; !sink_reserve(sink) && n < TRIES; n++)
        snprintf(default_name, sizeof default_name, "%.40s_%u.pcapng", stem, n);
}

static bool find_host(struct options *o, struct recording *recording, struct rdpath_error *error)
{
    if (!o->host)
        return true;
    recording->host = o->n_addresses ? NULL : o->host;
    recording->n_hosts = interfaces_resolve(o->host, recording->hosts, RECORDER_HOSTS_MAX, error);
    for (uint32_t i = 0; i < recording->n_hosts; i++)
        addr_format(&recording->hosts[i], o->addresses[i]);
    o->n_addresses = recording->n_hosts;
    return recording->n_hosts;
}

static bool make_plan(struct options *o, const struct interfaces *all, struct recording *recording,
                      struct rdpath_error *error)
{
    if (!find_host(o, recording, error))
        return false;
    struct plan_wish wish = {
        .names = o->interfaces,
        .n_names = o->n_interfaces,
        .hosts = recording->hosts,
        .n_hosts = recording->n_hosts,
        .ports = o->ports,
        .n_ports = o->n_ports,
    };
    recording->all = o->all;
    recording->sink = (struct sink_options){o->write, o->max_size, o->ring};
    return plan_make(recording, all, &wish, error);
}

static void tell_plan(const struct options *o, const struct recording *recording)
{
    struct text names = {0};
    for (uint32_t i = 0; i < recording->n; i++) {
        const struct interface *one = &recording->list[i].interface;
        text_addf(&names, "%s%s (%s, MTU %u)", i ? ", " : "", one->name,
                  interface_kind_name(one->kind), one->mtu);
    }
    if (!o->quiet)
        complain("recording %s to %s%s", text_string(&names), o->write,
                 o->run ? "" : "; connect now. Ctrl-C ends it early");
    text_free(&names);
    if (recording->n_left_out)
        complain("%u more interfaces are not recorded: %d are at most; -i names those that count",
                 recording->n_left_out, SINK_INTERFACES_MAX);
}

/* ---- the work of the confined process -------------------------------------------------------- */

struct work {
    struct options *options;
    struct run *run;
    const struct recording *recording;
};

static void prepare(void *ctx)
{
    const struct work *w = ctx;
    rdpath_preload(&(struct rdpath_options){.hash = w->options->hash});
    format_prepare();
}

struct reread {
    int fd;
    uint64_t at;
    char path[SINK_PATH_SIZE];
};

static ptrdiff_t reread(void *ctx, void *to, size_t n)
{
    struct reread *r = ctx;
    ptrdiff_t got = sink_file_read(r->fd, r->at, to, n);
    r->at += got > 0 ? (uint64_t)got : 0;
    return got;
}

/* While it goes round no file of a ring is whole: it is watched first, and read when it stands. */
static void read_ring(const struct work *w, struct tail *tail)
{
    struct run *watching = run_begin(w->options, NULL, 0, &(struct run_extra){.hushed = true});
    live_follow(w->options, tail, watching);
    run_commit(watching, false);
    uint32_t n = tail->news.begun < tail->n_files ? tail->news.begun : tail->n_files;
    struct reread *files = memory_zeroed(n * sizeof *files);
    struct rdpath_stream *streams = memory_zeroed(n * sizeof *streams);
    for (uint32_t i = 0; i < n; i++) {
        files[i].fd = tail->fds[i];
        sink_path(&w->recording->sink, i, files[i].path);
        streams[i] = (struct rdpath_stream){files[i].path, &files[i], reread};
    }
    run_streams(w->run, streams, n, NULL);
    free(streams);
    free(files);
}

enum { NOT_WHOLE = CREW_LOST - 1 }; /* a file did not take all of it */

static int parse(void *ctx, struct tail *tail)
{
    const struct work *w = ctx;
    tell_plan(w->options, w->recording);
    if (tail->n_files > 1)
        read_ring(w, tail);
    else
        live_follow(w->options, tail, w->run);
    int status = run_end(w->run);
    return run_files_are_whole(w->run) ? status : NOT_WHOLE;
}

/* ---- the command ----------------------------------------------------------------------------- */

static struct run *open_outputs(struct options *o)
{
    struct run_target targets[2] = {{o->format ? o->format : &format_text, o->output}};
    if (o->report)
        targets[1] = (struct run_target){format_by_file(o->report), o->report};
    o->hash |= o->report != NULL;
    static const struct run_extra nothing;
    return run_begin(o, targets, o->report ? 2 : 1, &nothing);
}

/* Where nobody is left who counted. */
static void tell_what_is_there(const struct recording *recording)
{
    uint32_t n = recording->sink.n_files > 1 ? recording->sink.n_files : 1;
    for (uint32_t i = 0; i < n; i++) {
        char path[SINK_PATH_SIZE];
        sink_path(&recording->sink, i, path);
        FILE *file = fopen(path, "rb");
        long size = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
        if (size >= 0)
            complain("kept: %ld bytes in %s", size, path);
        if (file)
            fclose(file);
    }
}

static int record(struct options *o, const struct recording *recording)
{
    struct rdpath_error error;
    struct run *run = open_outputs(o);
    if (!run)
        return EXIT_INPUT;
    struct work work = {o, run, recording};
    struct crew_work crew = {recording, o->run, o->quiet, &work, prepare, parse};
    if (o->write == default_name)
        reserve_default_name(&recording->sink);
    int status = crew_run(&crew, &error);
    if (status >= CREW_LOST)
        complain("%s", error.text);
    if (status == CREW_LOST && o->write == default_name)
        sink_unreserve(&recording->sink);
    if (status == CREW_CUT)
        tell_what_is_there(recording);
    bool whole = status < NOT_WHOLE;
    return run_commit(run, whole) && whole ? status : EXIT_INPUT;
}

static int plan_and_record(struct options *o, const struct interfaces *all)
{
    struct rdpath_error error;
    struct recording *recording = memory_zeroed(sizeof *recording);
    int status = EXIT_INPUT;
    if (!make_plan(o, all, recording, &error)) {
        complain("%s", error.text);
    } else if (!privilege_is_held()) {
        privilege_explain(&error);
        complain("%s", error.text);
    } else {
        status = record(o, recording);
    }
    free(recording);
    return status;
}

static int capture_live(struct options *o)
{
    struct interfaces all;
    struct rdpath_error error;
    const char *const files[] = {o->write, o->report, o->output};
    if (!o->list && !privilege_return_to_user(files, 3, &error)) {
        complain("%s", error.text);
        return EXIT_INPUT;
    }
    if (!interfaces_read(&all, &error)) {
        complain("%s", error.text);
        return EXIT_INPUT;
    }
    int status = o->list ? list_interfaces(&all) : plan_and_record(o, &all);
    interfaces_free(&all);
    return status;
}

int command_capture(struct options *o)
{
    struct rdpath_error error;
    const char *wrong = wrong_options(o);
    if (wrong) {
        complain("%s", wrong);
        return EXIT_USAGE;
    }
    name_recording(o);
    if (o->pktmon)
        return pktmon_record(o);
    if (!o->list && pktmon_is_all_there_is(&error))
        return pktmon_show(o, error.text);
    return capture_live(o);
}
