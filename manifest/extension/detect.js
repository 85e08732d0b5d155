// Which record an address shows: CRM forms, NAV and Business Central cards and lists. Pure, no browser needed.

const GUID = /^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/i;
// One `'Field' IS 'value'`, the field qualified with its table or not; quotes inside are doubled.
const NAME = "'(?:[^']|'')*'|[A-Za-z0-9_]+";
const CONDITION = new RegExp(`^\\s*(?:(${NAME})\\.)?(${NAME})\\s+IS\\s+(${NAME})\\s*(?:AND\\b|$)`, "i");
const CODE_FIELD = [0x02, 0x7b];

/**
 * The record an address shows, or null.
 * Settings name the pairs of tables, and the products' addresses; without any, every address of the right shape counts.
 */
export function detect(text, settings) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  return crmRecord(url, settings) ?? navRecord(url, settings);
}

/** A form of CRM: any order and case of names, type code or name, ids in every notation, also behind # or in extraqs. */
export function crmRecord(url, settings) {
  const path = /^(.*)\/main\.aspx$/i.exec(url.pathname);
  if (!path || !isOneOf(url, settings.crmAddresses)) return null;
  const given = crmParameters(url);
  const mapping = settings.mappings.find(
    ({ entity, typeCode }) =>
      given.etn?.toLowerCase() === entity || (!given.etn && given.etc === String(typeCode)),
  );
  const id = GUID.exec(given.id?.trim() ?? "");
  if (!mapping || !id || (given.pagetype ?? "entityrecord").toLowerCase() !== "entityrecord") return null;
  return { system: "crm", table: mapping.entity, key: id[1].toUpperCase(), org: url.origin + path[1] };
}

function crmParameters(url) {
  const given = parameters(url.search);
  // The classic client keeps the form behind #, and some parameters one level deeper.
  return { ...parameters(given.extraqs ?? ""), ...given, ...parameters(url.hash.replace(/^#\/?/, "")) };
}

/** A card with a filter or a bookmark on its key, or a list with a bookmark. */
export function navRecord(url, settings) {
  if (!isOneOf(url, settings.navAddresses)) return null;
  const given = parameters(url.search);
  const page = Number(given.page);
  const mapping = settings.mappings.find(({ card, list }) => page === card || page === list);
  if (!mapping) return null;
  const fromFilter = page === mapping.card ? keyInFilter(given.filter ?? given.$filter ?? "", mapping) : null;
  const key = (given.bookmark ? keyInBookmark(given.bookmark, mapping.number) : null) ?? fromFilter;
  if (!key) return null;
  return { system: "nav", table: mapping.table, key, company: given.company || settings.company || "" };
}

/** The key a filter asks for with `'Code' IS 'PS'`, or null; conditions on other fields are let pass. */
export function keyInFilter(text, mapping) {
  let rest = text;
  let key = null;
  while (rest.trim()) {
    const found = CONDITION.exec(rest);
    if (!found) return null;
    const [table, field, value] = found.slice(1).map(unquoted);
    const isOurs = !table || table.toLowerCase() === mapping.tableName.toLowerCase();
    if (isOurs && field.toLowerCase() === mapping.keyField.toLowerCase()) key = value;
    rest = rest.slice(found[0].length);
  }
  // An expression means no single record, and how NAV reads it here is nowhere documented.
  return key && !/[&|*?@()<>=]|\.\./.test(key) ? key : null;
}

function unquoted(part) {
  if (!part) return "";
  return part.startsWith("'") ? part.slice(1, -1).replaceAll("''", "'") : part;
}

/** The code inside a bookmark of a table with one Code field as its key, old form `15;DQAA...==` or new `F_DQAA...`. */
export function keyInBookmark(text, table) {
  const old = /^([0-9]+);([A-Za-z0-9+/]+={0,2})$/.exec(text);
  const late = /^([0-9A-F]+)_([A-Za-z0-9+/_-]+)$/i.exec(text);
  if (!old && !late) return null;
  const length = old ? Number(old[1]) : Number.parseInt(late[1], 16);
  const bytes = fromBase64(old ? old[2] : late[2]);
  if (!bytes || bytes.length + 5 !== length || bytes.length < 7) return null;
  const head = new DataView(bytes.buffer);
  if (head.getInt32(0, true) !== table || bytes[4] !== CODE_FIELD[0] || bytes[5] !== CODE_FIELD[1])
    return null;
  return codeIn(bytes.subarray(7), bytes[6]);
}

function fromBase64(text) {
  try {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

function codeIn(bytes, count) {
  // NAV drops one zero byte at the very end.
  const whole = new Uint8Array(bytes.length + (bytes.length % 2));
  whole.set(bytes);
  if (whole.length !== 2 * count) return null;
  return new TextDecoder("utf-16le").decode(whole);
}

// A plus stays a plus: both products write %20 for a blank.
function parameters(text) {
  const found = {};
  for (const part of text.replace(/^\?/, "").split("&")) {
    const cut = part.indexOf("=");
    if (cut < 1) continue;
    const name = decoded(part.slice(0, cut)).toLowerCase();
    if (!(name in found)) found[name] = decoded(part.slice(cut + 1));
  }
  return found;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function isOneOf(url, addresses) {
  return addresses.length === 0 || addresses.some((address) => isBelow(url, address));
}

function isBelow(url, address) {
  const root = new URL(address);
  const path = root.pathname.replace(/\/+$/, "").toLowerCase();
  return url.origin === root.origin && (url.pathname.toLowerCase() + "/").startsWith(`${path}/`);
}

/** Where the two buttons for a record lead, every value percent-encoded. */
export function linksFor(record, backend) {
  const hint = record.system === "crm" ? ["org", record.org] : ["company", record.company];
  const hints = hint[1] ? [`${hint[0]}=${encoded(hint[1])}`] : [];
  const names = record.system === "crm" ? ["entity", "id"] : ["table", "key"];
  const open = `${backend}/open/${record.system}/${encoded(record.table)}/${encoded(record.key)}`;
  const context = [
    `system=${record.system}`,
    `${names[0]}=${encoded(record.table)}`,
    `${names[1]}=${encoded(record.key)}`,
    ...hints,
  ];
  return { partner: [open, ...hints].join("?"), coupling: `${backend}/couple?${context.join("&")}` };
}

function encoded(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
