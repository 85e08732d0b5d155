// Questions about a pair, and what was done to it.

export const texts = {
  "setUp.done": "Coupled",
  "setUp.done.text": "{nav} is coupled to {crm}.",
  "setUp.done.synchronized": "{count} fields were synchronized.",
  "setUp.done.synchronized.one": "{count} field was synchronized.",
  "setUp.done.equal": "All fields already held the same values.",
  "setUp.done.stored": "No field was changed.",
  "setUp.done.failed": "The coupling is stored, but the fields were not synchronized.",
  "sync.question": "Get data update from Dynamics CRM for {name}?",
  "sync.equal": "Nothing to do",
  "sync.equal.text": "{name} and {partner} already hold the same values.",
  "sync.done": "Synchronized",
  "sync.done.text": "{name} now holds the values of {partner}.",
  "sync.again": "One of the records changed meanwhile. Look at the changes again.",
  "delete.question": "Delete the coupling between {nav} and {crm}?",
  "delete.text": "Both records stay.",
  "delete.done": "Coupling deleted",
};
