/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/notes.h"

#include "report/excerpt/file_writer.h"

#include <stdlib.h>
#include <string.h>

enum { SECTION_MAX = 16000 }; /* bytes of the section's comment: an option has 65,535 */

/* ---- what is noted --------------------------------------------------------------------------- */

static void note(struct notes *n, rdpath_ref ref, const char *text)
{
    if (!text || !ref)
        return;
    if (n->n == n->room) {
        n->room = n->room ? 2 * n->room : 64;
        n->list = memory_resized(n->list, n->room * sizeof *n->list);
    }
    n->list[n->n++] = (struct note){RDPATH_REF_FRAME(ref), text};
}

static void note_frames(struct notes *n, const struct rdpath_frames *frames, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    if (len == 0 || len > WRITER_COMMENT_LEN)
        return;
    const char *copy = arena_copy(&n->arena, text, len + 1);
    for (uint32_t i = 0; i < frames->n; i++)
        note(n, frames->ref[i], copy);
}

/* What the evidence says; where it names no frames of its own, what the finding says. */
static void note_finding(struct notes *n, const struct rdpath_finding *f)
{
    uint32_t n_before = n->n;
    for (uint32_t i = 0; i < f->n_evidence; i++)
        note_frames(n, &f->evidence[i].frames, f->evidence[i].text);
    if (n->n == n_before)
        note_frames(n, &f->frames, f->text);
}

static const char *direction_words(enum rdpath_direction direction)
{
    static const char *const words[] = {", to the server", ", to the client", ", both ways", ""};
    return words[direction];
}

void notes_add(struct notes *n, const struct rdpath_attempt *a)
{
    static const char *const sure[] = {"possible", "likely", "confirmed"};
    for (uint32_t i = 0; i < a->n_findings; i++) {
        if (i == 0 || a->findings[i].confirmed)
            note_finding(n, &a->findings[i]);
    }
    if (a->n_findings == 0)
        note_frames(n, &a->cause.frames, a->cause.summary);
    if (a->ended.frame)
        note(n, a->ended.frame, "the connection ends here");
    if (n->section.len < SECTION_MAX)
        text_addf(&n->section, "Attempt %u: %s (%s, %s%s)\n", a->id, a->cause.summary, a->cause.id,
                  sure[a->cause.confidence], direction_words(a->cause.direction));
}

void notes_free(struct notes *n)
{
    arena_free(&n->arena);
    text_free(&n->section);
    free(n->list);
    *n = (struct notes){0};
}

/* ---- writing --------------------------------------------------------------------------------- */

static int by_frame(const void *a, const void *b)
{
    const struct note *x = a, *y = b;
    if (x->frame != y->frame)
        return x->frame > y->frame ? 1 : -1;
    return strcmp(x->text, y->text);
}

/* The notes of a frame, each text once; *next moves behind them. */
static struct writer_comments comments_of(const struct notes *n, uint32_t *next, uint64_t frame)
{
    struct writer_comments c = {.n = 0};
    for (; *next < n->n && n->list[*next].frame <= frame; ++*next) {
        const struct note *one = &n->list[*next];
        bool again = c.n && strcmp(c.text[c.n - 1], one->text) == 0;
        if (one->frame == frame && !again && c.n < WRITER_COMMENTS_MAX)
            c.text[c.n++] = one->text;
    }
    return c;
}

bool notes_write(struct notes *n, const char *path, FILE *to, struct rdpath_error *error)
{
    struct capture_file *file = file_open(path, false, error);
    if (!file)
        return false;
    if (n->n)
        qsort(n->list, n->n, sizeof *n->list, by_frame);
    struct file_writer w = {0};
    struct rdpath_frame frame;
    uint32_t next = 0;
    file_writer_begin(&w, to, text_string(&n->section));
    while (file_next(file, &frame)) {
        const struct writer_frame out = {0, file_info(file), &frame,
                                         comments_of(n, &next, frame.number)};
        file_writer_frame(&w, &out);
    }
    file_writer_counts(&w, 0, file_info(file), file_info(file)->end_ns);
    bool whole = file_writer_end(&w);
    file_close(file);
    if (!whole)
        snprintf(error->text, sizeof error->text, "the disk did not take all of it");
    return whole;
}
