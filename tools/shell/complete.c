/*
 * Completes words. in: a text and a cursor; out: words that may stand there.
 *
 * Example: `count sex from survey where region = no` asks the parser what may come next (a value of
 * region), and the server for the values; of these "north" begins with "no".
 */
#include "tools/shell/complete.h"

#include <ctype.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "parser/next.h"
#include "tools/shell/own_commands.h"

struct completion {
    struct arena *arena;
    struct schema *schema;
    struct slice word; /* as typed, with its first quote */
    struct choices *out;
};

static bool
begins_with_nocase(struct slice text, struct slice prefix)
{
    return text.len >= prefix.len && slice_equal_nocase(slice_of(text.ptr, prefix.len), prefix);
}

static void
add(const struct completion *completion, struct slice text)
{
    struct choices *out = completion->out;
    for (size_t i = 0; i < out->n; i++) {
        if (slice_equal(out->texts[i], text)) {
            return;
        }
    }
    out->texts =
        arena_room(completion->arena, out->texts, out->n, &out->capacity, sizeof *out->texts);
    out->texts[out->n++] = text;
}

/* In the case of what was typed. */
static void
add_keyword(const struct completion *completion, const char *keyword)
{
    struct slice word = completion->word, text = arena_copy(completion->arena, slice_str(keyword));
    if (!begins_with_nocase(text, word)) {
        return;
    }
    bool is_upper = word.len && isupper((unsigned char) word.ptr[0]);
    char *letters = (char *) (uintptr_t) text.ptr;
    for (size_t i = 0; !is_upper && i < text.len; i++) {
        letters[i] = (char) tolower((unsigned char) letters[i]);
    }
    add(completion, text);
}

static struct slice
quoted(struct arena *arena, struct slice text, char quote)
{
    struct strbuf out;
    strbuf_init(&out);
    strbuf_append_char(&out, quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == quote || (text.ptr[i] == '\\' && quote != '`')) {
            strbuf_append_char(&out, text.ptr[i]);
        }
        strbuf_append_char(&out, text.ptr[i]);
    }
    strbuf_append_char(&out, quote);
    struct slice kept = arena_copy(arena, strbuf_slice(&out));
    strbuf_fini(&out);
    return kept;
}

/*
 * Adds a name or a value, if the typed word is its beginning. quote: what it is put in where it must
 * be; numbers: a numeral needs none.
 */
static void
add_text(const struct completion *completion, struct slice text, char quote, bool has_numbers)
{
    struct slice word = completion->word;
    bool is_quoted = word.len && (word.ptr[0] == '\'' || word.ptr[0] == '"' || word.ptr[0] == '`');
    char typed = is_quoted ? word.ptr[0] : quote;
    struct slice begun = is_quoted ? slice_of(word.ptr + 1, word.len - 1) : word;
    if (!begins_with_nocase(text, begun) || (is_quoted && (typed == '`') != (quote == '`'))) {
        return;
    }
    bool is_plain =
        !is_quoted && (next_is_plain_word(text) || (has_numbers && number_is_numeral(text)));
    add(completion, is_plain ? text : quoted(completion->arena, text, typed));
}

static void
add_names(const struct completion *completion, struct schema_names names, char quote)
{
    for (size_t i = 0; i < names.n; i++) {
        add_text(completion, names.names[i], quote, quote == '\'');
    }
}

/* The dataset that the text names; else the only one there is. ptr NULL: it is not known. */
static struct slice
dataset_for(const struct completion *completion, const struct next *next)
{
    if (next->dataset.ptr) {
        return next->dataset;
    }
    struct schema_names datasets = schema_datasets(completion->schema);
    return datasets.n == 1 ? datasets.names[0] : (struct slice){0};
}

static void
complete_fields(const struct completion *completion, const struct next *next)
{
    struct slice dataset = dataset_for(completion, next);
    if (dataset.ptr) {
        add_names(completion, schema_fields(completion->schema, dataset), '`');
        return;
    }
    struct schema_names datasets = schema_datasets(completion->schema);
    struct slice *names = arena_array(completion->arena, datasets.n, sizeof *names);
    for (size_t i = 0; i < datasets.n; i++) {
        names[i] = arena_copy(completion->arena, datasets.names[i]);
    }
    for (size_t i = 0; i < datasets.n; i++) {
        add_names(completion, schema_fields(completion->schema, names[i]), '`');
    }
}

static void
complete_query(struct completion *completion, struct slice text, size_t cursor)
{
    struct next next;
    next_find(completion->arena, text, cursor, &next);
    completion->out->at = next.at;
    completion->word = slice_of(text.ptr + next.at, cursor - next.at);
    if (next.wants_dataset) {
        add_names(completion, schema_datasets(completion->schema), '`');
    }
    if (next.wants_value && next.field.ptr) {
        struct slice dataset = dataset_for(completion, &next);
        if (dataset.ptr) {
            add_names(completion, schema_values(completion->schema, dataset, next.field), '\'');
        }
    }
    if (next.wants_field) {
        complete_fields(completion, &next);
    }
    for (size_t i = 0; i < next.nkeywords; i++) {
        add_keyword(completion, next.keywords[i]);
    }
}

/* -- the shell's own commands ------------------------------------------------------------------ */

static void
complete_own(struct completion *completion, struct slice text, size_t cursor)
{
    struct slice line = slice_of(text.ptr, cursor);
    const char *space = memrchr(line.ptr, ' ', line.len);
    completion->out->at = space ? (size_t) (space + 1 - line.ptr) : 0;
    completion->word = slice_of(line.ptr + completion->out->at, cursor - completion->out->at);
    if (!space) {
        for (size_t i = 0; own_command_name(i); i++) {
            add_keyword(completion, own_command_name(i));
        }
    } else if (slice_starts_with(line, slice_lit("\\d "))) {
        add_names(completion, schema_datasets(completion->schema), '`');
    }
}

/* `\explain count ...`: the query behind it. 0: no query is. */
static size_t
query_in_own(struct slice text)
{
    struct slice verb = slice_lit("\\explain ");
    return slice_starts_with(text, verb) ? verb.len : 0;
}

void
complete(struct arena *arena, struct schema *schema, struct slice text, size_t cursor,
         struct choices *out)
{
    struct completion completion = {.arena = arena, .schema = schema, .out = out};
    *out = (struct choices){.at = cursor};
    size_t skipped = query_in_own(text);
    if (text.len && text.ptr[0] == '\\' && (!skipped || skipped > cursor)) {
        complete_own(&completion, text, cursor);
        return;
    }
    complete_query(&completion, slice_of(text.ptr + skipped, text.len - skipped), cursor - skipped);
    out->at += skipped;
}

size_t
complete_common(const struct choices *choices)
{
    size_t n = choices->n ? choices->texts[0].len : 0;
    for (size_t i = 1; i < choices->n; i++) {
        struct slice text = choices->texts[i];
        size_t k = 0;
        while (k < n && k < text.len && text.ptr[k] == choices->texts[0].ptr[k]) {
            k++;
        }
        n = k;
    }
    return n;
}
