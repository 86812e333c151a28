/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/excerpt.h"

#include "analyze/file/file.h"
#include "analyze/net/fragments.h"
#include "analyze/net/sealed.h"
#include "analyze/net/tunnels.h"
#include "base/text.h"
#include "report/excerpt/file_writer.h"
#include "report/excerpt/frame.h"

#include <stdlib.h>

enum { RECORDS_WHOLE = 96 }; /* of a direction: 31 channels are joined one by one */

struct source {
    struct capture_file *file;
    struct rdpath_frame frame;
    bool more;
};

struct pass {
    struct excerpt *excerpt;
    struct source *sources;
    uint32_t n_sources;
    uint64_t number; /* of the frame, over all sources */
    int64_t now_ns;
    struct talks talks;
    struct fragments *fragments;
    struct frame_editor editor;
    struct file_writer writer;
};

/* ---- reading --------------------------------------------------------------------------------- */

static bool sources_open(struct pass *p, bool hash, struct rdpath_error *error)
{
    const struct excerpt *e = p->excerpt;
    p->sources = memory_zeroed(e->n_paths * sizeof *p->sources);
    p->number = 0;
    p->now_ns = 0;
    for (p->n_sources = 0; p->n_sources < e->n_paths; p->n_sources++) {
        struct source *s = &p->sources[p->n_sources];
        s->file = file_open(e->paths[p->n_sources], hash, error);
        if (!s->file)
            return false;
        s->more = file_next(s->file, &s->frame);
    }
    return true;
}

static void sources_close(struct pass *p)
{
    for (uint32_t i = 0; i < p->n_sources; i++)
        file_close(p->sources[i].file);
    free(p->sources);
}

static struct source *earliest(const struct pass *p)
{
    struct source *best = NULL;
    for (uint32_t i = 0; i < p->n_sources; i++) {
        struct source *s = &p->sources[i];
        if (s->more && (!best || s->frame.ts_ns < best->frame.ts_ns))
            best = s;
    }
    return best;
}

static rdpath_ref ref_of(const struct pass *p, const struct source *s)
{
    uint32_t input = p->excerpt->first_input + (uint32_t)(s - p->sources);
    return RDPATH_REF(input, s->frame.number);
}

/* Hands each frame in time order to a step of the pass; one without a time happened now. */
static void frames_each(struct pass *p, void (*step)(struct pass *, struct source *))
{
    for (struct source *s; (s = earliest(p));) {
        p->number++;
        if (s->frame.ts_ns == RDPATH_UNKNOWN)
            s->frame.ts_ns = p->now_ns;
        if (s->frame.ts_ns > p->now_ns)
            p->now_ns = s->frame.ts_ns;
        step(p, s);
        s->more = file_next(s->file, &s->frame);
    }
}

/* ---- first pass: what of the connections is kept --------------------------------------------- */

static bool layer_learn(struct pass *p, const struct packet *packet)
{
    struct wanted_match m;
    if (packet->fragment || !wanted_packet(p->excerpt->wanted, packet, packet->frame->ts_ns, &m))
        return false;
    talks_learn(&p->talks, &m, packet, p->number);
    return true;
}

/* A whole datagram where p is its last piece. */
static bool piece_take(struct pass *p, struct packet *packet, struct packet *carrier)
{
    struct fragments_result result;
    fragments_add(p->fragments, packet, &result);
    if (!result.complete)
        return false;
    *packet = result.whole;
    *carrier = result.whole;
    return true;
}

static void frame_learn(struct pass *p, struct source *s)
{
    struct packet layers[2], carrier = {0};
    if (!packet_decode(&s->frame, &layers[0]))
        return;
    if (sealed_kind(&layers[0]) != TUNNEL_NONE && wanted_is_cited(p->excerpt->wanted, ref_of(p, s)))
        wanted_add_carrier(p->excerpt->wanted, &layers[0], true);
    for (int depth = 0;; depth++) {
        struct packet *packet = &layers[depth % 2];
        if (packet->fragment && !piece_take(p, packet, &carrier))
            return;
        if (layer_learn(p, packet) && carrier.frame)
            wanted_add_carrier(p->excerpt->wanted, &carrier, false);
        if (depth == TUNNELS_DEPTH_MAX || !tunnel_open(packet, &layers[(depth + 1) % 2]))
            return;
    }
}

static bool learn(struct pass *p, struct rdpath_error *error)
{
    bool opened = sources_open(p, p->excerpt->sources != NULL, error);
    p->fragments = fragments_new();
    if (opened)
        frames_each(p, frame_learn);
    for (uint32_t i = 0; opened && p->excerpt->sources && i < p->n_sources; i++) {
        const char *hash = file_sha256(p->sources[i].file);
        text_addf(p->excerpt->sources, "Source: SHA-256 %s\n", hash ? hash : "unknown");
    }
    talks_learned(&p->talks);
    fragments_free(p->fragments);
    sources_close(p);
    return opened;
}

/* ---- second pass: writing -------------------------------------------------------------------- */

static bool frame_note(struct excerpt *e, rdpath_ref ref)
{
    if (e->n_frames == EXCERPT_FRAMES_MAX)
        return false;
    if (e->n_frames == e->room) {
        e->room = e->room ? 2 * e->room : 256;
        e->frames = memory_resized(e->frames, e->room * sizeof *e->frames);
    }
    e->frames[e->n_frames++] = ref;
    return true;
}

static void frame_write(struct pass *p, struct source *s)
{
    struct excerpt *e = p->excerpt;
    struct rdpath_frame frame = s->frame;
    rdpath_ref ref = ref_of(p, s);
    if (!wanted_frame(e->wanted, &frame, ref) || !frame_edit(&p->editor, &frame, p->number))
        return;
    p->writer.failed |= !frame_note(e, ref);
    const struct writer_frame out = {.input = (uint32_t)(s - p->sources),
                                     .info = file_info(s->file),
                                     .frame = &frame};
    if (!p->writer.failed)
        file_writer_frame(&p->writer, &out);
}

/* As the analysis has it: what the files say of their end, or their last frame. */
static int64_t capture_end(const struct pass *p)
{
    int64_t end_ns = 0;
    for (uint32_t i = 0; i < p->n_sources; i++) {
        const struct file_info *info = file_info(p->sources[i].file);
        int64_t this_ns = info->end_ns != RDPATH_UNKNOWN ? info->end_ns : info->last_ns;
        end_ns = this_ns > end_ns ? this_ns : end_ns;
    }
    return end_ns;
}

static bool write_all(struct pass *p, struct rdpath_error *error)
{
    struct excerpt *e = p->excerpt;
    bool opened = sources_open(p, false, error);
    e->n_frames = 0;
    p->writer.nameless = e->fake != NULL;
    p->editor = (struct frame_editor){.wanted = e->wanted,
                                      .talks = &p->talks,
                                      .fake = e->fake,
                                      .whole = e->cut == EXCERPT_CUT_NOTHING};
    file_writer_begin(&p->writer, e->to, NULL);
    if (opened)
        frames_each(p, frame_write);
    for (uint32_t i = 0; opened && i < p->n_sources; i++)
        file_writer_counts(&p->writer, i, file_info(p->sources[i].file), capture_end(p));
    bool whole = file_writer_end(&p->writer);
    if (opened && !whole)
        snprintf(error->text, sizeof error->text,
                 "the evidence could not be written: the disk is full, or it has more than %d "
                 "frames; choose one attempt with --attempt N",
                 (int)EXCERPT_FRAMES_MAX);
    e->n_read = p->number;
    frame_editor_free(&p->editor);
    sources_close(p);
    return opened && whole;
}

bool excerpt_write(struct excerpt *e, struct rdpath_error *error)
{
    struct pass pass = {.excerpt = e};
    wanted_close(e->wanted);
    talks_begin(&pass.talks, e->fake, e->cut == EXCERPT_CUT_DATA ? 0 : RECORDS_WHOLE);
    bool written = learn(&pass, error) && write_all(&pass, error);
    talks_free(&pass.talks);
    return written;
}
