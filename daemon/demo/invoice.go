package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// invoice is a sale, from which its XML, its PDF, the bank's statement and the VAT return are all made, so that they agree.
type invoice struct {
	number string
	seller firm
	buyer  string
	issued time.Time
	paid   time.Time
	lines  []invoiceLine
}

type invoiceLine struct {
	ware
	count int
}

func (l invoiceLine) net() cents { return l.price * cents(l.count) }

// subtotal is all of an invoice, or of a quarter, that bears one rate of VAT.
type subtotal struct {
	rate     int
	net, vat cents
}

// subtotals are by rate, lowest first. VAT is reckoned on each rate's sum, as the law and EN 16931 want it.
func (v invoice) subtotals() []subtotal {
	var subs []subtotal
	for _, l := range v.lines {
		i := slices.IndexFunc(subs, func(s subtotal) bool { return s.rate == l.rate })
		if i < 0 {
			subs = append(subs, subtotal{rate: l.rate})
			i = len(subs) - 1
		}
		subs[i].net += l.net()
	}
	for i := range subs {
		subs[i].vat = subs[i].net.part(subs[i].rate)
	}
	slices.SortFunc(subs, func(a, b subtotal) int { return a.rate - b.rate })
	return subs
}

func (v invoice) totals() (net, vat cents) {
	for _, s := range v.subtotals() {
		net, vat = net+s.net, vat+s.vat
	}
	return net, vat
}

func (v invoice) gross() cents {
	net, vat := v.totals()
	return net + vat
}

// invoices invents one sale a month, January to September.
func invoices(f firm, r *rand.Rand) []invoice {
	var all []invoice
	for month := time.January; month <= time.September; month++ {
		issued := day(2026, month, 2+r.IntN(12))
		v := invoice{
			number: fmt.Sprintf("2026-%03d", len(all)+1), seller: f, buyer: f.buyers[r.IntN(len(f.buyers))],
			issued: issued, paid: issued.AddDate(0, 0, 3+r.IntN(10)),
		}
		for _, i := range r.Perm(len(f.wares))[:2+r.IntN(3)] {
			v.lines = append(v.lines, invoiceLine{f.wares[i], 1 + r.IntN(6)})
		}
		all = append(all, v)
	}
	return all
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 9, 30, 0, 0, time.UTC)
}
