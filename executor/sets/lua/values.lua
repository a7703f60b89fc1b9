-- The value of a text that a row has: a number in plain digits where the text is a numeral, else the text
-- itself. base/number.c says the same in C, and what a numeral is.
--
--   canonical('12.0') == '12'     canonical('1.2e1') == '12'     canonical('007') == '007'
--
-- The index holds values; rows hold texts. Part of the scripts that read rows, after keys.lua.

local match = string.match
local NINE, EXPONENT_MOST = byte('9'), 400

local function is_number(text)
    if find(text, '^%-?[1-9]%d*$') or text == '0' then
        return true
    end
    return find(text, '^%-?[1-9]%d*%.%d*[1-9]$') or find(text, '^%-?0%.%d*[1-9]$')
end

-- Digits with the point behind the first `point` of them, or before them where it is below 1.
local function place_point(digits, point)
    if point <= 0 then
        return '0.' .. string.rep('0', -point) .. digits
    elseif point >= #digits then
        return digits .. string.rep('0', point - #digits)
    end
    return sub(digits, 1, point) .. '.' .. sub(digits, point + 1)
end

local function canonical(text)
    local first = byte(text)
    if not first or first > NINE or is_number(text) then
        return text
    end
    local sign, whole, rest = match(text, '^([%+%-]?)(%d*)(.*)$')
    local fraction = match(rest, '^%.(%d+)') or ''
    if (whole == '' and fraction == '') or find(whole, '^0%d') then
        return text
    end
    local exponent = 0
    if fraction ~= '' then
        rest = sub(rest, #fraction + 2)
    end
    if rest ~= '' then
        exponent = tonumber(match(rest, '^[eE]([%+%-]?%d+)$') or 'no')
        if not exponent or exponent > EXPONENT_MOST or exponent < -EXPONENT_MOST then
            return text
        end
    end
    local digits = whole .. fraction
    local start = find(digits, '[1-9]')
    if not start then
        return '0'
    end
    local value = place_point(match(digits, '^.*[1-9]', start), #whole + exponent - start + 1)
    return sign == '-' and '-' .. value or value
end
