-- Cardinalities of some fields over some partitions of a shard.
--
-- KEYS  the partitions' rows     ARGV  dataset, most values to list, fields ...
-- Answers rows, then for each field {rows that have it, number of values, value, rows, value, rows, ...};
-- no values where a partition has too many of them.

local dataset, most = ARGV[1], tonumber(ARGV[2])
local prefix = dataset .. ':'
local rows = 0
local result = {}
for i = 3, #ARGV do
    result[i - 2] = {present = 0, unlisted = 0, values = {}, order = {}}
end
for _, rows_key in ipairs(KEYS) do
    local tag = tag_of(rows_key, dataset)
    rows = rows + call('SCARD', rows_key)
    for i = 3, #ARGV do
        local field, stats = escape_field(ARGV[i]), result[i - 2]
        local values_key = prefix .. 'values:' .. field .. tag
        stats.present = stats.present + call('SCARD', prefix .. field .. tag)
        local nvalues = call('SCARD', values_key)
        if nvalues > most or stats.unlisted > 0 then
            stats.unlisted = stats.unlisted + nvalues
        else
            for _, value in ipairs(call('SMEMBERS', values_key)) do
                local n = call('SCARD', prefix .. field .. '=' .. escape_value(value) .. tag)
                if not stats.values[value] then
                    stats.order[#stats.order + 1] = value
                end
                stats.values[value] = (stats.values[value] or 0) + n
            end
        end
    end
end
local reply = {rows}
for i, stats in ipairs(result) do
    local nvalues = #stats.order
    local flat = {stats.present, nvalues + stats.unlisted}
    if stats.unlisted == 0 and nvalues <= most then
        for _, value in ipairs(stats.order) do
            flat[#flat + 1] = value
            flat[#flat + 1] = stats.values[value]
        end
    end
    reply[i + 1] = flat
end
return reply
