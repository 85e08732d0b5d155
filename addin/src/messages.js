// Every text a person reads, by id. `{name}` is filled in by t(). Captions are those of NAV 2016.

const en = {
  "app.title": "Coupler",
  "app.loading": "Loading",
  "wait.crm": "Still waiting for CRM…",
  "wait.nav": "Still waiting for NAV…",
  "wait.coupler": "Still waiting for Coupler…",

  "button.ok": "OK",
  "button.cancel": "Cancel",
  "button.close": "Close",
  "button.delete": "Delete",
  "button.retry": "Try again",
  "button.signIn": "Sign in",
  "button.move": "Move coupling",
  "button.loadMore": "Load more",
  "button.setUp": "Set Up Coupling",
  "button.showUsers": "Show users",
  "button.showSalespeople": "Show salespeople",

  "open.nav": "Open Salesperson",
  "open.crm": "Open User",
  "opens.tab": "opens in a new tab",

  "signedOut.title": "Signed out",
  "signedOut.text": "Sign in to go on. You come back to this page afterwards.",
  "left.title": "You can close this tab",
  "left.text": "Dynamics NAV and Dynamics CRM are still open in their own tabs.",
  "connection.title": "Which connection?",
  "connection.text": "More than one connection fits this record. Choose the one to work in.",
  "connection.none": "No connection fits",
  "connection.none.text":
    "Coupler has no connection for this record that you may use. Ask an administrator to add one, or to let you use it.",
  "record.missing": "No record",
  "record.missing.text":
    "The address of this page names no record. Open it from the salesperson in Dynamics NAV or from the user in Dynamics CRM.",
  "record.unknown": "No such record",
  "record.unknown.nav": "Salesperson {key} does not exist in {company}, or Coupler may not read it.",
  "record.unknown.crm": "User {key} does not exist in Dynamics CRM, or Coupler may not read it.",
  "role.reader":
    "You may look at this, but not change it. Ask an administrator for the role Coupler.Operator.",

  "side.nav": "Salesperson",
  "side.crm": "User",

  "setUp.title": "Microsoft Dynamics CRM User Coupling",
  "setUp.coupledTo": "Coupled to {name}",
  "setUp.notCoupled": "Not coupled",
  "setUp.hint.crm": "Search by name or e-mail",
  "setUp.hint.nav": "Search by code, name or e-mail",
  "setUp.after": "Synchronize After Coupling",
  "setUp.after.no": "No",
  "setUp.after.crm": "Yes - Use Dynamics CRM Data",
  "setUp.after.why":
    "Dynamics NAV data is not offered: a user is maintained in Dynamics CRM, so data only flows from there to the salesperson.",
  "setUp.choose.crm": "Choose a user first.",
  "setUp.choose.nav": "Choose a salesperson first.",
  "setUp.taken": "{name} is coupled to {taken}.",
  "setUp.takenOpen": "Open {taken}",
  "setUp.barred": "{name} cannot be coupled: the user {reasons}.",
  "setUp.working": "Storing the coupling…",
  "setUp.broken":
    "The coupled user could not be found in Dynamics CRM. Choose another user, or delete the coupling.",
  "setUp.failed": "The coupling was not stored.",
  "setUp.unreadable": "The coupling window could not be filled.",
  "setUp.done": "Coupled",
  "setUp.done.text": "{nav} is coupled to {crm}.",
  "setUp.done.synchronized": "{count} fields were synchronized.",
  "setUp.done.synchronized.one": "1 field was synchronized.",
  "setUp.done.equal": "All fields already held the same values.",
  "setUp.done.stored": "No field was changed.",
  "setUp.done.failed": "The coupling is stored, but the fields were not synchronized.",

  "move.title": "Move the coupling?",
  "move.text": "One coupling ends and another begins. All records stay.",

  "combo.searching": "Searching…",
  "combo.none": "Nothing matches “{text}”.",
  "combo.empty": "There is nothing to choose.",
  "combo.found": "{count} found",
  "combo.found.one": "1 found",
  "combo.more": "More match. Type more letters to narrow it down.",
  "combo.failed": "The search failed.",
  "combo.unknown": "There is no record “{text}”. Choose one from the list.",
  "combo.coupled": "coupled to {name}",
  "combo.disabled": "disabled in Dynamics CRM",
  "combo.unlicensed": "no Dynamics CRM license",
  "combo.blocked": "blocked in Dynamics NAV",

  "compare.title": "Coupled Records",
  "compare.field": "Field",
  "compare.nav": "Dynamics NAV Salesperson",
  "compare.crm": "Dynamics CRM User",
  "compare.count": "{differing} of {count} differ",
  "compare.equal": "All {count} fields are equal",
  "compare.unchosen": "Choose a {side} to see the differences.",
  "compare.reading": "Reading…",
  "compare.differs": "Different",
  "compare.cut": "{count} characters will be cut",
  "compare.cut.one": "1 character will be cut",
  "compare.isCut": "{count} characters are cut in NAV",
  "compare.isCut.one": "1 character is cut in NAV",
  "compare.blanks": "would be blanked",
  "compare.kept": "kept: CRM is blank",
  "compare.blank": "(blank)",
  "compare.failed": "The records could not be compared.",

  "changes.caption": "Changes to the salesperson",
  "changes.field": "Field",
  "changes.before": "Before",
  "changes.after": "After",

  "sync.title": "Synchronize Now",
  "sync.question": "Get data update from Dynamics CRM for {name}?",
  "sync.nav_is_newer":
    "{name} was changed in Dynamics NAV after the last synchronization, and the user was not changed in Dynamics CRM. The newer values in NAV will be overwritten.",
  "sync.both_changed":
    "{name} and the user in Dynamics CRM were both changed since the last synchronization, or were never synchronized. The values in NAV will be overwritten.",
  "sync.working": "Synchronizing…",
  "sync.equal": "Nothing to do",
  "sync.equal.text": "{name} and {partner} already hold the same values.",
  "sync.done": "Synchronized",
  "sync.done.text": "{name} now holds the values of {partner}.",
  "sync.failed": "The salesperson was not synchronized.",
  "sync.again": "One of the records changed meanwhile. Look at the changes again.",

  "delete.question": "Delete the coupling between {nav} and {crm}?",
  "delete.text": "Both records stay.",
  "delete.working": "Deleting the coupling…",
  "delete.done": "Coupling deleted",
  "delete.done.text": "{nav} and {crm} are no longer coupled. Both records stay.",
  "delete.failed": "The coupling was not deleted.",

  "uncoupled.title": "Not coupled",
  "uncoupled.nav": "Salesperson {name} is not coupled to a user in Dynamics CRM.",
  "uncoupled.crm": "User {name} is not coupled to a salesperson in Dynamics NAV.",
  "uncoupled.offer": "Set up a coupling first.",

  "users.title": "Microsoft Dynamics CRM Users",
  "users.search": "Search name or e-mail",
  "users.show": "Show",
  "users.all": "All",
  "users.coupled": "Coupled",
  "users.uncoupled": "Uncoupled",
  "users.name": "Name",
  "users.email": "Email Address",
  "users.phone": "Mobile Phone",
  "users.isCoupled": "Coupled",
  "users.code": "Salesperson Code",
  "users.action": "Coupling",
  "users.yes": "Yes",
  "users.no": "No",
  "users.setUpFor": "Set up coupling for {name}",
  "users.openSalesperson": "Open salesperson {key}",
  "users.empty": "Dynamics CRM has no users to show.",
  "users.none": "No user matches.",
  "users.clear": "Clear filter",
  "users.count": "{count} users shown",
  "users.count.one": "1 user shown",
  "users.countMore": "{count} users shown, there are more",
  "users.failed": "The users could not be listed.",

  "problem.details": "Details",
  "problem.code": "Code",
  "problem.request": "Request",
  "problem.status": "Status",
  "problem.unreachable": "Coupler did not answer.",
  "problem.unexpected": "The answer could not be understood.",
  "problem.load": "The page could not be loaded.",

  // What to do next, by the problem's code, where the server's own advice is not for a person at this page.
  "next.unreachable": "Check your network, then try again.",
  "next.not_found": "Somebody may have deleted it meanwhile. Open this page again from the record.",
  "next.connection_unknown": "Open this page again from the record in Dynamics NAV or Dynamics CRM.",
  "next.record_not_found": "Check that the record still exists and that this is the right company.",
  "next.record_changed": "Somebody changed the record meanwhile. Try again.",
  "next.stale": "Somebody changed the coupling meanwhile. Try again.",
  "next.rate_limited": "The system is busy. Wait a minute, then try again.",
  "next.not_eligible": "Choose another user, or have this one enabled and licensed in Dynamics CRM.",
  "next.value_refused": "Correct the value in Dynamics CRM, then synchronize again.",
  "next.other": "Try again. If it happens again, give the details below to an administrator.",
};

/** @typedef {keyof typeof en} MessageId */

/**
 * The text of that id with its values filled in.
 * @param {MessageId} id
 * @param {Record<string, string | number>} [values]
 */
export function t(id, values = {}) {
  return en[id].replace(/\{(\w+)\}/g, (hole, name) => String(values[name] ?? hole));
}

/**
 * The text for a count; `id.one` when it is one.
 * @param {"combo.found" | "compare.cut" | "compare.isCut" | "setUp.done.synchronized" | "users.count"} id
 * @param {number} count
 */
export function counted(id, count) {
  return t(count === 1 ? `${id}.one` : id, { count });
}

/**
 * What a person can do about a problem.
 * @param {string} code
 * @param {string | undefined} fix what the server advises
 */
export function nextStep(code, fix) {
  const id = `next.${code}`;
  return id in en ? t(/** @type {MessageId} */ (id)) : (fix ?? t("next.other"));
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
