/* SPDX-License-Identifier: Apache-2.0 */
/* What the connections of the bench capture say, message by message. */
#ifndef TESTS_BENCH_SCRIPT_H
#define TESTS_BENCH_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

enum side { CLIENT, SERVER };

/* How far one connection has come. */
struct talk {
    bool rdp;
    uint16_t port; /* of the server */
    uint32_t step; /* the next message */
    uint32_t n_steps;
    uint32_t messages_a_turn;
};

/* Bytes that one side sends; they live until the next call of script_next(). */
struct message {
    enum side from;
    const uint8_t *bytes;
    uint32_t len;
};

struct script;

/* certificate: the DER file that the RDP servers show; NULL is returned where it is not there. */
struct script *script_new(const char *certificate);
void script_free(struct script *);

struct talk script_talk(struct script *, bool rdp);

/* False where everything is said. */
bool script_next(struct script *, struct talk *, struct message *);

/* A number from 0 to below - 1. */
uint32_t script_random(struct script *, uint32_t below);

#endif
