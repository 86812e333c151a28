/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/x509_shelf.h"

#include <string.h>

enum {
    SHELF_PLACES = 32, /* servers that are tried by turns in one capture */
    SHELF_DER_MAX =
        4096, /* a larger one is read again each time: opened it takes 20 times as much */
};

struct shelved {
    struct arena arena; /* holds all of this certificate */
    struct rdpath_text der;
    struct x509 *opened; /* NULL: it is not a certificate */
    struct rdpath_certificate certificate;
};

struct x509_shelf {
    struct shelved places[SHELF_PLACES];
    uint32_t next; /* the oldest, which goes first */
};

struct x509_shelf *x509_shelf_new(void)
{
    return memory_zeroed(sizeof(struct x509_shelf));
}

static void place_clear(struct shelved *place)
{
    x509_close(place->opened);
    arena_free(&place->arena);
    *place = (struct shelved){0};
}

void x509_shelf_free(struct x509_shelf *shelf)
{
    for (int i = 0; i < SHELF_PLACES; i++)
        place_clear(&shelf->places[i]);
    memory_release(shelf);
}

static bool same_text(const struct rdpath_text *a, const struct rdpath_text *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

static const struct shelved *place_of(struct x509_shelf *shelf, const struct rdpath_text *der)
{
    for (int i = 0; i < SHELF_PLACES; i++) {
        if (shelf->places[i].der.len && same_text(&shelf->places[i].der, der))
            return &shelf->places[i];
    }
    struct shelved *place = &shelf->places[shelf->next++ % SHELF_PLACES];
    place_clear(place);
    place->der = (struct rdpath_text){arena_copy(&place->arena, der->bytes, der->len), der->len};
    place->opened = x509_open(place->der.bytes, place->der.len);
    if (place->opened)
        x509_read(place->opened, &place->arena, &place->certificate);
    return place;
}

static bool is_shelvable(const struct x509_shelf *shelf, const struct rdpath_text *der)
{
    return shelf && der->len && der->len <= SHELF_DER_MAX;
}

static bool read_once(struct arena *arena, const struct rdpath_text *der,
                      struct rdpath_certificate *out)
{
    struct x509 *opened = x509_open(der->bytes, der->len);
    if (!opened)
        return false;
    x509_read(opened, arena, out);
    x509_close(opened);
    return true;
}

static bool named_once(const struct rdpath_text *der, const struct rdpath_text *name)
{
    struct x509 *opened = x509_open(der->bytes, der->len);
    bool named = opened && x509_names(opened, name);
    x509_close(opened);
    return named;
}

bool x509_shelf_read(struct x509_shelf *shelf, struct arena *arena, const struct rdpath_text *der,
                     struct rdpath_certificate *out)
{
    if (!is_shelvable(shelf, der))
        return read_once(arena, der, out);
    const struct shelved *place = place_of(shelf, der);
    if (!place->opened)
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
        return named_once(der, name);
    const struct shelved *place = place_of(shelf, der);
    return place->opened && x509_names(place->opened, name);
}
