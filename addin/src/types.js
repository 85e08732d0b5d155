// The shapes of the public API (version 1) and of the address, for the type checker. No code.

/** @typedef {"nav" | "crm"} System */

/**
 * What the address says about the record the person stands on: a hint, the API checks it again.
 * @typedef {object} HostContext
 * @property {"couple" | "pane" | "users" | "signed-out"} page
 * @property {System} system
 * @property {string} key NAV code or CRM id
 * @property {string} connection
 * @property {string} company
 * @property {string} org
 * @property {"set-up" | "synchronize" | "delete"} action
 * @property {boolean} thenOpen open the partner as soon as the coupling is stored (domain U-21)
 * @property {boolean} fromUsers the list of users led here
 * @property {string} lcid the host's language, as it says: LCID, NAV's code or a tag
 * @property {"" | "light" | "dark"} theme the host's, empty where it does not say
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
 * @property {string | null} last_synchronized_by
 * @property {boolean} skipped
 * @property {{code: string, message: string, fix?: string} | null} last_error
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
 * @property {string | null} [undo]
 * @property {Coupling} [coupling]
 */

/**
 * A possible counterpart: `id` of a user or `key` of a salesperson.
 * @typedef {object} Suggestion
 * @property {string} [id]
 * @property {string} [key]
 * @property {string | null} name
 * @property {string | null} email
 * @property {string | null} phone
 * @property {number} score
 * @property {boolean} exact
 * @property {{code: string, text: string, percent: number | null, other_users: number, other_salespeople: number}[]} reasons
 * @property {Taken | null} taken what it is coupled to already
 * @property {string | null} coupling
 */

/** @typedef {{id?: string, key?: string, name: string | null, url?: string | null}} Taken */

/** @typedef {{rows: Suggestion[], counts: Record<string, number>}} Suggestions */

/**
 * @typedef {object} HistoryEntry
 * @property {string} id
 * @property {string} at
 * @property {string} by
 * @property {"couple" | "move" | "uncouple" | "synchronize" | "undo"} deed
 * @property {"intent" | "confirmed" | "refused" | "not_applied"} stage
 * @property {string} connection
 * @property {string} coupling
 * @property {NavSide} nav
 * @property {CrmSide} crm
 * @property {Record<string, string | null>} before
 * @property {Record<string, string | null>} after
 * @property {string} detail
 * @property {string | null} undoes
 */

/** @typedef {{check: string, status: "ok" | "warn" | "fail" | "not_run", detail: string, fix: string}} Check */

/** @typedef {{kind: string, username: string | null, client_id: string | null, secrets: Record<string, "set">}} SignIn */

/**
 * @typedef {object} ConnectionSettings
 * @property {string} name
 * @property {string} title
 * @property {boolean} enabled
 * @property {{base_url: string, api_url: string, sign_in: SignIn}} crm
 * @property {{base_url: string, service_url: string, company: string, client: string, sign_in: SignIn}} nav
 */

/**
 * @typedef {object} FieldMapping
 * @property {string} nav_field
 * @property {string} crm_field
 * @property {string} direction
 * @property {"keep" | "clear"} blank
 * @property {"cut" | "refuse"} truncation
 * @property {boolean} enabled
 */

/**
 * @typedef {object} Mapping
 * @property {string} name
 * @property {boolean} enabled
 * @property {string} direction
 * @property {{table: string, caption: string}} nav
 * @property {{entity: string, caption: string}} crm
 * @property {{field: string, equals: unknown, reason: string}[]} filter
 * @property {FieldMapping[]} fields
 * @property {string} etag
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
 * Something that was done, told until the next thing is done; `undo` takes it back.
 * @typedef {object} Notice
 * @property {string} text
 * @property {Change[]} [changes]
 * @property {ProblemBody | null} [error]
 * @property {() => Promise<void>} [undo]
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

/** @typedef {keyof typeof import("./texts/common.js").texts} CommonText */
/** @typedef {keyof typeof import("./texts/records.js").texts} RecordsText */
/** @typedef {keyof typeof import("./texts/done.js").texts} DoneText */
/** @typedef {keyof typeof import("./texts/state.js").texts} StateText */
/** @typedef {keyof typeof import("./texts/coupling.js").texts} CouplingText */
/** @typedef {keyof typeof import("./texts/pane.js").texts} PaneText */
/** @typedef {keyof typeof import("./texts/users.js").texts} UsersText */
/** @typedef {keyof typeof import("./texts/bulk.js").texts} BulkText */
/** @typedef {keyof typeof import("./texts/history.js").texts} HistoryText */
/** @typedef {keyof typeof import("./texts/jobs.js").texts} JobsText */
/** @typedef {keyof typeof import("./texts/setup.js").texts} SetupText */
/** @typedef {keyof typeof import("./texts/sign-in.js").texts} SignInText */
/** @typedef {CommonText | RecordsText | DoneText | StateText | CouplingText | PaneText} TextOfPair */
/** @typedef {TextOfPair | UsersText | BulkText | HistoryText | JobsText | SetupText | SignInText} MessageId */
/** @typedef {MessageId extends infer Id ? Id extends `${infer Base}.one` ? Base : never : never} CountedId */

/** @typedef {Record<string, string | number | boolean | null | undefined>} Query */

/**
 * @typedef {object} Answer
 * @property {any} body
 * @property {string | null} etag
 * @property {string | null} next query of the next page
 * @property {string | null} undo the history entry that takes it back
 * @property {boolean} created
 * @property {Record<string, number>} counts what the answer says of the suggestions it leaves out
 */

export {};
