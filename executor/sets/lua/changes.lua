-- How often some partitions of a shard have changed since somebody watches them.
--
-- KEYS  the partitions' rows     ARGV  dataset, for how long they are watched, in ms, '1' to watch for longer now
-- Answers a number for each partition. It begins with the time in microseconds, and scripts that change a partition's
-- rows add 1. So a number that was lost, to FLUSHALL for example, begins again above the old one.

local dataset, watch_ms, renews = ARGV[1], ARGV[2], ARGV[3] == '1'
local keys, answer = {}, {}
for n, rows_key in ipairs(KEYS) do
    keys[n] = dataset .. ':index:changes' .. tag_of(rows_key, dataset)
end
local time
for n, number in ipairs(call('MGET', unpack(keys))) do
    if not number then
        time = time or call('TIME')
        number = time[1] .. format('%06d', time[2])
        call('SET', keys[n], number, 'PX', watch_ms)
    elseif renews then
        call('PEXPIRE', keys[n], watch_ms)
    end
    answer[n] = number
end
return answer
