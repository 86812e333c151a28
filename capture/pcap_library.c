/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pcap_library.h"

#include "base/library.h"

#include <stdio.h>

/* The first function that is needed and not there; NULL: all are. */
static const char *functions_find(struct pcap_library *l, void *library)
{
    const char *missing = NULL;
#define NEEDED(name)                                                                               \
    if (!library_find(library, "pcap_" #name, &l->name) && !missing)                               \
        missing = "pcap_" #name;
#define IF_THERE(name) library_find(library, "pcap_" #name, &l->name);
    PCAP_LIBRARY_NEEDED(NEEDED)
    PCAP_LIBRARY_OPTIONAL(IF_THERE)
#undef NEEDED
#undef IF_THERE
    return missing;
}

const struct pcap_library *pcap_library(struct rdpath_error *error)
{
    static struct pcap_library functions;
    static bool loaded;
    const char *missing = NULL;
    void *library = loaded ? NULL : pcap_library_open();
    if (library)
        missing = functions_find(&functions, library);
    loaded |= library && !missing;
    if (missing)
        snprintf(error->text, sizeof error->text, "%s (one is there, too old: it has no %s)",
                 pcap_library_missing, missing);
    else if (!loaded)
        snprintf(error->text, sizeof error->text, "%s", pcap_library_missing);
    return loaded ? &functions : NULL;
}

uint16_t pcap_library_link_type(const struct pcap_library *pcap, pcap_t *handle)
{
    enum { LINKTYPE_RAW = 101 };
    int link = pcap->datalink(handle);
    return link == DLT_RAW ? LINKTYPE_RAW : (uint16_t)link;
}
