import type { LabelDictionary, LabelRecord } from "../../crm/records.ts";

/** Sources of mail and telephony are called after the address or the number that they answer. */
const ADDRESS = /\S@\S|\+?\d(?:[\s().-]*\d){6,}/;

/** Names of goods hold long numbers of their own and no addresses. */
const CHECKED: readonly LabelDictionary[] = ["source", "lossReason"];

/** The label of an id; nothing where its name could be how to reach somebody, which is never kept. */
export function labelsFor(
  dictionary: LabelDictionary,
  id: string,
  name: string | null | undefined,
  parentId: string | null = null,
): readonly LabelRecord[] {
  if (!name || (CHECKED.includes(dictionary) && ADDRESS.test(name))) return [];
  return [{ entity: "label", dictionary, id, name, parentId }];
}
