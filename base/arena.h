/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arena: memory that is freed whole. Each attempt has one, so that nothing of an attempt can
 * outlive it or be forgotten. Running out of memory ends the program with a message: an analysis
 * that silently lost evidence would be worse.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *newest;
    size_t used; /* bytes handed out */
};

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *, size_t size);
void *arena_copy(struct arena *, const void *bytes, size_t size);
const char *arena_string(struct arena *, const char *);
/* Room for size bytes that begins with those of old, which stays where it was. */
void *arena_grow(struct arena *, const void *old, size_t old_size, size_t size);
const char *arena_format(struct arena *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *arena_vformat(struct arena *, const char *format, va_list)
    __attribute__((format(printf, 2, 0)));
void arena_free(struct arena *);

/* malloc and friends that cannot fail. */
void *memory_zeroed(size_t size);
void *memory_resized(void *old, size_t size);
void memory_release(void *);

/* Overwrites a secret before its memory is given back; no compiler leaves it out. */
void memory_wipe(void *memory, size_t size);

#endif
