/** Text that we put into the CRM, and the line by which it is found again. */

/** One line that no text of ours can contain: braces are taken out of titles and texts. */
export function markerOf(actionKey: string): string {
  const safe = actionKey.replace(
    /[^\w.:|-]/gu,
    (sign) => `~${(sign.codePointAt(0) ?? 0).toString(16)}~`,
  );
  return `{pulse:${safe}}`;
}

/** Square brackets would be BBCode, for which the vendor documents no escape: they become look-alikes. */
export function plain(text: string, limit: number): string {
  return [...text]
    .slice(0, limit)
    .join("")
    .replaceAll("[", "［")
    .replaceAll("]", "］")
    .replaceAll("{", "(")
    .replaceAll("}", ")")
    .replace(/(?!\n)\p{Cc}/gu, "");
}

export function plainLine(text: string, limit: number): string {
  return plain(text, limit).replaceAll("\n", " ");
}
