-- Counting: positions and cells, by intersections or by reading candidates, partition by partition.
-- The end of the count script, after sets.lua.

-- ---- Positions and cells ----

local dims = program.dims
local open, radices = {}, {}
local grids, cells = program.grids, {}

if not grids then
    grids = {{}}
    for d = 1, #dims do
        grids[1][d] = d
    end
end

for g = 1, #grids do
    cells[g] = {}
end

for d, dim in ipairs(dims) do
    open[d], dim.ids = {}, {}
    radices[d] = dim.n
    dim.tests = dim.when and compile_all(dim.when)
    for n, value in ipairs(dim.v or {}) do
        dim.ids[value] = dim.p[n]
    end
    if not dim.open then
        by_text(dim.ids)
    end
end

-- The values of an open dimension have ids in the order they are met, from 1; 0 is missing. Indexes have
-- to be exact in Lua's numbers, so the radices must be small enough.
local function set_radices(count_values)
    for d, dim in ipairs(dims) do
        if dim.open then
            radices[d] = 1 + count_values(dim)
        end
    end
    for _, grid in ipairs(grids) do
        local product = 1
        for _, d in ipairs(grid) do
            product = product * radices[d]
        end
        if product >= 9007199254740992 then
            return false
        end
    end
    return true
end

local function values_keys(dim)
    local keys = {}
    for n, key in ipairs(KEYS) do
        keys[n] = prefix .. 'values:' .. dim.e .. tag_of(key, dataset)
    end
    return keys
end

local function count_roughly(dim)
    local n = 0
    for _, key in ipairs(values_keys(dim)) do
        n = n + call('SCARD', key)
    end
    return n
end

local function count_exactly(dim)
    return #call('SUNION', unpack(values_keys(dim)))
end

if not set_radices(count_roughly) and not set_radices(count_exactly) then
    return redis.error_reply('LIMIT the open dimensions have more than 2^53 combinations')
end

local function id_of(d, text)
    local ids = dims[d].ids
    local id = ids[text]
    if not id and dims[d].open then
        local value = canonical(text)
        id = ids[value]
        if not id then
            local values = open[d]
            id = #values + 1
            values[id] = value
            ids[value] = id
        end
        ids[text] = id
    end
    return id
end

local function add(counts, index, count)
    counts[index] = (counts[index] or 0) + count
end

-- ---- Method cells: each cell is an intersection of sets ----

-- What is counted along one dimension: keys (false: every row), and how the positions come from it:
-- outs[n] = {position (open: the value), raw index, 1, raw index, -1, ...}
local function axis_of(d, nrows)
    local dim = dims[d]
    local base = prefix .. dim.e
    local keys, at, outs = {}, {}, {}
    local sum, largest, largest_n = 0, 0, nil
    local values = dim.open and call('SMEMBERS', prefix .. 'values:' .. dim.e .. tag) or dim.v
    for _, value in ipairs(values) do
        local key = base .. '=' .. escape_value(value) .. tag
        local n = call('SCARD', key)
        if n > 0 then
            keys[#keys + 1] = key
            at[#keys] = dim.open and value or dim.ids[value]
            sum = sum + n
            if n > largest then
                largest, largest_n = n, #keys
            end
        end
    end
    local present = call('SCARD', base .. tag)
    local everyone = present == nrows
    local has_missing = dim.missing and not everyone
    local derives = sum == present and #keys > 0 and (everyone or has_missing)
    local derived
    if derives then
        derived = at[largest_n]
        table.remove(keys, largest_n)
        table.remove(at, largest_n)
    end
    local nvalues = #keys
    local other = dim.other and sum < present and dim.other
    local field
    if derived or other or has_missing then
        field = nvalues + 1
        keys[field] = not everyone and base .. tag
    end
    for n = 1, nvalues do
        outs[n] = {at[n], n, 1}
    end
    if derived or other then
        local out = {derived or other, field, 1}
        for n = 1, nvalues do
            out[#out + 1] = n
            out[#out + 1] = -1
        end
        outs[#outs + 1] = out
    end
    if has_missing then
        keys[#keys + 1] = false
        outs[#outs + 1] = {dim.missing, #keys, 1, field, -1}
    end
    return {keys = keys, outs = outs}
end

local function cardinality(keys, n, nrows)
    if n == 0 then
        return nrows
    elseif n == 1 then
        return call('SCARD', keys[1])
    end
    return call('SINTERCARD', n, unpack(keys, 1, n))
end

-- Counts the cells of a grid. base: the filter's sets, nil: no row passes them.
local function count_grid(grid, axes, counts, base, nrows)
    -- The raw counts, last dimension fastest.
    local raw, n = {}, 0
    local chosen = {}
    local nbase = base and not program.complement and #base or 0
    local ndims = #axes
    for i = 1, nbase do
        chosen[i] = base[i]
    end
    local function fill(d, nchosen)
        if d > ndims then
            step(1)
            local count = cardinality(chosen, nchosen, nrows)
            if program.complement and base and count > 0 then
                for i = 1, #base do
                    chosen[nchosen + i] = base[i]
                end
                -- Below 0 only where `cache-consistency ttl` lets a filter hold rows that are gone.
                count = math.max(0, count - cardinality(chosen, nchosen + #base, nrows))
            end
            n = n + 1
            raw[n] = count
            return
        end
        for _, key in ipairs(axes[d].keys) do
            if key then
                chosen[nchosen + 1] = key
                fill(d + 1, nchosen + 1)
            else
                fill(d + 1, nchosen)
            end
        end
    end
    fill(1, nbase)
    -- Dimension by dimension, raw counts become positions.
    local outer, inner = 1, n
    for d = 1, ndims do
        local nraw, outs = #axes[d].keys, axes[d].outs
        inner = inner / nraw
        local positions, m = {}, 0
        for o = 0, outer - 1 do
            for _, out in ipairs(outs) do
                for i = 1, inner do
                    local count = 0
                    for k = 2, #out, 2 do
                        count = count + out[k + 1] * raw[(o * nraw + out[k] - 1) * inner + i]
                    end
                    m = m + 1
                    positions[m] = count
                end
            end
        end
        raw = positions
        outer = outer * #outs
    end
    -- Only a cell that is not zero makes its values known: they occur under the filter.
    local at, position = 0, {}
    local function emit(d)
        if d <= ndims then
            for _, out in ipairs(axes[d].outs) do
                position[d] = out[1]
                emit(d + 1)
            end
            return
        end
        at = at + 1
        if raw[at] == 0 then
            return
        end
        local index = 0
        for k = 1, ndims do
            local id, dim = position[k], grid[k]
            index = index * radices[dim] + (type(id) == 'string' and id_of(dim, id) or id)
        end
        add(counts, index, raw[at])
    end
    emit(1)
end

-- The axes of a grid, of those that are known by dimension; nil: it has no cells.
local function axes_of(grid, known, nrows)
    local axes = {}
    for k, d in ipairs(grid) do
        known[d] = known[d] or axis_of(d, nrows)
        if #known[d].outs == 0 then
            return nil
        end
        axes[k] = known[d]
    end
    return axes
end

local function count_by_cells(sets, wanted)
    local nrows = call('SCARD', rows_key)
    local base = resolve_all(sets, true)
    if nrows == 0 or (not base and not program.complement) then
        return
    end
    local known = {}
    for _, g in ipairs(wanted) do
        local axes = axes_of(grids[g], known, nrows)
        if axes then
            count_grid(grids[g], axes, cells[g], base, nrows)
        end
    end
end

-- ---- Method split: the candidates are read and put in their cells ----

local tests, weight = compile_all(program.tests), weight_of(program.tests)
local fields = program.fields

-- Of the grids: those by cells, those by split, and the dimensions of these.
local in_cells, in_split, split_dims = {}, {}, {}
local is_simple = not program.grids -- nor has it a condition

local function sort_grids()
    local is_known = {}
    for g, grid in ipairs(grids) do
        local is_by_cells = program.method == 'cells' or program.method == 'mixed' and program.by[g]
        table.insert(is_by_cells and in_cells or in_split, g)
        for _, d in ipairs(is_by_cells and {} or grid) do
            if not is_known[d] then
                is_known[d] = true
                split_dims[#split_dims + 1] = d
                is_simple = is_simple and not dims[d].tests
            end
        end
    end
end

-- The position of a row; nil: it is in none.
local function place(d, row)
    local dim = dims[d]
    if dim.tests then
        return passes(dim.tests, row) and 1 or 0
    end
    local text = row[dim.i]
    if text then
        return dim.ids[text] or id_of(d, text) or dim.other
    end
    return dim.missing
end

-- Adds a row to the only grid there is, of fields. Most queries have no other, and pay for each row what this costs.
local function add_to_one(row, counts)
    local index = 0
    for d = 1, #dims do
        local dim, text, id = dims[d], row[dims[d].i], nil
        if text then
            id = dim.ids[text] or id_of(d, text) or dim.other
        else
            id = dim.missing
        end
        if not id then
            return
        end
        index = index * radices[d] + id
    end
    counts[index] = (counts[index] or 0) + 1
end

local places = {}

-- Adds a row to each grid: it is looked up once.
local function add_to_grids(row)
    for _, d in ipairs(split_dims) do
        places[d] = place(d, row)
    end
    for _, g in ipairs(in_split) do
        local grid, index = grids[g], 0
        for k = 1, #grid do
            local id = places[grid[k]]
            if not id then
                index = nil
                break
            end
            index = index * radices[grid[k]] + id
        end
        if index then
            add(cells[g], index, 1)
        end
    end
end

local function count_by_split()
    local candidates = members(program.sets, program.excluded)
    local ntests = #tests
    if #split_dims == 0 and ntests == 0 then
        for _, g in ipairs(#candidates > 0 and in_split or {}) do
            add(cells[g], 0, #candidates)
        end
        return
    end
    local add_row = is_simple and add_to_one or add_to_grids
    for n, name in ipairs(candidates) do
        if n % 64 == 0 then
            step(64 * weight)
        end
        local row = read_row(row_prefix .. name .. tag, fields)
        if ntests == 0 or passes(tests, row) then
            add_row(row, cells[1])
        end
    end
end

sort_grids()

local function count_partition()
    if #in_cells > 0 then
        count_by_cells(program.filter or program.sets, in_cells)
    end
    if #in_split > 0 then
        count_by_split()
    end
end

local refused = in_partitions(count_partition)
if refused then
    return refused
end

local function flatten(counts)
    local flat, n = {}, 0
    for index, count in pairs(counts) do
        flat[n + 1] = index
        flat[n + 2] = count
        n = n + 2
    end
    return flat
end

if not program.grids then
    return {hits, misses, named, open, radices, flatten(cells[1])}
end
local flats = {}
for g = 1, #grids do
    flats[g] = flatten(cells[g])
end
return {hits, misses, named, open, radices, flats}
