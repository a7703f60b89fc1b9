/*
 * Reads the rows of a ROWS. in: a query; out: rows, by column.
 *
 *     rows * from d where a = 1                        all in one answer; -LIMIT: they are too many
 *     rows * from d                                    SCAN and HGETALL (row_reader.h)
 *     rows * from w47 where a = 1 limit 1000000        ... d_4711, the last one
 *     QUERY AFTER d_4711 "rows * from w47 where a = 1 limit 1000000"   ... the next page
 *
 * A row's name never changes. So a row that is there all the time, and for which the condition holds
 * all the time, is in one page, whatever is written meanwhile. A page that the server refuses as too
 * large is asked for again with half the rows.
 *
 * All parts must be of one dataset. So they are asked for by its own name, w47, while d may come to
 * mean another one; and behind each part it is looked whether that name still means it. One answer
 * is always of one dataset: the server removes none that is being read.
 */
#include "tools/export/row_source.h"

#include "parser/ast_text.h"
#include "tools/export/facts.h"

enum { PAGE_ROWS = 1000000 };

struct row_source {
    struct connection *connection;
    const struct row_question *question;
    struct row_cells *cells;
    const struct row_taker *taker; /* the caller's */
    uint64_t nrows;                /* told to it */
    /* In parts: */
    struct dataset_meant meant; /* by the question's name when they began */
    struct ast_query query;     /* the question, of that dataset's own name */
};

static bool
on_row(void *arg, const struct slice *cells, struct error *err)
{
    struct row_source *source = arg;
    source->nrows++;
    return source->taker->row(source->taker->arg, cells, err);
}

static void
on_total(void *arg, uint64_t nrows)
{
    struct row_source *source = arg;
    if (source->taker->total) {
        source->taker->total(source->taker->arg, nrows);
    }
}

static bool
is_too_many(const struct error *err)
{
    return strcmp(err->code, "LIMIT") == 0 && (strncmp(err->message, "max-rows", 8) == 0 ||
                                               strncmp(err->message, "max-partial-bytes", 17) == 0);
}

/* ---- More rows than one answer may have ---- */

static bool
replaced(const struct row_source *source, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES], own[ERROR_QUOTE_BYTES];
    return error_set(err, "NODATASET",
                     "%s was replaced or dropped while its rows were read, which were those of "
                     "dataset %s: export it again",
                     error_quote(quoted, source->question->query->dataset),
                     error_quote(own, source->meant.own));
}

static bool
is_same(const struct dataset_meant *a, const struct dataset_meant *b)
{
    return slice_equal(a->own, b->own) && a->made == b->made;
}

/* Parts that are read from now on would be of the same dataset, by the same names of its rows. */
static bool
check_same(struct row_source *source, struct error *err)
{
    struct dataset_meant now;
    bool by_rows = !source->query.where;
    return facts_meant(source->connection, source->question->arena, source->meant.name, &now,
                       err) &&
           ((is_same(&now, &source->meant) &&
             (!by_rows || slice_equal(now.rows.address, source->meant.rows.address))) ||
            replaced(source, err));
}

/*
 * The dataset of a reply with an error is there no more. A user whose right is to an alias of it may
 * not even know that.
 */
static bool
is_gone(struct row_source *source, const struct error *reply)
{
    struct dataset_meant now;
    struct error ignored = {0};
    return strcmp(reply->code, "NODATASET") == 0 ||
           (strcmp(reply->code, "NOPERM") == 0 &&
            facts_meant(source->connection, source->question->arena,
                        source->question->query->dataset, &now, &ignored) &&
            !is_same(&now, &source->meant));
}

/* All rows of a dataset. */
static bool
scan(struct row_source *source, struct error *err)
{
    const struct row_taker taker = {source, NULL, on_row};
    uint64_t nagain;
    return row_reader_scan(source->connection, &source->meant.rows, source->cells, &taker, &nagain,
                           err);
}

/* Asks for at most so many rows behind the last one that was told; told.nrows 0: from the first on. */
static bool
page_read(struct row_source *source, uint64_t most, struct rows_told *told, struct error *err)
{
    const struct row_taker taker = {source, NULL, on_row};
    struct ast_query page = source->query;
    page.options.has_limit = true;
    page.options.limit = (int64_t) most;
    struct strbuf text;
    strbuf_init(&text);
    ast_text(&page, &text);
    const struct slice first[] = {slice_lit("QUERY"), strbuf_slice(&text)};
    const struct slice next[] = {slice_lit("QUERY"), slice_lit("AFTER"), strbuf_slice(&told->last),
                                 strbuf_slice(&text)};
    bool is_first = told->nrows == 0;
    const struct row_asked asked = {.words = is_first ? first : next,
                                    .nwords = is_first ? 2 : 4,
                                    .names_fields = page.fields != NULL};
    bool ok = row_reader_query(source->connection, &asked, source->cells, &taker, told, err);
    strbuf_fini(&text);
    return ok;
}

static bool
pages_read(struct row_source *source, struct error *err)
{
    uint64_t most = PAGE_ROWS;
    struct rows_told told = {0};
    bool ok = true, is_last = false;
    strbuf_init(&told.last);
    while (ok && !is_last) {
        uint64_t before = told.nrows;
        ok = page_read(source, most, &told, err);
        if (ok) {
            is_last = told.nrows - before < most;
            ok = check_same(source, err);
        } else if (is_too_many(err) && most > 1) {
            error_clear(err);
            most /= 2;
            ok = true;
        }
    }
    strbuf_fini(&told.last);
    return ok;
}

/* All parts, and how many rows there were before and behind them. */
static bool
parts_take(struct row_source *source, uint64_t *before, uint64_t *after, struct error *err)
{
    const struct ast_query *query = &source->query;
    if (!facts_count(source->connection, query, before, err)) {
        return false;
    }
    on_total(source, *before);
    return (query->where ? pages_read : scan)(source, err) &&
           facts_count(source->connection, query, after, err) && check_same(source, err);
}

/* By several answers, between which rows are written. */
static bool
parts_read(struct row_source *source, struct strbuf *notes, struct error *err)
{
    const struct row_question *question = source->question;
    uint64_t before, after;
    if (!facts_meant(source->connection, question->arena, question->query->dataset, &source->meant,
                     err)) {
        return false;
    }
    source->query = *question->query;
    source->query.dataset = source->meant.name;
    if (!parts_take(source, &before, &after, err)) {
        if (is_gone(source, err)) {
            error_clear(err);
            return replaced(source, err);
        }
        return false;
    }
    if (before != after || source->nrows != before) {
        strbuf_printf(
            notes, "rows were written meanwhile: there were %llu, then %llu, and %llu were read\n",
            (unsigned long long) before, (unsigned long long) after,
            (unsigned long long) source->nrows);
    }
    return true;
}

/* ---- All of it ---- */

bool
row_source_read(struct connection *connection, const struct row_question *question,
                struct row_cells *cells, const struct row_taker *taker, struct strbuf *notes,
                struct error *err)
{
    const struct ast_query *query = question->query;
    const struct slice words[] = {slice_lit("QUERY"), question->text};
    const struct row_asked whole = {words, 2, query->fields != NULL};
    struct row_source source = {
        .connection = connection, .question = question, .cells = cells, .taker = taker};
    const struct row_taker counted = {&source, on_total, on_row};
    if (row_reader_query(connection, &whole, cells, &counted, NULL, err)) {
        return true;
    }
    if (!is_too_many(err)) {
        return false;
    }
    struct error server = *err;
    error_clear(err);
    if (query->options.order || query->options.has_limit) {
        return error_set(err, "LIMIT",
                         "%s. Without ORDER BY, LIMIT and OFFSET there is no such limit",
                         server.message);
    }
    return parts_read(&source, notes, err);
}
