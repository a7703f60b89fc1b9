-- The names of the keys of one partition. Every script starts with this file.
--
-- KEYS are the partitions' sets of rows, `current:rows{06S}`; whatever else a script touches carries
-- the same tag and so lives in the same slot. executor/keys.c makes the same names.
--
--   current:rows{06S}               the rows' names (without the tag)
--   current:value_1{06S}            those that have value_1
--   current:value_1=1{06S}          those that have value_1 = 1
--   current:values:value_1{06S}     the values of value_1 that occur
--   current:index:fields{06S}       the fields that occur
--   current:where:<filter>{06S}     a cached filter; a string where no row passes it
--   current:cache:names{06S}        the cached filters' names, by expiry
--   current:deps:value_1{06S}       names of cached filters that depend on value_1, by expiry

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
