-- Holds rows against their index entries, and entries against their rows, a slice at a time; mends them.
--
-- KEYS[1]  current:rows{06S}
-- ARGV     dataset, what rows are stored behind, born, where to go on (empty: at the beginning), slice,
--          '1' to mend
-- Answers  rows, entries, mismatches and mended ones of this slice, and where to go on (empty: done).
--
-- Each row or entry is held against its other side in one step, so writes may go on meanwhile. The row is
-- what counts: entries are made after it, or taken away.

local slice, mends = ARGV[5], ARGV[6] == '1'
local state = ARGV[4] == '' and {phase = 'rows', cursor = '0'} or cjson.decode(ARGV[4])
local rows, entries, mismatches, mended = 0, 0, 0, 0

local refused = refusal(dataset, ARGV[3], false)
if refused then
    return refused
end

-- mend makes it hold.
local function expect(holds, mend)
    if holds then
        return
    end
    mismatches = mismatches + 1
    if mends then
        mend()
        mended = mended + 1
    end
end

local function check_row(row)
    local content = pcall_redis('HGETALL', row_prefix .. row .. tag)
    if content.err or #content == 0 then
        expect(false, function() call('SREM', rows_key, row) end)
        return
    end
    rows = rows + 1
    for i = 1, #content, 2 do
        local field, value = escape_field(content[i]), canonical(content[i + 1])
        entries = entries + 1
        expect(call('SISMEMBER', prefix .. field .. tag, row) == 1
            and call('SISMEMBER', prefix .. field .. '=' .. escape_value(value) .. tag, row) == 1
            and call('SISMEMBER', prefix .. 'values:' .. field .. tag, value) == 1
            and call('SISMEMBER', prefix .. 'index:fields' .. tag, content[i]) == 1,
            function() add_entry(row, content[i], value) end)
    end
end

-- The row's value of the field, false where it has none or is no row.
local function value_of(row, field)
    local value = pcall_redis('HGET', row_prefix .. row .. tag, field)
    return type(value) == 'string' and canonical(value)
end

local function check_holder(row, field, key)
    local value = value_of(row, field)
    expect(value and call('SISMEMBER', rows_key, row) == 1, function()
        if value then
            add_row(row)
        else
            call('SREM', key, row)
        end
    end)
end

-- A value that is listed must have rows, a field that is listed must have values.
local function check_lists(field, value)
    local values = prefix .. 'values:' .. escape_field(field) .. tag
    if value and call('SISMEMBER', values, value) == 1 then
        expect(call('EXISTS', prefix .. escape_field(field) .. '=' .. escape_value(value) .. tag) == 1,
            function() call('SREM', values, value) end)
    end
    if call('SISMEMBER', prefix .. 'index:fields' .. tag, field) == 1 then
        expect(call('EXISTS', values) == 1,
            function() call('SREM', prefix .. 'index:fields' .. tag, field) end)
    end
end

-- Where one slice ends the next phase begins: rows, then for each field its own set, then its values'.
if state.phase == 'rows' then
    local scan = call('SSCAN', rows_key, state.cursor, 'COUNT', slice)
    for _, row in ipairs(scan[2]) do
        check_row(row)
    end
    state.cursor = scan[1]
    if state.cursor == '0' then
        state = {phase = 'field', cursor = '0', fields = call('SMEMBERS', prefix .. 'index:fields' .. tag)}
    end
elseif state.phase == 'field' then
    local field = state.fields[#state.fields]
    local key = prefix .. escape_field(field) .. tag
    local scan = call('SSCAN', key, state.cursor, 'COUNT', slice)
    for _, row in ipairs(scan[2]) do
        check_holder(row, field, key)
    end
    state.cursor = scan[1]
    if state.cursor == '0' then
        state.phase = 'values'
        state.values = call('SMEMBERS', prefix .. 'values:' .. escape_field(field) .. tag)
    end
else
    local field, value = state.fields[#state.fields], state.values[#state.values]
    if value then
        local key = prefix .. escape_field(field) .. '=' .. escape_value(value) .. tag
        local scan = call('SSCAN', key, state.cursor, 'COUNT', slice)
        for _, row in ipairs(scan[2]) do
            expect(value_of(row, field) == value, function() call('SREM', key, row) end)
        end
        state.cursor = scan[1]
        if state.cursor == '0' then
            check_lists(field, value)
            table.remove(state.values)
        end
    else
        check_lists(field, nil)
    end
    if #state.values == 0 then
        table.remove(state.fields)
        state = {phase = 'field', cursor = '0', fields = state.fields}
    end
end
if mended > 0 then
    tell_change()
end
local done = state.phase == 'field' and #state.fields == 0
return {rows, entries, mismatches, mended, done and '' or cjson.encode(state)}
