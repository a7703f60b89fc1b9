#!/bin/sh
# redis-cli as people use it: commands as arguments, in a pipe, raw and for people, --pipe, --scan, both protocols.
#
#     redis_cli.sh HOST PORT
set -eu
cli="redis-cli -h $1 -p $2"
checks=0
piped=$(mktemp)
trap 'rm -f "$piped"' EXIT

expect() { # expect <wanted> <got> <what>
    checks=$((checks + 1))
    if [ "$1" != "$2" ]; then
        printf 'redis-cli: %s: wanted "%s", got "%s"\n' "$3" "$1" "$2" >&2
        exit 1
    fi
}

expect PONG "$($cli ping)" ping
expect OK "$($cli set greeting 'hello world')" set
expect "hello world" "$($cli get greeting)" get
expect '"hello world"' "$($cli --no-raw get greeting)" "get for people"
expect "(nil)" "$($cli --no-raw get nothing)" "nil for people"
expect 2 "$($cli mset a 1 b 2 >/dev/null && $cli exists a b)" "several keys"
expect "1 2" "$($cli mget a b | tr '\n' ' ' | sed 's/ $//')" mget
expect "c b a" "$($cli lpush list a b c >/dev/null && $cli lrange list 0 -1 | tr '\n' ' ' | sed 's/ $//')" list
expect "ERR" "$($cli nosuch x 2>&1 | cut -c1-3)" "unknown command"

# Rows and counts; a script of commands in one connection, an unknown one among them.
i=0
while [ $i -lt 100 ]; do
    echo "HSET profile_$i sex $([ $((i % 2)) = 0 ] && echo f || echo m) age $((i % 10))"
    i=$((i + 1))
done | $cli >/dev/null
expect "f 50 m 50" "$($cli count sex from current | tr '\n' ' ' | sed 's/ $//')" count
expect "10 PONG" "$(printf 'NOSUCH\nQUERY "count from current where age = 3"\nPING\n' | $cli 2>/dev/null | grep -v ERR | tr '\n' ' ' | sed 's/^ *//;s/ $//')" "after an error"
expect 10 "$($cli query 'count from current where age = 3')" query
expect 100 "$($cli -3 query 'count from current')" "RESP3"
expect "1# \"sex\" => \"f\"" "$($cli -3 --no-raw hgetall profile_0 | head -1)" "a map"

# A mass of commands.
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "SET mass:%d %d\r\n", i, i }' | $cli --pipe >"$piped" 2>&1
expect "errors: 0, replies: 20000" "$(tail -n 1 "$piped")" --pipe
expect 20000 "$($cli --scan --pattern 'mass:*' | sort -u | wc -l)" --scan
expect "OK QUEUED QUEUED OK 2" "$(printf 'MULTI\nSET {t}n 1\nINCR {t}n\nEXEC\n' | $cli | tr '\n' ' ' | sed 's/ $//')" transaction

# Many at once.
for n in 1 2 3 4 5 6 7 8; do
    $cli -r 100 incr together >/dev/null &
done
wait
expect 800 "$($cli get together)" "eight at once"
echo "redis-cli: $checks checks"
