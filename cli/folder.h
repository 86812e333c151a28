/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of reports: index.html, overview.ndjson, and for each attempt a file in every format
 * that is for people or for programs. To run.c the folder is one format, whose file is the index.
 */
#ifndef CLI_FOLDER_H
#define CLI_FOLDER_H

#include "report/render/writer.h"

extern const struct format format_folder;

#endif
