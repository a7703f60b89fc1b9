-- Holds rows against their index entries, and entries against their rows, a slice at a time.
--
-- KEYS[1]  current:rows{06S}     ARGV  dataset, where to go on (empty: at the beginning), slice
-- Answers  rows, entries, mismatches of this slice, and where to go on (empty: done).
--
-- Each row or entry is held against its other side in one step, so writes may go on meanwhile.

local dataset, slice = ARGV[1], ARGV[3]
local rows_key, prefix = KEYS[1], ARGV[1] .. ':'
local tag = tag_of(rows_key, dataset)
local state = ARGV[2] == '' and {phase = 'rows', cursor = '0'} or cjson.decode(ARGV[2])
local rows, entries, mismatches = 0, 0, 0

local function expect(holds)
    if not holds then
        mismatches = mismatches + 1
    end
end

local function check_row(row)
    local content = pcall_redis('HGETALL', row .. tag)
    if content.err or #content == 0 then
        expect(false)
        return
    end
    rows = rows + 1
    for i = 1, #content, 2 do
        local field, value = escape_field(content[i]), content[i + 1]
        entries = entries + 1
        expect(call('SISMEMBER', prefix .. field .. tag, row) == 1
            and call('SISMEMBER', prefix .. field .. '=' .. escape_value(value) .. tag, row) == 1
            and call('SISMEMBER', prefix .. 'values:' .. field .. tag, value) == 1
            and call('SISMEMBER', prefix .. 'index:fields' .. tag, content[i]) == 1)
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
    local scan = call('SSCAN', prefix .. escape_field(field) .. tag, state.cursor, 'COUNT', slice)
    for _, row in ipairs(scan[2]) do
        expect(call('SISMEMBER', rows_key, row) == 1 and call('HEXISTS', row .. tag, field) == 1)
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
            expect(call('HGET', row .. tag, field) == value)
        end
        state.cursor = scan[1]
        if state.cursor == '0' then
            table.remove(state.values)
        end
    end
    if #state.values == 0 then
        table.remove(state.fields)
        state = {phase = 'field', cursor = '0', fields = state.fields}
    end
end
local done = state.phase == 'field' and #state.fields == 0
return {rows, entries, mismatches, done and '' or cjson.encode(state)}
