-- What is cached in some partitions of a shard, or the clearing of it.
--
-- KEYS  the partitions' rows     ARGV  dataset, 'info' or 'clear'
-- Answers bytes, then the filters' names, each once.

local dataset, clears = ARGV[1], ARGV[2] == 'clear'
local prefix = dataset .. ':'
local bytes, seen, names = 0, {}, {}
for _, rows_key in ipairs(KEYS) do
    local tag = tag_of(rows_key, dataset)
    local names_key = prefix .. 'cache:names' .. tag
    for _, name in ipairs(call('ZRANGE', names_key, 0, -1)) do
        local key = prefix .. 'where:' .. name .. tag
        local size = call('MEMORY', 'USAGE', key)
        if size then
            bytes = bytes + size
            if not seen[name] then
                seen[name] = true
                names[#names + 1] = name
            end
        end
    end
    if clears then
        forget_all_filters(prefix, tag)
    end
end
return {bytes, unpack(names)}
