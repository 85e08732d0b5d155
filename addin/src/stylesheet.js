// The look of what is loaded later: a page awaits it, so that it is never seen without.
import { root } from "./host.js";

/** @type {Map<string, Promise<unknown>>} */
const loading = new Map();

/** Adds a stylesheet of the add-in once; a page goes on without one that cannot be had. @param {string} name */
export function stylesheet(name) {
  const link = loading.get(name) ?? append(name);
  loading.set(name, link);
  return link;
}

/** @param {string} name */
function append(name) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`addin/src/${name}`, root).href;
  const settled = new Promise((resolve) => {
    link.onload = link.onerror = resolve;
  });
  document.head.append(link);
  return settled;
}
