/*
 * The footer of an Arrow file, for its schema: some programs write none in front.
 *
 *     arrow_footer_schema("cars.arrow", arena, &schema, &err)
 *
 *     file: ... [footer, FlatBuffers][its length, int32]["ARROW1"]
 */
#ifndef QUIPU_TOOLS_ARROW_FOOTER_H
#define QUIPU_TOOLS_ARROW_FOOTER_H

#include "tools/arrow/schema.h"

/* All is in the arena. Fails with IO; DATA: there is no footer, or it is damaged. */
bool arrow_footer_schema(const char *path, struct arena *arena, struct arrow_schema *out,
                         struct error *err) QUIPU_MUST_CHECK;

#endif
