/*
 * Loads files by quipu-load.
 *
 *     loader_run(&options, &address, "data/survey.csv.gz", "survey", true)
 */
#ifndef QUIPU_TOOLS_SHELL_LOADER_H
#define QUIPU_TOOLS_SHELL_LOADER_H

#include "tools/shell/options.h"

/* A dataset's name for a file: "data/my survey.csv.gz" -> "my_survey". In the arena. */
const char *loader_dataset_name(struct arena *arena, const char *path);
/*
 * Loads a file into a dataset of the server at the address; options say how TLS is spoken. is_loud:
 * with quipu-load's progress and summary. True: all rows are in. Else it is told on standard error.
 */
bool loader_run(const struct shell_options *options, const struct connection_address *address,
                const char *path, const char *dataset, bool is_loud);

#endif
