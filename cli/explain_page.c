/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath explain --format markdown: the catalogue as one page. docs/causes.md is made by it. */
#include "base/text.h"
#include "cli/explain_page.h"

#include <stdio.h>

enum { COLUMNS = 96 };

static void print_prose(const char *head, const char *body)
{
    struct text t = {0};
    struct text_wrap wrap = {.columns = COLUMNS, .first = 0, .indent = ""};
    text_addf(&t, "**%s** ", head);
    text_add_wrapped(&t, body, &wrap);
    printf("%s\n\n", text_string(&t));
    text_free(&t);
}

/* In a fence nothing has to be escaped; lines after the first stand below it. */
static void print_field(const char *name, const char *value)
{
    printf("%-8s", name);
    for (; *value; value++) {
        putchar(*value);
        if (*value == '\n')
            printf("%8s", "");
    }
    putchar('\n');
}

static void print_step(const struct rdpath_advice *a)
{
    bool any = a->platform[0] == 'a';
    printf("- %s (%s%s%s)\n\n```text\n", a->title, a->where, any ? "" : ", ",
           any ? "" : a->platform);
    print_field("run", a->command);
    print_field("verify", a->verify);
    print_field("undo", a->undo);
    print_field("risk", a->risk);
    puts("```\n");
}

static void print_entry(const struct rdpath_entry *e)
{
    printf("### `%s`\n\n", e->id);
    print_prose(e->cause ? "The attempt:" : "Seen:", e->title);
    print_prose("What it means:", e->means);
    if (!e->cause)
        return;
    print_prose("How it is recognised:", e->recognised);
    print_prose("What it is confused with:", e->confused_with);
    print_prose("The fix:", e->fix);
    for (uint32_t i = 0; i < e->n_advice; i++)
        print_step(&e->advice[i]);
}

void explain_print_page(const struct rdpath_entry *entries, size_t n)
{
    puts("# Causes and observations\n\n"
         "Made by `./dev docs` from the rows that the analysis itself uses; a test keeps it so.\n"
         "The steps are in the order in which they should be tried: first what changes nothing,\n"
         "last what lowers security. In a report the words in capitals are the attempt's own\n"
         "names and sizes, and what the very finding calls for stands beside them.\n\n"
         "## Causes\n");
    for (size_t i = 0; i < n; i++) {
        if (i && entries[i - 1].cause && !entries[i].cause)
            puts("## Observations\n\nNever a cause by themselves.\n");
        print_entry(&entries[i]);
    }
}
