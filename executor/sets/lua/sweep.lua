-- Does one thing with keys of a partition that were found by going over the shard's keys.
--
-- KEYS[1]  current:rows{06S}
-- ARGV     dataset, what rows are stored behind, born, state (empty: any in which it is counted), operation,
--          names ...
--   remove   names of keys, without tag: they go                                      {how many}
--   index    rows: their entries are made                                             {how many rows}
--   find, add     rows: those that are not among the partition's rows                 {mismatches, mended}
--   unlisted, list  index keys, without dataset and tag: sets of fields or of values that are in no list of
--            them                                                                     {mismatches, mended}

local born, state, operation = ARGV[3], ARGV[4], ARGV[5]
local first, mended = 0, 0

if state == '' then
    local refused = refusal(dataset, born, false)
    if refused then
        return refused
    end
elseif call('GET', prefix .. 'index:state' .. tag) ~= state then
    return redis.error_reply('NODATASET dataset ' .. dataset .. ' was changed by another server meanwhile')
end

local operations = {}

function operations.remove(name)
    first = first + call('UNLINK', name .. tag)
end

function operations.index(row)
    first = first + add_row(row)
end

local function is_stray(row)
    return call('SISMEMBER', rows_key, row) == 0 and call('TYPE', row_prefix .. row .. tag).ok == 'hash'
end

function operations.find(row)
    if is_stray(row) then
        first = first + 1
    end
end

function operations.add(row)
    if is_stray(row) then
        first, mended = first + 1, mended + add_row(row)
    end
end

local function unescape(name)
    return (gsub(name, '%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

-- field, value where it is a set of a value; nil where it is neither, or is listed.
local function unlisted(name)
    if name == 'rows' or find(name, ':', 1, true) and not find(name, '^[^:]*=') then
        return nil
    end
    local escaped, value = string.match(name, '^([^=]*)=(.*)$')
    local field = unescape(escaped or name)
    value = value and unescape(value)
    if call('TYPE', prefix .. name .. tag).ok ~= 'set' or (call('SISMEMBER', prefix .. 'index:fields' .. tag, field) == 1
        and (not value or call('SISMEMBER', prefix .. 'values:' .. escaped .. tag, value) == 1)) then
        return nil
    end
    return field, value
end

function operations.unlisted(name)
    if unlisted(name) then
        first = first + 1
    end
end

-- Listed, it is held against the rows with the others.
function operations.list(name)
    local field, value = unlisted(name)
    if not field then
        return
    end
    first, mended = first + 1, mended + 1
    call('SADD', prefix .. 'index:fields' .. tag, field)
    if value then
        call('SADD', prefix .. 'values:' .. escape_field(field) .. tag, value)
    end
end

local run = operations[operation]
for i = 6, #ARGV do
    run(ARGV[i])
end
if mended > 0 then
    tell_change()
end
return {first, mended}
