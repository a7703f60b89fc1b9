-- LIKE and ILIKE, as base/like.c has them: `%` is any text, `_` one character, a backslash takes the meaning from
-- what follows it. Part of scripts that start with keys.lua.

-- How many bytes the character at a place has; a byte that belongs to no character of UTF-8 is one.
local function char_length(text, at)
    local first = byte(text, at)
    if first < 0xc2 or first > 0xf4 then
        return 1
    end
    local length = first < 0xe0 and 2 or first < 0xf0 and 3 or 4
    local least = first == 0xe0 and 0xa0 or first == 0xf0 and 0x90 or 0x80
    local most = first == 0xed and 0x9f or first == 0xf4 and 0x8f or 0xbf
    for n = 1, length - 1 do
        local next_byte = byte(text, at + n)
        if not next_byte or next_byte < least or next_byte > most then
            return 1
        end
        least, most = 0x80, 0xbf
    end
    return length
end

-- The pattern's elements: a character as text, ANY for `%`, ONE for `_`.
local ANY, ONE = 1, 2

local function like_elements(pattern)
    local elements, at = {}, 1
    while at <= #pattern do
        local length = char_length(pattern, at)
        local char = sub(pattern, at, at + length - 1)
        at = at + length
        if char == '%' then
            char = ANY
        elseif char == '_' then
            char = ONE
        elseif char == '\\' and at <= #pattern then
            length = char_length(pattern, at)
            char = sub(pattern, at, at + length - 1)
            at = at + length
        end
        elements[#elements + 1] = char
    end
    return elements
end

local function fold_ascii(text)
    return (gsub(text, '[A-Z]', function(letter) return string.char(byte(letter) + 32) end))
end

-- A function from a text to whether it matches. On a mismatch the last `%` takes one character more.
local function like_compile(pattern, folds)
    local elements = like_elements(folds and fold_ascii(pattern) or pattern)
    local last = #elements
    return function(text)
        text = folds and fold_ascii(text) or text
        local n, at = 1, 1
        local behind, taken -- the element after the last `%`, and the text that it has left
        while true do
            local element = elements[n]
            if element == ANY then
                if n == last then
                    return true
                end
                n = n + 1
                behind, taken = n, at
            elseif at > #text then
                return n > last
            else
                local after = at + char_length(text, at)
                if element and (element == ONE or element == sub(text, at, after - 1)) then
                    n, at = n + 1, after
                elseif behind then
                    taken = taken + char_length(text, taken)
                    n, at = behind, taken
                else
                    return false
                end
            end
        end
    end
end
