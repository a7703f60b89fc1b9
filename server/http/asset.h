/*
 * The page's files, which are parts of the program: server/http/page/.
 *
 *     asset_find(slice_lit("app.js"))     -> its bytes, text/javascript, and an ETag
 */
#ifndef QUIPU_SERVER_HTTP_ASSET_H
#define QUIPU_SERVER_HTTP_ASSET_H

#include "base/slice.h"

struct page_file {
    const char *name;
    const char *from, *end;
};

/* All files, and behind them one whose name is NULL. server/http/CMakeLists.txt writes this function. */
const struct page_file *page_files(void);

/* The type of a file, by its name's ending. */
const char *asset_type(struct slice name);
/* The file of that name. NULL: there is none. */
const struct page_file *asset_find(struct slice name);

#endif
