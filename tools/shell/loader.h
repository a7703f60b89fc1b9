/*
 * Loads files by quipu-load.
 *
 *     struct loader_job job = {.path = "data/survey.csv.gz", .dataset = "survey"};
 *     loader_run(&options, &address, &job)
 */
#ifndef QUIPU_TOOLS_SHELL_LOADER_H
#define QUIPU_TOOLS_SHELL_LOADER_H

#include "tools/shell/options.h"

struct loader_job {
    const char *path, *dataset;
    const char *prefix;        /* of a new dataset's row keys; NULL: as quipu-load makes it */
    const struct slice *words; /* more options for quipu-load, each with a NUL behind it */
    size_t nwords;
    bool is_loud; /* with quipu-load's progress and summary; notes are always said */
};

/* A dataset's name for a file: "data/my survey.csv.gz" -> "my_survey". In the arena. */
const char *loader_dataset_name(struct arena *arena, const char *path);
/*
 * Loads a file into a dataset of the server at the address; options say how TLS is spoken. True: all
 * rows are in. Else it is told on standard error.
 */
bool loader_run(const struct shell_options *options, const struct connection_address *address,
                const struct loader_job *job);

#endif
