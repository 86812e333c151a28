/* SPDX-License-Identifier: Apache-2.0 */
/* How facts get into the record of a connection and of an attempt. */
#include "analyze/attempt/attempt.h"

const struct observation_word observation_words[N_OBSERVATIONS] = {
#define OBSERVATION(name, id, title, means) [OBS_##name] = {id, title, means},
#include "analyze/attempt/obs.def"
#undef OBSERVATION
};

/* It was inferred at its place already; now it is known. */
static void rung_confirm(struct connection *c, enum rdpath_stage stage)
{
    for (uint32_t i = 0; i < c->n_rungs; i++) {
        if (c->rungs[i].stage == stage)
            c->rungs[i].inferred = false;
    }
}

void connection_reach(struct connection *c, enum rdpath_stage stage, struct moment at,
                      bool inferred)
{
    if (c->n_rungs && stage <= c->rungs[c->n_rungs - 1].stage) {
        if (!inferred)
            rung_confirm(c, stage);
        return;
    }
    c->proof[c->n_rungs] = c->feeding;
    c->rungs[c->n_rungs++] = (struct rdpath_rung){.stage = stage,
                                                  .ts_ns = at.ts_ns,
                                                  .frame = at.frame,
                                                  .inferred = inferred};
}

void connection_rests_on(struct connection *c, const rdpath_ref beside[2])
{
    c->beside[c->n_rungs - 1][0] = beside[0];
    c->beside[c->n_rungs - 1][1] = beside[1];
}

/* A rung that the client proves by what it sends was reached, whatever became of that packet; one
   that the server proves was reached only where its bytes arrived. */
void connection_unreach(struct connection *c, enum rdpath_direction way, uint64_t lost_from)
{
    if (way == RDPATH_TO_SERVER)
        return;
    while (c->n_rungs) {
        const struct rung_proof *proof = &c->proof[c->n_rungs - 1];
        if (proof->direction != way || proof->end <= lost_from)
            return;
        c->n_rungs--;
    }
}

bool connection_hides_session(const struct connection *c)
{
    return c->tls.present && !c->rdp.present && !c->opening.mid_stream &&
           c->encrypted_records[RDPATH_TO_SERVER] && c->encrypted_records[RDPATH_TO_CLIENT];
}

/* RFC 9110 section 15: 101 where the channels are one WebSocket, else 200. */
bool connection_gateway_took(const struct connection *c)
{
    enum { HTTP_SWITCHING = 101 };
    return c->gateway_code == HTTP_SWITCHING || c->gateway_code / 100 == 2;
}

struct rdpath_text connection_text(struct connection *c, const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return (struct rdpath_text){0};
    return (struct rdpath_text){arena_copy(&c->arena, bytes, len), (uint32_t)len};
}

static struct rdpath_observation *observation_of(struct attempt *a, const char *id)
{
    for (uint32_t i = 0; i < a->n_observations; i++) {
        if (a->observations[i].id == id)
            return &a->observations[i];
    }
    return NULL;
}

bool attempt_has(const struct attempt *a, enum observation_kind kind)
{
    for (uint32_t i = 0; i < a->n_observations; i++) {
        if (a->observations[i].id == observation_words[kind].id)
            return true;
    }
    return false;
}

/* Most attempts have a handful, few have dozens. What the array was before stays in the arena. */
static struct rdpath_observation *observation_add(struct attempt *a)
{
    enum { FIRST_ROOM = 4 };
    if (a->n_observations == a->observations_room) {
        uint32_t room = a->observations_room ? 2 * a->observations_room : FIRST_ROOM;
        size_t size = sizeof *a->observations;
        a->observations =
            arena_grow(&a->arena, a->observations, a->n_observations * size, room * size);
        a->observations_room = room;
    }
    return &a->observations[a->n_observations++];
}

void attempt_observe(struct attempt *a, const struct observed *what, const char *format, ...)
{
    struct rdpath_observation *o = observation_of(a, observation_words[what->kind].id);
    if (o) {
        frames_append(&o->frames, &what->frames);
        frames_sort(&o->frames);
        return;
    }
    o = observation_add(a);
    o->id = observation_words[what->kind].id;
    o->frames = what->frames;
    frames_sort(&o->frames);
    for (uint32_t i = 0; i < what->n_values && i < RDPATH_VALUES_MAX; i++)
        o->values[o->n_values++] = what->values[i];
    va_list args;
    va_start(args, format);
    o->text = arena_vformat(&a->arena, format, args);
    va_end(args);
}

void connection_note_record(struct connection *c, enum rdpath_direction way, uint32_t len,
                            struct moment at)
{
    c->encrypted_records[way]++;
    if (c->n_records == RDPATH_RECORDS_MAX)
        return;
    if (!c->records)
        c->records = arena_alloc(&c->arena, RDPATH_RECORDS_MAX * sizeof *c->records);
    c->records[c->n_records++] = (struct rdpath_record){at.ts_ns, at.frame, len, (uint8_t)way};
}
