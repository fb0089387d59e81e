// Package stripegw is the only room that speaks Stripe: it calls out, verifies
// what comes in, and decodes events of any API version into facts.
//
// Decoding reads each object of Stripe's into a type of its own that has the
// fields of every version since 2020-03-02 side by side (decode_*.go), and says
// as facts what they tell together. json.go and json_shapes.go hold the kinds of
// fields: which of them may be broken without harm, and which may not.
package stripegw
