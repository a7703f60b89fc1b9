-- Which fields and values some partitions have.
--
-- KEYS  the partitions' rows     ARGV  dataset, born, number of fields, number of names, names ..., field, value, field, value, ...
-- Answers {{which names are fields of a row, from 1}, {which pairs a row has, from 1}, {all fields' names}}.
--
-- The first names are fields of a query, those behind them words that may be. All names are told where one of the
-- query's fields is not there.

local CHUNK = 1000
local dataset, born = ARGV[1], ARGV[2]
local nfields, nnames = tonumber(ARGV[3]), tonumber(ARGV[4])
local FIRST = 4 -- behind it the names begin
local prefix = dataset .. ':'

local refused = refusal(dataset, born, false)
if refused then
    return refused
end

local names, pairs_there, all = {}, {}, {}
local left, pairs_left = {}, {}
for n = 1, nnames do
    left[n] = n
end
for at = FIRST + nnames + 1, #ARGV, 2 do
    pairs_left[#pairs_left + 1] = (at - FIRST - nnames + 1) / 2
end

-- Those of the names that are left which the partition has not.
local function look_for_names(key)
    local rest = {}
    for first = 1, #left, CHUNK do
        local asked = {}
        for i = first, math.min(first + CHUNK - 1, #left) do
            asked[#asked + 1] = ARGV[FIRST + left[i]]
        end
        for i, is_there in ipairs(call('SMISMEMBER', key, unpack(asked))) do
            local n = left[first + i - 1]
            if is_there == 1 then
                names[#names + 1] = n
            else
                rest[#rest + 1] = n
            end
        end
    end
    return rest
end

local function look_for_pairs(tag)
    local rest = {}
    for _, n in ipairs(pairs_left) do
        local at = FIRST + nnames + 2 * n
        if call('EXISTS', prefix .. escape_field(ARGV[at - 1]) .. '=' .. escape_value(ARGV[at]) .. tag) == 1 then
            pairs_there[#pairs_there + 1] = n
        else
            rest[#rest + 1] = n
        end
    end
    return rest
end

for _, rows_key in ipairs(KEYS) do
    local tag = tag_of(rows_key, dataset)
    left = look_for_names(prefix .. 'index:fields' .. tag)
    pairs_left = look_for_pairs(tag)
end
if left[1] and left[1] <= nfields then
    local is_known = {}
    for _, rows_key in ipairs(KEYS) do
        for _, name in ipairs(call('SMEMBERS', prefix .. 'index:fields' .. tag_of(rows_key, dataset))) do
            if not is_known[name] then
                is_known[name] = true
                all[#all + 1] = name
            end
        end
    end
end
return {names, pairs_there, all}
