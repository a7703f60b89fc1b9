/*
 * Applies a filter to one chunk. in: a filter's node, a chunk's number; out: a bitmap, or marks on
 * a list.
 *
 * Example: value_5 = 1 || value_20 = 1 over a chunk where value_5 is sparse (4 rows) and value_20
 * has planes. 16 KiB of planes become the bitmap, then four bits are set in it. For a list of six
 * rows value_20 is asked first, as it has the most rows, and value_5 for the rows left.
 */
#include "columns/count_select.h"

#include <string.h>

static const struct chunk *
test_chunk(const struct count_node *node, uint32_t number)
{
    return table_chunk(node->column->table, number);
}

static enum select_state
test_state(const struct count_node *node, uint32_t number)
{
    const struct chunk *chunk = test_chunk(node, number);
    switch ((enum chunk_kind) chunk->kind) {
    case CHUNK_EMPTY: return SELECT_NEVER;
    case CHUNK_CONSTANT: return code_set_has(&node->codes, chunk->code) ? SELECT_ALL : SELECT_NEVER;
    case CHUNK_SPARSE:
    case CHUNK_PLANES:
    case CHUNK_NKINDS: break;
    }
    return node->codes.kind == CODES_NONE ? SELECT_NEVER : SELECT_SOME;
}

enum select_state
select_state(const struct count_node *node, uint32_t number)
{
    if (node->kind == NODE_TEST) {
        return test_state(node, number);
    }
    bool is_or = node->kind == NODE_OR;
    enum select_state result = is_or ? SELECT_NEVER : SELECT_ALL;
    for (size_t i = 0; i < node->nchildren; i++) {
        enum select_state state = select_state(node->children[i], number);
        if (i >= node->npositive) {
            state = SELECT_ALL - state; /* excluded; SOME stays SOME */
        }
        if (state == (is_or ? SELECT_ALL : SELECT_NEVER)) {
            return state;
        }
        if (state == SELECT_SOME) {
            result = SELECT_SOME;
        }
    }
    return result;
}

uint32_t
select_rows_most(const struct count_node *node, uint32_t number)
{
    if (node->kind == NODE_TEST) {
        return test_state(node, number) == SELECT_NEVER ? 0 : test_chunk(node, number)->rows;
    }
    uint32_t rows = node->kind == NODE_OR ? 0 : CHUNK_ROWS;
    for (size_t i = 0; i < node->npositive; i++) {
        uint32_t child = select_rows_most(node->children[i], number);
        if (node->kind == NODE_OR) {
            rows += child;
        } else {
            rows = child < rows ? child : rows;
        }
    }
    return rows < CHUNK_ROWS ? rows : CHUNK_ROWS;
}

uint32_t
select_tests(const struct count_node *node, uint32_t number)
{
    if (node->kind == NODE_TEST) {
        return test_state(node, number) == SELECT_SOME;
    }
    uint32_t tests = 0;
    for (size_t i = 0; i < node->nchildren; i++) {
        tests += select_tests(node->children[i], number);
    }
    return tests;
}

void
select_cost(const struct count_node *node, uint32_t number, double *ns, double *bytes)
{
    enum { PLANE_NS = 400, GATHERED_PLANE_NS = 1500, TEST_NS = 300 };
    const double ROW_NS = 0.8;
    if (node->kind != NODE_TEST) {
        for (size_t i = 0; i < node->nchildren; i++) {
            select_cost(node->children[i], number, ns, bytes);
        }
        return;
    }
    const struct chunk *chunk = test_chunk(node, number);
    *ns += TEST_NS;
    if (test_state(node, number) != SELECT_SOME) {
        return;
    }
    if (chunk->kind == CHUNK_SPARSE) {
        *ns += ROW_NS * chunk->rows;
        *bytes += (double) chunk->rows * (2 + chunk->width);
    } else {
        bool is_gathered = node->codes.kind == CODES_SET && chunk->width > MATCH_TABLE_BITS;
        *ns += chunk->width * (double) (is_gathered ? GATHERED_PLANE_NS : PLANE_NS);
        *ns += is_gathered ? CHUNK_ROWS : 0;
        *bytes += (double) chunk->width * PLANE_BYTES;
    }
}

/* Asked within a chunk, too: a filter may have thousands of parts, and take long over one chunk. */
static bool
is_cancelled(const struct select_scratch *scratch)
{
    return scratch->is_cancelled &&
           atomic_load_explicit(scratch->is_cancelled, memory_order_relaxed);
}

/* ---- Bitmaps ---- */

static void
combine(enum match_combine how, uint64_t *restrict to, const uint64_t *restrict from)
{
    switch (how) {
    case MATCH_SET: memcpy(to, from, CHUNK_WORDS * sizeof *to); return;
    case MATCH_OR:
        for (size_t w = 0; w < CHUNK_WORDS; w++) {
            to[w] |= from[w];
        }
        return;
    case MATCH_AND:
        for (size_t w = 0; w < CHUNK_WORDS; w++) {
            to[w] &= from[w];
        }
        return;
    case MATCH_AND_NOT:
        for (size_t w = 0; w < CHUNK_WORDS; w++) {
            to[w] &= ~from[w];
        }
        return;
    }
}

/* Fills the bitmap with all rows, or with none. */
static void
combine_whole(enum match_combine how, uint64_t *to, bool all)
{
    bool keeps = how == MATCH_OR ? !all : how == MATCH_AND ? all : how == MATCH_AND_NOT && !all;
    if (!keeps) {
        bool ones = (how == MATCH_OR || how == MATCH_SET) && all;
        memset(to, ones ? 0xff : 0, CHUNK_WORDS * sizeof *to);
    }
}

static void
set_sparse(const struct chunk *chunk, const struct code_set *codes, uint64_t *to)
{
    const void *stored = sparse_codes(chunk);
    if (codes->kind == CODES_ANY) {
        for (uint32_t i = 0; i < chunk->rows; i++) {
            uint32_t row = chunk->positions[i];
            to[row / 64] |= 1ull << row % 64;
        }
    } else if (codes->kind == CODES_ONE && chunk->width == 1) {
        const uint8_t *bytes = stored;
        for (uint32_t i = 0; i < chunk->rows; i++) {
            uint32_t row = chunk->positions[i];
            to[row / 64] |= (uint64_t) (bytes[i] == codes->code) << row % 64;
        }
    } else {
        for (uint32_t i = 0; i < chunk->rows; i++) {
            uint32_t row = chunk->positions[i];
            bool hit = code_set_has(codes, sparse_code(stored, chunk->width, i));
            to[row / 64] |= (uint64_t) hit << row % 64;
        }
    }
}

static void
planes_of(const struct chunk *chunk, const uint64_t *planes[32])
{
    for (unsigned p = 0; p < chunk->width; p++) {
        planes[p] = chunk->planes + p * CHUNK_WORDS;
    }
}

/* Matches codes in more planes than a program handles. */
static void
match_gathered(const struct select_scratch *scratch, const struct chunk *chunk,
               const struct code_set *codes, enum match_combine how, uint64_t *to)
{
    const uint64_t *planes[32];
    uint32_t gathered[BLOCK_ROWS];
    planes_of(chunk, planes);
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        scratch->kernels->gather32(planes, chunk->width, block, gathered);
        for (unsigned w = 0; w < BLOCK_WORDS; w++) {
            uint64_t bits = 0, *word = &to[block * BLOCK_WORDS + w];
            for (unsigned r = 0; r < 64; r++) {
                bits |= (uint64_t) code_set_has(codes, gathered[w * 64 + r]) << r;
            }
            *word = how == MATCH_SET   ? bits
                    : how == MATCH_OR  ? *word | bits
                    : how == MATCH_AND ? *word & bits
                                       : *word & ~bits;
        }
    }
}

static void
test_bitmap(struct select_scratch *scratch, const struct count_node *node, uint32_t number,
            enum match_combine how, uint64_t *to, uint64_t *spare)
{
    const struct chunk *chunk = test_chunk(node, number);
    enum select_state state = test_state(node, number);
    if (state != SELECT_SOME) {
        combine_whole(how, to, state == SELECT_ALL);
        return;
    }
    if (chunk->kind == CHUNK_PLANES) {
        const struct match_program *program = node->codes.programs[chunk->width];
        unsigned nread = program && program->nsteps < chunk->width ? program->nsteps : chunk->width;
        scratch->read_bytes += (size_t) nread * PLANE_BYTES;
        if (program) {
            scratch->kernels->match(chunk->planes, program, how, to);
        } else {
            match_gathered(scratch, chunk, &node->codes, how, to);
        }
        return;
    }
    scratch->read_bytes += (uint64_t) chunk->rows * (2u + chunk->width);
    if (how == MATCH_SET || how == MATCH_OR) {
        if (how == MATCH_SET) {
            memset(to, 0, CHUNK_WORDS * sizeof *to);
        }
        set_sparse(chunk, &node->codes, to);
        return;
    }
    memset(spare, 0, CHUNK_WORDS * sizeof *spare);
    set_sparse(chunk, &node->codes, spare);
    combine(how, to, spare);
}

/* `levels` are the bitmaps for the parts. */
static void
node_bitmap(struct select_scratch *scratch, const struct count_node *node, uint32_t number,
            uint64_t *to, uint64_t *levels)
{
    if (node->kind == NODE_TEST) {
        test_bitmap(scratch, node, number, MATCH_SET, to, levels);
        return;
    }
    for (size_t i = 0; i < node->nchildren && (i == 0 || !is_cancelled(scratch)); i++) {
        const struct count_node *child = node->children[i];
        enum match_combine how = i == 0                  ? MATCH_SET
                                 : node->kind == NODE_OR ? MATCH_OR
                                 : i < node->npositive   ? MATCH_AND
                                                         : MATCH_AND_NOT;
        if (child->kind == NODE_TEST) {
            test_bitmap(scratch, child, number, how, to, levels);
        } else if (how == MATCH_SET) {
            node_bitmap(scratch, child, number, to, levels);
        } else {
            node_bitmap(scratch, child, number, levels, levels + CHUNK_WORDS);
            combine(how, to, levels);
        }
    }
}

void
select_bitmap(struct select_scratch *scratch, const struct count_node *node, uint32_t number,
              uint64_t out[CHUNK_WORDS])
{
    node_bitmap(scratch, node, number, out, scratch->bitmaps);
}

/* ---- Lists ---- */

/* Runs the program for one row; reads only the planes that decide it. */
static bool
program_takes(const struct match_program *program, const uint64_t *planes, uint32_t row)
{
    const uint64_t *words = planes + row / 64;
    unsigned result = program->result;
    while (result > 1) {
        const struct match_step *step = &program->steps[result - 2];
        result = words[step->plane * CHUNK_WORDS] >> row % 64 & 1 ? step->one : step->zero;
    }
    return result;
}

static void
mark_test(struct select_scratch *scratch, const struct count_node *node, uint32_t number,
          const uint16_t *rows, uint32_t n, bool *hits)
{
    enum { LINE = 64 };
    const struct chunk *chunk = test_chunk(node, number);
    enum select_state state = test_state(node, number);
    if (state != SELECT_SOME) {
        memset(hits, state == SELECT_ALL, n);
        return;
    }
    if (chunk->kind == CHUNK_PLANES) {
        const struct match_program *program = node->codes.programs[chunk->width];
        unsigned nsteps = program ? program->nsteps : chunk->width;
        scratch->read_bytes +=
            (uint64_t) n * (nsteps < chunk->width ? nsteps : chunk->width) * LINE;
        for (uint32_t i = 0; i < n; i++) {
            hits[i] = program ? program_takes(program, chunk->planes, rows[i])
                              : code_set_has(&node->codes,
                                             planes_code(chunk->planes, chunk->width, rows[i]));
        }
        return;
    }
    uint64_t probed = (uint64_t) n * 2 * LINE, whole = (uint64_t) chunk->rows * (2u + chunk->width);
    scratch->read_bytes += probed < whole ? probed : whole;
    const void *codes = sparse_codes(chunk);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = sparse_find(chunk->positions, chunk->rows, rows[i]);
        hits[i] = at < chunk->rows && chunk->positions[at] == rows[i] &&
                  code_set_has(&node->codes, sparse_code(codes, chunk->width, at));
    }
}

void
select_touch_small(const struct count_node *node, uint32_t number, struct touch *touch)
{
    if (node->kind == NODE_TEST) {
        chunk_touch_small(test_chunk(node, number), touch);
    }
    for (size_t i = 0; i < node->nchildren; i++) {
        select_touch_small(node->children[i], number, touch);
    }
}

static void
touch_test(const struct count_node *node, uint32_t number, const uint16_t *rows, uint32_t n,
           struct touch *touch)
{
    const struct chunk *chunk = test_chunk(node, number);
    if (chunk_is_small(chunk)) {
        return;
    }
    const struct match_program *program =
        chunk->kind == CHUNK_PLANES ? node->codes.programs[chunk->width] : NULL;
    bool has_one = program && program->nsteps == 1;
    for (uint32_t i = 0; i < n; i++) {
        if (has_one) {
            touch_add(touch, chunk->planes + program->steps[0].plane * CHUNK_WORDS + rows[i] / 64);
        } else {
            chunk_touch(chunk, rows[i], touch);
        }
    }
}

void
select_touch_rows(const struct count_node *node, uint32_t number, const uint16_t *rows, uint32_t n,
                  struct touch *touch)
{
    if (node->kind == NODE_TEST) {
        touch_test(node, number, rows, n, touch);
    }
    for (size_t i = 0; i < node->nchildren; i++) {
        select_touch_rows(node->children[i], number, rows, n, touch);
    }
}

enum { MARK_AT_ONCE = 256 };

/* Asks each child only for the rows that earlier children left open. */
static void
mark_part(struct select_scratch *scratch, const struct count_node *node, uint32_t number,
          const uint16_t *rows, uint32_t n, bool *hits)
{
    if (node->kind == NODE_TEST) {
        mark_test(scratch, node, number, rows, n, hits);
        return;
    }
    bool is_or = node->kind == NODE_OR;
    uint16_t open[MARK_AT_ONCE], place[MARK_AT_ONCE];
    bool child_hits[MARK_AT_ONCE];
    uint32_t nopen = n;
    for (uint32_t i = 0; i < n; i++) {
        open[i] = rows[i];
        place[i] = (uint16_t) i;
    }
    memset(hits, !is_or, n);
    for (size_t c = 0; c < node->nchildren && nopen && !is_cancelled(scratch); c++) {
        const struct count_node *child = node->children[c];
        mark_part(scratch, child, number, open, nopen, child_hits);
        uint32_t left = 0;
        for (uint32_t i = 0; i < nopen; i++) {
            bool holds = child_hits[i] != (c >= node->npositive);
            if (holds == is_or) {
                hits[place[i]] = is_or;
            } else {
                open[left] = open[i];
                place[left++] = place[i];
            }
        }
        nopen = left;
    }
}

void
select_mark(struct select_scratch *scratch, const struct count_node *node, uint32_t number,
            const uint16_t *rows, uint32_t n, bool *hits)
{
    for (uint32_t i = 0; i < n; i += MARK_AT_ONCE) {
        uint32_t part = n - i < MARK_AT_ONCE ? n - i : MARK_AT_ONCE;
        mark_part(scratch, node, number, rows + i, part, hits + i);
    }
}

uint32_t
select_sparse(const struct chunk *chunk, const struct code_set *codes, uint16_t *rows,
              uint32_t *codes_of)
{
    const void *stored = sparse_codes(chunk);
    uint32_t n = 0;
    for (uint32_t i = 0; i < chunk->rows; i++) {
        uint32_t code = sparse_code(stored, chunk->width, i);
        rows[n] = chunk->positions[i];
        codes_of[n] = code;
        n += code_set_has(codes, code);
    }
    return n;
}
