import { AppError } from "../crm/error.ts";

/** Counts bytes while reading, so that a body without a length cannot fill the memory. */
export async function readBody(request: Request, limit: number): Promise<string> {
  if (request.headers.has("content-encoding")) throw new AppError("input.invalid");
  if (Number(request.headers.get("content-length") ?? 0) > limit) {
    throw new AppError("input.too_large");
  }
  const reader = request.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw new AppError("input.too_large");
    }
    text += decoder.decode(value, { stream: true });
  }
}
