// How the public API, version 1, is called; what there is to call stands in pairs, lists, history and settings.
// None of them knows an element or a text for people.
import { token } from "./auth.js";
import { root } from "./host.js";

/** An answer other than success, or none. `body` is the problem document, empty when there was none. */
export class ApiProblem extends Error {
  /**
   * @param {number} status 0: no answer at all
   * @param {import("./types.js").ProblemBody & Record<string, unknown>} body
   */
  constructor(status, body) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.code = body.code ?? (status === 0 ? "unreachable" : "unexpected_answer");
  }
}

/**
 * @param {string} path below /api/v1/
 * @param {{method?: string, query?: import("./types.js").Query | string, body?: unknown, etag?: string | null, signal?: AbortSignal}} [options]
 * @returns {Promise<import("./types.js").Answer>}
 */
export async function call(path, options = {}) {
  const url = new URL(`api/v1/${path}`, root);
  url.search = typeof options.query === "string" ? options.query : written(options.query ?? {});
  let answer = await send(url, options, await token());
  if (answer.status === 401) answer = await send(url, options, await token({ fresh: true }));
  const body = await read(answer);
  if (!answer.ok) throw new ApiProblem(answer.status, body && typeof body === "object" ? body : {});
  const { headers, status } = answer;
  return {
    body,
    etag: headers.get("ETag"),
    next: nextQuery(answer),
    undo: headers.get("Coupler-Undo"),
    created: status === 201,
    counts: countsIn(headers.get("Coupler-Suggestions") ?? ""),
  };
}

/** @param {import("./types.js").Query} query */
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

/** The numbers of a structured dictionary (RFC 9651). @param {string} header */
function countsIn(header) {
  return Object.fromEntries(
    [...header.matchAll(/(\w+)=(\d+)/g)].map(([, name, count]) => [name, Number(count)]),
  );
}

/** @returns {Promise<import("./types.js").Session>} */
export async function session() {
  return (await call("session")).body;
}
