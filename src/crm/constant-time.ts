/** Compares two texts without telling by its duration where they differ. Lengths may be learnt. */
export function constantTimeEqual(left: string, right: string): boolean {
  const length = Math.max(left.length, right.length);
  let difference = left.length ^ right.length;
  for (let at = 0; at < length; at += 1) {
    difference |= (left.charCodeAt(at) || 0) ^ (right.charCodeAt(at) || 0);
  }
  return difference === 0;
}
