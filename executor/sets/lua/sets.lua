-- Sets of rows in the partition at hand: looked up, built, kept, dropped.
-- Part of the scripts that select rows, after tests.lua.

local function temporary()
    local key = prefix .. 'where:tmp-' .. #temporaries .. tag
    temporaries[#temporaries + 1] = key
    return key
end

local function union_into(target, keys)
    local n = 0
    for first = 1, #keys, CHUNK do
        look_at_the_clock()
        local last = math.min(first + CHUNK - 1, #keys)
        if first == 1 then
            n = call('SUNIONSTORE', target, unpack(keys, first, last))
        else
            n = call('SUNIONSTORE', target, target, unpack(keys, first, last))
        end
    end
    return n
end

local function intersect_into(target, keys)
    local n = 0
    for first = 1, #keys, CHUNK do
        local last = math.min(first + CHUNK - 1, #keys)
        if first == 1 then
            n = call('SINTERSTORE', target, unpack(keys, first, last))
        elseif n > 0 then
            n = call('SINTERSTORE', target, target, unpack(keys, first, last))
        end
    end
    return n
end

-- What is in `from` and in none of the keys.
local function subtract_into(target, from, keys)
    local n = 0
    for first = 1, #keys, CHUNK do
        n = call('SDIFFSTORE', target, from, unpack(keys, first, math.min(first + CHUNK - 1, #keys)))
        from = target
    end
    return n
end

local resolve

-- The partition's values of a field that a range may hold. They are gone through for each range, and sorted once
-- that has cost about as much as sorting them: thousands of ranges are then a search each.
local held, held_tag = {}, nil

local function values_for(range)
    if held_tag ~= tag then
        held, held_tag = {}, tag
    end
    local id = (range.text and 't:' or 'n:') .. range.e
    local values = held[id]
    if not values then
        values = {uses = 0, list = call('SMEMBERS', prefix .. 'values:' .. range.e .. tag)}
        if not range.text then
            local numbers = {}
            for _, value in ipairs(values.list) do
                if is_number(value) then
                    numbers[#numbers + 1] = value
                end
            end
            values.list = numbers
        end
        held[id] = values
    end
    values.uses = values.uses + 1
    if not values.is_sorted and 2 ^ values.uses > #values.list then
        local compare = range.text and compare_bytes or compare_numbers
        table.sort(values.list, function(a, b) return compare(a, b) < 0 end)
        values.is_sorted = true
    end
    return values
end

local function begins_at(range, list)
    local compare = range.text and compare_bytes or compare_numbers
    local first, last = 1, #list + 1 -- the first value that is not below the range
    while range.lo and first < last do
        local middle = math.floor((first + last) / 2)
        local order = compare(list[middle], range.lo)
        if order > 0 or (order == 0 and not range.lox) then
            last = middle
        else
            first = middle + 1
        end
    end
    return first
end

local function add_value(keys, field, value)
    keys[#keys + 1] = prefix .. field .. '=' .. escape_value(value) .. tag
end

-- Of a pattern, or of a test of parts.
local function add_matching(keys, test)
    test.compiled = test.compiled or value_test(test)
    for _, value in ipairs(call('SMEMBERS', prefix .. 'values:' .. test.e .. tag)) do
        step(1)
        if test.compiled(value) then
            add_value(keys, test.e, value)
        end
    end
end

local function add_range(keys, range)
    local values = values_for(range)
    local list = values.list
    for n = values.is_sorted and begins_at(range, list) or 1, #list do
        step(1)
        if in_range(range, list[n]) then
            add_value(keys, range.e, list[n])
        elseif values.is_sorted then
            return
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
        elseif flat == 'l' or flat == 'p' then
            add_matching(keys, set)
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
        if #keys == 1 then
            return call('SMEMBERS', keys[1])
        elseif #keys <= CHUNK then
            return call('SINTER', unpack(keys))
        end
    end
    local from = keys[1]
    if #keys > 1 then
        from = temporary()
        if intersect_into(from, keys) == 0 then
            return {}
        end
    end
    if #less <= CHUNK then
        return #less == 0 and call('SMEMBERS', from) or call('SDIFF', from, unpack(less))
    end
    local target = temporary()
    return subtract_into(target, from, less) > 0 and call('SMEMBERS', target) or {}
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

function builders.l(set, target)
    local keys = {}
    add_matching(keys, set)
    return union_into(target, keys)
end

builders.p = builders.l

function builders.i(set, target)
    local keys = resolve_all(set.c, true)
    if not keys then
        return 0
    end
    if #keys == 0 then
        keys[1] = rows_key
    end
    local n = intersect_into(target, keys)
    local less = n > 0 and resolve_all(set.x, false) or {}
    return #less > 0 and subtract_into(target, target, less) or n
end

function builders.s(set, target)
    set.compiled = set.compiled or compile_all(set.t)
    set.weight = set.weight or weight_of(set.t)
    local chosen, n, fields = {}, 0, set.f
    for at, row in ipairs(members(set.c, set.x)) do
        if at % 64 == 0 then
            step(64 * set.weight)
        end
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
local half_built = {} -- keys of filters that an error would leave as they are by then
local FIELDS_EACH = 4 -- on average, of the filters that are kept

-- What notes filters does not expire: so it outlives them, also where servers give them different lifetimes, and
-- a shard that evicts keys that expire takes the filters, and not what they are dropped by.
local function keep(key)
    call('PERSIST', key)
end

local function remember(set, key, n)
    if not now_ms then
        local time = call('TIME')
        now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
    end
    local expires = now_ms + program.ttl
    local at = format('%.0f', expires)
    if n == 0 then
        call('SET', key, '', 'PXAT', at)
    else
        call('PEXPIREAT', key, at)
    end
    local names, known = prefix .. 'cache:names' .. tag, prefix .. 'cache:deps' .. tag
    for _, name in ipairs(call('ZRANGEBYSCORE', names, '-inf', format('%.0f', now_ms - 1))) do
        if name ~= set.w then
            forget_filter(prefix, tag, name)
        end
    end
    call('ZADD', names, at, set.w)
    keep(names)
    has_built = true
    if #set.d == 0 then
        return
    end
    call('HSET', known, set.w, ':' .. table.concat(set.d, ':'))
    keep(known)
    local fields = prefix .. 'cache:fields' .. tag
    for _, field in ipairs(set.d) do
        local deps = prefix .. 'deps:' .. field .. tag
        call('ZADD', deps, at, set.w)
        keep(deps)
        call('SADD', fields, field)
    end
    keep(fields)
end

local function forget_oldest(n)
    local oldest = call('ZRANGE', prefix .. 'cache:names' .. tag, 0, n - 1)
    for _, name in ipairs(oldest) do
        forget_filter(prefix, tag, name)
    end
    return #oldest > 0
end

-- Drops those that expire first, where there are too many now, or where they depend on too many fields. Not
-- before the partition is counted: what is dropped may have been in use.
local function make_room()
    if not has_built then
        return
    end
    has_built = false
    local surplus = call('ZCARD', prefix .. 'cache:names' .. tag) - program.most
    if surplus > 0 then
        forget_oldest(surplus)
    end
    local fields = prefix .. 'cache:fields' .. tag
    while call('SCARD', fields) > FIELDS_EACH * program.most do
        if not forget_oldest(1) then
            call('UNLINK', fields) -- of filters that are gone
        end
    end
end

-- After an error: what was being built is no filter.
local function drop_half_built()
    for key in pairs(half_built) do
        call('UNLINK', key)
    end
    half_built = {}
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
        local is_kept = #set.d <= FIELDS_EACH * program.most
        local target = is_kept and key or temporary()
        half_built[target] = true
        local n = builders[set.k](set, target)
        if is_kept then
            remember(set, key, n)
        end
        half_built[target] = nil
        named[set.id] = named[set.id] + n
        return n > 0 and target or nil
    end
    hits = hits + 1
    if kind == 'string' then
        return nil
    end
    named[set.id] = named[set.id] + call('SCARD', key)
    return key
end

-- Does the work in one partition after the other. Answers with an error, or nil.
local function in_partitions(work)
    local refused = refusal(dataset, program.born, false)
    if refused then
        return refused
    end
    for _, key in ipairs(KEYS) do
        rows_key, tag = key, tag_of(key, dataset)
        local ok, err = pcall(work)
        if not ok then
            drop_half_built()
        end
        make_room()
        for first = 1, #temporaries, CHUNK do
            call('UNLINK', unpack(temporaries, first, math.min(first + CHUNK - 1, #temporaries)))
        end
        temporaries = {}
        if not ok then
            return redis.error_reply(type(err) == 'table' and err.err or tostring(err))
        end
    end
    return nil
end
