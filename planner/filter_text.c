/*
 * Canonical text of filters: the name of a cached set, and the text in EXPLAIN. in: a filter whose
 * children have their texts; out: its own text, which parses back to the same filter. Only that of
 * PARTS does not: what a field's separator is stands in the catalog, and not in a query.
 */
#include "planner/filter_text.h"

#include "base/number.h"
#include "parser/ast_text_parts.h"

void
filter_print_field(struct strbuf *out, struct slice field)
{
    bool plain = field.len > 0 && !(field.ptr[0] >= '0' && field.ptr[0] <= '9');
    for (size_t i = 0; i < field.len && plain; i++) {
        char c = field.ptr[i];
        plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || (i > 0 && (c == '.' || c == ':' || c == '-'));
    }
    /* NOT is the only keyword with a meaning where a field may be. */
    plain = plain && !slice_equal_nocase(field, slice_lit("not"));
    if (plain) {
        strbuf_append(out, field);
        return;
    }
    strbuf_append_char(out, '`');
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '`') {
            strbuf_append_char(out, '`');
        }
        strbuf_append_char(out, field.ptr[i]);
    }
    strbuf_append_char(out, '`');
}

void
filter_print_value(struct strbuf *out, struct slice value)
{
    if (number_is_canonical(value)) {
        strbuf_append(out, value);
    } else {
        ast_text_quoted(out, value);
    }
}

static void
print_bound(struct strbuf *out, const struct filter *range, const char *op,
            const struct filter_bound *bound)
{
    filter_print_field(out, range->field);
    strbuf_printf(out, " %s%s ", op, bound->inclusive ? "=" : "");
    if (range->is_text) {
        ast_text_quoted(out, bound->value);
    } else {
        strbuf_append(out, bound->value);
    }
}

void
filter_print(struct strbuf *out, const struct filter *filter)
{
    switch (filter->kind) {
    case FILTER_IN:
        filter_print_field(out, filter->field);
        strbuf_append_str(out, filter->nvalues == 1 ? " = " : " in {");
        for (size_t i = 0; i < filter->nvalues; i++) {
            if (i) {
                strbuf_append_char(out, ',');
            }
            filter_print_value(out, filter->values[i]);
        }
        if (filter->nvalues != 1) {
            strbuf_append_char(out, '}');
        }
        return;
    case FILTER_RANGE:
        if (filter->lo.given && filter->hi.given) {
            strbuf_append_char(out, '(');
            print_bound(out, filter, ">", &filter->lo);
            strbuf_append_str(out, " && ");
            print_bound(out, filter, "<", &filter->hi);
            strbuf_append_char(out, ')');
        } else if (filter->lo.given) {
            print_bound(out, filter, ">", &filter->lo);
        } else {
            print_bound(out, filter, "<", &filter->hi);
        }
        return;
    case FILTER_LIKE:
        filter_print_field(out, filter->field);
        strbuf_append_str(out, filter->folds_case ? " ilike " : " like ");
        ast_text_pattern(out, filter->pattern);
        return;
    case FILTER_PARTS:
        /* The separator is part of the name of a cached set: other parts are other rows. */
        strbuf_append_str(out, "any of ");
        filter_print_field(out, filter->field);
        strbuf_append_str(out, " by ");
        ast_text_quoted(out, filter->separator);
        strbuf_append_str(out, " (");
        strbuf_append(out, filter->part->text);
        strbuf_append_char(out, ')');
        return;
    case FILTER_EXISTS:
        filter_print_field(out, filter->field);
        strbuf_append_str(out, " exists");
        return;
    case FILTER_OR:
    case FILTER_AND:
        strbuf_append_char(out, '(');
        for (size_t i = 0; i < filter->nchildren; i++) {
            if (i) {
                strbuf_append_str(out, filter->kind == FILTER_OR ? " || " : " && ");
            }
            strbuf_append(out, filter->children[i]->text);
        }
        strbuf_append_char(out, ')');
        return;
    case FILTER_NOT:
        strbuf_append_char(out, '!');
        strbuf_append(out, filter->children[0]->text);
        return;
    }
}
