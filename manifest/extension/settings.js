// What the extension goes by: the build's defaults, over them the person's options, over them the organization's policy.
import { DEFAULTS } from "./defaults.js";

export const api = globalThis.browser ?? globalThis.chrome;

// Name of a setting -> its name in a policy (managed_schema.json).
export const POLICY_NAMES = {
  backend: "backendUrl",
  crmAddresses: "crmOrigins",
  navAddresses: "navOrigins",
  company: "defaultCompany",
};

/**
 * An address without trailing slash, or null for what is none: https, or http on this machine or in a build for http.
 * Addresses of the products may be http, as theirs to decide.
 */
export function cleanAddress(text, { mayBeHttp = DEFAULTS.allowHttp } = {}) {
  const url = URL.parse ? URL.parse(text.trim()) : tryParse(text.trim());
  if (!url || url.username || url.password || url.search || url.hash) return null;
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && (mayBeHttp || isLocal))) return null;
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

function tryParse(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** The addresses of a list that can be used. */
export function cleanAddresses(list) {
  return list.map((text) => cleanAddress(text, { mayBeHttp: true })).filter((text) => text !== null);
}

/** What is in force, and which names a policy decides. */
export async function loadSettings() {
  const chosen = await api.storage.local.get(Object.keys(POLICY_NAMES));
  const policy = await policies();
  const found = { ...DEFAULTS };
  const managed = new Set();
  for (const [name, policyName] of Object.entries(POLICY_NAMES)) {
    if (isOfKind(chosen[name], DEFAULTS[name])) found[name] = chosen[name];
    if (isOfKind(policy[policyName], DEFAULTS[name])) {
      found[name] = policy[policyName];
      managed.add(name);
    }
  }
  const backend = cleanAddress(found.backend) ?? "";
  const addresses = {
    crmAddresses: cleanAddresses(found.crmAddresses),
    navAddresses: cleanAddresses(found.navAddresses),
  };
  return { ...found, ...addresses, backend, managed };
}

async function policies() {
  try {
    return await api.storage.managed.get(Object.values(POLICY_NAMES));
  } catch {
    // Firefox without a policy for this extension has no managed storage at all.
    return {};
  }
}

function isOfKind(value, like) {
  if (Array.isArray(like)) return Array.isArray(value) && value.every((one) => typeof one === "string");
  return typeof value === "string";
}

/** Puts the texts of the browser's language where the page asks for them. */
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-text]")) {
    element.textContent = api.i18n.getMessage(element.dataset.text);
  }
  document.documentElement.lang = api.i18n.getUILanguage();
}
