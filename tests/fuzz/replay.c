/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay FOLDER: runs a fuzz target over every file of a corpus: whole, cut off at several lengths,
 * and with bytes replaced in several places, the same ones each time. Each input is a block of its
 * own on the heap, so that the sanitizers see a read behind its end.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INPUT_MAX = 1 << 20, /* the corpus is made of small captures */
    N_CUTS = 12,
    N_WOUNDS = 24,
};

static uint32_t random_state = 1;

/* A linear congruential generator (Numerical Recipes): any spread of places will do. */
static size_t random_below(size_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return n ? (random_state >> 8) % n : 0;
}

static void try_bytes(const uint8_t *bytes, size_t len, size_t wound)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, len);
    if (wound < len)
        copy[wound] = (uint8_t)random_below(256);
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void try_input(const uint8_t *bytes, size_t len)
{
    try_bytes(bytes, len, SIZE_MAX);
    for (int i = 0; i < N_CUTS; i++)
        try_bytes(bytes, random_below(len), SIZE_MAX);
    for (int i = 0; i < N_WOUNDS; i++)
        try_bytes(bytes, len, random_below(len));
}

static void try_file(const char *folder, const char *name)
{
    static uint8_t bytes[INPUT_MAX];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    try_input(bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    unsigned n = 0;

    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        try_file(argv[1], entry->d_name);
        n++;
    }
    closedir(folder);
    printf("%u inputs, each also cut in %d ways and damaged in %d\n", n, N_CUTS, N_WOUNDS);
    if (n == 0)
        fprintf(stderr, "no inputs in %s\n", argv[1]);
    return n == 0;
}
