// The public API, version 1, as functions. Knows no element and no text for people.
import { token } from "./auth.js";
import { root } from "./host.js";

/** @typedef {import("./types.js").ProblemBody} ProblemBody */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Query */

/** An answer other than success, or none. `body` is the problem document, empty when there was none. */
export class ApiProblem extends Error {
  /**
   * @param {number} status 0: no answer at all
   * @param {ProblemBody & Record<string, unknown>} body
   */
  constructor(status, body) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.code = body.code ?? (status === 0 ? "unreachable" : "unexpected_answer");
  }
}

/**
 * @typedef {object} Answer
 * @property {any} body
 * @property {string | null} etag
 * @property {string | null} next query of the next page
 */

/**
 * @param {string} path below /api/v1/
 * @param {{method?: string, query?: Query | string, body?: unknown, etag?: string | null, signal?: AbortSignal}} [options]
 * @returns {Promise<Answer>}
 */
async function call(path, options = {}) {
  const url = new URL(`api/v1/${path}`, root);
  url.search = typeof options.query === "string" ? options.query : written(options.query ?? {});
  let answer = await send(url, options, await token());
  if (answer.status === 401) answer = await send(url, options, await token({ fresh: true }));
  const body = await read(answer);
  if (!answer.ok) throw new ApiProblem(answer.status, body && typeof body === "object" ? body : {});
  return { body, etag: answer.headers.get("ETag"), next: nextQuery(answer) };
}

/** @param {Query} query */
function written(query) {
  const pairs = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== "",
  );
  return pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
}

/** @param {URL} url @param {{method?: string, body?: unknown, etag?: string | null, signal?: AbortSignal}} options @param {string} bearer */
async function send(url, { method = "GET", body, etag, signal }, bearer) {
  const headers = new Headers({ Accept: "application/json", Authorization: `Bearer ${bearer}` });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (etag) headers.set("If-Match", etag);
  try {
    return await fetch(url, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, {});
  }
}

/** @param {Response} answer */
async function read(answer) {
  const text = await answer.text();
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiProblem(answer.status, { code: "unexpected_answer" });
  }
}

/** Only the query is taken from the link, so that a page behind a proxy stays on its own origin. @param {Response} answer */
function nextQuery(answer) {
  const link = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(answer.headers.get("Link") ?? "");
  return link?.[1] ? new URL(link[1], answer.url).search : null;
}

/** @returns {Promise<import("./types.js").Session>} */
export async function session() {
  return (await call("session")).body;
}

/**
 * The coupling of one record, or null.
 * @param {string} connection @param {import("./types.js").System} system @param {string} key
 * @returns {Promise<import("./types.js").Coupling | null>}
 */
export async function couplingOf(connection, system, key) {
  const side = system === "nav" ? { nav_key: key } : { crm_id: key };
  const { body } = await call("couplings", { query: { connection, mapping: "SALESPEOPLE", ...side } });
  return body[0] ?? null;
}

/**
 * @param {string} connection
 * @param {{nav_key?: string | undefined, crm_id?: string | undefined}} pair one side alone shows that side's values
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.js").Comparison>}
 */
export async function comparison(connection, pair, signal) {
  const query = { connection, mapping: "SALESPEOPLE", ...pair };
  return (await call("comparison", { query, ...(signal && { signal }) })).body;
}

/**
 * @param {string} connection @param {string} nav_key @param {string} crm_id
 * @param {{synchronize: "no" | "use_crm_data", move: boolean}} options
 * @returns {Promise<{coupling: import("./types.js").Coupling, synchronization: import("./types.js").Synchronization | null}>}
 */
export async function couple(connection, nav_key, crm_id, options) {
  const body = { connection, mapping: "SALESPEOPLE", nav_key, crm_id, ...options };
  return (await call("couplings", { method: "POST", body })).body;
}

/**
 * One coupling, and the ETag its deletion needs.
 * @param {string} id
 * @returns {Promise<{coupling: import("./types.js").Coupling, etag: string | null}>}
 */
export async function couplingById(id) {
  const { body, etag } = await call(`couplings/${encodeURIComponent(id)}`);
  return { coupling: body, etag };
}

/** @param {string} id @param {string | null} etag */
export async function uncouple(id, etag) {
  await call(`couplings/${encodeURIComponent(id)}`, { method: "DELETE", etag });
}

/**
 * @param {string} id @param {{dry_run?: boolean, force?: boolean}} options
 * @returns {Promise<import("./types.js").Synchronization>}
 */
export async function synchronize(id, options) {
  const body = { direction: "from_crm", ...options };
  return (await call(`couplings/${encodeURIComponent(id)}/synchronize`, { method: "POST", body })).body;
}

/**
 * One page of CRM users. @param {Query | string} query @param {AbortSignal} [signal]
 * @returns {Promise<{rows: import("./types.js").UserRow[], next: string | null}>}
 */
export async function users(query, signal) {
  const { body, next } = await call("crm/users", { query, ...(signal && { signal }) });
  return { rows: body, next };
}

/**
 * One page of salespeople. @param {Query | string} query @param {AbortSignal} [signal]
 * @returns {Promise<{rows: import("./types.js").SalespersonRow[], next: string | null}>}
 */
export async function salespeople(query, signal) {
  const { body, next } = await call("nav/salespeople", { query, ...(signal && { signal }) });
  return { rows: body, next };
}
