package manage

import "context"

type languageKey struct{}

// WithLanguage says in which language (BCP 47) the page is on which a reader presses
// a button. The letter that confirms what it does is written in that one: whoever
// reads the page reads it, and whoever does not has the more reason to look.
func WithLanguage(ctx context.Context, language string) context.Context {
	return context.WithValue(ctx, languageKey{}, language)
}

// LanguageOf is what WithLanguage said; "" where it said nothing.
func LanguageOf(ctx context.Context) string {
	language, _ := ctx.Value(languageKey{}).(string)
	return language
}
