-- The count script: counts one query's cells over some partitions of a shard. It is made of keys.lua, this
-- file, tests.lua, sets.lua and count.lua.
--
-- KEYS     the partitions' rows, current:rows{06S} ...
-- ARGV[1]  the program, JSON (executor/program.c writes it)
-- Answers  hits, misses: cached filters found and built
--          named: rows of each named set, in the order of their ids
--          open: for each dimension the values by local id (from 1), empty where it is closed
--          radices: for each dimension, how many positions its part of a cell's index has
--          cells: index, count, index, count, ... of the cells that are not zero
--
-- A set of the program is a string, the rest of a key of the index ("value_1=1"); or an object:
--   {k="u", c={sets}}                union      {k="r", e=field, lo=, hi=, ...}  values in a range
--   {k="i", c={sets}, x={sets}}      intersection of c less x
--   {k="s", c={sets}, x={sets}, t={tests}, f={fields}}   rows of that for which the tests hold
-- with w=its name where it is cached, id=its number, d={fields it depends on}.
-- A test is {k="in"|"ex"|"rg"|"or"|"and"|"not"}; i is the place of its field among those read.

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
