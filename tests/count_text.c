/*
 * Random dimensions and conditions, as text. in: random numbers; out: parts of a query, whose values
 * are mostly some that rows have.
 *
 *     put_cond(&text, 1)   ->   (a = 1 && !(g in [3,7]))
 */
#include "tests/count_text.h"

#include "base/number.h"
#include "tests/count_rows.h"

static void
put_value(struct strbuf *out, uint32_t f)
{
    const char *text = rows_text(f, 1 + below(rows_nvalues(f) + 2));
    if (below(20) == 0) {
        text = "nowhere";
    }
    bool is_number = number_is_canonical(slice_str(text));
    strbuf_printf(out, is_number ? "%s" : "'%s'", text);
}

static void
put_number(struct strbuf *out, uint32_t f)
{
    if (f == FIELD_LONG) {
        strbuf_printf(out, "1234567890123456%u", 1 + below(50));
    } else {
        strbuf_printf(out, "%s%u%s", f == FIELD_MIXED && below(2) ? "-" : "",
                      below(rows_nvalues(f) + 2), below(3) ? "" : ".25");
    }
}

static void
put_range(struct strbuf *out, uint32_t f)
{
    uint32_t lo = below(rows_nvalues(f));
    strbuf_printf(out, "[%u,%u]", lo, lo + below(rows_nvalues(f)));
}

/* Positions of a dimension exclude each other: ranges stand above the values. */
void
put_dim(struct strbuf *out)
{
    uint32_t f = below(NFIELDS);
    strbuf_append_str(out, rows_field(f));
    switch (below(6)) {
    case 0: return;
    case 1: strbuf_printf(out, " by %s", below(2) ? "10" : "2.5"); return;
    case 2:
        strbuf_append_str(out, " in ");
        put_range(out, f);
        return;
    default: break;
    }
    strbuf_append_str(out, " in {");
    uint32_t first = 1 + below(rows_nvalues(f)), n = 1 + below(6);
    for (uint32_t i = 0; i < n && first + i <= NVALUES; i++) {
        const char *text = rows_text(f, first + i);
        bool is_number = number_is_canonical(slice_str(text));
        strbuf_printf(out, is_number ? "%s%s" : "%s'%s'", i ? "," : "", text);
    }
    if (below(3) == 0 && f != FIELD_LONG) {
        strbuf_printf(out, ",[%u,%u],[-900,-30.25]", first + n + 1, first + n + 50);
    }
    if (below(3) == 0) {
        strbuf_append_str(out, ",missing");
    }
    if (below(3) == 0) {
        strbuf_append_str(out, ",other");
    }
    strbuf_append_char(out, '}');
}

static void
put_like(struct strbuf *out, uint32_t f)
{
    static const char *const patterns[] = {"x%",   "X1_", "%5", "_",     "%2%",
                                           "-%.5", "%",   "1_", "%\\.%", "12%6_"};
    strbuf_printf(out, "%s %s%s '%s'", rows_field(f), below(3) ? "" : "not ",
                  below(2) ? "like" : "ilike", patterns[below(sizeof patterns / sizeof *patterns)]);
}

static void
put_bound(struct strbuf *out, uint32_t f)
{
    if (below(4)) {
        put_number(out, f);
    } else {
        put_value(out, f);
    }
}

/* One to three, closed at one side, or open at the other end. */
static void
put_open_ranges(struct strbuf *out, uint32_t f)
{
    for (uint32_t i = 1 + below(3); i > 0; i--) {
        uint32_t kind = below(4);
        strbuf_append_str(out, kind % 2 ? "(" : "[");
        if (kind != 3) {
            put_number(out, f);
        }
        strbuf_append_char(out, ',');
        if (kind != 2) {
            put_number(out, f);
        }
        strbuf_append_str(out, kind % 2 ? "]" : ")");
        strbuf_append_str(out, i > 1 ? "," : "");
    }
}

static void
put_test(struct strbuf *out)
{
    static const char *const operators[] = {"=", "!=", "<", "<=", ">", ">="};
    uint32_t f = below(NFIELDS);
    switch (below(12)) {
    case 9: put_like(out, f); return;
    case 10:
        strbuf_printf(out, "%s %sbetween ", rows_field(f), below(2) ? "not " : "");
        put_bound(out, f);
        strbuf_append_str(out, " and ");
        put_bound(out, f);
        return;
    case 11:
        strbuf_printf(out, "%s %sin {", rows_field(f), below(2) ? "not " : "");
        put_open_ranges(out, f);
        strbuf_append_str(out, below(3) ? "}" : ",missing}");
        return;
    case 0: strbuf_printf(out, "%s exists", rows_field(f)); return;
    case 1: strbuf_printf(out, "%s is missing", rows_field(f)); return;
    case 2:
        strbuf_printf(out, "%s %sin ", rows_field(f), below(2) ? "not " : "");
        put_range(out, f);
        return;
    case 3:
        strbuf_printf(out, "%s %sin {", rows_field(f), below(2) ? "not " : "");
        for (uint32_t i = below(8) + 1; i > 0; i--) {
            put_value(out, f);
            strbuf_append_char(out, i > 1 ? ',' : '}');
        }
        return;
    case 4:
        strbuf_printf(out, "%s %s ", rows_field(f), operators[below(6)]);
        put_number(out, f);
        return;
    case 5:
        strbuf_printf(out, "%s %s '%s%s'", rows_field(f), operators[2 + below(4)],
                      rows_text(f, 1 + below(rows_nvalues(f))), below(3) ? ":" : "");
        return;
    case 6: strbuf_printf(out, "%s = 1", below(2) ? "unknown" : "c"); return;
    default:
        strbuf_printf(out, "%s = ", rows_field(f));
        put_value(out, f);
        return;
    }
}

void
put_cond(struct strbuf *out, int depth)
{
    uint32_t pick = below(6);
    if (depth == 0 || pick < 2) {
        put_test(out);
    } else if (pick == 2) {
        strbuf_append_str(out, "!(");
        put_cond(out, depth - 1);
        strbuf_append_char(out, ')');
    } else {
        const char *chain = pick == 3 ? " && " : " || ";
        strbuf_append_char(out, '(');
        for (uint32_t i = 2 + below(5); i > 0; i--) {
            put_cond(out, depth - 1);
            strbuf_append_str(out, i > 1 ? chain : ")");
        }
    }
}
