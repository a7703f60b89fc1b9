/*
 * Completes the word at the cursor. in: a text, a cursor, and the names that a server knows; out: what
 * may stand there.
 *
 * Example: `count sex from survey where region = no` wants a value of region (parser/next); of those that
 * are added, "north" begins with "no". `'far east'` and `` `Origin State` `` get the quotes that they
 * need, or those that were begun.
 */
#include "parser/completion.h"

#include <ctype.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "parser/error_place.h"

/* -- names ------------------------------------------------------------------------------------- */

static bool
begins_with_nocase(struct slice text, struct slice prefix)
{
    return text.len >= prefix.len && slice_equal_nocase(slice_of(text.ptr, prefix.len), prefix);
}

static char
quote_for(enum completion_kind kind)
{
    return kind == COMPLETION_VALUE ? '\'' : '`';
}

/* The quote with which the word begins; 0: it begins with none. */
static char
typed_quote(const struct completion *completion)
{
    char first = completion->word.len ? completion->word.ptr[0] : '\0';
    return first == '\'' || first == '"' || first == '`' ? first : '\0';
}

struct slice
completion_typed(const struct completion *completion)
{
    struct slice word = completion->word;
    return typed_quote(completion) ? slice_of(word.ptr + 1, word.len - 1) : word;
}

bool
completion_fits(const struct completion *completion, enum completion_kind kind, struct slice name)
{
    char quote = typed_quote(completion);
    return begins_with_nocase(name, completion_typed(completion)) &&
           (!quote || (quote == '`') == (quote_for(kind) == '`'));
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

static void
item_add(struct completion *completion, struct completion_item item)
{
    for (size_t i = 0; i < completion->nitems; i++) {
        if (slice_equal(completion->items[i].text, item.text)) {
            return;
        }
    }
    completion->items = arena_room(completion->arena, completion->items, completion->nitems,
                                   &completion->capacity, sizeof *completion->items);
    completion->items[completion->nitems++] = item;
}

void
completion_add(struct completion *completion, enum completion_kind kind, struct slice name,
               struct slice label, int64_t count)
{
    if (name.len == 0 || !completion_fits(completion, kind, name)) {
        return;
    }
    char quote = typed_quote(completion);
    bool is_plain = !quote && (next_is_plain_word(name) ||
                               (kind == COMPLETION_VALUE && number_is_numeral(name)));
    item_add(completion, (struct completion_item){
                             .text = is_plain ? arena_copy(completion->arena, name)
                                              : quoted(completion->arena, name,
                                                       quote ? quote : quote_for(kind)),
                             .kind = kind,
                             .label = label.ptr ? arena_copy(completion->arena, label) : label,
                             .count = count});
}

/* -- the language ------------------------------------------------------------------------------ */

static enum completion_kind
keyword_kind(const char *keyword)
{
    static const char *const FUNCTIONS[] = {"SUM",    "AVG",      "MIN",      "MAX",     "MEDIAN",
                                            "STDDEV", "VARIANCE", "DISTINCT", "QUANTILE"};
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
        if (slice_equal(slice_str(keyword), slice_str(FUNCTIONS[i]))) {
            return COMPLETION_FUNCTION;
        }
    }
    return COMPLETION_KEYWORD;
}

/* In the case of what is typed. */
static void
keyword_add(struct completion *completion, const char *keyword)
{
    struct slice word = completion->word, text = slice_str(keyword);
    if (!begins_with_nocase(text, word)) {
        return;
    }
    bool is_upper = word.len && isupper((unsigned char) word.ptr[0]);
    char *letters = arena_alloc(completion->arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        letters[i] = is_upper ? text.ptr[i] : (char) tolower((unsigned char) text.ptr[i]);
    }
    item_add(completion, (struct completion_item){.text = slice_of(letters, text.len),
                                                  .kind = keyword_kind(keyword),
                                                  .count = -1});
}

void
completion_end(struct completion *completion)
{
    const struct next *next = &completion->next;
    for (size_t i = 0; i < next->nnames; i++) {
        completion_add(completion, COMPLETION_NAME, next->names[i], slice_of(NULL, 0), -1);
    }
    for (size_t i = 0; i < next->nkeywords; i++) {
        keyword_add(completion, next->keywords[i]);
    }
    for (size_t i = 0; i < next->nsigns; i++) {
        struct slice sign = slice_str(next->signs[i]);
        if (slice_starts_with(sign, completion->word)) {
            item_add(completion, (struct completion_item){
                                     .text = sign, .kind = COMPLETION_PUNCTUATION, .count = -1});
        }
    }
}

/* -- together ---------------------------------------------------------------------------------- */

void
completion_begin(struct completion *completion, struct arena *arena, struct slice text,
                 size_t cursor)
{
    *completion = (struct completion){.arena = arena, .text = text, .cursor = cursor};
    next_find(arena, text, cursor, &completion->next);
    size_t at = completion->next.at;
    completion->word = slice_of(text.ptr + at, cursor - at);
}

/* A number whose end is not typed: `0.` becomes 0.5, and 0 as well. */
static bool
is_number_begun(const struct completion *completion)
{
    struct slice word = completion->word;
    bool is_begun = completion->next.wants_number && word.len > 0;
    for (size_t i = 0; is_begun && i < word.len; i++) {
        is_begun = isdigit((unsigned char) word.ptr[i]) || memchr("+-.eE", word.ptr[i], 5);
    }
    return is_begun;
}

bool
completion_mistake(const struct completion *completion, const struct parse_limits *limits,
                   struct error *what, size_t *from, size_t *to)
{
    struct slice front = slice_of(completion->text.ptr, completion->cursor);
    struct ast_query *query = NULL;
    if (query_parse(completion->arena, front, limits, &query, what)) {
        return false;
    }
    if (!error_place(slice_str(what->message), front, from, to)) {
        *from = 0;
        *to = front.len;
        return true;
    }
    bool is_at_cursor = *from >= completion->next.at;
    bool may_become = completion->nitems || typed_quote(completion) || is_number_begun(completion);
    bool is_wrong = *from < front.len && !(is_at_cursor && may_become);
    if (!is_wrong) {
        error_clear(what);
    }
    return is_wrong;
}

const char *
completion_kind_name(enum completion_kind kind)
{
    switch (kind) {
    case COMPLETION_DATASET: return "dataset";
    case COMPLETION_FIELD: return "field";
    case COMPLETION_NAME: return "name";
    case COMPLETION_VALUE: return "value";
    case COMPLETION_KEYWORD: return "keyword";
    case COMPLETION_FUNCTION: return "function";
    case COMPLETION_PUNCTUATION: return "punctuation";
    }
    return "";
}
