/*
 * A database of DuckDB's in memory, and statements in it.
 *
 *     duckdb_session_open(&session, &err)
 *     duckdb_session_run(session, "create table t (a varchar)", &err)
 *     duckdb_session_stream(session, "select * from 'flights.parquet'", &result, &err)
 *     while (duckdb_session_fetch(session, &result, &chunk, &err) && chunk) ...
 *     duckdb_session_close(session)
 *
 * Where something fails, DuckDB's own message is the error's.
 */
#ifndef QUIPU_TOOLS_DUCKDB_SESSION_H
#define QUIPU_TOOLS_DUCKDB_SESSION_H

#include "base/strbuf.h"
#include "tools/duckdb/library.h"

struct duckdb_session {
    struct duckdb_library library;
    struct duckdb_database *database;
    struct duckdb_connection *connection;
    bool (*is_stopped)(void); /* asked while a query is worked on; NULL: it goes on to its end */
};

/* Loads the library and opens a database in memory. The caller frees *out. Fails with DUCKDB. */
bool duckdb_session_open(struct duckdb_session **out, struct error *err) QUIPU_MUST_CHECK;
/* NULL is fine. Results must be destroyed before. */
void duckdb_session_close(struct duckdb_session *session);

/* Runs one statement or several; what they give is dropped. Fails with SQL. */
bool duckdb_session_run(struct duckdb_session *session, const char *sql,
                        struct error *err) QUIPU_MUST_CHECK;
/*
 * Runs all statements but the last, and works on the last until it has rows, which come as they are made: memory does not grow with
 * their number. The caller destroys the result; where it fails, with SQL or STOPPED,
 * there is none.
 */
bool duckdb_session_stream(struct duckdb_session *session, const char *sql,
                           struct duckdb_result *out, struct error *err) QUIPU_MUST_CHECK;
/* The next rows of a streamed result, which the caller destroys; NULL: that were all. Fails with SQL. */
bool duckdb_session_fetch(struct duckdb_session *session, struct duckdb_result *result,
                          struct duckdb_chunk **out, struct error *err) QUIPU_MUST_CHECK;

/* Appends the text as SQL has it: 'it''s', "a ""b""". */
void duckdb_append_text(struct strbuf *sql, struct slice text);
void duckdb_append_name(struct strbuf *sql, struct slice name);

#endif
