/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/file/notes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Reaching a limit is told once. */
static void limit_reached(struct capture_file *f, bool *told, const char *what, uint32_t max)
{
    if (!*told)
        notes_problem(f, "Expected at most %" PRIu32 " %s, found more; the rest is left out.", max,
                      what);
    *told = true;
}

static void problem_count(struct capture_file *f)
{
    f->n_untold++;
    snprintf(f->untold, sizeof f->untold, "%" PRIu32 " further problems of this file.",
             f->n_untold);
    f->problems[FILE_PROBLEMS_MAX] = f->untold;
    f->info.n_problems = FILE_PROBLEMS_MAX + 1;
}

void notes_problem(struct capture_file *f, const char *format, ...)
{
    if (f->info.n_problems >= FILE_PROBLEMS_MAX) {
        problem_count(f);
        return;
    }
    va_list args;
    va_start(args, format);
    f->problems[f->info.n_problems++] = arena_vformat(&f->texts, format, args);
    va_end(args);
}

bool notes_cut(struct capture_file *f, const char *what, uint64_t expected)
{
    size_t left = input_left(&f->in);
    if (f->in.stored.problem[0])
        notes_problem(f, "%s", f->in.stored.problem);
    else if (left)
        notes_problem(f,
                      "Expected a %s of %" PRIu64 " bytes at byte %" PRIu64 "%s, found %zu: the "
                      "file is cut off.",
                      what, expected, input_offset(&f->in),
                      f->in.compression ? " (decompressed)" : "", left);
    return false;
}

char *notes_text(struct capture_file *f, struct reader text)
{
    if (text.left > CAPTURE_TEXT_MAX - f->texts.used) {
        limit_reached(f, &f->told_texts, "bytes of names and comments", CAPTURE_TEXT_MAX);
        return NULL;
    }
    char *copy = arena_alloc(&f->texts, text.left + 1);
    if (text.left)
        memcpy(copy, text.at, text.left);
    return copy;
}

void notes_comment(struct capture_file *f, struct reader text)
{
    if (f->info.n_comments == FILE_COMMENTS_MAX) {
        limit_reached(f, &f->told_comments, "comments", FILE_COMMENTS_MAX);
        return;
    }
    char *comment = notes_text(f, text);
    if (comment)
        f->comments[f->info.n_comments++] = comment;
}

static uint32_t room_after(uint32_t room)
{
    return room ? 2 * room : 8;
}

void notes_name(struct capture_file *f, const struct file_name *name)
{
    if (f->info.n_names == FILE_NAMES_MAX) {
        limit_reached(f, &f->told_names, "name records", FILE_NAMES_MAX);
        return;
    }
    if (f->info.n_names == f->names_room) {
        f->names_room = room_after(f->names_room);
        f->names = memory_resized(f->names, f->names_room * sizeof *f->names);
    }
    f->names[f->info.n_names++] = *name;
    f->info.names = f->names;
}

struct file_interface *notes_interface(struct capture_file *f, uint16_t link_type)
{
    uint32_t n = f->info.n_interfaces;
    if (n == FILE_INTERFACES_MAX) {
        limit_reached(f, &f->told_interfaces, "interfaces", FILE_INTERFACES_MAX);
        return NULL;
    }
    if (n == f->interfaces_room) {
        f->interfaces_room = room_after(f->interfaces_room);
        f->interfaces = memory_resized(f->interfaces, f->interfaces_room * sizeof *f->interfaces);
        f->states = memory_resized(f->states, f->interfaces_room * sizeof *f->states);
    }
    f->interfaces[n] =
        (struct file_interface){.link_type = link_type, .received = -1, .dropped = -1};
    f->states[n] = (struct interface_state){.clock = clock_of_microseconds()};
    f->info.interfaces = f->interfaces;
    f->info.n_interfaces++;
    return &f->interfaces[n];
}
