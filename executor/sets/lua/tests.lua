-- Testing a row: the order of values, and a filter's tests compiled into functions.
-- Part of the count script, after program.lua and like.lua. Rows have texts, tests are of values (values.lua).

-- ---- Order of values: canonical numbers by their digits, text by its bytes ----

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

-- ---- Tests of a row, compiled once ----

-- What a list says of a value, looked up by a text of that value. A text is made a value where it is not in the list
-- as it stands, and once in a script.
local function by_text(list)
    return setmetatable(list, {__index = function(_, text)
        local value = canonical(text)
        local found = value ~= text and rawget(list, value) or false
        list[text] = found
        return found
    end})
end

local compile

-- A function from a text of several values to whether the test holds for one of them. Nothing between two
-- separators is no value.
local function parts_test(separator, test)
    local holds_for = compile(test)
    return function(text)
        local from = 1
        while from <= #text do
            local first, last = find(text, separator, from, true)
            if first ~= from and holds_for({sub(text, from, first and first - 1)}) then
                return true
            end
            from = last and last + 1 or #text + 1
        end
        return false
    end
end

-- A function from a value to whether a range, a pattern or a test of parts holds it.
local function value_test(test)
    if test.p then
        return like_compile(test.p, test.folds)
    elseif test.s then
        return parts_test(test.s, test.t)
    end
    return function(value) return in_range(test, value) end
end

function compile(test)
    local kind, i = test.k, test.i
    if kind == 'in' then
        local only = test.v[1]
        if #test.v == 1 and not is_number(only) then
            return function(row) return row[i] == only end
        end
        local values = {}
        for _, value in ipairs(test.v) do
            values[value] = true
        end
        values = by_text(values)
        return function(row) return row[i] and values[row[i]] end
    elseif kind == 'ex' then
        return function(row) return row[i] end
    elseif kind == 'rg' or kind == 'lk' or kind == 'pt' then
        local memo, holds_for = {}, value_test(test)
        return function(row)
            local text = row[i]
            if not text then
                return false
            end
            local holds = memo[text]
            if holds == nil then
                holds = holds_for(canonical(text))
                memo[text] = holds
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

-- How many tests there are in all.
local weight_of
function weight_of(tests)
    local n = 1
    for _, test in ipairs(tests) do
        n = n + (test.c and weight_of(test.c) or 1)
    end
    return n
end

local CHUNK = 1000 -- arguments of one command: Lua's stack is bounded

-- A row's texts in the fields' order; false where it has none.
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
