# Writes lua_texts.h: each script, with keys.lua before it, as an array of bytes.
#   cmake -DLUA_DIR=... -DOUT=... -P embed.cmake
set(header "/* Generated from executor/lua. */\n")
foreach(name count write stats cache verify)
    file(READ ${LUA_DIR}/keys.lua keys HEX)
    file(READ ${LUA_DIR}/${name}.lua text HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${keys}${text}")
    string(TOUPPER ${name} upper)
    string(APPEND header "static const char LUA_${upper}[] = {${bytes}};\n")
endforeach()
file(WRITE ${OUT} "${header}")
