// Package stripegw is the only room that speaks Stripe: it calls out, verifies
// what comes in, and decodes events of any API version into facts.
package stripegw
