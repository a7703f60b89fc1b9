-- Writes a piece of the hash that INTO makes, and puts the hash into its place with the last piece.
--
-- KEYS  a temporary hash; with the last piece, the key that it becomes
-- ARGV  how many fields it has so far; its life, in ms until the next piece or in seconds from the last one on (0: for
--       ever); field, value, ...
-- Answers how many fields it has now. An error leaves the key as it was.
--
-- Without memory the first HSET fails, before anything is removed. If the temporary hash has not got the fields that were
-- written (it expired, or all keys were deleted), the rest of it would be taken for the whole: LOST.

local STEP = 1000 -- arguments of one HSET: unpack has a limit
local temporary, key = KEYS[1], KEYS[2]
local before, life = tonumber(ARGV[1]), ARGV[2]

if call('HLEN', temporary) ~= before then
    call('UNLINK', temporary)
    return redis.error_reply('LOST the fields that were written before')
end
for i = 3, #ARGV, STEP do
    call('HSET', temporary, unpack(ARGV, i, math.min(i + STEP - 1, #ARGV)))
end
local now = call('HLEN', temporary)
if now ~= before + (#ARGV - 2) / 2 then
    call('UNLINK', temporary)
    return redis.error_reply('TWICE a field was written twice')
end
if not key then
    call('PEXPIRE', temporary, life)
    return now
end
if life ~= '0' then
    call('EXPIRE', temporary, life)
else
    call('PERSIST', temporary)
end
call('UNLINK', key)
if now > 0 then
    call('RENAME', temporary, key)
end
return now
