// Texts by id in the language of the page. `{name}` is filled in; the English ones are in texts/, one file per subject.
import { isOne, stretched, translations, written } from "./language.js";
import { texts as common } from "./texts/common.js";

/** @typedef {import("./types.js").MessageId} MessageId */

/** @type {Record<string, string>} */
const known = {};

/**
 * Makes the texts of subjects known in the language of the page. Elements await it when they load, so that none is
 * shown before its texts are there.
 * @param {Record<string, Record<string, string>>} subjects English texts by the subject's name
 */
export async function add(subjects) {
  const english = Object.values(subjects);
  const own = await Promise.all(Object.keys(subjects).map(translations));
  Object.assign(known, ...english, ...own);
}

await add({ common });

/** Whether there is such a text, for ids made of what the server said. @param {string} id @returns {id is MessageId} */
export function has(id) {
  return id in known;
}

/**
 * The text of that id with its values filled in.
 * @param {MessageId} id
 * @param {Record<string, string | number>} [values]
 */
export function t(id, values = {}) {
  return stretched(known[id] ?? id).replace(/\{(\w+)\}/g, (hole, name) => written(values[name] ?? hole));
}

/**
 * The text for a count; `id.one` where the language has it so.
 * @param {import("./types.js").CountedId} id @param {number} count @param {Record<string, string | number>} [values]
 */
export function counted(id, count, values = {}) {
  return t(isOne(count) ? `${id}.one` : id, { ...values, count });
}

/**
 * What a person can do about a problem.
 * @param {string} code
 * @param {string | undefined} fix what the server advises
 */
export function nextStep(code, fix) {
  const id = `next.${code}`;
  return has(id) ? t(id) : (fix ?? t("next.other"));
}

/** A field by NAV's caption. @param {string} name */
export function fieldName(name) {
  const id = `field.${name.replace(/\W/g, "")}`;
  return has(id) ? t(id) : name;
}

/**
 * A record in a sentence: a salesperson with name and code, a user by name.
 * @param {import("./types.js").System} system @param {string} key @param {string | null} name
 */
export function label(system, key, name) {
  if (!name) return key;
  return system === "nav" ? `${name} (${key})` : name;
}

/** Both sides of a coupling in a sentence. @param {{nav: import("./types.js").NavSide, crm: import("./types.js").CrmSide}} coupling */
export function labels({ nav, crm }) {
  return { nav: label("nav", nav.key, nav.name), crm: label("crm", crm.id, crm.name) };
}
