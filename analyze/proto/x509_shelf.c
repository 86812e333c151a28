/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/x509_shelf.h"

#include <string.h>

enum {
    SHELF_PLACES = 32,     /* servers that are tried by turns in one capture */
    SHELF_DER_MAX = 16384, /* a larger one is read again each time: half a megabyte in all */
};

struct shelved {
    struct arena arena; /* holds all of this certificate */
    struct rdpath_text der, name;
    struct rdpath_certificate certificate;
    bool read, named, has_name;
};

struct x509_shelf {
    struct shelved places[SHELF_PLACES];
    uint32_t next; /* the oldest, which goes first */
};

struct x509_shelf *x509_shelf_new(void)
{
    return memory_zeroed(sizeof(struct x509_shelf));
}

void x509_shelf_free(struct x509_shelf *shelf)
{
    for (int i = 0; i < SHELF_PLACES; i++)
        arena_free(&shelf->places[i].arena);
    memory_release(shelf);
}

static bool same_text(const struct rdpath_text *a, const struct rdpath_text *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

static struct rdpath_text text_copy(struct arena *arena, const struct rdpath_text *t)
{
    return (struct rdpath_text){arena_copy(arena, t->bytes, t->len), t->len};
}

static struct shelved *place_of(struct x509_shelf *shelf, const struct rdpath_text *der)
{
    for (int i = 0; i < SHELF_PLACES; i++) {
        if (shelf->places[i].der.len && same_text(&shelf->places[i].der, der))
            return &shelf->places[i];
    }
    struct shelved *place = &shelf->places[shelf->next++ % SHELF_PLACES];
    arena_free(&place->arena);
    *place = (struct shelved){0};
    place->der = text_copy(&place->arena, der);
    place->read = x509_read(&place->arena, der->bytes, der->len, &place->certificate);
    return place;
}

static bool is_shelvable(const struct x509_shelf *shelf, const struct rdpath_text *der)
{
    return shelf && der->len && der->len <= SHELF_DER_MAX;
}

bool x509_shelf_read(struct x509_shelf *shelf, struct arena *arena, const struct rdpath_text *der,
                     struct rdpath_certificate *out)
{
    if (!is_shelvable(shelf, der))
        return x509_read(arena, der->bytes, der->len, out);
    const struct shelved *place = place_of(shelf, der);
    if (!place->read)
        return false;
    rdpath_ref frame = out->frame;
    *out = place->certificate;
    out->frame = frame;
    out->subject = arena_string(arena, out->subject);
    out->issuer = arena_string(arena, out->issuer);
    out->key = arena_string(arena, out->key);
    out->signature = arena_string(arena, out->signature);
    out->sha256 = arena_string(arena, out->sha256);
    return true;
}

bool x509_shelf_names(struct x509_shelf *shelf, const struct rdpath_text *der,
                      const struct rdpath_text *name)
{
    if (!is_shelvable(shelf, der))
        return x509_names(der->bytes, der->len, name);
    struct shelved *place = place_of(shelf, der);
    if (place->has_name && same_text(&place->name, name))
        return place->named;
    if (place->has_name) /* another name for the same certificate: rare, and not remembered */
        return x509_names(der->bytes, der->len, name);
    place->has_name = true;
    place->name = text_copy(&place->arena, name);
    place->named = x509_names(der->bytes, der->len, name);
    return place->named;
}
