/*
 * --version, the same for each tool.
 *
 *     version_print("quipu-load")               quipu-load 0.2.0
 */
#ifndef QUIPU_TOOLS_VERSION_H
#define QUIPU_TOOLS_VERSION_H

/* Writes a line to standard output. */
void version_print(const char *program);

#endif
