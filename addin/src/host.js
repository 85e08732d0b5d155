// The only file that knows where the pane stands: its address, the window it lives in, the way out.

/** @typedef {import("./types.js").HostContext} HostContext */
/** @typedef {import("./types.js").Connection} Connection */

/** Root of Coupler, also below a path prefix. */
export const root = new URL("../../", import.meta.url);

const ACTIONS = /** @type {const} */ (["set-up", "synchronize", "delete"]);
const PAGES = /** @type {const} */ (["couple", "pane", "users", "signed-out"]);

/**
 * Reads the context from an address; unknown actions mean setting up, so that nothing is done by accident.
 * @param {URL} address
 * @returns {HostContext}
 */
export function readContext(address) {
  const last = address.pathname.split("/").filter(Boolean).pop();
  return { ...contextOf(address.searchParams), page: PAGES.find((page) => page === last) ?? "couple" };
}

/** The part of the context that a query holds, and a message of the host. @param {URLSearchParams} query @returns {HostContext} */
export function contextOf(query) {
  const system = query.get("system") === "crm" ? "crm" : "nav";
  const key = (query.get(system === "crm" ? "id" : "key") ?? "").trim();
  const theme = query.get("theme");
  return {
    page: "pane",
    system,
    key: system === "crm" ? bareGuid(key) : key,
    connection: query.get("connection") ?? "",
    company: query.get("company") ?? "",
    org: query.get("org") ?? "",
    action: ACTIONS.find((action) => action === query.get("action")) ?? "set-up",
    thenOpen: query.get("then") === "open",
    fromUsers: query.get("from") === "users",
    lcid: query.get("lcid") ?? "",
    theme: theme === "light" || theme === "dark" ? theme : "",
  };
}

/** @param {string} text */
function bareGuid(text) {
  return text.replace(/^\{(.*)\}$/, "$1").toLowerCase();
}

/**
 * The connections an address may mean: by name, else by company and organization, else all.
 * @param {Connection[]} connections
 * @param {HostContext} context
 */
export function connectionsFor(connections, context) {
  if (context.connection) return connections.filter(({ name }) => name === context.connection);
  return connections.filter(
    (one) =>
      (!context.company || one.nav_company === context.company) &&
      (!context.org || sameAddress(one.crm_base_url, context.org)),
  );
}

/** @param {string} left @param {string} right */
function sameAddress(left, right) {
  const plain = (/** @type {string} */ text) => text.trim().replace(/\/+$/, "").toLowerCase();
  return plain(left) === plain(right);
}

/**
 * An address of Coupler with every value percent-encoded; empty values are left out.
 * @param {string} path
 * @param {Record<string, string | null | undefined>} [query]
 */
export function address(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value);
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(/** @type {string} */ (value))}`);
  return new URL(text.length ? `${path}?${text.join("&")}` : path, root).href;
}

/**
 * The coupling page of one record.
 * @param {import("./types.js").System} system
 * @param {string} key
 * @param {Record<string, string | null | undefined>} [more]
 */
export function couplePage(system, key, more = {}) {
  const record = system === "nav" ? { table: "salesperson", key } : { entity: "systemuser", id: key };
  return address("couple", { system, ...record, ...more });
}

/** The present address with one connection chosen. @param {string} connection */
export function withConnection(connection) {
  const here = new URL(location.href);
  here.searchParams.set("connection", connection);
  return here.href;
}

/** @param {string} url */
export function go(url) {
  location.assign(url);
}

/** Path and query of this page, to come back to after signing in. */
export function here() {
  return location.pathname + location.search;
}

/**
 * Back to the list, or close the tab. A browser that refuses to close it leaves the page standing.
 * @param {HostContext} context
 * @param {string} [connection]
 */
export function leave(context, connection) {
  if (context.fromUsers) go(address("users", { connection }));
  else window.close();
}

/** Whether another page shows this one in a frame. */
export const isFramed = window.parent !== window;

/** The present page, to be opened outside the frame. */
export function ownPage() {
  return location.href;
}

/**
 * Opens a page of Coupler in a window or tab; null where it was blocked, and also where the page around keeps
 * windows apart from frames (COOP): then it opened all the same.
 * @param {string} url @param {string} [features]
 */
export function openWindow(url, features) {
  return window.open(url, "_blank", features);
}

/** The page around by what the browser says of it, empty where it says nothing. */
export function parentOrigin() {
  return location.ancestorOrigins?.[0] ?? (document.referrer && new URL(document.referrer).origin);
}

let sent = 0;
/** The origin of the page around, once it is known to be one that may frame us. */
let around = "";

/** From now on this is whom messages go to. @param {string} origin */
export function trustHost(origin) {
  around = origin;
}

/**
 * Tells the page around, and no other: `open` {system, table|entity, key|id, view}, `coupled` {system, ...}, `resize`
 * {height}. Only ids, never an address: the host knows where to go (surfaces 6.5).
 * @param {"ready" | "open" | "coupled" | "resize"} type @param {Record<string, string | number>} payload
 */
export function tellHost(type, payload) {
  if (isFramed && around) window.parent.postMessage({ v: 1, type, id: ++sent, payload }, around);
}

/** A record as messages name it. @param {HostContext} context @returns {Record<string, string>} */
export function recordIds({ system, key }) {
  return system === "nav" ? { system, table: "salesperson", key } : { system, entity: "systemuser", id: key };
}
