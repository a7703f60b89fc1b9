-- The names of the keys of one partition. Every script starts with this file.
--
-- KEYS are the partitions' sets of rows, `current:rows{06S}`; whatever else a script touches carries
-- the same tag and so lives in the same slot. executor/handle/keys.c makes the same names.
--
--   current:rows{06S}               the rows' names (without the tag)
--   current:value_1{06S}            those that have value_1
--   current:value_1=1{06S}          those that have value_1 = 1
--   current:values:value_1{06S}     the values of value_1 that occur
--   current:index:fields{06S}       the fields that occur
--   current:index:state{06S}        "2 live 3 3": the layout of the index, which dataset of the name this is, and
--                                   since when it is live, indexing or dropped
--   current:index:changes{06S}      while somebody watches the dataset: a number that grows with each change
--   current:where:<filter>{06S}     a cached filter; a string where no row passes it
--   current:cache:names{06S}        the cached filters' names, by expiry
--   current:cache:deps{06S}         for each cached filter that writes drop, the fields it depends on: `:value_1:sex`
--   current:cache:fields{06S}       the fields that cached filters depend on
--   current:deps:value_1{06S}       names of cached filters that depend on value_1, by expiry
--
-- A row is the hash profile_7{06S}, or w47:row:profile_7{06S} where the dataset has rows of its own.

local call, pcall_redis = redis.call, redis.pcall
local find, gsub, format, byte, sub = string.find, string.gsub, string.format, string.byte, string.sub

local function percent(c)
    return format('%%%02X', byte(c))
end

local function escape_value(value)
    if find(value, '[%%{}]') then
        return (gsub(value, '[%%{}]', percent))
    end
    return value
end

local function escape_field(field)
    if field == 'rows' then
        return '%72ows'
    end
    if find(field, '[%%{}=:]') then
        return (gsub(field, '[%%{}=:]', percent))
    end
    return field
end

-- `{06S}` of `current:rows{06S}`
local function tag_of(rows_key, dataset)
    return sub(rows_key, #dataset + 6)
end

-- Layouts differ in what is an entry. In layout 2 entries are of values: `=12` has the rows that have 12 or 12.0 or
-- 1.2e1. The first layout had an entry for each text, and marks without a number, or none. Servers of that time take
-- a mark with a number for that of another dataset, and answer NODATASET.
local LAYOUT = '2'

local function state_key(rows_key, dataset)
    return dataset .. ':index:state' .. tag_of(rows_key, dataset)
end

-- Whether a partition has entries of an older layout.
local function is_old(rows_key, dataset)
    local mark = call('GET', state_key(rows_key, dataset)) or ''
    return string.match(mark, '^%d*') ~= LAYOUT and call('EXISTS', rows_key) == 1
end

local function some_are_old(dataset)
    for _, rows_key in ipairs(KEYS) do
        if is_old(rows_key, dataset) then
            return true
        end
    end
    return false
end

-- Counts of this partition may be others from now on. Who watches it reads the number (changes.lua); nobody watches
-- where it is not there.
local function note_change(key)
    if call('EXISTS', key) == 1 then
        call('INCR', key)
    end
end

-- An error where the partitions (KEYS) are not, or not now, what the server takes them for: it may have missed
-- that the dataset was dropped, or made anew. Who writes does not mind that the index is being made, or is to be: it
-- is made of the rows. One partition's mark speaks for all: none is touched before all are marked
-- (executor/datasets/dataset_work.c). A partition that lost all it had, to FLUSHALL for example, is marked by the
-- next write; that mark, "2 refilled 3 0", speaks for no other.
local function refusal(dataset, born, writes)
    local mark = call('GET', state_key(KEYS[1], dataset))
    local layout, word, number = string.match(mark or '', '^(%d*) ?(%a+) (%d+)')
    if mark and (number ~= born or word == 'dropped') then
        return redis.error_reply('NODATASET dataset ' .. dataset .. ' was dropped meanwhile')
    elseif writes then
        if not mark and call('EXISTS', KEYS[1]) == 0 then
            call('SET', state_key(KEYS[1], dataset), LAYOUT .. ' refilled ' .. born .. ' 0')
        end
    elseif word == 'indexing' then
        return redis.error_reply('INDEXING the index of dataset ' .. dataset .. ' is being made anew')
    elseif (layout ~= LAYOUT or word == 'refilled') and some_are_old(dataset) then
        return redis.error_reply('OLDINDEX the index of dataset ' .. dataset .. ' is of an older version')
    end
    return nil
end
