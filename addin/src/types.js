// The shapes of the public API (version 1) and of the address, for the type checker. No code.

/** @typedef {"nav" | "crm"} System */

/**
 * What the address says about the record the person stands on: a hint, the API checks it again.
 * @typedef {object} HostContext
 * @property {"couple" | "users" | "signed-out"} page
 * @property {System} system
 * @property {string} key NAV code or CRM id
 * @property {string} connection
 * @property {string} company
 * @property {string} org
 * @property {"set-up" | "synchronize" | "delete"} action
 * @property {boolean} thenOpen open the partner as soon as the coupling is stored (domain U-21)
 * @property {boolean} fromUsers the list of users led here
 */

/**
 * @typedef {object} Connection
 * @property {string} name
 * @property {string} title
 * @property {string} nav_company
 * @property {string} crm_base_url
 */

/** @typedef {{name: string, roles: string[], connections: Connection[]}} Session */

/** @typedef {{table: string, key: string, name: string | null, url: string | null}} NavSide */
/** @typedef {{entity: string, id: string, name: string | null, url: string | null}} CrmSide */

/**
 * @typedef {object} Coupling
 * @property {string} id
 * @property {string} connection
 * @property {string} mapping
 * @property {NavSide} nav
 * @property {CrmSide} crm
 * @property {"in_step" | "differs" | "never_synchronized" | "failed" | "skipped" | "broken"} state
 * @property {string[]} health
 * @property {string | null} last_synchronized_at
 */

/**
 * @typedef {object} ComparisonRow
 * @property {string} field
 * @property {string} nav_field
 * @property {string} crm_field
 * @property {string | null} nav_value
 * @property {string | null} crm_value
 * @property {string | null} result_value
 * @property {boolean} differs
 * @property {number} cut
 * @property {boolean} blanks
 * @property {boolean} kept
 */

/**
 * A side is null when its record does not exist, or none was named.
 * @typedef {object} Comparison
 * @property {ComparisonRow[]} rows
 * @property {number} differing
 * @property {NavSide | null} nav
 * @property {CrmSide | null} crm
 * @property {string | null} coupling
 * @property {string[]} not_eligible why the user may not be coupled
 */

/** @typedef {{field: string, before: string | null, after: string | null}} Change */

/**
 * @typedef {object} ProblemBody
 * @property {string} [title]
 * @property {string} [detail]
 * @property {string} [code]
 * @property {string} [fix]
 * @property {{nav: NavSide, crm: CrmSide} | null} [other] the coupling that stands in the way
 * @property {Record<string, string[]>} [errors]
 * @property {string} [request_id]
 */

/**
 * @typedef {object} Synchronization
 * @property {string} [action]
 * @property {Change[]} [changes]
 * @property {null | "nav_is_newer" | "both_changed"} [question]
 * @property {ProblemBody | null} [error]
 */

/**
 * @typedef {object} UserRow
 * @property {string} id
 * @property {string | null} name
 * @property {string | null} email
 * @property {string | null} phone
 * @property {boolean | null} disabled
 * @property {boolean | null} licensed
 * @property {string[]} not_eligible
 * @property {string | null} coupling
 * @property {string | null} salesperson
 * @property {string | null} salesperson_name
 */

/**
 * @typedef {object} SalespersonRow
 * @property {string} key
 * @property {string | null} name
 * @property {string | null} email
 * @property {string | null} phone
 * @property {boolean | null} blocked
 * @property {string | null} coupling
 * @property {string | null} user
 * @property {string | null} user_name
 */

/**
 * One line of the combobox.
 * @typedef {object} Choice
 * @property {string} key
 * @property {string} name
 * @property {string} note second line: e-mail, code
 * @property {string} [taken] who it is coupled to, as text
 * @property {string} [takenHref] where that coupling can be opened
 * @property {string} [barred] why it cannot be chosen
 */

/**
 * The record the person stands on, and its coupling when it has one.
 * @typedef {object} Subject
 * @property {System} system
 * @property {string} key
 * @property {string} name
 * @property {Connection} connection
 * @property {Coupling | null} coupling
 */

export {};
