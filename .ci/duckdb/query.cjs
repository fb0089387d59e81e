// Runs each SQL statement given as an argument in a DuckDB in memory, and prints the
// rows of each as one line of JSON.
const { DuckDBInstance } = require('@duckdb/node-api');

(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const sql of process.argv.slice(2)) {
    const rows = await connection.runAndReadAll(sql);
    console.log(JSON.stringify(rows.getRowObjectsJson()));
  }
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
