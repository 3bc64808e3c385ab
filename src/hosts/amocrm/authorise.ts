import { AppError } from "../../crm/error.ts";
import type { HostAuth } from "../../crm/host.ts";
import type { HttpRequest } from "../../crm/ports.ts";

/** The token goes to the account's own address and nowhere else. Throws AppError `host.forbidden_address`. */
export function authorise(request: HttpRequest, auth: HostAuth): HttpRequest {
  if (!request.url.startsWith(auth.endpoint)) throw new AppError("host.forbidden_address");
  return {
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${auth.accessToken}` },
  };
}
