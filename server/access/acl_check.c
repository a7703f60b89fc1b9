/*
 * Decisions: may this user do this?
 * in: a user's rules; a command's name, categories, keys, channels and dataset; out: a verdict.
 *
 *     user    +@read -hgetall ~profile_* dataset:current
 *     hget    profile_7     ALLOWED
 *     hgetall profile_7     DENIED_COMMAND
 *     hget    other         DENIED_KEY, "other"
 *
 * The last command rule that fits decides. All are passed in order and the last answer is kept:
 * users have few rules.
 */
#include "base/glob.h"
#include "server/access/acl_rules.h"
#include "server/access/acl_user.h"

#include "server/table/acl_category.h"

/* `config` covers all of CONFIG, `config|set` one subcommand. */
static bool
name_fits(struct slice rule, const struct access_action *action)
{
    size_t len = action->name.len;
    if (rule.len < len || !slice_equal_nocase(slice_of(rule.ptr, len), action->name)) {
        return false;
    }
    if (rule.len == len) {
        return true;
    }
    return rule.ptr[len] == '|' &&
           slice_equal_nocase(slice_of(rule.ptr + len + 1, rule.len - len - 1), action->sub);
}

static bool
rule_fits(const struct acl_command_rule *rule, const struct access_action *action)
{
    switch (rule->kind) {
    case ACL_RULE_ALL: return true;
    case ACL_RULE_CATEGORY: return (action->categories & rule->category) != 0;
    case ACL_RULE_COMMAND: return name_fits(rule->name, action);
    }
    return false;
}

static bool
command_is_allowed(const struct acl_rules *rules, const struct access_action *action)
{
    bool allowed = false;
    for (const struct acl_command_rule *rule = rules->commands; rule; rule = rule->next) {
        if (rule_fits(rule, action)) {
            allowed = rule->allows;
        }
    }
    return allowed;
}

static bool
all_commands(const struct acl_rules *rules)
{
    const struct acl_command_rule *first = rules->commands;
    return first && first->kind == ACL_RULE_ALL && first->allows && !first->next;
}

bool
acl_user_is_unrestricted(const struct acl_user *user)
{
    const struct acl_rules *rules = &user->rules;
    return all_commands(rules) && rules->all_keys && rules->all_channels && rules->all_datasets &&
           !rules->is_read_only && rules->suppress_below == 0;
}

/*
 * EVAL, FCALL and their kin, but not SCRIPT LOAD. A script may do what the shard's own user may, on
 * any key of that shard: our rules do not see what it calls.
 */
static bool
runs_script(const struct access_action *action)
{
    struct slice name = action->name;
    return (action->categories & ACL_SCRIPTING) && name.len >= 4 &&
           (slice_equal_nocase(slice_of(name.ptr, 4), slice_lit("eval")) ||
            (name.len >= 5 && slice_equal_nocase(slice_of(name.ptr, 5), slice_lit("fcall"))));
}

static bool
pattern_fits(const struct acl_pattern *pattern, struct slice text)
{
    return glob_match_exact(pattern->text, text);
}

static bool
name_is_allowed(const struct acl_rules *rules, struct slice name)
{
    for (const struct acl_pattern *p = rules->datasets; p; p = p->next) {
        if (pattern_fits(p, name)) {
            return true;
        }
    }
    return rules->all_datasets;
}

/* A dataset is allowed by any of its names: an alias grants the dataset that it stands for. */
static bool
some_name_is_allowed(const struct acl_rules *rules, const struct catalog *catalog,
                     const struct dataset *dataset)
{
    bool is_allowed =
        catalog_by_name(catalog, dataset->name) == dataset && name_is_allowed(rules, dataset->name);
    for (size_t i = 0; i < catalog_naliases(catalog) && !is_allowed; i++) {
        struct catalog_alias alias = catalog_alias_at(catalog, i);
        is_allowed =
            slice_equal(alias.dataset, dataset->name) && name_is_allowed(rules, alias.name);
    }
    return is_allowed;
}

/* The name in the command counts, and every other name of the same dataset. */
static bool
dataset_is_allowed(const struct acl_rules *rules, const struct catalog *catalog, struct slice name)
{
    const struct dataset *dataset = catalog ? catalog_by_name(catalog, name) : NULL;
    return name_is_allowed(rules, name) ||
           (dataset && some_name_is_allowed(rules, catalog, dataset));
}

/* A single pattern must grant all the access that is needed, as in Redis. */
static bool
key_is_allowed(const struct acl_rules *rules, struct slice key, unsigned access)
{
    for (const struct acl_pattern *p = rules->keys; p; p = p->next) {
        if ((p->access & access) == access && pattern_fits(p, key)) {
            return true;
        }
    }
    return rules->all_keys;
}

/* Checks every key of a prefix: a single pattern must grant all of them, with all access needed. */
static bool
prefix_is_allowed(const struct acl_rules *rules, const struct acl_prefix *prefix)
{
    for (const struct acl_pattern *p = rules->keys; p; p = p->next) {
        if ((p->access & prefix->access) == prefix->access &&
            glob_matches_all_of(p->text, prefix->text)) {
            return true;
        }
    }
    return rules->all_keys;
}

/* A subscription's pattern must itself be one of the rules, since its matches are not known. */
static bool
channel_is_allowed(const struct acl_rules *rules, struct slice channel, bool is_pattern)
{
    for (const struct acl_pattern *p = rules->channels; p; p = p->next) {
        if (is_pattern ? slice_equal(p->text, channel) : pattern_fits(p, channel)) {
            return true;
        }
    }
    return rules->all_channels;
}

/* A row needs its key and its dataset. */
static enum acl_verdict
key_check(const struct acl_rules *rules, const struct access_action *action, struct slice key,
          unsigned access, struct slice *object)
{
    *object = key;
    if (!key_is_allowed(rules, key, access)) {
        return ACL_DENIED_KEY;
    }
    const struct dataset *dataset = action->catalog ? catalog_by_row(action->catalog, key) : NULL;
    if (dataset && !some_name_is_allowed(rules, action->catalog, dataset)) {
        *object = dataset->name;
        return ACL_DENIED_DATASET;
    }
    return ACL_ALLOWED;
}

static enum acl_verdict
keys_check(const struct acl_rules *rules, const struct access_action *action, struct slice *object)
{
    for (size_t i = 0; i < action->nkeys; i++) {
        const struct acl_range *range = &action->keys[i];
        for (size_t at = range->first; at <= range->last; at += range->step) {
            enum acl_verdict verdict =
                key_check(rules, action, action->args[at], range->access, object);
            if (verdict != ACL_ALLOWED) {
                return verdict;
            }
        }
    }
    for (size_t i = 0; i < action->nprefixes; i++) {
        *object = action->prefixes[i].text;
        if (!prefix_is_allowed(rules, &action->prefixes[i])) {
            return ACL_DENIED_KEY;
        }
    }
    return ACL_ALLOWED;
}

static enum acl_verdict
channels_check(const struct acl_rules *rules, const struct access_action *action,
               struct slice *object)
{
    for (size_t i = 0; i < action->nchannels; i++) {
        const struct acl_range *range = &action->channels[i];
        for (size_t at = range->first; at <= range->last; at += range->step) {
            *object = action->args[at];
            if (!channel_is_allowed(rules, *object, action->channels_are_patterns)) {
                return ACL_DENIED_CHANNEL;
            }
        }
    }
    return ACL_ALLOWED;
}

static enum acl_verdict
datasets_check(const struct acl_rules *rules, const struct access_action *action,
               struct slice *object)
{
    *object = slice_lit("*");
    if (action->all_datasets && !rules->all_datasets) {
        return ACL_DENIED_DATASET;
    }
    *object = action->given_name;
    if (object->len && !name_is_allowed(rules, *object)) {
        return ACL_DENIED_DATASET;
    }
    for (size_t i = 0; i < action->ndatasets; i++) {
        *object = action->datasets[i];
        if (!dataset_is_allowed(rules, action->catalog, *object)) {
            return ACL_DENIED_DATASET;
        }
    }
    return ACL_ALLOWED;
}

bool
acl_user_hears(const struct acl_user *user, struct slice channel, bool is_pattern)
{
    return channel_is_allowed(&user->rules, channel, is_pattern);
}

bool
acl_user_sees(const struct acl_user *user, const struct catalog *catalog,
              const struct dataset *dataset)
{
    return user->rules.all_datasets || some_name_is_allowed(&user->rules, catalog, dataset);
}

/* As in Redis, the keys that a pattern names are not checked: the user must be able to read all. */
static bool
may_read_all(const struct acl_rules *rules)
{
    bool all_keys = rules->all_keys;
    for (const struct acl_pattern *p = rules->keys; p && !all_keys; p = p->next) {
        all_keys = (p->access & ACL_KEY_READ) && slice_equal(p->text, slice_lit("*"));
    }
    return all_keys && rules->all_datasets;
}

enum acl_verdict
acl_user_check(const struct acl_user *user, const struct access_action *action,
               struct slice *object)
{
    const struct acl_rules *rules = &user->rules;
    enum acl_verdict verdict = ACL_ALLOWED;
    *object = slice_of("", 0);
    if (acl_user_is_unrestricted(user)) {
        return ACL_ALLOWED;
    }
    if (!command_is_allowed(rules, action)) {
        return ACL_DENIED_COMMAND;
    }
    if (runs_script(action)) {
        return ACL_DENIED_SCRIPT;
    }
    if (rules->is_read_only && (action->writes || (action->categories & ACL_WRITE))) {
        return ACL_DENIED_WRITE;
    }
    verdict = keys_check(rules, action, object);
    if (verdict == ACL_ALLOWED && action->pattern_option.len && !may_read_all(rules)) {
        *object = action->pattern_option;
        verdict = ACL_DENIED_PATTERN;
    }
    if (verdict == ACL_ALLOWED) {
        verdict = channels_check(rules, action, object);
    }
    if (verdict == ACL_ALLOWED) {
        verdict = datasets_check(rules, action, object);
    }
    if (verdict == ACL_ALLOWED) {
        *object = slice_of("", 0);
    }
    return verdict;
}
