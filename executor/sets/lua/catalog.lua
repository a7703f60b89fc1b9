-- Writes the catalog, unless another server has written it since it was read.
--
-- KEYS[1]  quipu:catalog     ARGV  the version that was read (0: there was none), the new one, the text
-- Answers  1, or 0 where it was not written.

if (call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then
    return 0
end
call('HSET', KEYS[1], 'version', ARGV[2], 'definitions', ARGV[3])
return 1
