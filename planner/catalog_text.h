/*
 * The catalog as text: how it is kept in the shards, where people may read it, too.
 *
 *     dataset current prefix profile_ partitions 64 method auto rows plain state live born 0 since 0
 *     dataset w47 prefix profile_ partitions 64 method auto rows own state live born 3 since 3
 *     alias current w47
 *     holder profile_ current
 *     field current colours multi =, reading as_is
 *     label current =sex =1 =Male
 *     title current =sex =Sex%20of%20the%20respondent           the field's own label
 *     saved ann =by%20sex =count%20sex%20from%20current         a query that a user has saved
 */
#ifndef QUIPU_PLANNER_CATALOG_TEXT_H
#define QUIPU_PLANNER_CATALOG_TEXT_H

#include "base/strbuf.h"
#include "planner/catalog.h"

void catalog_print(const struct catalog *catalog, struct strbuf *out);
/* A new catalog, which the caller frees. NULL, with ERR and the line, where the text is none. */
struct catalog *catalog_parse(struct slice text, struct error *err);

/*
 * How fields are read, without labels: what a shard must know to count. Nothing where there is nothing
 * to say.
 *
 *     field current =colours multi =,
 */
void catalog_print_readings(const struct dataset *dataset, const struct field_definitions *fields,
                            struct strbuf *out);
/* The same, read; *out is the caller's to release, and may be NULL. Fails with ERR. */
bool catalog_parse_readings(struct slice text, struct field_definitions **out,
                            struct error *err) QUIPU_MUST_CHECK;

#endif
