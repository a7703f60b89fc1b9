-- A partition's cached filters: what is noted of them beside the sets themselves, and goes with them. Part of the
-- scripts that keep or drop filters, after keys.lua.
--
-- A filter that writes are to drop is noted in three places: among the names, by expiry; with the fields it
-- depends on in cache:deps; and under each of these fields. None of them expires: a filter that is not noted any
-- more would not be dropped. What notes filters that are gone goes when the next one is kept.

local function forget_filter(prefix, tag, name)
    local known = prefix .. 'cache:deps' .. tag
    local fields = call('HGET', known, name)
    call('UNLINK', prefix .. 'where:' .. name .. tag)
    call('ZREM', prefix .. 'cache:names' .. tag, name)
    if not fields then
        return
    end
    call('HDEL', known, name)
    for field in string.gmatch(fields, ':([^:]*)') do
        local deps = prefix .. 'deps:' .. field .. tag
        call('ZREM', deps, name)
        if call('EXISTS', deps) == 0 then
            call('SREM', prefix .. 'cache:fields' .. tag, field)
        end
    end
end

local function forget_all_filters(prefix, tag)
    local names = prefix .. 'cache:names' .. tag
    for _, name in ipairs(call('ZRANGE', names, 0, -1)) do
        forget_filter(prefix, tag, name)
    end
    call('UNLINK', names, prefix .. 'cache:deps' .. tag, prefix .. 'cache:fields' .. tag)
end
