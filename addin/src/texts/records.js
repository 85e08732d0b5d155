// The two sides of a pair, and what goes on with it.

export const texts = {
  "compare.title": "Coupled Records",
  "compare.field": "Field",
  "compare.nav": "Dynamics NAV Salesperson",
  "compare.crm": "Dynamics CRM User",
  "compare.count": "{differing} of {count} differ",
  "compare.equal": "All {count} fields are equal",
  "compare.unchosen.nav": "Choose a salesperson to see the differences.",
  "compare.unchosen.crm": "Choose a user to see the differences.",
  "compare.reading": "Reading…",
  "compare.differs": "Different",
  "compare.cut": "{count} characters will be cut",
  "compare.cut.one": "{count} character will be cut",
  "compare.isCut": "{count} characters are cut in NAV",
  "compare.isCut.one": "{count} character is cut in NAV",
  "compare.blanks": "would be blanked",
  "compare.kept": "kept: CRM is blank",
  "compare.blank": "(blank)",
  "compare.failed": "The records could not be compared.",

  "changes.caption": "Changes to the salesperson",
  "changes.field": "Field",
  "changes.before": "Before",
  "changes.after": "After",

  "compare.short.nav": "NAV",
  "compare.short.crm": "CRM",
  "compare.only": "Only differences",

  "field.Name": "Name",
  "field.EMail": "E-Mail",
  "field.PhoneNo": "Phone No.",

  "sync.title": "Synchronize Now",
  "sync.nav_is_newer":
    "{name} was changed in Dynamics NAV after the last synchronization, and the user was not changed in Dynamics CRM. The newer values in NAV will be overwritten.",
  "sync.both_changed":
    "{name} and the user in Dynamics CRM were both changed since the last synchronization, or were never synchronized. The values in NAV will be overwritten.",
  "sync.working": "Synchronizing…",
  "sync.failed": "The salesperson was not synchronized.",

  "delete.working": "Deleting the coupling…",
  "delete.done.text": "{nav} and {crm} are no longer coupled. Both records stay.",
  "delete.failed": "The coupling was not deleted.",

  "setUp.working": "Storing the coupling…",
  "setUp.failed": "The coupling was not stored.",
  "uncoupled.title": "Not coupled",
};
