package demo

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"path"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheSameSeedMakesTheSameBytes(t *testing.T) {
	if !reflect.DeepEqual(Clients(7), Clients(7)) {
		t.Error("two goes differ")
	}
	if reflect.DeepEqual(Clients(7), Clients(8)) {
		t.Error("another seed makes the same papers")
	}
}

func TestEachPaperIsValid(t *testing.T) {
	checks := map[string]func(*testing.T, []byte){".pdf": checkPDF, ".xlsx": checkXLSX, ".csv": checkCSV, ".xml": checkUBL}
	seen := map[string]bool{}
	for seed := range uint64(3) {
		for _, c := range Clients(seed) {
			paths := map[string]bool{}
			for _, f := range c.Files {
				check := checks[path.Ext(f.Path)]
				if check == nil || paths[f.Path] || f.Modified.IsZero() {
					t.Fatalf("%s/%s: no check for its kind, or twice there, or without a time", c.Name, f.Path)
				}
				paths[f.Path], seen[path.Ext(f.Path)] = true, true
				t.Run(fmt.Sprintf("%d/%s/%s", seed, c.Name, f.Path), func(t *testing.T) { check(t, f.Data) })
			}
		}
	}
	if len(seen) != len(checks) {
		t.Errorf("kinds of papers: %v", seen)
	}
}

// checkPDF follows the file the way a reader does: from its end to the table, and from there to each object.
func checkPDF(t *testing.T, data []byte) {
	start := submatch(t, data, `startxref\n(\d+)\n%%EOF\n$`)
	table := data[number(t, start):]
	count := number(t, submatch(t, table, `^xref\n0 (\d+)\n0000000000 65535 f \n`))
	rows := regexp.MustCompile(`(?m)^(\d{10}) 00000 n $`).FindAllSubmatch(table, -1)
	if len(rows) != count-1 {
		t.Fatalf("table has %d rows, says %d", len(rows), count)
	}
	for i, row := range rows {
		at := data[number(t, string(row[1])):]
		if !bytes.HasPrefix(at, fmt.Appendf(nil, "%d 0 obj\n", i+1)) {
			t.Fatalf("object %d is not where the table says", i+1)
		}
	}
	length := number(t, submatch(t, data, `/Length (\d+)`))
	stream := data[bytes.Index(data, []byte("stream\n"))+len("stream\n"):]
	if !bytes.HasPrefix(stream[length:], []byte("endstream")) {
		t.Errorf("stream is not %d bytes long", length)
	}
	if n := bytes.Count(stream[:length], []byte("T*")); n == 0 || n > 60 {
		t.Errorf("%d lines on the page", n)
	}
}

func submatch(t *testing.T, data []byte, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindSubmatch(data)
	if m == nil {
		t.Fatalf("no %s", pattern)
	}
	return string(m[1])
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// checkXLSX opens the workbook, follows its links to the sheet, and adds up what the formulas say.
func checkXLSX(t *testing.T, data []byte) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if parts[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		var any struct{ XMLName xml.Name }
		if err := xml.Unmarshal(parts[f.Name], &any); err != nil {
			t.Errorf("part %s: %v", f.Name, err)
		}
	}
	var types struct {
		Override []struct {
			PartName string `xml:",attr"`
		}
	}
	xml.Unmarshal(parts["[Content_Types].xml"], &types)
	for _, o := range types.Override {
		if parts[strings.TrimPrefix(o.PartName, "/")] == nil {
			t.Errorf("part %s is announced and not there", o.PartName)
		}
	}
	for _, link := range []struct{ rels, folder string }{{"_rels/.rels", ""}, {"xl/_rels/workbook.xml.rels", "xl/"}} {
		var rels struct {
			Relationship []struct {
				Target string `xml:",attr"`
			}
		}
		xml.Unmarshal(parts[link.rels], &rels)
		for _, r := range rels.Relationship {
			if parts[link.folder+r.Target] == nil {
				t.Errorf("%s leads to %s, which is not there", link.rels, r.Target)
			}
		}
	}
	checkSums(t, parts["xl/worksheets/sheet1.xml"])
}

func checkSums(t *testing.T, sheet []byte) {
	var s xlsxSheet
	if err := xml.Unmarshal(sheet, &s); err != nil {
		t.Fatal(err)
	}
	values, sums := map[string]cents{}, 0
	for _, r := range s.Rows {
		for _, c := range r.Cells {
			values[c.Ref] = toCents(t, c.Value)
		}
	}
	for _, r := range s.Rows {
		for _, c := range r.Cells {
			if c.Formula == "" {
				continue
			}
			sums++
			var from, to rune
			var first, last int
			if _, err := fmt.Sscanf(c.Formula, "SUM(%c%d:%c%d)", &from, &first, &to, &last); err != nil {
				t.Fatalf("formula %s: %v", c.Formula, err)
			}
			var total cents
			for column := from; column <= to; column++ {
				for row := first; row <= last; row++ {
					total += values[fmt.Sprintf("%c%d", column, row)]
				}
			}
			if total != values[c.Ref] || total == 0 {
				t.Errorf("%s: %s is %v, shown as %v", c.Ref, c.Formula, total, values[c.Ref])
			}
		}
	}
	if sums == 0 {
		t.Error("no formula")
	}
}

// toCents reads an amount; an empty one is nothing.
func toCents(t *testing.T, s string) cents {
	t.Helper()
	if s == "" {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return cents(math.Round(f * 100))
}

// checkCSV follows the balance from line to line.
func checkCSV(t *testing.T, data []byte) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(rows) < 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i := 2; i < len(rows); i++ {
		before, amount, after := toCents(t, rows[i-1][4]), toCents(t, rows[i][3]), toCents(t, rows[i][4])
		if before+amount != after {
			t.Errorf("row %d: %v and %v are not %v", i, before, amount, after)
		}
	}
}

// checkUBL reads the invoice by its namespaces, as any other program would, and reckons it again.
func checkUBL(t *testing.T, data []byte) {
	var v struct {
		XMLName xml.Name `xml:"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2 Invoice"`
		ID      string   `xml:"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2 ID"`
		Tax     struct {
			Amount   string `xml:"TaxAmount"`
			Subtotal []struct {
				TaxableAmount, TaxAmount string
				Percent                  int `xml:"TaxCategory>Percent"`
			} `xml:"TaxSubtotal"`
		} `xml:"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2 TaxTotal"`
		Total struct{ LineExtensionAmount, TaxExclusiveAmount, TaxInclusiveAmount, PayableAmount string } `xml:"LegalMonetaryTotal"`
		Line  []struct {
			InvoicedQuantity    int
			LineExtensionAmount string
			Price               string `xml:"Price>PriceAmount"`
			Percent             int    `xml:"Item>ClassifiedTaxCategory>Percent"`
		} `xml:"InvoiceLine"`
		Account string `xml:"PaymentMeans>PayeeFinancialAccount>ID"`
	}
	if err := xml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	var net, vat cents
	byRate := map[int]cents{}
	for _, l := range v.Line {
		if amount := toCents(t, l.Price) * cents(l.InvoicedQuantity); amount != toCents(t, l.LineExtensionAmount) || amount == 0 {
			t.Errorf("line of %d at %s is not %s", l.InvoicedQuantity, l.Price, l.LineExtensionAmount)
		}
		byRate[l.Percent] += toCents(t, l.LineExtensionAmount)
		net += toCents(t, l.LineExtensionAmount)
	}
	for _, s := range v.Tax.Subtotal {
		tax := cents(math.Round(float64(byRate[s.Percent]) * float64(s.Percent) / 100))
		if toCents(t, s.TaxableAmount) != byRate[s.Percent] || toCents(t, s.TaxAmount) != tax {
			t.Errorf("at %d%%: %s with %s VAT; lines come to %v with %v", s.Percent, s.TaxableAmount, s.TaxAmount, byRate[s.Percent], tax)
		}
		vat += tax
	}
	if len(v.Tax.Subtotal) != len(byRate) || v.ID == "" {
		t.Errorf("invoice %q has %d rates in %d subtotals", v.ID, len(byRate), len(v.Tax.Subtotal))
	}
	got := []cents{toCents(t, v.Total.LineExtensionAmount), toCents(t, v.Total.TaxExclusiveAmount), toCents(t, v.Tax.Amount),
		toCents(t, v.Total.TaxInclusiveAmount), toCents(t, v.Total.PayableAmount)}
	if diff := cmp.Diff([]cents{net, net, vat, net + vat, net + vat}, got); diff != "" {
		t.Errorf("totals:\n%s", diff)
	}
	if mod97(v.Account[4:]+v.Account[:4]) != 1 {
		t.Errorf("account %s has wrong check digits", v.Account)
	}
}

func TestVATReturnsAgreeWithTheInvoices(t *testing.T) {
	for _, c := range Clients(1) {
		var invoiced, filed cents
		for _, f := range c.Files {
			switch {
			case path.Ext(f.Path) == ".xml":
				invoiced += toCents(t, submatch(t, f.Data, `<cac:TaxTotal>\s*<cbc:TaxAmount[^>]*>([\d.]+)<`))
			case strings.Contains(f.Path, "/VAT/"):
				filed += toCents(t, submatch(t, f.Data, `To pay, \w+ +([\d.]+)`))
			}
		}
		if invoiced != filed || filed == 0 {
			t.Errorf("%s: invoices have %v VAT, returns %v", c.Name, invoiced, filed)
		}
	}
}
