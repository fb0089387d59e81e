package mail

// script is the language of a text and how that is written.
type script struct {
	Language, Direction string // BCP 47; ltr or rtl

	rtl bool
}

// script says how a catalogue's language is written.
func (c *catalogue) script() script {
	s := script{Language: c.language, Direction: "ltr", rtl: c.rtl}
	if c.rtl {
		s.Direction = "rtl"
	}
	return s
}

// apart keeps a text that may run in the other direction from touching what stands
// around it. foreign marks what always runs from left to right.
func (s script) apart(text string, foreign bool) string {
	switch {
	case !s.rtl:
		return text
	case foreign:
		return "\u2066" + text + "\u2069" // from left to right
	default:
		return "\u2068" + text + "\u2069" // by its first strong character
	}
}

// anchor is a link with its words.
type anchor struct{ Href, Label string }
