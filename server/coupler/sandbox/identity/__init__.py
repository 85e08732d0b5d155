"""Identity provider of the sandbox: Entra-shaped OAuth 2.0 and OpenID Connect, with the AD FS form beside it.

Issues real RS256 tokens and checks them for the CRM and NAV stand-ins (protocols 2 and 7.1).
"""
