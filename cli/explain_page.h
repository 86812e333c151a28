/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue as a page of Markdown on standard output. */
#ifndef CLI_EXPLAIN_PAGE_H
#define CLI_EXPLAIN_PAGE_H

#include "rdpath.h"

void explain_print_page(const struct rdpath_entry *, size_t n);

#endif
