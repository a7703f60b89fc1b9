-- Counts one query's cells over some partitions of a shard.
--
-- KEYS     the partitions' rows, current:rows{06S} ...
-- ARGV[1]  the program, JSON (executor/program.c writes it)
-- Answers  hits, misses: cached filters found and built
--          named: rows of each named set, in the order of their ids
--          open: for each dimension the values by local id (from 1), empty where it is closed
--          radices: for each dimension, how many positions its part of a cell's index has
--          cells: index, count, index, count, ... of the cells that are not zero
--
-- A set of the program is a string, the rest of a key of the index ("value_1=1"); or an object:
--   {k="u", c={sets}}                union      {k="r", e=field, lo=, hi=, ...}  values in a range
--   {k="i", c={sets}, x={sets}}      intersection of c less x
--   {k="s", c={sets}, x={sets}, t={tests}, f={fields}}   rows of that for which the tests hold
-- with w=its name where it is cached, id=its number, d={fields it depends on}.
-- A test is {k="in"|"ex"|"rg"|"or"|"and"|"not"}; i is the place of its field among those read.

local program = cjson.decode(ARGV[1])
local dataset = program.ds
local prefix = dataset .. ':'
local tag, rows_key
local temporaries = {}
local hits, misses, named = 0, 0, {}
local now_ms

for id = 1, program.named do
    named[id] = 0
end

-- ---- Order of values: canonical numbers by their digits, text by its bytes ----

local function is_number(value)
    if find(value, '^%-?[1-9]%d*$') or value == '0' then
        return true
    end
    return find(value, '^%-?[1-9]%d*%.%d*[1-9]$') or find(value, '^%-?0%.%d*[1-9]$')
end

-- Not Lua's `<`, which asks the locale.
local function compare_bytes(a, b)
    local shared = math.min(#a, #b)
    for i = 1, shared do
        local x, y = byte(a, i), byte(b, i)
        if x ~= y then
            return x < y and -1 or 1
        end
    end
    return #a - #b
end

local function compare_numbers(a, b)
    local a_minus, b_minus = byte(a) == 45, byte(b) == 45
    if a_minus ~= b_minus then
        return a_minus and -1 or 1
    end
    local a_whole, b_whole = (find(a, '.', 1, true) or #a + 1), (find(b, '.', 1, true) or #b + 1)
    local order = a_whole - b_whole
    if order == 0 then
        order = compare_bytes(a, b)
    end
    return a_minus and -order or order
end

local function in_range(range, value)
    local compare = range.text and compare_bytes or compare_numbers
    if not range.text and not is_number(value) then
        return false
    end
    if range.lo then
        local order = compare(value, range.lo)
        if order < 0 or (order == 0 and range.lox) then
            return false
        end
    end
    if range.hi then
        local order = compare(value, range.hi)
        if order > 0 or (order == 0 and range.hix) then
            return false
        end
    end
    return true
end

-- ---- Tests of a row's values, compiled once ----

local function compile(test)
    local kind, i = test.k, test.i
    if kind == 'in' then
        if #test.v == 1 then
            local only = test.v[1]
            return function(row) return row[i] == only end
        end
        local values = {}
        for _, value in ipairs(test.v) do
            values[value] = true
        end
        return function(row) return row[i] and values[row[i]] end
    elseif kind == 'ex' then
        return function(row) return row[i] end
    elseif kind == 'rg' then
        local memo = {}
        return function(row)
            local value = row[i]
            if not value then
                return false
            end
            local holds = memo[value]
            if holds == nil then
                holds = in_range(test, value)
                memo[value] = holds
            end
            return holds
        end
    end
    local children = {}
    for n, child in ipairs(test.c) do
        children[n] = compile(child)
    end
    if kind == 'not' then
        local child = children[1]
        return function(row) return not child(row) end
    end
    local is_or = kind == 'or'
    return function(row)
        for n = 1, #children do
            local holds = children[n](row)
            if is_or and holds then
                return true
            elseif not is_or and not holds then
                return false
            end
        end
        return not is_or
    end
end

local function compile_all(tests)
    local compiled = {}
    for n, test in ipairs(tests) do
        compiled[n] = compile(test)
    end
    return compiled
end

local CHUNK = 1000 -- arguments of one command: Lua's stack is bounded

-- A row's values in the fields' order; false where it has none.
local function read_row(key, fields)
    if #fields <= CHUNK then
        return call('HMGET', key, unpack(fields))
    end
    local row = {}
    for first = 1, #fields, CHUNK do
        local last = math.min(first + CHUNK - 1, #fields)
        for n, value in ipairs(call('HMGET', key, unpack(fields, first, last))) do
            row[first + n - 1] = value
        end
    end
    return row
end

local function passes(tests, row)
    for n = 1, #tests do
        if not tests[n](row) then
            return false
        end
    end
    return true
end

-- ---- Sets ----

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
        if passes(set.compiled, read_row(row .. tag, fields)) then
            n = n + 1
            chosen[n] = row
        end
    end
    for first = 1, n, CHUNK do
        call('SADD', target, unpack(chosen, first, math.min(first + CHUNK - 1, n)))
    end
    return n
end

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
    for _, field in ipairs(set.d) do
        local deps = prefix .. 'deps:' .. field .. tag
        call('ZREMRANGEBYSCORE', deps, '-inf', format('%.0f', now_ms - 1))
        call('ZADD', deps, expires, set.w)
        call('PEXPIRE', deps, ttl)
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

-- ---- Positions and cells ----

local dims = program.dims
local ndims = #dims
local open, radices, cells = {}, {}, {}

for d, dim in ipairs(dims) do
    open[d], dim.ids = {}, {}
    radices[d] = dim.n
    for n, value in ipairs(dim.v or {}) do
        dim.ids[value] = dim.p[n]
    end
end

-- The values of an open dimension have ids in the order they are met, from 1; 0 is missing. Indexes have
-- to be exact in Lua's numbers, so the radices must be small enough.
local function set_radices(count_values)
    local product = 1
    for d, dim in ipairs(dims) do
        if dim.open then
            radices[d] = 1 + count_values(dim)
        end
        product = product * radices[d]
    end
    return product < 9007199254740992
end

local function values_keys(dim)
    local keys = {}
    for n, key in ipairs(KEYS) do
        keys[n] = prefix .. 'values:' .. dim.e .. tag_of(key, dataset)
    end
    return keys
end

local function count_roughly(dim)
    local n = 0
    for _, key in ipairs(values_keys(dim)) do
        n = n + call('SCARD', key)
    end
    return n
end

local function count_exactly(dim)
    return #call('SUNION', unpack(values_keys(dim)))
end

if not set_radices(count_roughly) and not set_radices(count_exactly) then
    return redis.error_reply('LIMIT the open dimensions have more than 2^53 combinations')
end

local function id_of(d, value)
    local ids = dims[d].ids
    local id = ids[value]
    if not id and dims[d].open then
        local values = open[d]
        id = #values + 1
        values[id] = value
        ids[value] = id
    end
    return id
end

local function add(index, count)
    cells[index] = (cells[index] or 0) + count
end

-- ---- Method cells: each cell is an intersection of sets ----

-- What is counted along one dimension: keys (false: every row), and how the positions come from it:
-- outs[n] = {position (open: the value), raw index, 1, raw index, -1, ...}
local function axis_of(d, nrows)
    local dim = dims[d]
    local base = prefix .. dim.e
    local keys, at, outs = {}, {}, {}
    local sum, largest, largest_n = 0, 0, nil
    local values = dim.open and call('SMEMBERS', prefix .. 'values:' .. dim.e .. tag) or dim.v
    for _, value in ipairs(values) do
        local key = base .. '=' .. escape_value(value) .. tag
        local n = call('SCARD', key)
        if n > 0 then
            keys[#keys + 1] = key
            at[#keys] = dim.open and value or dim.ids[value]
            sum = sum + n
            if n > largest then
                largest, largest_n = n, #keys
            end
        end
    end
    local present = call('SCARD', base .. tag)
    local everyone = present == nrows
    local has_missing = dim.missing and not everyone
    local derives = sum == present and #keys > 0 and (everyone or has_missing)
    local derived
    if derives then
        derived = at[largest_n]
        table.remove(keys, largest_n)
        table.remove(at, largest_n)
    end
    local nvalues = #keys
    local other = dim.other and sum < present and dim.other
    local field
    if derived or other or has_missing then
        field = nvalues + 1
        keys[field] = not everyone and base .. tag
    end
    for n = 1, nvalues do
        outs[n] = {at[n], n, 1}
    end
    if derived or other then
        local out = {derived or other, field, 1}
        for n = 1, nvalues do
            out[#out + 1] = n
            out[#out + 1] = -1
        end
        outs[#outs + 1] = out
    end
    if has_missing then
        keys[#keys + 1] = false
        outs[#outs + 1] = {dim.missing, #keys, 1, field, -1}
    end
    return {keys = keys, outs = outs}
end

local function cardinality(keys, n, nrows)
    if n == 0 then
        return nrows
    elseif n == 1 then
        return call('SCARD', keys[1])
    end
    return call('SINTERCARD', n, unpack(keys, 1, n))
end

local function count_by_cells()
    local nrows = call('SCARD', rows_key)
    local base = resolve_all(program.sets, true)
    if nrows == 0 or (not base and not program.complement) then
        return
    end
    local axes = {}
    for d = 1, ndims do
        axes[d] = axis_of(d, nrows)
        if #axes[d].outs == 0 then
            return
        end
    end
    -- The raw counts, last dimension fastest.
    local raw, n = {}, 0
    local chosen = {}
    local nbase = base and not program.complement and #base or 0
    for i = 1, nbase do
        chosen[i] = base[i]
    end
    local function fill(d, nchosen)
        if d > ndims then
            local count = cardinality(chosen, nchosen, nrows)
            if program.complement and base and count > 0 then
                for i = 1, #base do
                    chosen[nchosen + i] = base[i]
                end
                count = count - cardinality(chosen, nchosen + #base, nrows)
            end
            n = n + 1
            raw[n] = count
            return
        end
        for _, key in ipairs(axes[d].keys) do
            if key then
                chosen[nchosen + 1] = key
                fill(d + 1, nchosen + 1)
            else
                fill(d + 1, nchosen)
            end
        end
    end
    fill(1, nbase)
    -- Dimension by dimension, raw counts become positions.
    local outer, inner = 1, n
    for d = 1, ndims do
        local nraw, outs = #axes[d].keys, axes[d].outs
        inner = inner / nraw
        local positions, m = {}, 0
        for o = 0, outer - 1 do
            for _, out in ipairs(outs) do
                for i = 1, inner do
                    local count = 0
                    for k = 2, #out, 2 do
                        count = count + out[k + 1] * raw[(o * nraw + out[k] - 1) * inner + i]
                    end
                    m = m + 1
                    positions[m] = count
                end
            end
        end
        raw = positions
        outer = outer * #outs
    end
    -- Only a cell that is not zero makes its values known: they occur under the filter.
    local at, position = 0, {}
    local function emit(d)
        if d <= ndims then
            for _, out in ipairs(axes[d].outs) do
                position[d] = out[1]
                emit(d + 1)
            end
            return
        end
        at = at + 1
        if raw[at] == 0 then
            return
        end
        local index = 0
        for k = 1, ndims do
            local id = position[k]
            index = index * radices[k] + (type(id) == 'string' and id_of(k, id) or id)
        end
        add(index, raw[at])
    end
    emit(1)
end

-- ---- Method split: the candidates are read and put in their cells ----

local tests = compile_all(program.tests)
local fields = program.fields

local function count_by_split()
    local candidates = members(program.sets, program.excluded)
    local ntests = #tests
    if ndims == 0 and ntests == 0 then
        if #candidates > 0 then
            add(0, #candidates)
        end
        return
    end
    for _, name in ipairs(candidates) do
        local row = read_row(name .. tag, fields)
        if ntests == 0 or passes(tests, row) then
            local index = 0
            for d = 1, ndims do
                local dim, value, id = dims[d], row[dims[d].i], nil
                if value then
                    id = dim.ids[value] or id_of(d, value) or dim.other
                else
                    id = dim.missing
                end
                if not id then
                    index = nil
                    break
                end
                index = index * radices[d] + id
            end
            if index then
                add(index, 1)
            end
        end
    end
end

local function count_partition()
    if program.method == 'cells' then
        count_by_cells()
    else
        count_by_split()
    end
end

for _, key in ipairs(KEYS) do
    rows_key, tag = key, tag_of(key, dataset)
    local ok, err = pcall(count_partition)
    if #temporaries > 0 then
        call('UNLINK', unpack(temporaries))
        temporaries = {}
    end
    if not ok then
        return redis.error_reply(type(err) == 'table' and err.err or tostring(err))
    end
end

local flat, n = {}, 0
for index, count in pairs(cells) do
    flat[n + 1] = index
    flat[n + 2] = count
    n = n + 2
end
return {hits, misses, named, open, radices, flat}
