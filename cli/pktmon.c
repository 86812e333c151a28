/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pktmon.h"

#include "base/arena.h"
#include "cli/run.h"

#include <string.h>

/* "attempt.pcapng" -> "attempt.etl", to be released. */
static char *etl_name(const char *file)
{
    const char *dot = strrchr(file, '.');
    size_t len = dot && !strpbrk(dot, "/\\") ? (size_t)(dot - file) : strlen(file);
    size_t size = len + sizeof ".etl";
    char *name = memory_zeroed(size);
    snprintf(name, size, "%.*s.etl", (int)len, file);
    return name;
}

static struct pktmon_wish wish_of(const struct options *o, const char *etl)
{
    return (struct pktmon_wish){.ports = o->ports,
                                .n_ports = o->n_ports,
                                .all = o->all,
                                .etl = etl,
                                .file = o->write,
                                .netsh = !pktmon_converts()};
}

int pktmon_show(const struct options *o, const char *why)
{
    struct text commands = {0};
    char *etl = etl_name(o->write);
    struct pktmon_wish wish = wish_of(o, etl);
    pktmon_before(&commands, &wish);
    text_add(&commands, "\n");
    pktmon_after(&commands, &wish);
    text_addf(&commands, "rdpath analyze \"%s\"\n", o->write);
    complain("%s", why);
    fputs("Without Npcap, as administrator: run the lines up to the gap, connect, wait for the\n"
          "error, then run the rest. ",
          stdout);
    fputs(wish.netsh ? "etl2pcapng is a tool of Microsoft's (docs/windows.md).\n\n"
                     : "rdpath capture --pktmon does the same by itself.\n\n",
          stdout);
    fputs(text_string(&commands), stdout);
    text_free(&commands);
    memory_release(etl);
    return EXIT_INPUT;
}

static bool commands_run(void (*write)(struct text *, const struct pktmon_wish *),
                         const struct pktmon_wish *wish)
{
    struct rdpath_error error;
    struct text commands = {0};
    write(&commands, wish);
    bool good = pktmon_run(text_string(&commands), &error);
    text_free(&commands);
    if (!good)
        complain("%s", error.text);
    return good;
}

/* What was begun is ended, whatever happens in between. */
static bool record(const struct options *o, const struct pktmon_wish *wish)
{
    struct rdpath_error error;
    struct pktmon_wait wait = {o->run, o->duration_s};
    bool begun = commands_run(pktmon_before, wish);
    if (!begun)
        commands_run(pktmon_undo, wish);
    if (begun && !o->quiet)
        complain("pktmon records to %s%s", wish->etl,
                 o->run ? "" : "; connect now. Ctrl-C ends it when the error has come");
    bool waited = begun && pktmon_wait(&wait, &error);
    if (begun && !waited)
        complain("--run: %s", error.text);
    return begun && commands_run(pktmon_after, wish) && waited;
}

static int analyze(struct options *o)
{
    const char *const files[] = {o->write, NULL};
    struct run_target targets[2] = {{o->format ? o->format : &format_text, o->output}};
    const char *const *arguments = o->arguments;
    if (o->report)
        targets[1] = (struct run_target){format_by_file(o->report), o->report};
    o->hash |= o->report != NULL;
    o->arguments = files;
    o->n_arguments = 1;
    int status = run_captures(o, targets, o->report ? 2 : 1);
    o->arguments = arguments;
    o->n_arguments = 0;
    return status;
}

int pktmon_record(struct options *o)
{
    struct rdpath_error error;
    if (!pktmon_is_ready(&error)) {
        complain("%s", error.text);
        return EXIT_INPUT;
    }
    char *etl = etl_name(o->write);
    struct pktmon_wish wish = wish_of(o, etl);
    bool recorded = record(o, &wish);
    memory_release(etl);
    return recorded ? analyze(o) : EXIT_INPUT;
}
