/*
 * Users as text: what ACL LIST and ACL GETUSER show, and what an ACL file holds. in: a user; out:
 * words from which acl_user_take makes the same user.
 *
 *     user ann on #2bb8...b35 ~* resetchannels dataset:current readonly -@all +@crosstab
 */
#include "server/access/acl_rules.h"
#include "server/access/acl_user.h"

static void
space_append(struct strbuf *out, size_t start)
{
    if (out->len > start) {
        strbuf_append_char(out, ' ');
    }
}

void
acl_user_print_commands(const struct acl_user *user, struct strbuf *out)
{
    const struct acl_command_rule *rule = user->rules.commands;
    size_t start = out->len;
    if (!rule || rule->kind != ACL_RULE_ALL) {
        strbuf_append_str(out, "-@all");
    }
    for (; rule; rule = rule->next) {
        space_append(out, start);
        strbuf_append_char(out, rule->allows ? '+' : '-');
        if (rule->kind == ACL_RULE_ALL) {
            strbuf_append_str(out, "@all");
        } else {
            strbuf_append_str(out, rule->kind == ACL_RULE_CATEGORY ? "@" : "");
            strbuf_append(out, rule->name);
        }
    }
}

static void
patterns_print(const struct acl_pattern *pattern, const char *prefix, struct strbuf *out)
{
    for (size_t start = out->len; pattern; pattern = pattern->next) {
        space_append(out, start);
        strbuf_append_str(out, prefix);
        strbuf_append(out, pattern->text);
    }
}

void
acl_user_print_keys(const struct acl_user *user, struct strbuf *out)
{
    static const char *const PREFIXES[] = {"", "%R~", "%W~", "~"};
    size_t start = out->len;
    strbuf_append_str(out, user->rules.all_keys ? "~*" : "");
    for (const struct acl_pattern *p = user->rules.keys; p; p = p->next) {
        space_append(out, start);
        strbuf_append_str(out, PREFIXES[p->access]);
        strbuf_append(out, p->text);
    }
}

void
acl_user_print_channels(const struct acl_user *user, struct strbuf *out)
{
    strbuf_append_str(out, user->rules.all_channels ? "&*" : "");
    patterns_print(user->rules.channels, "&", out);
}

static void
limit_print(const char *name, int64_t value, size_t start, struct strbuf *out)
{
    if (value) {
        space_append(out, start);
        strbuf_printf(out, "%s:%lld", name, (long long) value);
    }
}

void
acl_user_print_quipu(const struct acl_user *user, struct strbuf *out)
{
    const struct acl_rules *rules = &user->rules;
    size_t start = out->len;
    strbuf_append_str(out, rules->all_datasets ? "alldatasets" : "");
    patterns_print(rules->datasets, "dataset:", out);
    if (rules->is_read_only) {
        space_append(out, start);
        strbuf_append_str(out, "readonly");
    }
    limit_print("suppress-below", rules->suppress_below, start, out);
    if (rules->unknown_fields != UNKNOWN_FIELDS_BY_DEFAULT) {
        space_append(out, start);
        strbuf_printf(out, "unknown-fields:%s", unknown_fields_name(rules->unknown_fields));
    }
    limit_print("max-cells", rules->limits.max_cells, start, out);
    limit_print("max-queries", rules->limits.max_queries, start, out);
    limit_print("rate", rules->limits.rate, start, out);
}

size_t
acl_user_npasswords(const struct acl_user *user)
{
    size_t n = 0;
    for (const struct acl_password *p = user->rules.passwords; p; p = p->next) {
        n++;
    }
    return n;
}

void
acl_user_print_password(const struct acl_user *user, size_t index, struct strbuf *out)
{
    const struct acl_password *p = user->rules.passwords;
    while (index--) {
        p = p->next;
    }
    password_print(&p->hash, out);
}

/* Appends a space and a part; nothing if the part is empty. */
static void
part_print(const struct acl_user *user, void (*print)(const struct acl_user *, struct strbuf *),
           struct strbuf *out)
{
    strbuf_append_char(out, ' ');
    size_t start = out->len;
    print(user, out);
    if (out->len == start) {
        out->ptr[--out->len] = '\0';
    }
}

void
acl_user_print(const struct acl_user *user, struct strbuf *out)
{
    const struct acl_rules *rules = &user->rules;
    strbuf_printf(out, "user %.*s %s", SLICE_ARG(user->name), rules->is_on ? "on" : "off");
    strbuf_append_str(out, rules->needs_no_password ? " nopass" : "");
    for (const struct acl_password *p = rules->passwords; p; p = p->next) {
        strbuf_append_str(out, " #");
        password_print(&p->hash, out);
    }
    part_print(user, acl_user_print_keys, out);
    if (!rules->all_channels) {
        strbuf_append_str(out, " resetchannels");
    }
    part_print(user, acl_user_print_channels, out);
    part_print(user, acl_user_print_quipu, out);
    part_print(user, acl_user_print_commands, out);
}
