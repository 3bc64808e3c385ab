import type { RuleNode } from "../crm/segment-rule.ts";
import type { Format } from "./texts/format.ts";
import { rulesTexts } from "./texts/island-rules.ts";

interface BehindProps {
  readonly when: RuleNode;
  /** What the list is of. */
  readonly name: string;
  /** null = the button says what it opens instead of how many they are. */
  readonly clients: number | null;
  readonly format: Format;
}

/** A number of clients that opens their list; nobody to show is only a number. */
export function Behind({ when, name, clients, format }: BehindProps) {
  if (clients === 0) return <>{format.int(clients)}</>;
  const { show } = rulesTexts(format.locale);
  const text = clients === null ? show : format.int(clients);
  return (
    <button
      type="button"
      class="number"
      data-behind={JSON.stringify(when)}
      data-behind-name={name}
      aria-expanded="false"
      aria-label={clients === null ? `${show}: ${name}` : `${text}, ${show}: ${name}`}
    >
      {text}
    </button>
  );
}
