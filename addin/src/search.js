// What the combobox lists: users or salespeople, each with what stands in the way of choosing it.
import { salespeople, users } from "./api.js";
import { address } from "./host.js";
import { label, t } from "./messages.js";

/** @typedef {import("./types.js").Choice} Choice */

const LIMIT = 20;

/**
 * The search for the side that is to be chosen.
 * @param {import("./types.js").System} system
 * @param {import("./types.js").Subject} subject
 * @returns {(text: string, signal: AbortSignal) => Promise<{choices: Choice[], more: boolean}>}
 */
export function searchFor(system, subject) {
  const connection = subject.connection.name;
  return async (text, signal) => {
    const query = { connection, q: text.trim(), limit: LIMIT };
    if (system === "crm") {
      const { rows, next } = await users(query, signal);
      return { choices: rows.map((row) => userChoice(row, subject)), more: Boolean(next) };
    }
    const { rows, next } = await salespeople(query, signal);
    return { choices: rows.map((row) => salespersonChoice(row, subject)), more: Boolean(next) };
  };
}

/** @param {import("./types.js").UserRow} row @param {import("./types.js").Subject} subject @returns {Choice} */
function userChoice(row, subject) {
  const barred = row.disabled ? t("combo.disabled") : row.licensed ? "" : t("combo.unlicensed");
  const taken = row.salesperson && row.salesperson !== subject.key ? row.salesperson : "";
  return {
    key: row.id,
    name: label("crm", row.id, row.name),
    note: row.email ?? "",
    ...(barred && { barred }),
    ...(taken && { taken, takenHref: opens("crm/systemuser", row.id, subject) }),
  };
}

/** @param {import("./types.js").SalespersonRow} row @param {import("./types.js").Subject} subject @returns {Choice} */
function salespersonChoice(row, subject) {
  const taken = row.user && row.user !== subject.key ? t("combo.otherUser") : "";
  return {
    key: row.key,
    name: label("nav", row.key, row.name),
    note: [row.email, row.blocked ? t("combo.blocked") : ""].filter(Boolean).join(" · "),
    ...(taken && { taken, takenHref: opens("nav/salesperson", row.key, subject) }),
  };
}

/**
 * The address that opens the partner of a record.
 * @param {"crm/systemuser" | "nav/salesperson"} kind @param {string} key @param {{connection: {name: string}}} subject
 */
export function opens(kind, key, { connection }) {
  return address(`open/${kind}/${encodeURIComponent(key)}`, { connection: connection.name });
}
