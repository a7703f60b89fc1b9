-- The fields of some partitions, and about how much memory their entries take.
--
-- KEYS  the partitions' rows     ARGV  dataset
-- Answers {field, bytes, values, field, bytes, values, ...}, each field once; values of the partition that has most.
--
-- Of a field with many values in a partition some values are measured, and the rest is taken to be like them.

local dataset = ARGV[1]
local prefix = dataset .. ':'
local order, sums, most = {}, {}, {}

local function bytes_of(key)
    return call('MEMORY', 'USAGE', key) or 0
end

-- How much memory the values' entries take, and how many values there are.
local function value_bytes(name, tag)
    local values_key = prefix .. 'values:' .. name .. tag
    local nvalues = call('SCARD', values_key)
    local some = call('SSCAN', values_key, '0', 'COUNT', '8')[2]
    local bytes, nmeasured = 0, 0
    for i = 1, math.min(#some, 8) do
        bytes = bytes + bytes_of(prefix .. name .. '=' .. escape_value(some[i]) .. tag)
        nmeasured = nmeasured + 1
    end
    local all = nmeasured > 0 and bytes * nvalues / nmeasured or 0
    return bytes_of(values_key) + all, nvalues
end

for _, rows_key in ipairs(KEYS) do
    local tag = tag_of(rows_key, dataset)
    for _, field in ipairs(call('SMEMBERS', prefix .. 'index:fields' .. tag)) do
        local name = escape_field(field)
        if not sums[field] then
            order[#order + 1] = field
        end
        local bytes, nvalues = value_bytes(name, tag)
        sums[field] = (sums[field] or 0) + bytes_of(prefix .. name .. tag) + bytes
        most[field] = math.max(most[field] or 0, nvalues)
    end
end
local reply = {}
for _, field in ipairs(order) do
    reply[#reply + 1] = field
    reply[#reply + 1] = math.floor(sums[field])
    reply[#reply + 1] = most[field]
end
return reply
