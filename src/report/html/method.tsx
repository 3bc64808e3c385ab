import type { Term } from "../texts/texts.ts";
import { Section } from "./blocks.tsx";
import type { Part } from "./part.ts";

/** How it was worked out, and what the words mean. */
export function Method({ texts }: Part) {
  return (
    <Section code="method" texts={texts}>
      <Terms rows={texts.method} />
      <Terms rows={texts.glossary} />
    </Section>
  );
}

function Terms({ rows }: { readonly rows: readonly Term[] }) {
  return (
    <dl class="terms">
      {rows.map(({ name, text }) => (
        <div>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
