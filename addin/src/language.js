// Which language the pane speaks, the host's before the browser's before English, and how that country writes.
import { here, root } from "./host.js";

const SHIPPED = ["en", "da", "de", "fr", "es", "nl"];

/** The same language by NAV's code, by LCID as both products give it, and as browsers say it (ux 1.4). */
const LANGUAGES = /** @type {const} */ ([
  ["ENU", 1033, "en-US"],
  ["ENG", 2057, "en-GB"],
  ["DAN", 1030, "da-DK"],
  ["DEU", 1031, "de-DE"],
  ["DES", 2055, "de-CH"],
  ["DEA", 3079, "de-AT"],
  ["FRA", 1036, "fr-FR"],
  ["FRB", 2060, "fr-BE"],
  ["FRC", 3084, "fr-CA"],
  ["ESP", 1034, "es-ES"],
  ["ESN", 3082, "es-ES"],
  ["NLD", 1043, "nl-NL"],
  ["NLB", 2067, "nl-BE"],
  ["ITA", 1040, "it-IT"],
  ["SVE", 1053, "sv-SE"],
]);

/** @param {string} text */
const languageOf = (text) => text.split("-", 1)[0]?.toLowerCase() ?? "";

const hint = new URL(here(), root).searchParams.get("lcid") ?? "";
/** English, longer by doubled vowels, as words are in other languages: for tests of the layout. */
const isStretched = hint === "pseudo";
/** The language with its country. */
const locale = isStretched ? "en" : choose(hint, navigator.languages);
const language = languageOf(locale);

document.documentElement.lang = language;
document.documentElement.dir = "ltr";

/** @param {string} wanted the host's: LCID, NAV's code or a tag @param {readonly string[]} browser */
function choose(wanted, browser) {
  const host = LANGUAGES.find(
    ([code, lcid]) => wanted === String(lcid) || wanted.toUpperCase() === code,
  )?.[2];
  return [host ?? wanted, ...browser].find((one) => SHIPPED.includes(languageOf(one))) ?? "en";
}

/**
 * The texts of a subject in the language of the page; none for English, which is built in, and where they cannot be
 * had.
 * @param {string} subject
 * @returns {Promise<Record<string, string>>}
 */
export async function translations(subject) {
  if (language === "en") return {};
  try {
    const answer = await fetch(new URL(`addin/locale/${language}/${subject}.json`, root));
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

/** Whether what the server says in English stands out from the rest of the page (WCAG 3.1.2). */
export function isForeign() {
  return language !== "en";
}

/** @param {string} text */
export function stretched(text) {
  if (!isStretched) return text;
  return text.replace(/\{\w+\}|[aeiou]/gi, (part) => (part.length > 1 ? part : part + part));
}

/** One or other, by the rules of the language. @param {number} count */
export function isOne(count) {
  return new Intl.PluralRules(locale).select(count) === "one";
}

/** A value as people there write it. @param {string | number} value */
export function written(value) {
  return typeof value === "number" ? new Intl.NumberFormat(locale).format(value) : value;
}

/** A moment of the API as date and time of the person's zone, empty without one. @param {string | null | undefined} moment */
export function when(moment) {
  if (!moment) return "";
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(moment),
  );
}
