-- The count script: counts one query's cells over some partitions of a shard. It is made of keys.lua,
-- filters.lua, values.lua, this file, tests.lua, sets.lua and count.lua.
--
-- KEYS     the partitions' rows, current:rows{06S} ...
-- ARGV[1]  the program, JSON (executor/sets/program.c writes it)
-- ARGV[2]  (the last one) how many milliseconds the asker still waits; 0: for ever
-- Answers  hits, misses: cached filters found and built
--          named: rows of each named set, in the order of their ids
--          open: for each dimension the values by local id (from 1), empty where it is closed
--          radices: for each dimension, how many positions its part of a cell's index has
--          cells: index, count, index, count, ... of the cells that are not zero; of several grids a list for each
--
-- dims says what is looked up in a row: {e=, i=, n=, v=, p=} positions of values; {e=, i=, open=true} the values that
-- occur; {n=2, when={tests}} whether they hold. Without grids one table of all dims is counted. grids has the dims of
-- each, by says which of them are counted by intersections, of the sets in filter, if the method is mixed.
--
-- A set of the program is a string, the rest of a key of the index ("value_1=1"); or an object:
--   {k="u", c={sets}}                union      {k="r", e=field, lo=, hi=, ...}  values in a range
--   {k="l", e=field, p=, folds=}     values that match a pattern
--   {k="p", e=field, s=, t=test}     values with a part, between separators s, for which the test holds
--   {k="i", c={sets}, x={sets}}      intersection of c less x
--   {k="s", c={sets}, x={sets}, t={tests}, f={fields}}   rows of that for which the tests hold
-- with w=its name where it is cached, id=its number, d={fields it depends on}.
-- A test is {k="in"|"ex"|"rg"|"lk"|"pt"|"or"|"and"|"not"}; i is the place of its field among those read, in a test of
-- a part 1.

local program = cjson.decode(ARGV[1])
local dataset = program.ds
local prefix, row_prefix = dataset .. ':', program.rp
local tag, rows_key
local temporaries = {}
local hits, misses, named = 0, 0, {}
local now_ms

for id = 1, program.named do
    named[id] = 0
end

-- Ends the script when nobody waits for its answer any more, so that it does not hold its shard for nothing. A script's
-- time stands still from Redis 7.2 on; os.clock() is there then, which counts the other threads' work too.
local function clock_ms()
    if rawget(_G, 'os') then
        return os.clock() * 1000 / 4
    end
    local time = call('TIME')
    return time[1] * 1000 + time[2] / 1000
end

local give_up_ms = ARGV[#ARGV] ~= '0' and clock_ms() + ARGV[#ARGV]
local nsteps = 0

local function look_at_the_clock()
    if give_up_ms and clock_ms() > give_up_ms then
        error({err = 'TIMEOUT the query was not answered in time'})
    end
end

-- To be called for each step of a loop that may be long; n: what it costs, 1 for a look at one value.
local function step(n)
    nsteps = nsteps + n
    if nsteps >= 4096 then
        nsteps = 0
        look_at_the_clock()
    end
end
