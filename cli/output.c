/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/nameless.h"
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

bool output_is_folder(const char *path)
{
    size_t len = strlen(path);
    return len && is_slash(path[len - 1]);
}

static const char *name_in_folder(const char *path)
{
    const char *name = path + strlen(path);
    while (name > path && !is_slash(name[-1]))
        name--;
    return name;
}

static bool folder_identify(const char *path, struct console_identity *identity)
{
    struct text folder = {0};
    text_add_bytes(&folder, path, (size_t)(name_in_folder(path) - path));
    bool stands = console_identify(folder.len ? text_string(&folder) : ".", identity);
    text_free(&folder);
    return stands;
}

static bool is_stream(const char *path)
{
    return strcmp(path, "-") == 0 || console_is_device(path);
}

bool output_is_same(const char *a, const char *b)
{
    struct console_identity at_a, at_b;
    if (!a || !b || is_stream(a) || is_stream(b))
        return false;
    if (strcmp(a, b) == 0)
        return true;
    bool a_stands = console_identify(a, &at_a), b_stands = console_identify(b, &at_b);
    if (a_stands != b_stands)
        return false;
    if (!a_stands && !(folder_identify(a, &at_a) && folder_identify(b, &at_b) &&
                       console_same_name(name_in_folder(a), name_in_folder(b))))
        return false;
    return at_a.volume == at_b.volume && at_a.number == at_b.number;
}

static void output_forget(struct output *o)
{
    free(o->aside);
    free(o->target);
    o->aside = o->target = NULL;
}

enum { ASIDE_TRIES = 1000 };

/* "FILE.part", "FILE.part2": what stands there already is the user's. */
static void aside_rename(struct output *o, unsigned number)
{
    const char *target = o->target ? o->target : o->path;
    size_t size = strlen(target) + sizeof ".part999";
    free(o->aside);
    o->aside = memory_zeroed(size);
    if (number > 1)
        snprintf(o->aside, size, "%s.part%u", target, number);
    else
        snprintf(o->aside, size, "%s.part", target);
}

static FILE *aside_create(struct output *o)
{
    FILE *file = NULL;
    for (unsigned n = 1; n < ASIDE_TRIES && !file && (n == 1 || errno == EEXIST); n++) {
        aside_rename(o, n);
        file = console_create_new(o->aside);
    }
    return file;
}

static bool aside_name(struct output *o)
{
    bool named = false;
    for (unsigned n = 1; n < ASIDE_TRIES && !named && (n == 1 || errno == EEXIST); n++) {
        aside_rename(o, n);
        named = nameless_name(o->file, o->aside);
    }
    return named;
}

bool output_open(struct output *o, const char *path)
{
    *o = (struct output){.file = stdout, .path = path};
    if (!path)
        return true;
    if (output_is_folder(path) || console_is_folder(path)) {
        complain("%s: expected the name of a file, got that of a folder", path);
        return false;
    }
    if (!console_is_device(path)) {
        o->target = console_link_target(path);
        aside_rename(o, 1);
    }
    o->file = o->aside ? nameless_create(o->aside) : NULL;
    o->nameless = o->file != NULL;
    if (!o->file)
        o->file = o->aside ? aside_create(o) : console_create(path);
    if (!o->file) {
        complain("%s: cannot be written: %s; name a folder that you may write to", path,
                 strerror(errno));
        output_forget(o);
    }
    return o->file != NULL;
}

/* Told once. */
static bool output_fail(struct output *o)
{
    int reason = errno;
    if (!o->failed && !o->path && reason != EPIPE)
        complain("standard output did not take the whole result: %s", strerror(reason));
    else if (!o->failed && o->aside)
        complain("%s: could not be written whole, so it was not written at all: %s", o->path,
                 strerror(reason));
    else if (!o->failed && o->path)
        complain("%s: did not take the whole result: %s", o->path, strerror(reason));
    o->failed = true;
    return false;
}

bool output_flush(struct output *o)
{
    return (fflush(o->file) == 0 && !ferror(o->file)) || output_fail(o);
}

bool output_commit(struct output *o)
{
    bool whole = output_flush(o);
    if (!o->path)
        return whole;
    if (whole && o->nameless) {
        o->nameless = !aside_name(o);
        whole = !o->nameless || output_fail(o);
    }
    whole = (fclose(o->file) == 0 || output_fail(o)) && whole;
    o->file = NULL;
    if (!o->aside)
        return whole;
    whole = whole && (console_replace(o->aside, o->target ? o->target : o->path) || output_fail(o));
    if (!whole && !o->nameless)
        console_remove(o->aside);
    output_forget(o);
    return whole;
}

void output_discard(struct output *o)
{
    if (!o->path)
        return;
    if (o->file)
        fclose(o->file);
    if (o->aside && !o->nameless)
        console_remove(o->aside);
    output_forget(o);
    o->file = NULL;
}
