-- How many keys some partitions have that clients do not see: all but the rows.
--
-- KEYS  the partitions' rows     ARGV  dataset
-- Answers {number of keys}.

local prefix = ARGV[1] .. ':'
local n = 0
for _, rows_key in ipairs(KEYS) do
    local tag = tag_of(rows_key, ARGV[1])
    local function has(name)
        n = n + call('EXISTS', prefix .. name .. tag)
    end
    n = n + call('EXISTS', rows_key)
    has('index:fields')
    has('index:state')
    has('index:changes')
    has('cache:names')
    has('cache:deps')
    has('cache:fields')
    for _, field in ipairs(call('SMEMBERS', prefix .. 'index:fields' .. tag)) do
        local name = escape_field(field)
        has(name)
        has('values:' .. name)
        n = n + call('SCARD', prefix .. 'values:' .. name .. tag)
    end
    for _, field in ipairs(call('SMEMBERS', prefix .. 'cache:fields' .. tag)) do
        has('deps:' .. field)
    end
    for _, name in ipairs(call('ZRANGE', prefix .. 'cache:names' .. tag, 0, -1)) do
        has('where:' .. name)
    end
end
return {n}
