// The coupling window and its combobox.

export const texts = {
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
  "setUp.broken":
    "The coupled user could not be found in Dynamics CRM. Choose another user, or delete the coupling.",
  "setUp.unreadable": "The coupling window could not be filled.",

  "move.title": "Move the coupling?",
  "move.text": "One coupling ends and another begins. All records stay.",

  "combo.searching": "Searching…",
  "combo.none": "Nothing matches “{text}”.",
  "combo.empty": "There is nothing to choose.",
  "combo.found": "{count} found",
  "combo.found.one": "{count} found",
  "combo.more": "More match. Type more letters to narrow it down.",
  "combo.failed": "The search failed.",
  "combo.unknown": "There is no record “{text}”. Choose one from the list.",
  "combo.coupled": "coupled to {name}",
  "combo.blocked": "blocked in Dynamics NAV",

  "uncoupled.nav": "Salesperson {name} is not coupled to a user in Dynamics CRM.",
  "uncoupled.crm": "User {name} is not coupled to a salesperson in Dynamics NAV.",
  "uncoupled.offer": "Set up a coupling first.",
};
