import { expect, it } from "vitest";
import { apiUse } from "../crm/api-use.ts";
import { ruleClients, savedRules } from "../crm/saved-rules.ts";
import { settingsDocument } from "../crm/settings.ts";
import { runList, writingDocument } from "../crm/writing.ts";
import { SAMPLE_SETTINGS_ANSWERS } from "./samples-settings.ts";

it("the invented portal's settings are shaped as the API tells them", () => {
  const shapes = {
    "/api/settings": settingsDocument,
    "/api/writing": writingDocument,
    "/api/runs": runList,
    "/api/usage": apiUse,
    "/api/segments/rules": savedRules,
    "/api/segments/clients": ruleClients,
  };
  for (const [path, shape] of Object.entries(shapes)) {
    const { error } = shape.safeParse(SAMPLE_SETTINGS_ANSWERS[path]);
    expect(error?.issues ?? [], path).toEqual([]);
  }
});
