/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target is this one function. libFuzzer calls it on and on with inputs that it invents
 * (./dev fuzz); replay.c calls it with the corpus and simple damage, as an ordinary test.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
