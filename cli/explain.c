/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath explain: the catalogue. */
#include "base/text.h"
#include "cli/command.h"
#include "rdpath.h"

#include <string.h>

enum { COLUMNS = 80, ID_COLUMN = 28 };

static void print_wrapped(const char *head, const char *body)
{
    struct text t = {0};
    struct text_wrap wrap = {.columns = COLUMNS, .first = 2, .indent = "  "};
    text_add_wrapped(&t, body, &wrap);
    printf("\n%s\n  %s\n", head, text_string(&t));
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
        printf("  %-*s %s\n", ID_COLUMN, entries[i].id, entries[i].title);
    }
    puts("\nrdpath explain ID tells how it is recognised, what it is confused with, and the fix.");
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
}

int command_explain(struct options *o)
{
    size_t n;
    const struct rdpath_entry *entries = rdpath_catalogue(&n);
    if (o->n_arguments == 0) {
        list_all(entries, n);
        return EXIT_HEALTHY;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(entries[i].id, o->arguments[0]) == 0) {
            print_one(&entries[i]);
            return EXIT_HEALTHY;
        }
    }
    complain("expected the id of a cause or an observation, got \"%s\": rdpath explain lists them",
             o->arguments[0]);
    return EXIT_USAGE;
}
