/* SPDX-License-Identifier: Apache-2.0 */
#include "report/render/writer.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

static const struct format *const formats[] = {
#define FORMAT(symbol) &format_##symbol,
#include "report/render/formats.def"
#undef FORMAT
};

enum { N_FORMATS = sizeof formats / sizeof formats[0] };

const struct format *const *format_all(size_t *n)
{
    *n = N_FORMATS;
    return formats;
}

const struct format *format_by_name(const char *name)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

/* Whether word is one of the words of a list that spaces separate, in either case. */
static bool list_has(const char *list, const char *word)
{
    size_t len = strlen(word);
    while (*list) {
        size_t here = strcspn(list, " ");
        if (here == len && strncasecmp(list, word, len) == 0)
            return true;
        list += here;
        list += strspn(list, " ");
    }
    return false;
}

const struct format *format_by_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash + 1 : path, '.');
    for (size_t i = 0; dot && dot[1] && i < N_FORMATS; i++)
        if (list_has(formats[i]->extensions, dot + 1))
            return formats[i];
    return NULL;
}

void format_prepare(void)
{
    json_object_seed(0); /* it comes from a file */
}
