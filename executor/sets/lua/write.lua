-- Writes rows of one partition and keeps the index and the cached filters true, in one step.
--
-- KEYS[1]  current:rows{06S}
-- ARGV     dataset, which dataset of the name, what rows are stored behind, then for each command:
--          name, row (escaped, without the tag), number of arguments, arguments
-- Answers an array, one reply per command, in Redis' own words where Redis refuses.

local rows_key, dataset = KEYS[1], ARGV[1]
local tag = tag_of(rows_key, dataset)
local refused = refusal(dataset, ARGV[2], true)
if refused then
    return refused
end
local row_prefix = ARGV[3]
local prefix = dataset .. ':'
local touched = {}   -- fields whose index changed
local changed = false -- whether some row has another text than before
local fields = {}    -- field -> its escaped name with the prefix
local known = {}     -- value sets that are in the list of values, by this run's knowledge

local function field_prefix(field)
    local escaped = fields[field]
    if not escaped then
        escaped = prefix .. escape_field(field)
        fields[field] = escaped
    end
    return escaped
end

local function values_key(field)
    return prefix .. 'values:' .. sub(field_prefix(field), #prefix + 1) .. tag
end

-- A batch has many texts again and again.
local values = setmetatable({}, {__index = function(known_values, text)
    local value = canonical(text)
    known_values[text] = value
    return value
end})

-- The row's entry under the field moves from one text's value to another's; false stands for "has none". From `12`
-- to `12.0` nothing moves, and no filter changes.
local function move(row, field, old, new)
    if old == new then
        return
    end
    changed = true
    old, new = old and values[old], new and values[new]
    if old == new then
        return
    end
    touched[field] = true
    local base = field_prefix(field)
    if old then
        local key = base .. '=' .. escape_value(old) .. tag
        call('SREM', key, row)
        if call('EXISTS', key) == 0 then
            known[key] = nil
            local values = values_key(field)
            call('SREM', values, old)
            if call('EXISTS', values) == 0 then
                call('SREM', prefix .. 'index:fields' .. tag, field)
            end
        end
    else
        call('SADD', base .. tag, row)
    end
    if new then
        local key = base .. '=' .. escape_value(new) .. tag
        call('SADD', key, row)
        if not known[key] then
            known[key] = true
            if call('SADD', values_key(field), new) == 1 then
                call('SADD', prefix .. 'index:fields' .. tag, field)
            end
        end
    else
        call('SREM', base .. tag, row)
    end
end

local function row_gone(row, key)
    if call('EXISTS', key) == 0 then
        call('SREM', rows_key, row)
    end
end

local commands = {}

-- field value [field value ...]
function commands.HSET(row, key, first, last)
    local names, values, n = {}, {}, 0
    for i = first, last, 2 do
        if values[ARGV[i]] == nil then
            n = n + 1
            names[n] = ARGV[i]
        end
        values[ARGV[i]] = ARGV[i + 1]
    end
    local old = pcall_redis('HMGET', key, unpack(names))
    if old.err then
        return old
    end
    local added = pcall_redis('HSET', key, unpack(ARGV, first, last))
    if type(added) == 'table' then
        return added
    end
    call('SADD', rows_key, row)
    for i = 1, n do
        move(row, names[i], old[i], values[names[i]])
    end
    return added
end

function commands.HMSET(row, key, first, last)
    local added = commands.HSET(row, key, first, last)
    return type(added) == 'table' and added or redis.status_reply('OK')
end

function commands.HSETNX(row, key, first)
    local added = pcall_redis('HSETNX', key, ARGV[first], ARGV[first + 1])
    if added == 1 then
        call('SADD', rows_key, row)
        move(row, ARGV[first], false, ARGV[first + 1])
    end
    return added
end

-- Answers the new value as text: a Lua number has no room for all 64 bits.
function commands.HINCRBY(row, key, first)
    local field = ARGV[first]
    local old = pcall_redis('HGET', key, field)
    if type(old) == 'table' then
        return old
    end
    local sum = pcall_redis('HINCRBY', key, field, ARGV[first + 1])
    if type(sum) == 'table' then
        return sum
    end
    call('SADD', rows_key, row)
    local new = call('HGET', key, field)
    move(row, field, old, new)
    return new
end

function commands.HDEL(row, key, first, last)
    local old = pcall_redis('HMGET', key, unpack(ARGV, first, last))
    if old.err then
        return old
    end
    local removed = call('HDEL', key, unpack(ARGV, first, last))
    for i = first, last do
        local value = old[i - first + 1]
        if value and call('HEXISTS', key, ARGV[i]) == 0 then
            move(row, ARGV[i], value, false)
        end
    end
    if removed > 0 then
        row_gone(row, key)
    end
    return removed
end

function commands.DEL(row, key)
    if call('EXISTS', key) == 0 then
        return 0
    end
    local content = pcall_redis('HGETALL', key)
    call('UNLINK', key)
    if not content.err then
        for i = 1, #content, 2 do
            move(row, content[i], content[i + 1], false)
        end
    end
    row_gone(row, key)
    return 1
end

local replies, n, at = {}, 0, 4
while ARGV[at] do
    local row, nargs = ARGV[at + 1], tonumber(ARGV[at + 2])
    local first = at + 3
    n = n + 1
    replies[n] = commands[ARGV[at]](row, row_prefix .. row .. tag, first, first + nargs - 1)
    at = first + nargs
end

local changes, cached = prefix .. 'index:changes' .. tag, prefix .. 'cache:names' .. tag
if not changed or call('EXISTS', changes, cached) == 0 then
    return replies
end
note_change(changes)
-- Whoever keeps a filter says whether writes drop it, by noting it under its fields or not.
if next(touched) and call('EXISTS', cached) == 1 then
    for field in pairs(touched) do
        local deps = prefix .. 'deps:' .. sub(field_prefix(field), #prefix + 1) .. tag
        local names = call('ZRANGE', deps, 0, -1)
        for _, name in ipairs(names) do
            forget_filter(prefix, tag, name)
        end
        if #names > 0 then
            call('UNLINK', deps)
        end
    end
end
return replies
