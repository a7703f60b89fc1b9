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
--   current:index:state{06S}        "live 3 3": which dataset of the name this is, and since when it is
--                                   live, indexing or dropped; not there: as it was before there were versions
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

-- An error where the partitions (KEYS) are not, or not now, what the server takes them for: it may have missed
-- that the dataset was dropped, or made anew. Who writes does not mind that the index is being made. One
-- partition's mark speaks for all: none is touched before all are marked (executor/datasets/dataset_work.c).
local function refusal(dataset, born, writes)
    local mark = call('GET', dataset .. ':index:state' .. tag_of(KEYS[1], dataset))
    if not mark then
        return nil
    end
    local word, number = string.match(mark, '^(%a+) (%d+)')
    if number ~= born or word == 'dropped' then
        return redis.error_reply('NODATASET dataset ' .. dataset .. ' was dropped meanwhile')
    elseif word == 'indexing' and not writes then
        return redis.error_reply('INDEXING the index of dataset ' .. dataset .. ' is being made anew')
    end
    return nil
end
