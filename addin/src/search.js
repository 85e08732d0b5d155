// What the combobox lists: users or salespeople, each with what stands in the way of choosing it.

import { salespeople, users } from "./lists.js";
import { label, t } from "./messages.js";
import { opens } from "./subject.js";

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
      // Those that cannot be coupled are shown too, and say why.
      const { rows, next } = await users({ ...query, everyone: true }, signal);
      return { choices: rows.map((row) => userChoice(row, subject)), more: Boolean(next) };
    }
    const { rows, next } = await salespeople(query, signal);
    return { choices: rows.map((row) => salespersonChoice(row, subject)), more: Boolean(next) };
  };
}

/** @param {import("./types.js").UserRow} row @param {import("./types.js").Subject} subject @returns {Choice} */
function userChoice(row, subject) {
  const barred = whyBarred(row);
  const taken =
    row.salesperson && row.salesperson !== subject.key
      ? label("nav", row.salesperson, row.salesperson_name)
      : "";
  return {
    key: row.id,
    name: label("crm", row.id, row.name),
    note: row.email ?? "",
    ...(barred && { barred }),
    ...(taken && { taken, takenHref: opens("crm/systemuser", row.id, subject) }),
  };
}

/** Why a user cannot be coupled, empty when it can. @param {import("./types.js").UserRow} row */
export function whyBarred({ disabled, licensed, not_eligible }) {
  if (disabled) return t("barred.disabled");
  return licensed === false ? t("barred.unlicensed") : not_eligible.join(", ");
}

/** @param {import("./types.js").SalespersonRow} row @param {import("./types.js").Subject} subject @returns {Choice} */
function salespersonChoice(row, subject) {
  const taken = row.user && row.user !== subject.key ? label("crm", row.user, row.user_name) : "";
  return {
    key: row.key,
    name: label("nav", row.key, row.name),
    note: [row.email, row.blocked ? t("combo.blocked") : ""].filter(Boolean).join(" · "),
    ...(taken && { taken, takenHref: opens("nav/salesperson", row.key, subject) }),
  };
}
