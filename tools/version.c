/*
 * The version of a tool. in: its name; out: a line.
 */
#include "tools/version.h"

#include <stdio.h>

void
version_print(const char *program)
{
    printf("%s %s\n", program, QUIPU_VERSION);
}
