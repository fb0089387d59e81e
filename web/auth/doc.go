// Package auth lets finance staff in, and nobody else: who they are and what they may
// see, sign-in by password and code or by the organisation's identity provider,
// sessions that end, tries that are slowed down, and the audit of what was done.
package auth
