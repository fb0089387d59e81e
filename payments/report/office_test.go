//go:build office

package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/migrations/pgtest"
	"github.com/readerfund/readerfund/payments/report"
)

// LibreOffice opens the workbook of each report and DuckDB its Parquet; both find the
// rows and the totals that the manifest tells. `make office` runs it.
func TestOffice(t *testing.T) {
	db := pgtest.New(t)
	settled(t, db)
	regular(t, db)
	dir := t.TempDir()
	for _, name := range report.Names() {
		q := december(zone(t, "America/New_York"))
		_, rows := table(t, db, name, q)
		write := func(format string) report.Manifest {
			var out bytes.Buffer
			m, err := report.Write(t.Context(), db, name, q, format, &out)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+"."+format), out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			return m
		}
		m := write("xlsx")
		run := exec.CommandContext(t.Context(), os.Getenv("SOFFICE"), "-env:UserInstallation=file://"+filepath.Join(dir, "office"), "--headless",
			"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,true,false,false,-1", "--outdir", dir, filepath.Join(dir, name+".xlsx"))
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		shownAs(t, name, rows, sheetOf(t, dir, name, name))
		found := map[string]string{}
		for _, r := range sheetOf(t, dir, name, "Totals")[1:] {
			if r[0] == "all" {
				found[r[1]+" "+r[2]] = strings.ReplaceAll(r[3], ",", "")
			}
		}
		if want := flat(m); fmt.Sprint(found) != fmt.Sprint(want) {
			t.Errorf("%s: LibreOffice finds the totals %v, the manifest has %v", name, found, want)
		}
		inDuckDB(t, write("parquet"), filepath.Join(dir, name+".parquet"))
	}
}

// flat are a manifest's totals by currency and column.
func flat(m report.Manifest) map[string]string {
	all := map[string]string{}
	for c, columns := range m.Totals {
		for column, sum := range columns {
			all[string(c)+" "+column] = sum
		}
	}
	return all
}

// sheetOf reads a sheet as LibreOffice shows it.
func sheetOf(t *testing.T, dir, name, sheet string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name+"-"+sheet+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// shownAs compares a report's rows with what is shown.
func shownAs(t *testing.T, name string, rows []map[string]string, shown [][]string) {
	t.Helper()
	if len(shown) != len(rows)+1 || len(rows) == 0 {
		t.Fatalf("%s: %d rows are shown, %d are in CSV", name, len(shown)-1, len(rows))
	}
	for i, row := range shown[1:] {
		for j, column := range shown[0] {
			want := strings.TrimPrefix(rows[i][column], "'")
			if at, err := time.Parse(time.RFC3339, want); err == nil {
				want = at.Format(time.DateTime)
			}
			if want == "true" || want == "false" {
				want = strings.ToUpper(want)
			}
			if strings.ReplaceAll(row[j], ",", "") != want {
				t.Errorf("%s, row %d, %s: LibreOffice shows %q, CSV has %q", name, i, column, row[j], want)
			}
		}
	}
}

// inDuckDB adds the columns of a Parquet file up by SQL.
func inDuckDB(t *testing.T, m report.Manifest, path string) {
	t.Helper()
	statements := []string{fmt.Sprintf(`select count(*)::varchar as n from '%s'`, path)}
	var columns []string
	for column, of := range m.AmountColumns {
		if of.OncePer == "" {
			columns = append(columns, column)
			statements = append(statements, fmt.Sprintf(`select "%s" as currency, sum("%s")::varchar as sum from '%s' where "%s" is not null group by 1`, of.Currency, column, path, column))
		}
	}
	out, err := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join("..", "..", ".ci", "duckdb", "query.cjs")}, statements...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if want := fmt.Sprintf(`[{"n":"%d"}]`, m.Rows); lines[0] != want {
		t.Errorf("%s: DuckDB counts %s, the manifest %s", m.Report, lines[0], want)
	}
	for i, column := range columns {
		var sums []struct{ Currency, Sum string }
		if err := json.Unmarshal([]byte(lines[i+1]), &sums); err != nil {
			t.Fatal(err)
		}
		for _, s := range sums {
			want := flat(m)[s.Currency+" "+column]
			if !strings.HasPrefix(s.Sum, want) || strings.Trim(strings.TrimPrefix(s.Sum, want), ".0") != "" {
				t.Errorf("%s, %s in %s: DuckDB adds up %s, the manifest %s", m.Report, column, s.Currency, s.Sum, want)
			}
		}
		if len(sums) == 0 && strings.Contains(fmt.Sprint(flat(m)), " "+column+":") {
			t.Errorf("%s, %s: DuckDB finds nothing", m.Report, column)
		}
	}
}
