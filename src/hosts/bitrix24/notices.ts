import type { HostWriter, NoticeDraft } from "../../crm/host-writes.ts";
import { callMethod } from "./api.ts";
import { toId } from "./values.ts";
import { plain } from "./write-text.ts";

const TEXT_CHARS = 2_000;
const TAG_CHARS = 255;

/** Notifications of the application. The same tag replaces what the person had of it, so repeating does no harm. */
export const notices: HostWriter<NoticeDraft> = {
  async create(link, draft) {
    const { result } = await callMethod(link, "im.notify.system.add", {
      USER_ID: draft.userId,
      MESSAGE: messageOf(draft),
      TAG: `PULSE|${draft.tag}`.slice(0, TAG_CHARS),
    });
    return { id: toId(result) };
  },
  isRepeatable: true,
};

/** The only BBCode of ours is the link, to the portal's own page. */
function messageOf({ text, about }: NoticeDraft): string {
  const words = plain(text, TEXT_CHARS);
  return about === null ? words : `[URL=/crm/${about.entity}/details/${about.id}/]${words}[/URL]`;
}
