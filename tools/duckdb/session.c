/*
 * DuckDB, opened and asked. in: SQL; out: results, whose rows are fetched as they are made.
 *
 *     SQL -> statements -> prepared -> pending -> result -> chunk, chunk, ...
 */
#include "tools/duckdb/session.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"

enum { NO_TASK_PAUSE_US = 1000 };

bool
duckdb_session_open(struct duckdb_session **out, struct error *err)
{
    struct duckdb_session *session = must_alloc(sizeof *session);
    const struct duckdb_library *library = &session->library;
    bool ok = duckdb_library_open(&session->library, err);
    if (ok && (library->open(NULL, &session->database) != 0 ||
               library->connect(session->database, &session->connection) != 0)) {
        ok = error_set(err, "DUCKDB", "DuckDB %s cannot open a database in memory",
                       library->library_version());
    }
    if (!ok) {
        duckdb_session_close(session);
        return false;
    }
    *out = session;
    return true;
}

void
duckdb_session_close(struct duckdb_session *session)
{
    if (session) {
        if (session->connection) {
            session->library.disconnect(&session->connection);
        }
        if (session->database) {
            session->library.close(&session->database);
        }
        free(session);
    }
}

static bool
refused(const char *why, struct error *err)
{
    return error_set(err, "SQL", "%s", why && *why ? why : "DuckDB does not say why");
}

bool
duckdb_session_run(struct duckdb_session *session, const char *sql, struct error *err)
{
    struct duckdb_result result;
    bool ok = session->library.query(session->connection, sql, &result) == 0 ||
              refused(session->library.result_error(&result), err);
    session->library.destroy_result(&result);
    return ok;
}

static bool
execute(struct duckdb_session *session, struct duckdb_prepared *prepared, struct error *err)
{
    struct duckdb_result result;
    bool ok = session->library.execute_prepared(prepared, &result) == 0 ||
              refused(session->library.result_error(&result), err);
    session->library.destroy_result(&result);
    return ok;
}

/* Works on it until there are rows, piece by piece, so that it can be stopped. */
static bool
work_until_ready(struct duckdb_session *session, struct duckdb_pending *pending, struct error *err)
{
    for (;;) {
        if (session->is_stopped && session->is_stopped()) {
            session->library.interrupt(session->connection);
            return error_set(err, "STOPPED", "stopped by a signal");
        }
        switch (session->library.pending_execute_task(pending)) {
        case DUCKDB_READY: return true;
        case DUCKDB_FAILED: return refused(session->library.pending_error(pending), err);
        case DUCKDB_NO_TASK: usleep(NO_TASK_PAUSE_US); break; /* DuckDB's own threads are at it */
        default: break;
        }
    }
}

static bool
execute_streaming(struct duckdb_session *session, struct duckdb_prepared *prepared,
                  struct duckdb_result *out, struct error *err)
{
    const struct duckdb_library *library = &session->library;
    struct duckdb_pending *pending = NULL;
    bool ok = library->pending_prepared_streaming(prepared, &pending) == 0 ||
              refused(pending ? library->pending_error(pending) : NULL, err);
    ok = ok && work_until_ready(session, pending, err);
    if (ok && library->execute_pending(pending, out) != 0) {
        ok = refused(library->result_error(out), err);
        library->destroy_result(out);
    }
    library->destroy_pending(&pending);
    return ok;
}

bool
duckdb_session_stream(struct duckdb_session *session, const char *sql, struct duckdb_result *out,
                      struct error *err)
{
    const struct duckdb_library *library = &session->library;
    struct duckdb_statements *statements = NULL;
    uint64_t n = library->extract_statements(session->connection, sql, &statements);
    bool ok = true;
    if (n == 0) {
        const char *why = statements ? library->extract_statements_error(statements) : NULL;
        ok = why ? refused(why, err) : error_set(err, "SQL", "no statement: '%s'", sql);
    }
    for (uint64_t i = 0; ok && i < n; i++) {
        struct duckdb_prepared *prepared = NULL;
        ok = library->prepare_extracted_statement(session->connection, statements, i, &prepared) ==
                 0 ||
             refused(prepared ? library->prepare_error(prepared) : NULL, err);
        ok = ok && (i + 1 < n ? execute(session, prepared, err)
                              : execute_streaming(session, prepared, out, err));
        library->destroy_prepare(&prepared);
    }
    library->destroy_extracted(&statements);
    return ok;
}

bool
duckdb_session_fetch(struct duckdb_session *session, struct duckdb_result *result,
                     struct duckdb_chunk **out, struct error *err)
{
    *out = session->library.fetch_chunk(*result);
    const char *why = *out ? NULL : session->library.result_error(result);
    if (why && slice_starts_with(slice_str(why), slice_lit("INTERRUPT Error"))) {
        /* One of DuckDB's threads failed, and another was asked. */
        return error_set(
            err, "SQL",
            "DuckDB broke off in a later row, and does not say why: DuckDB's own shell does");
    }
    return !why || !*why || refused(why, err);
}

static void
append_quoted(struct strbuf *sql, struct slice text, char quote)
{
    strbuf_append_char(sql, quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == quote) {
            strbuf_append_char(sql, quote);
        }
        strbuf_append_char(sql, text.ptr[i]);
    }
    strbuf_append_char(sql, quote);
}

void
duckdb_append_text(struct strbuf *sql, struct slice text)
{
    append_quoted(sql, text, '\'');
}

void
duckdb_append_name(struct strbuf *sql, struct slice name)
{
    append_quoted(sql, name, '"');
}
