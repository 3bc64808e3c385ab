/** An error answer of the portal: HTTP status and the JSON body `{error, error_description, ...extra}`. */
export class RestError extends Error {
  override readonly name = "RestError";
  readonly status: number;
  readonly code: string | number;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string | number,
    description: string,
    extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(description);
    this.status = status;
    this.code = code;
    this.extra = extra;
  }

  get body(): Record<string, unknown> {
    return { error: this.code, error_description: this.message, ...this.extra };
  }
}

/** Old CRM families: an empty code and a text. */
export function oldError(description: string): RestError {
  return new RestError(400, "", description);
}

export function missingParam(name: string): RestError {
  return new RestError(400, "100", `Could not find value for parameter {${name}}`);
}
