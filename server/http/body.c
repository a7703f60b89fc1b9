/*
 * Reads the JSON object of a request. in: the body's bytes; out: its members, by name.
 *
 *     {"a":1,"b":["x",2]}     -> a NUMBER 1, b LIST x 2
 *     {"a":{"b":1}}           -> ERR: no member holds an object
 *
 * yajl reads the JSON; what it lets pass and RFC 8259 does not, invalid UTF-8 from surrogates, is
 * refused here.
 */
#include "server/http/body.h"

#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "base/must.h"
#include "base/utf8.h"

enum body_kind { BODY_TEXT, BODY_NUMBER, BODY_BOOL, BODY_NULL, BODY_LIST };

struct member {
    struct slice name;
    enum body_kind kind;
    struct slice text; /* TEXT, NUMBER, BOOL */
    struct slice *items;
    size_t nitems, capacity;
    struct member *next;
};

struct body {
    struct member *members;
};

struct parsing {
    struct arena *arena;
    struct body *body;
    struct member *member; /* the one being read */
    bool in_object, in_list, has_ended;
    struct error *err;
};

static struct member *
member_find(const struct body *body, struct slice name)
{
    for (struct member *member = body->members; member; member = member->next) {
        if (slice_equal(member->name, name)) {
            return member;
        }
    }
    return NULL;
}

static int
value_take(struct parsing *parsing, enum body_kind kind, struct slice text)
{
    struct member *member = parsing->member;
    if (!member) {
        return error_set(parsing->err, "ERR", "the body is no JSON object");
    }
    if (!utf8_is_valid(text)) {
        return error_set(parsing->err, "ERR", "the body is no valid UTF-8");
    }
    text = arena_copy(parsing->arena, text);
    if (!parsing->in_list) {
        member->kind = kind;
        member->text = text;
        return 1;
    }
    if (kind != BODY_TEXT && kind != BODY_NUMBER) {
        return error_set(parsing->err, "ERR", "a list holds texts and numbers");
    }
    member->items = arena_room(parsing->arena, member->items, member->nitems, &member->capacity,
                               sizeof *member->items);
    member->items[member->nitems++] = text;
    return 1;
}

static int
on_null(void *arg)
{
    return value_take(arg, BODY_NULL, slice_lit("null"));
}

static int
on_boolean(void *arg, int value)
{
    return value_take(arg, BODY_BOOL, value ? slice_lit("true") : slice_lit("false"));
}

static int
on_number(void *arg, const char *ptr, size_t len)
{
    return value_take(arg, BODY_NUMBER, slice_of(ptr, len));
}

static int
on_string(void *arg, const unsigned char *ptr, size_t len)
{
    return value_take(arg, BODY_TEXT, slice_of(ptr, len));
}

static int
on_object(void *arg)
{
    struct parsing *parsing = arg;
    if (parsing->in_object) {
        return error_set(parsing->err, "ERR", "no member of the body holds an object");
    }
    return parsing->in_object = true;
}

static int
on_key(void *arg, const unsigned char *ptr, size_t len)
{
    struct parsing *parsing = arg;
    char quoted[ERROR_QUOTE_BYTES];
    struct slice name = slice_of(ptr, len);
    if (member_find(parsing->body, name)) {
        return error_set(parsing->err, "ERR", "the body has %s twice", error_quote(quoted, name));
    }
    struct member *member = arena_alloc(parsing->arena, sizeof *member);
    member->name = arena_copy(parsing->arena, name);
    member->next = parsing->body->members;
    parsing->body->members = parsing->member = member;
    return 1;
}

static int
on_object_end(void *arg)
{
    struct parsing *parsing = arg;
    return parsing->has_ended = true;
}

static int
on_list(void *arg)
{
    struct parsing *parsing = arg;
    if (!parsing->member || parsing->in_list) {
        return error_set(parsing->err, "ERR", "a list holds texts and numbers");
    }
    parsing->member->kind = BODY_LIST;
    return parsing->in_list = true;
}

static int
on_list_end(void *arg)
{
    struct parsing *parsing = arg;
    parsing->in_list = false;
    return 1;
}

static const yajl_callbacks EVENTS = {.yajl_null = on_null,
                                      .yajl_boolean = on_boolean,
                                      .yajl_number = on_number,
                                      .yajl_string = on_string,
                                      .yajl_start_map = on_object,
                                      .yajl_map_key = on_key,
                                      .yajl_end_map = on_object_end,
                                      .yajl_start_array = on_list,
                                      .yajl_end_array = on_list_end};

bool
body_parse(struct arena *arena, struct slice bytes, const struct body **out, struct error *err)
{
    struct body *body = arena_alloc(arena, sizeof *body);
    struct parsing parsing = {.arena = arena, .body = body, .err = err};
    yajl_handle yajl = must_have(yajl_alloc(&EVENTS, NULL, &parsing));
    yajl_status status = yajl_parse(yajl, (const unsigned char *) bytes.ptr, bytes.len);
    if (status == yajl_status_ok) {
        status = yajl_complete_parse(yajl);
    }
    yajl_free(yajl);
    *out = body;
    return (status == yajl_status_ok && parsing.has_ended && !error_is_set(err)) ||
           error_set(err, "ERR", "the body is no JSON object");
}

/* A member that is there and not null. */
static const struct member *
member_given(const struct body *body, const char *name)
{
    const struct member *member = member_find(body, slice_str(name));
    return member && member->kind != BODY_NULL ? member : NULL;
}

bool
body_optional_text(const struct body *body, const char *name, struct slice *out, struct error *err)
{
    const struct member *member = member_given(body, name);
    *out = member ? member->text : slice_of(NULL, 0);
    return !member || member->kind == BODY_TEXT || error_set(err, "ERR", "'%s' is no text", name);
}

bool
body_text(const struct body *body, const char *name, struct slice *out, struct error *err)
{
    return body_optional_text(body, name, out, err) &&
           (out->ptr || error_set(err, "ERR", "the body lacks '%s'", name));
}

bool
body_optional_int(const struct body *body, const char *name, bool *has, int64_t *out,
                  struct error *err)
{
    const struct member *member = member_given(body, name);
    *has = member != NULL;
    return !member || (member->kind == BODY_NUMBER && slice_to_int64(member->text, out)) ||
           error_set(err, "ERR", "'%s' is no whole number", name);
}

bool
body_list(const struct body *body, const char *name, const struct slice **items, size_t *nitems,
          struct error *err)
{
    const struct member *member = member_given(body, name);
    if (!member || member->kind != BODY_LIST || member->nitems == 0) {
        return error_set(err, "ERR", "'%s' must be a list of at least one text", name);
    }
    *items = member->items;
    *nitems = member->nitems;
    return true;
}
