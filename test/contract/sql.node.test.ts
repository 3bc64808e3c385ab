import { openSqlite } from "../../src/runtime/node/sqlite.ts";
import { sqlContract } from "./sql.contract.ts";

sqlContract(async (body) => {
  const file = openSqlite(":memory:");
  try {
    await body(file.sql);
  } finally {
    file.close();
  }
});
