import { makeSettle } from "../../src/runtime/node/settle.ts";
import { openSqlite } from "../../src/runtime/node/sqlite.ts";
import { flowSuite } from "./flow.suite.ts";

const settle = makeSettle();

flowSuite(async (body) => {
  const file = openSqlite(":memory:");
  try {
    await body({ sql: file.sql, settle });
  } finally {
    file.close();
  }
});
