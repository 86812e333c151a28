/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of link types that are not read. */
#include "analyze/unread.h"

#include "analyze/net/packet.h"

#include <inttypes.h>

void unread_note(struct unread *u, const struct rdpath_frame *frame)
{
    if (link_is_read(frame->link_type))
        return;
    uint32_t i = 0;
    while (i < u->n && u->of[i].interface != frame->interface)
        i++;
    if (i == UNREAD_INTERFACES_MAX)
        return;
    if (i == u->n)
        u->of[u->n++].interface = frame->interface;
    u->of[i].n_frames++;
}

static const char *sentence(struct arena *arena, const struct file_info *info, uint32_t interface,
                            uint64_t n_frames)
{
    if (interface >= info->n_interfaces)
        return "Expected a known interface, found frames of another; they are left out.";
    const struct file_interface *f = &info->interfaces[interface];
    const char *name = f->name ? f->name : f->description;
    const char *type = file_link_type_name(f->link_type);
    return arena_format(arena,
                        "Expected a network's link type, found number %u (%s) on interface %" PRIu32
                        "%s%s: its %" PRIu64 " frames are left out, the rest is read. If Remote "
                        "Desktop runs over it, record on the Ethernet, Wi-Fi or VPN adapter.",
                        f->link_type, type ? type : "no name is known", interface, name ? ", " : "",
                        name ? name : "", n_frames);
}

uint32_t unread_problems(const struct unread *u, const struct file_info *info, struct arena *arena,
                         const char *const **problems)
{
    *problems = info->problems;
    if (u->n == 0)
        return info->n_problems;
    uint32_t n = info->n_problems + u->n;
    const char **list = arena_alloc(arena, n * sizeof *list);
    for (uint32_t i = 0; i < info->n_problems; i++)
        list[i] = info->problems[i];
    for (uint32_t i = 0; i < u->n; i++)
        list[info->n_problems + i] = sentence(arena, info, u->of[i].interface, u->of[i].n_frames);
    *problems = list;
    return n;
}
