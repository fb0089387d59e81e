package bank

// headings are what banks call their columns, in small letters, without the currency
// that some write behind it. Of several that a file has, the first counts; texts are
// put together. Days of value stand behind days of booking: the window of a payout is
// of the day on which the bank booked it.
func headings() map[role][]string {
	return map[role][]string{
		roleDate: {
			"date", "booking date", "posting date", "posted date", "transaction date", "date posted", "completed date", "started date", "date completed (utc)", "date started (utc)", "transaction date (utc)",
			"buchungstag", "buchungsdatum", "buchung", "datum",
			"date opération", "date operation", "date d'opération", "date de comptabilisation", "date comptable", "fecha", "fecha operación", "fecha operacion",
			"data", "data contabile", "data operazione", "boekdatum", "dato", "bokføringsdato", "bogføringsdato", "bokföringsdag", "bokföringsdatum",
			"kirjauspäivä", "data operacji", "data księgowania", "data transakcji", "datum zaúčtování", "datum provedení", "datum pohybu", "data mov.", "data movimento", "data do movimento",
			"data lançamento", "日付", "取引日", "お取引日", "年月日",
			"value date", "valuta", "valutadatum", "wertstellung", "date valeur", "date de valeur", "fecha valor", "data valuta", "rentedatum", "data waluty", "data valor", "value dt",
		},
		roleAmount: {
			"amount", "transaction amount", "value", "net amount",
			"betrag", "umsatz", "montant", "montant operation", "montant opération", "importe", "importo", "bedrag", "beløb", "belopp", "beløp", "määrä", "kwota", "kwota operacji", "valor", "částka", "objem", "入出金(円)",
		},
		roleCredit: {
			"credit", "credit amount", "paid in", "money in", "deposit", "deposits", "cr", "haben", "gutschrift", "crédit", "abono", "abonos", "haber",
			"avere", "entrate", "accrediti", "bij", "insättning", "inn", "inn på konto", "uznania", "deposit amt.", "deposit amt", "deposit amount", "crédito", "créditos", "お預り金額", "預かり金額", "入金金額", "入金額", "お預入れ",
		},
		roleDebit: {
			"debit", "debit amount", "paid out", "money out", "withdrawal", "withdrawals", "dr", "soll", "lastschrift", "belastung", "débit", "cargo", "cargos", "debe",
			"dare", "uscite", "addebiti", "af", "uttag", "ut", "ut fra konto", "obciążenia", "withdrawal amt.", "withdrawal amt", "withdrawal amount", "débito", "débitos", "お支払金額", "支払い金額", "出金金額", "出金額", "お引出し",
		},
		roleSign: {
			"debit/credit", "credit/debit", "debit/credit indicator", "credit/debit indicator", "debit credit indicator", "credit debit indicator",
			"debit or credit", "credit or debit", "dr/cr", "cr/dr", "d/c", "c/d", "crdt/dbit", "dbit/crdt", "creditdebitindicator", "cdtdbtind", "sign",
			"s/h", "h/s", "soll/haben", "haben/soll", "soll/haben kennzeichen", "soll/haben-kennzeichen", "soll-/haben-kennzeichen", "vorzeichen",
			"af bij", "af/bij", "bij/af", "debet/credit", "debet/kredit", "sens", "débit/crédit", "crédit/débit", "debe/haber", "d/h", "cargo/abono",
			"dare/avere", "d/a", "segno", "signo", "débito/crédito", "ind/ud", "inn/ut", "+/-",
		},
		roleCurrency: {"currency", "currency code", "ccy", "währung", "waehrung", "devise", "divisa", "moneda", "moeda", "valuta code", "munt", "valuutta", "waluta", "payment currency", "měna"},
		roleState:    {"state", "status", "transaction status", "booking status", "buchungsstatus", "info", "statut", "état", "estado", "stato"},
		roleText: {
			"text", "description", "transaction description", "description 1", "description 2", "name/description", "details", "memo", "narrative", "particulars", "reference", "payee", "name", "counterparty",
			"counterparty name", "payment reference", "notifications", "payer/payee", "merchant", "partner name", "partner", "payer", "payer name", "payee name", "sender", "sender name",
			"recipient", "recipient name", "remitter", "beneficiary", "beneficiary name", "counter party", "remittance information", "narration", "additional information",
			"verwendungszweck", "buchungstext", "beguenstigter/zahlungspflichtiger", "begünstigter/zahlungspflichtiger", "begünstigter/auftraggeber", "auftraggeber/empfänger",
			"auftraggeber/zahlungsempfänger", "vorgang/verwendungszweck", "beschreibung", "beschreibung1", "beschreibung2", "beschreibung3", "buchungsdetails", "name zahlungsbeteiligter", "avisierungstext",
			"zahlungsempfänger*in", "zahlungspflichtige*r", "zahlungsempfänger", "zahlungspflichtiger", "auftraggeber", "empfänger", "begünstigter", "gegenpartei", "partnername", "zahlungsreferenz",
			"libellé", "libelle", "libellé opération", "libelle operation", "motif", "concepto", "movimiento", "observaciones", "ordenante", "beneficiario", "descripción", "descripcion", "causale", "descrizione", //nolint:misspell // Spanish without its accent
			"omschrijving", "naam/omschrijving", "naam tegenpartij", "mededelingen", "tekst", "tegenpartij", "meddelelse", "meddelande", "rubrik", "namn", "saaja/maksaja", "viesti",
			"opis", "opis operacji", "opis transakcji", "tytuł", "nadawca/odbiorca", "descrição", "lançamento", "histórico", "descrizione completa", "avsändare", "selitys",
			"název protiúčtu", "poznámka", "zpráva pro příjemce", "摘要", "摘要内容", "お取引内容", "取引内容", "お取り扱い内容", "入出金先内容",
		},
	}
}

// signWords are what stands in a column that says whether money came or went; true is
// of what went. Letters are those of D and C, of the German Soll and Haben, the Spanish
// Debe and Haber, the Italian dare and avere.
func signWords() map[string]bool {
	words := map[string]bool{}
	for _, w := range []string{
		"+", "c", "cr", "cred", "credit", "crdt", "h", "haben", "gutschrift", "bij", "bijschrijving", "crédit", "crédito", "credito", "abono", "haber", "a", "avere",
		"accredito", "entrata", "in", "incoming", "inflow", "money in", "paid in", "deposit", "kredit", "insättning", "indbetaling", "ind", "inn", "pano", "uznanie", "eingang",
	} {
		words[w] = false
	}
	for _, w := range []string{
		"-", "d", "dr", "deb", "debit", "dbit", "s", "soll", "lastschrift", "belastung", "af", "afschrijving", "débit", "débito", "debito", "cargo", "debe", "debet", "dare",
		"addebito", "uscita", "out", "outgoing", "outflow", "money out", "paid out", "withdrawal", "uttag", "udbetaling", "ud", "ut", "otto", "obciążenie", "ausgang",
	} {
		words[w] = true
	}
	return words
}

// pendingWords are what banks write in a column of the state of a row that they have
// not booked, or will not.
func pendingWords() []string {
	return []string{
		"pending", "processing", "scheduled", "declined", "rejected", "failed", "reverted", "reversed", "cancelled", "canceled", "expired", "authorised", "authorized",
		"vorgemerkt", "umsatz vorgemerkt", "umsatz vorgemerkt und nicht gebucht", "abgelehnt", "storniert", "en attente", "refusé", "annulé", "pendiente", "rechazado",
		"in sospeso", "rifiutato", "in behandeling", "geweigerd",
	}
}

// balanceWords begin a row that is no booking but a sum or a balance of them.
func balanceWords() []string {
	return []string{
		"total", "totals", "sum", "balance", "opening", "closing", "beginning", "ending", "summe", "saldo", "anfangssaldo", "endsaldo", "schlusssaldo", "kontostand", "solde", "totaux",
		"totale", "totaal", "suma", "beginsaldo", "eindsaldo", "slutsaldo", "startsaldo",
	}
}

// balanceTexts are the whole texts of such rows where they have a date: a payee may be
// called Total.
func balanceTexts() []string {
	return []string{
		"opening balance", "closing balance", "balance brought forward", "balance carried forward", "brought forward", "carried forward", "beginning balance", "ending balance",
		"anfangssaldo", "endsaldo", "schlusssaldo", "kontostand", "saldovortrag", "alter kontostand", "neuer kontostand", "ancien solde", "nouveau solde", "solde initial", "solde final",
		"saldo inicial", "saldo final", "saldo anterior", "saldo iniziale", "saldo finale", "beginsaldo", "eindsaldo", "startsaldo", "slutsaldo", "saldo początkowe", "saldo końcowe",
	}
}
