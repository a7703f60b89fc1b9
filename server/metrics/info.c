/*
 * Writes the text of INFO, section by section.
 * in: the table of metrics, the server's numbers; out: `name:value` lines, each ended by CRLF.
 *
 *     INFO clients     -> # Clients\r\nconnected_clients:1\r\nblocked_clients:0\r\n...
 */
#include "server/metrics/info.h"

#include <string.h>

#include "server/metrics/figures.h"
#include "server/metrics/metric_print.h"
#include "server/metrics/metric_table.h"

bool
info_is_all(struct slice section)
{
    return slice_equal_nocase(section, slice_lit("all")) ||
           slice_equal_nocase(section, slice_lit("default")) ||
           slice_equal_nocase(section, slice_lit("everything"));
}

static void
row_print(const struct metric *metric, struct services *services, const struct figures *figures,
          struct strbuf *out)
{
    int64_t number;
    if (metric->print_lines) {
        metric->print_lines(services, out);
        return;
    }
    memcpy(&number, (const char *) figures + metric->offset, sizeof number);
    if (number != FIGURE_ABSENT) {
        strbuf_printf(out, "%s:", metric->line);
        metric_print_number(out, number, metric->decimals);
        strbuf_append_str(out, "\r\n");
    }
}

/* Prints the section whose first row has this index. */
static void
section_print(size_t index, struct services *services, struct strbuf *out)
{
    struct figures figures = {0};
    const char *section = metric_at(index)->section;
    strbuf_append_str(out, out->len ? "\r\n" : "");
    strbuf_printf(out, "# %s\r\n", section);
    figures_take(&figures, services, section);
    for (const struct metric *row = metric_at(index); row; row = metric_at(++index)) {
        if (row->section && strcmp(row->section, section) == 0) {
            row_print(row, services, &figures, out);
        }
    }
}

static bool
is_meant(const char *section, struct slice asked)
{
    bool is_long = strcmp(section, "Commandstats") == 0 || strcmp(section, "Latencystats") == 0;
    return slice_equal_nocase(asked, slice_str(section)) ||
           (info_is_all(asked) && !(is_long && slice_equal_nocase(asked, slice_lit("default"))));
}

void
info_print(struct services *services, struct slice section, struct strbuf *out)
{
    const char *before = "";
    const struct metric *row;
    for (size_t i = 0; (row = metric_at(i)); i++) {
        if (row->section && strcmp(row->section, before) != 0) {
            before = row->section;
            if (is_meant(before, section)) {
                section_print(i, services, out);
            }
        }
    }
}
