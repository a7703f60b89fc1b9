-- Sets of rows in the partition at hand: looked up, built, kept, dropped.
-- Part of the count script, after tests.lua.

local function temporary()
    local key = prefix .. 'where:tmp-' .. #temporaries .. tag
    temporaries[#temporaries + 1] = key
    return key
end

local function union_into(target, keys)
    local n = 0
    for first = 1, #keys, CHUNK do
        local last = math.min(first + CHUNK - 1, #keys)
        if first == 1 then
            n = call('SUNIONSTORE', target, unpack(keys, first, last))
        else
            n = call('SUNIONSTORE', target, target, unpack(keys, first, last))
        end
    end
    return n
end

local resolve

local function add_range(keys, range)
    for _, value in ipairs(call('SMEMBERS', prefix .. 'values:' .. range.e .. tag)) do
        if in_range(range, value) then
            keys[#keys + 1] = prefix .. range.e .. '=' .. escape_value(value) .. tag
        end
    end
end

-- The keys of several sets; nil where one of them is empty and all are wanted. Where any will do, a
-- union among them gives its members' keys and is not built.
local function resolve_all(sets, all_wanted, keys)
    keys = keys or {}
    for _, set in ipairs(sets) do
        local flat = not all_wanted and type(set) == 'table' and not set.w and set.k
        if flat == 'r' then
            add_range(keys, set)
        elseif flat == 'u' then
            resolve_all(set.c, false, keys)
        else
            local key = resolve(set)
            if key then
                keys[#keys + 1] = key
            elseif all_wanted then
                return nil
            end
        end
    end
    return keys
end

-- Members of all sources (none: every row) and of no excluded set.
local function members(sources, excluded)
    local only = #sources == 1 and #excluded == 0 and sources[1]
    if only and only.w then
        -- Most often it is there: one command instead of a look before the reading.
        local list = pcall_redis('SMEMBERS', prefix .. 'where:' .. only.w .. tag)
        if not list.err and #list > 0 then
            hits = hits + 1
            named[only.id] = named[only.id] + #list
            return list
        end
    end
    local keys = resolve_all(sources, true)
    if not keys then
        return {}
    end
    if #keys == 0 then
        keys[1] = rows_key
    end
    local less = resolve_all(excluded, false)
    if #less == 0 then
        return #keys == 1 and call('SMEMBERS', keys[1]) or call('SINTER', unpack(keys))
    end
    local from = keys[1]
    if #keys > 1 then
        from = temporary()
        if call('SINTERSTORE', from, unpack(keys)) == 0 then
            return {}
        end
    end
    return call('SDIFF', from, unpack(less))
end

local builders = {}

function builders.u(set, target)
    return union_into(target, resolve_all(set.c, false))
end

function builders.r(set, target)
    local keys = {}
    add_range(keys, set)
    return union_into(target, keys)
end

function builders.i(set, target)
    local keys = resolve_all(set.c, true)
    if not keys then
        return 0
    end
    if #keys == 0 then
        keys[1] = rows_key
    end
    local n = call('SINTERSTORE', target, unpack(keys))
    local less = n > 0 and resolve_all(set.x, false) or {}
    if #less > 0 then
        n = call('SDIFFSTORE', target, target, unpack(less))
    end
    return n
end

function builders.s(set, target)
    set.compiled = set.compiled or compile_all(set.t)
    local chosen, n, fields = {}, 0, set.f
    for _, row in ipairs(members(set.c, set.x)) do
        if passes(set.compiled, read_row(row_prefix .. row .. tag, fields)) then
            n = n + 1
            chosen[n] = row
        end
    end
    for first = 1, n, CHUNK do
        call('SADD', target, unpack(chosen, first, math.min(first + CHUNK - 1, n)))
    end
    return n
end

local has_built = false

local function remember(set, key, n)
    local ttl = program.ttl
    if not now_ms then
        local time = call('TIME')
        now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
    end
    if n == 0 then
        call('SET', key, '', 'PX', ttl)
    else
        call('PEXPIRE', key, ttl)
    end
    local expires = format('%.0f', now_ms + ttl)
    local names = prefix .. 'cache:names' .. tag
    call('ZREMRANGEBYSCORE', names, '-inf', format('%.0f', now_ms - 1))
    call('ZADD', names, expires, set.w)
    call('PEXPIRE', names, ttl)
    has_built = true
    for _, field in ipairs(set.d) do
        local deps = prefix .. 'deps:' .. field .. tag
        call('ZREMRANGEBYSCORE', deps, '-inf', format('%.0f', now_ms - 1))
        call('ZADD', deps, expires, set.w)
        call('PEXPIRE', deps, ttl)
        call('SADD', prefix .. 'cache:fields' .. tag, field)
    end
    call('PEXPIRE', prefix .. 'cache:fields' .. tag, ttl)
end

-- Drops those that expire first, where there are too many now. Not before the partition is counted: what
-- is dropped may have been in use.
local function make_room()
    if not has_built then
        return
    end
    has_built = false
    local names = prefix .. 'cache:names' .. tag
    local surplus = call('ZCARD', names) - program.most
    if surplus > 0 then
        local dropped = call('ZPOPMIN', names, surplus)
        for i = 1, #dropped, 2 do
            call('UNLINK', prefix .. 'where:' .. dropped[i] .. tag)
        end
    end
end

-- The key of a set, which is built unless it is there; nil: it is empty.
function resolve(set)
    if type(set) == 'string' then
        return prefix .. set .. tag
    end
    if not set.w then
        local target = temporary()
        return builders[set.k](set, target) > 0 and target or nil
    end
    local key = prefix .. 'where:' .. set.w .. tag
    local kind = call('TYPE', key).ok
    if kind == 'none' then
        misses = misses + 1
        local n = builders[set.k](set, key)
        remember(set, key, n)
        named[set.id] = named[set.id] + n
        return n > 0 and key or nil
    end
    hits = hits + 1
    if kind == 'string' then
        return nil
    end
    named[set.id] = named[set.id] + call('SCARD', key)
    return key
end
