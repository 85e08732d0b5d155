// The API's history: what was done, and taking it back.
import { call } from "./api.js";

/** @typedef {import("./types.js").Query} Query */

/**
 * One page of what was done, newest first. @param {Query | string} query @param {AbortSignal} [signal]
 * @returns {Promise<{rows: import("./types.js").HistoryEntry[], next: string | null}>}
 */
export async function history(query, signal) {
  const { body, next } = await call("history", { query, ...(signal && { signal }) });
  return { rows: body, next };
}

/** Takes one entry of the history back. @param {string} entry */
export async function undo(entry) {
  await call("undo", { method: "POST", body: { undo: entry } });
}
