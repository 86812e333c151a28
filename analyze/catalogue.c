/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of causes and observations, from the same rows that the analysis uses. */
#include "analyze/attempt/attempt.h"
#include "analyze/rules/advice.h"
#include "analyze/rules/table.h"

/* Filled in once: the texts live as long as the program. */
static struct rdpath_entry cause_entry(const struct rule_row *row, struct arena *arena)
{
    struct rdpath_advice *list = arena_alloc(arena, VERDICT_ADVICE_MAX * sizeof *list);
    uint32_t n = advice_list(row->rule, arena, list);
    return (struct rdpath_entry){
        .advice = list,
        .n_advice = n,
        .id = row->id,
        .cause = true,
        .title = row->rule->title,
        .means = row->rule->means,
        .recognised = row->rule->recognised,
        .confused_with = row->rule->confused_with,
        .fix = row->rule->fix,
    };
}

const struct rdpath_entry *rdpath_catalogue(size_t *n)
{
    static struct rdpath_entry entries[N_RULES + N_OBSERVATIONS];
    static struct arena arena;
    *n = N_RULES + N_OBSERVATIONS;
    if (entries[0].id)
        return entries;
    for (int i = 0; i < N_RULES; i++)
        entries[i] = cause_entry(&rule_table[i], &arena);
    for (int i = 0; i < N_OBSERVATIONS; i++)
        entries[N_RULES + i] = (struct rdpath_entry){
            .id = observation_words[i].id,
            .title = observation_words[i].title,
            .means = observation_words[i].means,
        };
    return entries;
}
