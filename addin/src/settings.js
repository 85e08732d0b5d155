// The API around connections and their mappings, for administrators.
import { call } from "./api.js";

/** @returns {Promise<import("./types.js").ConnectionSettings[]>} */
export async function connections() {
  return (await call("connections", { query: { limit: 200 } })).body;
}

/** Tests both systems line by line. @param {string} name @returns {Promise<import("./types.js").Check[]>} */
export async function testConnection(name) {
  return (await call(`connections/${encodeURIComponent(name)}/test`, { method: "POST", body: {} })).body;
}

/** @param {string} connection @returns {Promise<import("./types.js").Mapping[]>} */
export async function mappings(connection) {
  return (await call(`connections/${encodeURIComponent(connection)}/mappings`)).body;
}

/**
 * Changes what `body` names of a mapping.
 * @param {string} connection @param {import("./types.js").Mapping} mapping
 * @param {{enabled?: boolean, fields?: ({nav_field: string} & Partial<import("./types.js").FieldMapping>)[]}} body
 * @returns {Promise<import("./types.js").Mapping>}
 */
export async function changeMapping(connection, { name, etag }, body) {
  const path = `connections/${encodeURIComponent(connection)}/mappings/${encodeURIComponent(name)}`;
  return (await call(path, { method: "PATCH", body, etag })).body;
}
