/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_session.h"

const struct probe_senses *senses_here(void)
{
    return &senses_of_packets;
}
