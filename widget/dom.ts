/** An element from its parts. Strings become text nodes, so nothing that arrives can become markup. */
export function el(
  tag: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (string | Node | null)[]
): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child !== null) element.append(child);
  return element;
}
