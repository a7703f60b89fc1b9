// Runs SQL in DuckDB and prints the rows of the last statement as JSON, every value as the text that DuckDB casts it to.
//
//     NODE_PATH=build/clients/node_modules node tests/clients/duckdb_run.js "select 1" "select 2, 'a'"      [["2","a"]]
const { DuckDBInstance } = require("@duckdb/node-api");

async function main(statements) {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  let reader;
  for (const statement of statements) {
    reader = await connection.runAndReadAll(statement);
  }
  const rows = reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
  process.stdout.write(JSON.stringify(rows) + "\n");
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(error.message + "\n");
  process.exit(1);
});
