-- A row's index entries, made from the row. Part of the scripts that look after one partition, after values.lua:
-- KEYS[1] is its rows, ARGV begins with the dataset and what its rows are stored behind.

local dataset, row_prefix = ARGV[1], ARGV[2]
local rows_key, prefix = KEYS[1], dataset .. ':'
local tag = tag_of(rows_key, dataset)

local function add_entry(row, field, text)
    local escaped, value = escape_field(field), canonical(text)
    return call('SADD', prefix .. escaped .. tag, row)
        + call('SADD', prefix .. escaped .. '=' .. escape_value(value) .. tag, row)
        + call('SADD', prefix .. 'values:' .. escaped .. tag, value)
        + call('SADD', prefix .. 'index:fields' .. tag, field)
end

-- 1 where there is such a row.
local function add_row(row)
    local content = pcall_redis('HGETALL', row_prefix .. row .. tag)
    if content.err or #content == 0 then
        return 0
    end
    call('SADD', rows_key, row)
    for i = 1, #content, 2 do
        add_entry(row, content[i], content[i + 1])
    end
    return 1
end

-- After the index was mended.
local function tell_change()
    forget_all_filters(prefix, tag)
    note_change(prefix .. 'index:changes' .. tag)
end
