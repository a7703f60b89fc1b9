// The peer of bench_columns: DuckDB in memory, two threads, over the same rows as CSV from a file or named pipe.
//
//     node bench/duckdb.mjs <folder with node_modules> <csv> [<only queries whose name begins so>]
//
// Says "ready" before each of its 9 rounds and after the last, and waits for a line on standard input, as bench_columns
// --turns does. Prints lines with tabs like it: "time <query> <median ms> <least> <most>", "answer <query> <cells> <sum>".
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(path.resolve(process.argv[2], "package.json"));
const { DuckDBInstance } = require("@duckdb/node-api");
const csv = process.argv[3];
const only = process.argv[4] ?? "";
const rounds = 9;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function takeTurn() {
    console.log("ready");
    await lines.next();
}

const or16 = Array.from({ length: 16 }, (_, i) => `value_${i + 5} = 1`).join(" OR ");
const by = (measures, where = "") => `SELECT value_1, value_2, ${measures} FROM t ${where} GROUP BY 1, 2`;
const queries = {
    dense: by("count(*)"),
    mission:
        "SELECT value_1, value_2, value_3, value_4, count(*) AS n FROM t " +
        `WHERE value_3 IS NOT NULL AND value_4 IS NOT NULL AND (${or16}) GROUP BY 1, 2, 3, 4`,
    dense_or: by("count(*)", `WHERE ${or16}`),
    four_dense: "SELECT value_1, value_2, dense_1, dense_2, count(*) AS n FROM t GROUP BY 1, 2, 3, 4",
    open_or: by("count(*)", "WHERE dense_1 IN (1, 2, 5) AND dense_2 = 3"),
};
// Those with numbers that are not counts: how many of them each row has, behind the groups.
const measured = {
    sum_hundred: [1, by("sum(hundred)")],
    all_hundred: [3, by("avg(hundred), min(hundred), max(hundred)")],
    sum_or: [1, by("sum(hundred)", `WHERE ${or16}`)],
    sum_many: [1, by("sum(hundred_thousand)")],
    all_many: [3, by("avg(hundred_thousand), min(hundred_thousand), max(hundred_thousand)")],
    distinct: [1, by("count(DISTINCT million)")],
    median: [1, by("median(thousand)")],
};
for (const [name, [, sql]] of Object.entries(measured)) {
    queries[name] = sql;
}

// As bench_columns' "answer": the sum of the counts, or of the thousandths of all numbers.
function sum(name, rows) {
    let total = 0n;
    for (const row of rows) {
        if (measured[name]) {
            for (const value of row.slice(-measured[name][0])) {
                total += BigInt(Math.round(Number(value) * 1000));
            }
        } else {
            total += row[row.length - 1];
        }
    }
    return total;
}

const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const connection = await instance.connect();
const small = [...Array.from({ length: 20 }, (_, i) => `value_${i + 1}`), "dense_1", "dense_2", "hundred"];
const types = [
    ...small.map((name) => [name, "UTINYINT"]),
    ["thousand", "USMALLINT"],
    ["hundred_thousand", "UINTEGER"],
    ["million", "UINTEGER"],
];
const columns = types.map(([name, type]) => `'${name}': '${type}'`).join(", ");
await connection.run(`CREATE TABLE t AS SELECT * FROM read_csv('${csv}', header = true, columns = {${columns}})`);

const version = (await connection.runAndReadAll("SELECT version()")).getRows()[0][0];
console.log(`text\tversion\tDuckDB ${version}, @duckdb/node-api, in memory, 2 threads, columns of the smallest types`);

const times = Object.fromEntries(Object.keys(queries).map((name) => [name, []]));
for (let round = -1; round < rounds; round++) {
    if (round >= 0) {
        await takeTurn();
    }
    for (const [name, sql] of Object.entries(queries).filter(([name]) => name.startsWith(only))) {
        const start = process.hrtime.bigint();
        const rows = (await connection.runAndReadAll(sql)).getRows();
        const ms = Number(process.hrtime.bigint() - start) / 1e6;
        if (round < 0) {
            console.log(`answer\t${name}\t${rows.length}\t${sum(name, rows)}`);
        } else {
            times[name].push(ms);
        }
    }
}
await takeTurn();
for (const [name, ms] of Object.entries(times).filter(([, ms]) => ms.length)) {
    ms.sort((a, b) => a - b);
    console.log(`time\t${name}\t${ms[ms.length >> 1]}\t${ms[0]}\t${ms[ms.length - 1]}`);
}
process.exit(0);
