package campaign

import (
	"strings"
	"testing"
)

// The words on a button may say where the amount stands, and say nothing else in
// brackets.
func TestButtonsNameTheAmount(t *testing.T) {
	with := func(words string) map[string]string {
		all := right()
		all["appeals/one.yaml"] = strings.Replace(rightAppeal, "  monthly: Monthly\n", "  monthly: "+words+"\n", 1)
		return all
	}
	for words, without := range map[string]string{
		"Give [[amount]] monthly": "Give monthly", `"[[amount]] for [[site]]"`: "for Paper", "Give": "Give", "Give [[amount]]": "Give",
	} {
		n := mustLoad(t, mapFS(with(words)))
		appeal, _ := n.Appeal("one")
		if got := appeal.Buttons[Monthly]; strings.Contains(got, AmountPlaceholder) != strings.Contains(words, AmountPlaceholder) || WithoutAmount(got) != without {
			t.Errorf("%s: %q, without the amount %q", words, got, WithoutAmount(got))
		}
	}
	for words, want := range map[string]string{
		"Give [[sum]]":    "write [[site]] for the name of the newsroom or [[amount]] for the amount",
		`"[[amount]]"`:    "has no words beside the amount",
		"Give {{amount}}": "would be shown to readers as it is",
	} {
		if got := strings.Join(problemsOf(t, with(words)), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", words, got)
		}
	}
	all := right()
	all["appeals/one.yaml"] = strings.Replace(rightAppeal, "  text: Short\n", "  text: Give [[amount]]\n", 1)
	if got := strings.Join(problemsOf(t, all), "\n"); !strings.Contains(got, "[[amount]]") {
		t.Errorf("a text that is no button: %s", got)
	}
}
