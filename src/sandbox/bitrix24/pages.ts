import { encodeForm, type Params } from "./form.ts";
import {
  type Frame,
  hex,
  type Install,
  type Placement,
  userFieldsOf,
  type World,
} from "./model.ts";
import { ACCESS_SECONDS, endpoints, issueToken } from "./tokens.ts";

/** What a browser posts into the frame of an application. */
export interface PagePost {
  readonly url: string;
  /** Urlencoded form. */
  readonly body: string;
  readonly sid: string;
  /** `name` of the frame: `DOMAIN|PROTOCOL|APP_SID`. */
  readonly frameName: string;
}

export type CardKind = "deal" | "contact" | "company";

/** PHP escapes slashes in JSON. */
function phpJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("/", "\\/");
}

export interface PageSpec {
  readonly install: Install;
  readonly userId: number;
  readonly handler: string;
  readonly placement: string;
  readonly options: Params;
  readonly isInstaller: boolean;
  /** Language of the viewer; default `ru`. */
  readonly language?: string;
}

/** Opens a page of the application for a viewer: new tokens, new APP_SID, the exact post. */
export function openFrame(world: World, spec: PageSpec): PagePost {
  const { install, userId } = spec;
  const { portal } = install;
  const token = issueToken(world, install, userId);
  const sid = hex(world, 16);
  const frame: Frame = {
    sid,
    install,
    userId,
    placement: spec.placement,
    options: spec.options,
    isInstaller: spec.isInstaller,
    log: [],
  };
  world.frames.set(sid, frame);
  const urls = endpoints(install);
  const protocol = portal.origin.startsWith("https:") ? "1" : "0";
  const url = new URL(spec.handler);
  url.searchParams.set("DOMAIN", urls.portalHost);
  url.searchParams.set("PROTOCOL", protocol);
  url.searchParams.set("LANG", spec.language ?? "ru");
  url.searchParams.set("APP_SID", sid);
  const hasOptions = Object.keys(spec.options).length > 0;
  const body = encodeForm({
    AUTH_ID: token.access,
    AUTH_EXPIRES: ACCESS_SECONDS,
    REFRESH_ID: token.refresh,
    ...(portal.hasOldPages
      ? {}
      : {
          SERVER_ENDPOINT: urls.server,
          APPLICATION_TOKEN: install.applicationToken,
          APPLICATION_SCOPE: install.app.scopes.join(","),
        }),
    member_id: portal.memberId,
    status: install.app.status,
    PLACEMENT: spec.placement,
    ...(hasOptions ? { PLACEMENT_OPTIONS: phpJson(spec.options) } : {}),
  });
  return { url: url.href, body, sid, frameName: `${urls.portalHost}|${protocol}|${sid}` };
}

/** `{ID, URI}` as the card's tab passes them. */
export function cardOptions(kind: CardKind, id: string): Params {
  return {
    ID: id,
    URI: `/crm/${kind}/details/${id}/?any=details%2F${id}%2F&IFRAME=Y&IFRAME_TYPE=SIDE_SLIDER`,
  };
}

export function cardPlacements(install: Install, kind: CardKind): Placement[] {
  const prefix = `CRM_${kind.toUpperCase()}_DETAIL_`;
  return install.placements.filter((one) => one.placement.startsWith(prefix));
}

/** A field of the application's own type in the body of a card. */
export interface CardStrip {
  readonly title: string;
  readonly handler: string;
  readonly height: number;
  readonly options: Params;
}

const TYPE_IDS: Readonly<Record<CardKind, number>> = { deal: 2, contact: 3, company: 4 };

export function cardStrips(install: Install, kind: CardKind, id: string): CardStrip[] {
  return userFieldsOf(install.portal, TYPE_IDS[kind]).flatMap((field) => {
    const type = install.fieldTypes.find(
      (one) => field.userTypeId === `rest_${install.localId}_${one.code}`,
    );
    if (type === undefined) return [];
    const options = {
      MODE: "view",
      ENTITY_ID: `CRM_${kind.toUpperCase()}`,
      FIELD_NAME: field.fieldName,
      ENTITY_VALUE_ID: id,
      VALUE: null,
      MULTIPLE: "N",
      MANDATORY: "N",
      XML_ID: field.xmlId,
      ENTITY_DATA: { entityTypeId: TYPE_IDS[kind], entityId: id, module: "crm" },
    };
    const title = field.labels.EDIT_FORM_LABEL?.ru || type.title;
    return [{ title, handler: type.handler, height: Number(type.options.height ?? 0), options }];
  });
}

/** Until installation is finished administrators always get the installer. */
export function applicationSpec(install: Install, userId: number): PageSpec {
  const isInstaller = !install.isInstalled;
  return {
    install,
    userId,
    handler: isInstaller ? install.app.installUrl : install.app.appUrl,
    placement: "DEFAULT",
    options: {},
    isInstaller,
  };
}

export function postRequest(page: PagePost): Request {
  return new Request(page.url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: page.body,
  });
}
