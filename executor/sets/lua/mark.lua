-- Says in some partitions of a shard what a dataset is from now on.
--
-- KEYS  the partitions' rows     ARGV  dataset, the layout and live or indexing or dropped, born, since, life in ms (0: for ever)
-- Answers {number of partitions}.
--
-- What is marked by a later version of the catalog stays: who comes late has been overtaken. Live does not hide
-- entries of an older layout: only after the index was made anew, and marked so, is it live in this one.

local dataset, word, born, since, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
for _, rows_key in ipairs(KEYS) do
    local key = state_key(rows_key, dataset)
    local was_born, was_since = string.match(call('GET', key) or '', '^%d* ?%a+ (%d+) (%d+)$')
    was_born, was_since = tonumber(was_born) or 0, tonumber(was_since) or 0
    if was_born > tonumber(born) or (was_born == tonumber(born) and was_since > tonumber(since)) then
        return redis.error_reply('NODATASET dataset ' .. dataset .. ' was changed by another server meanwhile')
    end
    local state = word .. ' ' .. born .. ' ' .. since
    if ttl > 0 then
        call('SET', key, state, 'PX', ttl)
    elseif not (find(word, 'live', 1, true) and is_old(rows_key, dataset)) then
        call('SET', key, state)
    end
end
return {#KEYS}
