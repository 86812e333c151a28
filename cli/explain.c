/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath explain: the catalogue. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/explain_page.h"
#include "cli/output.h"
#include "report/render/writer.h"
#include "rdpath.h"

#include <string.h>

enum { COLUMNS = 80, ID_COLUMN = 28, TITLE_COLUMN = 2 + ID_COLUMN + 1, FIELD = 8 };

static void print_wrapped(const char *head, const char *body)
{
    struct text t = {0};
    struct text_wrap wrap = {.columns = COLUMNS, .first = 2, .indent = "  "};
    text_add_wrapped(&t, body, &wrap);
    printf("\n%s\n  %s\n", head, text_string(&t));
    text_free(&t);
}

static void print_row(const struct rdpath_entry *e)
{
    struct text t = {0};
    struct text_wrap wrap = {.columns = COLUMNS, .first = TITLE_COLUMN};
    char indent[TITLE_COLUMN + 1];
    snprintf(indent, sizeof indent, "%*s", TITLE_COLUMN, "");
    wrap.indent = indent;
    text_add_wrapped(&t, e->title, &wrap);
    printf("  %-*s %s\n", ID_COLUMN, e->id, text_string(&t));
    text_free(&t);
}

static void list_all(const struct rdpath_entry *entries, size_t n)
{
    puts("Causes:");
    bool causes = true;
    for (size_t i = 0; i < n; i++) {
        if (causes && !entries[i].cause) {
            puts("\nObservations (never a cause by themselves):");
            causes = false;
        }
        print_row(&entries[i]);
    }
    puts("\nrdpath explain ID tells how it is recognised, what it is confused with, and the\n"
         "fix.");
}

/* A command is never broken: it is there to be copied. */
static void print_lines(const char *name, const char *command)
{
    for (const char *line = command; *line;) {
        size_t len = strcspn(line, "\n");
        printf("   %-*s%.*s\n", FIELD, line == command ? name : "", (int)len, line);
        line += len + (line[len] == '\n');
    }
}

static void print_words(const char *name, const char *words)
{
    struct text t = {0};
    struct text_wrap wrap = {.columns = COLUMNS, .first = 3 + FIELD, .indent = "           "};
    text_add_wrapped(&t, words, &wrap);
    printf("   %-*s%s\n", FIELD, name, text_string(&t));
    text_free(&t);
}

static void print_step(const struct rdpath_advice *a, unsigned number)
{
    struct text title = {0}, t = {0};
    struct text_wrap wrap = {.columns = COLUMNS, .first = 3, .indent = "   "};
    bool any = strcmp(a->platform, "any") == 0;
    text_addf(&title, "%s (%s%s%s)", a->title, a->where, any ? "" : ", ", any ? "" : a->platform);
    text_add_wrapped(&t, text_string(&title), &wrap);
    printf("\n%u. %s\n", number, text_string(&t));
    print_lines("run", a->command);
    print_words("verify", a->verify);
    print_lines("undo", a->undo);
    print_words("risk", a->risk);
    text_free(&title);
    text_free(&t);
}

static void print_one(const struct rdpath_entry *e)
{
    printf("%s (%s): %s\n", e->id, e->cause ? "cause" : "observation", e->title);
    print_wrapped("What it means", e->means);
    if (!e->cause)
        return;
    print_wrapped("How it is recognised", e->recognised);
    print_wrapped("What it is confused with", e->confused_with);
    print_wrapped("The fix", e->fix);
    if (e->n_advice)
        puts("\nWhat to do");
    for (uint32_t i = 0; i < e->n_advice; i++)
        print_step(&e->advice[i], i + 1);
}

static int finish(void)
{
    struct output out = {.file = stdout};
    return output_commit(&out) ? EXIT_HEALTHY : EXIT_INPUT;
}

int command_explain(struct options *o)
{
    size_t n;
    if (o->n_arguments > 1) {
        complain("expected one id, got \"%s\" behind it: see rdpath explain --help",
                 o->arguments[1]);
        return EXIT_USAGE;
    }
    const struct rdpath_entry *entries = rdpath_catalogue(&n);
    if (o->format && o->format != &format_text && o->format != &format_markdown) {
        complain("--format: expected text or markdown, got \"%s\"", o->format->name);
        return EXIT_USAGE;
    }
    if (o->format == &format_markdown && o->n_arguments == 0) {
        explain_print_page(entries, n);
        return finish();
    }
    if (o->n_arguments == 0) {
        list_all(entries, n);
        return finish();
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(entries[i].id, o->arguments[0]) == 0) {
            print_one(&entries[i]);
            return finish();
        }
    }
    complain("expected the id of a cause or an observation, got \"%s\": rdpath explain lists them",
             o->arguments[0]);
    return EXIT_USAGE;
}
