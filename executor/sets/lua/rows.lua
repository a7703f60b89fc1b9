-- The script of ROWS: the names of one query's rows, of some partitions of a shard. It is made of keys.lua, filters.lua,
-- values.lua, like.lua, program.lua, tests.lua, sets.lua and this file.
--
-- KEYS     the partitions' rows
-- ARGV[1]  the program, JSON, whose method is split; its dim, if there is one, is the field of ORDER BY
-- ARGV[2]  how many rows the answer can have: of more, each partition tells the first ones
-- ARGV[3]  asc or desc: the way of the values
-- ARGV[4]  a name: rows whose names are not behind it are left out. It may be absent
-- Behind these: how many milliseconds the asker still waits; 0: for ever
-- Answers  hits, misses, named: as the count script
--          rows: their names, or name, value, name, value; a value is false where the row has none

local SORTED_MOST = 10000 -- the asker sorts faster than this script: more rows are told as they are

local most, descends = tonumber(ARGV[2]), ARGV[3] == 'desc'
local after = #ARGV == 5 and ARGV[4]
local dim = program.dims[1]
local tests, weight, fields = compile_all(program.tests), weight_of(program.tests), program.fields
local rows = {} -- of all partitions

-- The name of a row, of its name in keys.
local function unescape(name)
    if find(name, '%', 1, true) then
        return (gsub(name, '%%(%x%x)', function(code) return string.char(tonumber(code, 16)) end))
    end
    return name
end

local function compare_values(a, b)
    local a_is_number, b_is_number = is_number(a), is_number(b)
    if a_is_number and b_is_number then
        return compare_numbers(a, b)
    elseif a_is_number or b_is_number then
        return a_is_number and -1 or 1
    end
    return compare_bytes(a, b)
end

-- Whether row a, {name, value}, is before b.
local function is_before(a, b)
    local x, y = a[2], b[2]
    if x ~= y then
        if not x or not y then
            return x and true
        end
        local order = compare_values(x, y)
        return (descends and order > 0) or (not descends and order < 0)
    end
    return compare_bytes(a[1], b[1]) < 0
end

-- The first rows of a partition: those behind the last one that can still be wanted are not kept.
local function first_of(found)
    if most >= #found or most > SORTED_MOST then
        return found
    end
    local kept, last = {}, nil
    for _, row in ipairs(found) do
        step(8)
        if most > 0 and (not last or is_before(row, last)) then
            kept[#kept + 1] = row
            if #kept >= 2 * most + 64 then
                table.sort(kept, is_before)
                for n = #kept, most + 1, -1 do
                    kept[n] = nil
                end
                last = kept[most]
            end
        end
    end
    table.sort(kept, is_before)
    for n = #kept, most + 1, -1 do
        kept[n] = nil
    end
    return kept
end

local function find_rows()
    local found = {}
    for n, name in ipairs(members(program.sets, program.excluded)) do
        if n % 64 == 0 then
            step(64 * weight)
        end
        local plain = unescape(name)
        if not after or compare_bytes(plain, after) > 0 then
            local row = #fields > 0 and read_row(row_prefix .. name .. tag, fields)
            if #tests == 0 or passes(tests, row) then
                local text = dim and row[dim.i]
                found[#found + 1] = {plain, text and canonical(text)}
            end
        end
    end
    for _, row in ipairs(first_of(found)) do
        rows[#rows + 1] = row[1]
        if dim then
            rows[#rows + 1] = row[2] or false
        end
    end
end

local refused = in_partitions(find_rows)
return refused or {hits, misses, named, rows}
