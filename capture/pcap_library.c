/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pcap_library.h"

#include "base/library.h"

#include <stdio.h>

static bool functions_find(struct pcap_library *l, void *library)
{
    bool all = true;
#define NEEDED(name) all = library_find(library, "pcap_" #name, &l->name) && all;
#define IF_THERE(name) library_find(library, "pcap_" #name, &l->name);
    PCAP_LIBRARY_NEEDED(NEEDED)
    PCAP_LIBRARY_OPTIONAL(IF_THERE)
#undef NEEDED
#undef IF_THERE
    return all;
}

const struct pcap_library *pcap_library(struct rdpath_error *error)
{
    static struct pcap_library functions;
    static bool loaded;
    if (!loaded) {
        void *library = pcap_library_open();
        loaded = library && functions_find(&functions, library);
    }
    if (!loaded)
        snprintf(error->text, sizeof error->text, "%s", pcap_library_missing);
    return loaded ? &functions : NULL;
}
