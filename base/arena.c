/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_FIRST = 512, BLOCK_LARGEST = 16 * 1024 }; /* each twice as large as the one before */

struct arena_block {
    struct arena_block *older;
    size_t size, used;
    alignas(max_align_t) unsigned char bytes[];
};

static void *checked(void *memory, size_t size)
{
    if (!memory && size) {
        fprintf(stderr, "rdpath: out of memory: %zu bytes were wanted\n", size);
        abort();
    }
    return memory;
}

void *memory_zeroed(size_t size)
{
    return checked(calloc(1, size ? size : 1), size);
}

void *memory_resized(void *old, size_t size)
{
    return checked(realloc(old, size ? size : 1), size);
}

void memory_release(void *memory)
{
    free(memory);
}

void memory_wipe(void *memory, size_t size)
{
    static void *(*const volatile set)(void *, int, size_t) = memset;
    if (size)
        set(memory, 0, size);
}

static struct arena_block *block_with_room(struct arena *a, size_t size)
{
    struct arena_block *block = a->newest;
    if (block && block->size - block->used >= size)
        return block;
    size_t room = block ? block->size * 2 : BLOCK_FIRST;
    room = room < BLOCK_LARGEST ? room : BLOCK_LARGEST;
    room = room > size ? room : size;
    block = memory_zeroed(sizeof *block + room);
    block->size = room;
    block->older = a->newest;
    a->newest = block;
    return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t align = alignof(max_align_t);
    size = (size + align - 1) / align * align;
    struct arena_block *block = block_with_room(a, size);
    void *p = block->bytes + block->used;
    block->used += size;
    a->used += size;
    return p;
}

void *arena_copy(struct arena *a, const void *bytes, size_t size)
{
    void *p = arena_alloc(a, size);
    if (size)
        memcpy(p, bytes, size);
    return p;
}

void *arena_grow(struct arena *a, const void *old, size_t old_size, size_t size)
{
    void *larger = arena_alloc(a, size);
    if (old_size)
        memcpy(larger, old, old_size);
    return larger;
}

const char *arena_string(struct arena *a, const char *string)
{
    return arena_copy(a, string, strlen(string) + 1);
}

const char *arena_vformat(struct arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    char shortly[256]; /* nearly always enough: then it is formatted once */
    int len = vsnprintf(shortly, sizeof shortly, format, args);
    char *text = arena_alloc(a, (size_t)(len < 0 ? 0 : len) + 1);
    if (len >= (int)sizeof shortly)
        vsnprintf(text, (size_t)len + 1, format, again);
    else if (len > 0)
        memcpy(text, shortly, (size_t)len + 1);
    va_end(again);
    return text;
}

const char *arena_format(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vformat(a, format, args);
    va_end(args);
    return text;
}

void arena_free(struct arena *a)
{
    while (a->newest) {
        struct arena_block *older = a->newest->older;
        free(a->newest);
        a->newest = older;
    }
    a->used = 0;
}
