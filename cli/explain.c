/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath explain: the catalogue. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/explain_page.h"
#include "cli/output.h"
#include "report/render/writer.h"
#include "rdpath.h"

#include <string.h>

enum { COLUMNS = 80, ID_COLUMN = 28, TITLE_COLUMN = 2 + ID_COLUMN + 1 };

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

static void print_lines(const char *command)
{
    for (const char *line = command; *line;) {
        size_t len = strcspn(line, "\n");
        printf("   %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
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
    for (uint32_t i = 0; i < e->n_advice; i++) {
        const struct rdpath_advice *a = &e->advice[i];
        printf("\n%s%u. %s (%s, %s)\n", i ? "" : "What to do\n\n", i + 1, a->title, a->where,
               a->platform);
        print_lines(a->command);
    }
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
