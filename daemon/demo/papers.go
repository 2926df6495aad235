package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"time"
)

// papers is all that a client's folder holds. Sales, bank and VAT agree with each other.
func papers(f firm, r *rand.Rand) []File {
	sales := invoices(f, r)
	var files []File
	add := func(path string, data []byte, at time.Time) { files = append(files, File{path, data, at}) }

	for _, v := range sales {
		add("2026/Sales/Invoice "+v.number+".xml", v.ubl(), v.issued)
		add("2026/Sales/Invoice "+v.number+".pdf", v.pdf(), v.issued)
	}
	balance := cents(500000 + r.Int64N(900000))
	for month := time.January; month <= time.September; month++ {
		end := day(2026, month+1, 1)
		var data []byte
		data, balance = statement(f, sales, month, balance, r)
		add(fmt.Sprintf("2026/Bank/Statement 2026-%02d.csv", month), data, end)
	}
	for quarter := 1; quarter <= 3; quarter++ {
		at := day(2026, time.Month(quarter*3+1), 20)
		add(fmt.Sprintf("2026/VAT/VAT return 2026 Q%d.pdf", quarter), vatReturn(f, sales, quarter, at), at)
	}
	add("2026/Sales ledger 2026.xlsx", ledger(sales), day(2026, time.October, 2))
	add("2026/Payroll/Wages 2026.xlsx", payroll(r), day(2026, time.October, 1))
	add("Annual accounts/2025/Annual accounts 2025.pdf", annualAccounts(f, r), day(2026, time.March, 27))
	add("Engagement letter.pdf", engagement(f), day(2025, time.January, 6))
	return files
}

func (v invoice) pdf() []byte {
	lines := []string{v.seller.name, v.seller.street, v.seller.postcode + " " + v.seller.city, "VAT " + v.seller.vat, "",
		"To:   " + v.buyer, "Date: " + v.issued.Format("2 January 2006"), "",
		fmt.Sprintf("%-36s %5s %12s %12s %5s", "Description", "Count", "Price", "Amount", "VAT")}
	for _, l := range v.lines {
		lines = append(lines, fmt.Sprintf("%-36s %5d %12s %12s %4d%%", l.name, l.count, l.price, l.net(), l.rate))
	}
	net, _ := v.totals()
	lines = append(lines, "", fmt.Sprintf("%-55s %12s", "Net", net))
	for _, s := range v.subtotals() {
		lines = append(lines, fmt.Sprintf("%-55s %12s", fmt.Sprintf("VAT %d%%", s.rate), s.vat))
	}
	lines = append(lines, fmt.Sprintf("%-55s %12s", "To pay, "+v.seller.currency, v.gross()), "",
		"Please pay within 30 days to "+v.seller.iban()+".")
	return pdf("Invoice "+v.number, lines, v.issued)
}

// statement is a month of the bank: what buyers paid, and a few costs. It returns the balance at its end.
func statement(f firm, sales []invoice, month time.Month, balance cents, r *rand.Rand) ([]byte, cents) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := func(at time.Time, who, what string, amount cents) {
		balance += amount
		w.Write([]string{at.Format(time.DateOnly), who, what, amount.String(), balance.String(), f.currency})
	}
	w.Write([]string{"Date", "Name", "Description", "Amount", "Balance", "Currency"})
	row(day(2026, month, 1), "Verhuur Centrum", "Rent", -125000)
	for _, v := range sales {
		if v.paid.Month() == month {
			row(v.paid, v.buyer, "Invoice "+v.number, v.gross())
		}
	}
	row(day(2026, month, 26), "Energie Direct", "Electricity and gas", -cents(18000+r.IntN(30000)))
	row(day(2026, month, 27), "Wages", "Wages "+month.String(), -payrollTotal)
	w.Flush()
	return b.Bytes(), balance
}

func vatReturn(f firm, sales []invoice, quarter int, at time.Time) []byte {
	byRate := map[int]subtotal{}
	for _, v := range sales {
		if (int(v.issued.Month())+2)/3 != quarter {
			continue
		}
		for _, s := range v.subtotals() {
			t := byRate[s.rate]
			byRate[s.rate] = subtotal{s.rate, t.net + s.net, t.vat + s.vat}
		}
	}
	lines := []string{f.name, "VAT number " + f.vat, fmt.Sprintf("Period: quarter %d of 2026", quarter), "",
		fmt.Sprintf("%-30s %16s %16s", "Sales at", "Turnover", "VAT")}
	var due cents
	for _, rate := range []int{9, 11, 21} {
		if s, ok := byRate[rate]; ok {
			lines = append(lines, fmt.Sprintf("%-30s %16s %16s", fmt.Sprintf("%d%%", rate), s.net, s.vat))
			due += s.vat
		}
	}
	lines = append(lines, "", fmt.Sprintf("%-47s %16s", "To pay, "+f.currency, due))
	return pdf(fmt.Sprintf("VAT return 2026 Q%d", quarter), lines, at)
}

func ledger(sales []invoice) []byte {
	rows := [][]any{{"Invoice", "Date", "Customer", "Net", "VAT", "Total"}}
	var nets, vats cents
	for _, v := range sales {
		net, vat := v.totals()
		rows = append(rows, []any{v.number, v.issued.Format(time.DateOnly), v.buyer, net, vat, net + vat})
		nets, vats = nets+net, vats+vat
	}
	last := len(rows)
	column := func(c string, value cents) sum { return sum{fmt.Sprintf("%s2:%s%d", c, c, last), value} }
	rows = append(rows, []any{"Total", "", "", column("D", nets), column("E", vats), column("F", nets+vats)})
	return xlsx("Sales 2026", rows, day(2026, time.October, 2))
}

// payrollTotal is what all wages of a month come to.
const payrollTotal cents = 712500

func payroll(r *rand.Rand) []byte {
	rows := [][]any{{"Month", "Owner", "Assistant", "Apprentice", "Total"}}
	for month := time.January; month <= time.September; month++ {
		apprentice := cents(120000 + r.IntN(40000))
		assistant := cents(240000 + r.IntN(30000))
		n := len(rows) + 1
		rows = append(rows, []any{month.String(), payrollTotal - assistant - apprentice, assistant, apprentice,
			sum{fmt.Sprintf("B%d:D%d", n, n), payrollTotal}})
	}
	return xlsx("Wages", rows, day(2026, time.October, 1))
}

func annualAccounts(f firm, r *rand.Rand) []byte {
	fixed, stock, bank := cents(4000000+r.Int64N(3000000)), cents(500000+r.Int64N(500000)), cents(800000+r.Int64N(900000))
	total := fixed + stock + bank
	debts := total.part(35)
	line := func(name string, c cents) string { return fmt.Sprintf("%-40s %16s", name, c) }
	return pdf("Annual accounts 2025", []string{f.name, f.postcode + " " + f.city, "",
		"Balance sheet at 31 December 2025, in " + f.currency, "",
		line("Fixed assets", fixed), line("Stock", stock), line("Bank", bank), line("Assets", total), "",
		line("Equity", total-debts), line("Debts", debts), line("Equity and debts", total)}, day(2026, time.March, 27))
}

func engagement(f firm) []byte {
	return pdf("Engagement letter", []string{"Dear owner of " + f.name + ",", "",
		"We are glad to keep your books, to make up your annual accounts and to file",
		"your VAT returns. You find all papers in the folder that we share with you.", "",
		"Your accountant"}, day(2025, time.January, 6))
}
