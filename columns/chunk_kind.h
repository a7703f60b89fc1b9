/*
 * The four forms of a chunk (chunk.h), for those who count or name them.
 */
#ifndef QUIPU_COLUMNS_CHUNK_KIND_H
#define QUIPU_COLUMNS_CHUNK_KIND_H

enum chunk_kind { CHUNK_EMPTY, CHUNK_CONSTANT, CHUNK_SPARSE, CHUNK_PLANES, CHUNK_NKINDS };

const char *chunk_kind_name(enum chunk_kind kind);

#endif
