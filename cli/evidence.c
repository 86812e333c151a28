/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The capture is analyzed; what is wanted of it goes into a private file, the
 * evidence, first cut as short as possible. That is analyzed by itself. Where it says the same it
 * gets its comments and is published; else it is made again with less cut, at last with nothing,
 * and where even that says something else, nothing is published.
 *
 * With --redact the evidence is made without names, and everything that is written comes from the
 * analysis of the evidence alone, so that nothing can be told that is not in there.
 *
 * TLS secrets are never put in. An answer that rests on them is compared with what the capture says
 * without them, and is stated as it was: seen decrypted, at most likely.
 */
#include "cli/evidence.h"

#include "base/arena.h"
#include "cli/output.h"
#include "cli/private.h"
#include "report/excerpt/answers.h"
#include "report/excerpt/excerpt.h"
#include "report/excerpt/notes.h"
#include "report/render/words.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_MIN = 16, KEY_MAX = 65536, RANDOM_KEY = 32 };

#define REDACTED_NAME "redacted.pcapng"

/* The attempts of one kind: which frames are wanted, and what was said of them. */
struct chosen {
    struct wanted_list wanted;
    struct answers answers;
    uint32_t input;   /* of the first */
    const char *name; /* of its files in a folder */
};

struct evidence {
    struct options options; /* with "-" replaced by where it was kept */
    struct private_file input, made;
    const char **paths;
    struct chosen faulty, healthy, *chosen;
    struct answers keyless; /* what the capture says without TLS secrets, where that differs */
    struct fake *fake;      /* NULL: nothing is replaced */
    struct excerpt excerpt;
    struct text sources;
    struct notes notes;
    struct answers seen;   /* what the evidence says */
    const char *seen_name; /* of the first attempt's files, going by the evidence */
    struct arena arena;    /* of what is amended */
};

/* ---- what is wanted -------------------------------------------------------------------------- */

static void on_wanted(void *ctx, struct rdpath_attempt *a)
{
    struct evidence *e = ctx;
    bool healthy = strcmp(a->cause.id, "none") == 0 && !e->fake;
    struct chosen *c = healthy ? &e->healthy : &e->faulty;
    if (c->wanted.n == WANTED_MAX) {
        c->wanted.n_left_out++;
        return;
    }
    if (c->answers.n == 0) {
        c->input = a->input;
        c->name = words_file(&e->arena, a);
    }
    wanted_add(&c->wanted, a);
    answers_add(&c->answers, a);
}

/* ---- analyses on the side -------------------------------------------------------------------- */

struct reading {
    const char *const *paths;
    size_t n_paths;
    bool ignore_secrets;
    void (*attempt)(void *ctx, const struct rdpath_attempt *);
};

static bool read_aside(struct evidence *e, const struct reading *reading)
{
    const struct options *o = &e->options;
    const struct rdpath_options options = {.ports = o->ports,
                                           .n_ports = o->n_ports,
                                           .vantage = o->vantage,
                                           .ignore_secrets = reading->ignore_secrets};
    const struct rdpath_events events = {.ctx = e, .attempt = reading->attempt};
    struct rdpath_error error;
    struct rdpath *r = rdpath_new(&options, &events);
    bool read = rdpath_read_joined(r, reading->paths, reading->n_paths, &error);
    rdpath_free(r);
    return read;
}

static void on_keyless(void *ctx, const struct rdpath_attempt *a)
{
    answers_add(&((struct evidence *)ctx)->keyless, a);
}

static void on_seen(void *ctx, const struct rdpath_attempt *a)
{
    struct evidence *e = ctx;
    if (e->seen.n == 0)
        e->seen_name = words_file(&e->arena, a);
    answers_add(&e->seen, a);
    notes_add(&e->notes, a);
}

static bool any_decrypted(const struct evidence *e)
{
    for (uint32_t i = 0; i < e->chosen->answers.n; i++) {
        if (e->chosen->answers.list[i].decrypted)
            return true;
    }
    return false;
}

/* ---- the evidence ---------------------------------------------------------------------------- */

/* What the evidence has to say of this attempt. */
static const struct answer *expected_of(const struct evidence *e, const struct answer *told)
{
    const struct answer *keyless = told->decrypted ? answers_find(&e->keyless, told) : NULL;
    return keyless ? keyless : told;
}

static bool says_the_same(const struct evidence *e, struct text *difference)
{
    for (uint32_t i = 0; i < e->chosen->answers.n; i++) {
        const struct answer *expected = expected_of(e, &e->chosen->answers.list[i]);
        const struct answer *found = answers_find(&e->seen, expected);
        if (found && answer_equals(expected, found))
            continue;
        answer_add_difference(difference, expected, found);
        return false;
    }
    return true;
}

static void forget(struct evidence *e)
{
    answers_free(&e->seen);
    notes_free(&e->notes);
    private_close(&e->made);
}

/* False: error says why the evidence cannot be made. */
static bool compose(struct evidence *e, enum excerpt_cut cut, struct rdpath_error *error)
{
    forget(e);
    if (!private_open(&e->made)) {
        snprintf(error->text, sizeof error->text,
                 "no temporary file can be made: set TMPDIR to a folder that can be written");
        return false;
    }
    const char *path = e->made.path;
    const struct reading evidence = {.paths = &path, .n_paths = 1, .attempt = on_seen};
    e->excerpt.cut = cut;
    e->excerpt.to = e->made.file;
    e->excerpt.sources = cut == EXCERPT_CUT_DATA ? &e->sources : NULL; /* told once */
    return excerpt_write(&e->excerpt, error) && read_aside(e, &evidence);
}

static bool make(struct evidence *e)
{
    struct rdpath_error error = {"it cannot be read again"};
    struct text difference = {0};
    bool same = false;
    for (int cut = EXCERPT_CUT_DATA; cut <= EXCERPT_CUT_NOTHING && !same; cut++) {
        text_free(&difference);
        if (!compose(e, (enum excerpt_cut)cut, &error)) {
            complain("evidence: %s", e->fake ? "it could not be made" : error.text);
            return false;
        }
        same = says_the_same(e, &difference);
    }
    if (!same)
        complain("evidence: expected the answer of the capture, found %s: nothing is published",
                 text_string(&difference));
    text_free(&difference);
    return same;
}

/* What goes in, from the attempts that were told. */
static void choose(struct evidence *e)
{
    const struct options *o = &e->options;
    e->chosen = e->faulty.wanted.n ? &e->faulty : &e->healthy;
    uint32_t first = o->join ? 0 : e->chosen->input;
    e->excerpt = (struct excerpt){.wanted = &e->chosen->wanted,
                                  .paths = o->arguments + first,
                                  .n_paths = o->join ? o->n_arguments : 1,
                                  .first_input = first,
                                  .fake = e->fake};
    if (e->chosen->wanted.n_left_out)
        complain("evidence: it holds the first %d attempts, %u are left out; choose with "
                 "--attempt N or --host",
                 (int)WANTED_MAX, e->chosen->wanted.n_left_out);
    const struct reading keyless = {e->excerpt.paths, e->excerpt.n_paths, true, on_keyless};
    if (any_decrypted(e))
        (void)read_aside(e, &keyless);
}

/* ---- what is published ----------------------------------------------------------------------- */

static void add_decrypted(struct evidence *e, struct text *t)
{
    for (uint32_t i = 0; i < e->chosen->answers.n; i++) {
        const struct answer *a = &e->chosen->answers.list[i];
        if (!answer_equals(a, expected_of(e, a)))
            text_addf(t, "Seen decrypted: %s, likely. No TLS secrets are in here.\n", a->cause);
    }
}

static void add_options(const struct evidence *e, struct text *t)
{
    static const char *const vantages[] = {"auto", "client", "server", "middle"};
    const struct options *o = &e->options;
    text_add(t, "Analyze it with: rdpath analyze");
    for (uint32_t i = 0; i < o->n_ports; i++)
        text_addf(t, " --port %u", o->ports[i]);
    if (o->vantage)
        text_addf(t, " --vantage %s", vantages[o->vantage]);
    text_add(t, "\n");
}

/* In a folder the evidence of one attempt stands beside its pages, under their name. */
static void add_path(const struct evidence *e, struct text *t)
{
    const char *given = e->options.evidence, *name = e->fake ? e->seen_name : e->chosen->name;
    text_add(t, given);
    if (output_is_folder(given))
        text_addf(t, "%s.pcapng", e->chosen->wanted.n == 1 && name ? name : "evidence");
}

static bool publish(struct evidence *e)
{
    struct rdpath_error error;
    struct output out;
    struct text *t = &e->notes.section, path = {0};
    add_decrypted(e, t);
    text_addf(t, "%u of %llu frames%s%s.\n", e->excerpt.n_frames,
              (unsigned long long)e->excerpt.n_read,
              e->excerpt.cut == EXCERPT_CUT_NOTHING ? "" : ", cut behind what they prove",
              e->fake ? "; addresses and names are replaced" : "");
    text_add(t, text_string(&e->sources));
    add_options(e, t);
    add_path(e, &path);
    bool opened = output_open(&out, text_string(&path));
    bool written = opened && notes_write(&e->notes, e->made.path, out.file, &error);
    if (opened && !written) {
        complain("evidence: %s", error.text);
        output_discard(&out);
    }
    written = written && output_commit(&out);
    text_free(&path);
    return written;
}

/* ---- what is written with --redact ----------------------------------------------------------- */

/* An answer that rests on decryption stands above what the evidence says without it. */
static void on_redacted(void *ctx, struct rdpath_attempt *a)
{
    struct evidence *e = ctx;
    const struct answer *told = answers_of(&e->chosen->answers, a);
    if (!told || answer_equals(told, expected_of(e, told)))
        return;
    size_t n;
    const struct rdpath_entry *entry = rdpath_catalogue(&n);
    while (n && strcmp(entry->id, told->cause) != 0) {
        entry++;
        n--;
    }
    struct rdpath_finding *list = arena_alloc(&e->arena, (a->n_findings + 1) * sizeof *list);
    if (a->n_findings)
        memcpy(list + 1, a->findings, a->n_findings * sizeof *list);
    a->cause.id = n ? entry->id : "undetermined";
    a->cause.summary = arena_format(&e->arena, "Seen decrypted: %s.", n ? entry->title : "unknown");
    a->cause.direction = told->direction;
    a->cause.confidence = told->confidence < RDPATH_LIKELY ? told->confidence : RDPATH_LIKELY;
    a->outcome = told->outcome;
    a->stage = told->stage;
    list[0] = (struct rdpath_finding){.id = a->cause.id,
                                      .confidence = a->cause.confidence,
                                      .direction = told->direction,
                                      .text = a->cause.summary};
    a->findings = list;
    a->n_findings++;
}

/* Frames are told by their numbers in the capture; of several they are those of the evidence. */
static int write_redacted(struct evidence *e, const struct run_target *targets, size_t n_targets)
{
    struct options o = e->options;
    const char *path = e->made.path;
    uint64_t *numbers = memory_zeroed((e->excerpt.n_frames + 1) * sizeof *numbers);
    for (uint32_t i = 0; i < e->excerpt.n_frames; i++)
        numbers[i] = RDPATH_REF_FRAME(e->excerpt.frames[i]);
    o.arguments = &path;
    o.n_arguments = 1;
    o.join = false;
    o.keylog = o.host = NULL;
    o.attempt = 0;
    const struct run_extra extra = {.ctx = e,
                                    .attempt = on_redacted,
                                    .shown = REDACTED_NAME,
                                    .hushed = true,
                                    .frame_numbers = numbers,
                                    .n_frame_numbers = e->options.join ? 0 : e->excerpt.n_frames};
    int status = run_captures_with(&o, targets, n_targets, &extra);
    free(numbers);
    return status;
}

/* ---- the command line ------------------------------------------------------------------------ */

static bool keep_input(struct evidence *e, uint32_t i)
{
    char buffer[65536];
    if (e->input.file || !private_open(&e->input)) {
        complain("expected - once and room for it in $TMPDIR, found neither");
        return false;
    }
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, stdin)) > 0;) {
        if (fwrite(buffer, 1, n, e->input.file) != n)
            break;
    }
    if (ferror(stdin) || fflush(e->input.file) != 0 || ferror(e->input.file)) {
        complain("standard input could not be kept: is there room for it in $TMPDIR?");
        return false;
    }
    e->paths[i] = e->input.path;
    return true;
}

static bool keep_inputs(struct evidence *e, const struct options *o)
{
    e->paths = memory_zeroed((o->n_arguments + 1) * sizeof *e->paths);
    e->options = *o;
    e->options.arguments = e->paths;
    for (uint32_t i = 0; i < o->n_arguments; i++) {
        e->paths[i] = o->arguments[i];
        if (strcmp(o->arguments[i], "-") == 0 && !keep_input(e, i))
            return false;
    }
    return true;
}

static bool read_key(struct evidence *e)
{
    uint8_t key[KEY_MAX];
    size_t len = RANDOM_KEY;
    if (!e->options.redact)
        return true;
    if (!e->options.redact_key && !private_bytes(key, len)) {
        complain("--redact: the system gives no random bytes; name a key with --redact-key FILE");
        return false;
    }
    if (e->options.redact_key)
        len = private_read(e->options.redact_key, key, sizeof key);
    if (len < KEY_MIN) {
        complain("--redact-key: expected a file with at least %d bytes, such as 32 random ones, "
                 "found %zu bytes",
                 (int)KEY_MIN, len);
        return false;
    }
    e->fake = fake_new(key, len);
    memory_wipe(key, sizeof key);
    if (!e->fake)
        complain("--redact needs OpenSSL 3 (libcrypto.so.3), which is not installed");
    return e->fake != NULL;
}

static int report(struct evidence *e, const struct run_target *targets, size_t n_targets)
{
    struct run_extra extra = {.ctx = e, .attempt = on_wanted, .hushed = e->fake != NULL};
    if (e->input.file)
        extra.shown = "-";
    int status = run_captures_with(&e->options, targets, e->fake ? 0 : n_targets, &extra);
    if (status != EXIT_HEALTHY && status != EXIT_FAULT_FOUND) {
        if (e->fake && status == EXIT_NO_ATTEMPT)
            complain("no RDP attempt was found: there is nothing to redact, nothing is written");
        return status;
    }
    choose(e);
    if (!make(e) || (e->options.evidence && !publish(e)))
        return EXIT_INPUT;
    if (!e->fake)
        return status;
    int written = write_redacted(e, targets, n_targets);
    return written == EXIT_INPUT ? written : status;
}

static void evidence_free(struct evidence *e)
{
    struct chosen *all[] = {&e->faulty, &e->healthy};
    for (int i = 0; i < 2; i++) {
        wanted_free(&all[i]->wanted);
        answers_free(&all[i]->answers);
    }
    answers_free(&e->keyless);
    forget(e);
    private_close(&e->input);
    fake_free(e->fake);
    arena_free(&e->arena);
    text_free(&e->sources);
    free(e->excerpt.frames);
    free(e->paths);
    free(e);
}

int evidence_report(struct options *o, const struct run_target *targets, size_t n_targets)
{
    if (!o->evidence && !o->redact)
        return run_captures(o, targets, n_targets);
    if (o->n_arguments > 1 && !o->join && !o->attempt) {
        complain("--evidence and --redact: expected one capture, --join or --attempt N, got %u "
                 "captures",
                 o->n_arguments);
        return EXIT_USAGE;
    }
    struct evidence *e = memory_zeroed(sizeof *e);
    int status = EXIT_INPUT;
    if (keep_inputs(e, o) && read_key(e))
        status = report(e, targets, n_targets);
    evidence_free(e);
    return status;
}
