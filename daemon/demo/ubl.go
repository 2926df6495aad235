package demo

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"time"
)

// The elements of a UBL 2.1 invoice that Peppol BIS Billing 3.0 asks for, in the order of its schema.
type ublInvoice struct {
	XMLName       xml.Name      `xml:"Invoice"`
	NS            string        `xml:"xmlns,attr"`
	CAC           string        `xml:"xmlns:cac,attr"`
	CBC           string        `xml:"xmlns:cbc,attr"`
	Customization string        `xml:"cbc:CustomizationID"`
	Profile       string        `xml:"cbc:ProfileID"`
	ID            string        `xml:"cbc:ID"`
	Issued        string        `xml:"cbc:IssueDate"`
	Due           string        `xml:"cbc:DueDate"`
	Type          string        `xml:"cbc:InvoiceTypeCode"`
	Currency      string        `xml:"cbc:DocumentCurrencyCode"`
	Reference     string        `xml:"cbc:BuyerReference"`
	Supplier      ublParty      `xml:"cac:AccountingSupplierParty>cac:Party"`
	Customer      ublParty      `xml:"cac:AccountingCustomerParty>cac:Party"`
	Means         string        `xml:"cac:PaymentMeans>cbc:PaymentMeansCode"`
	Account       string        `xml:"cac:PaymentMeans>cac:PayeeFinancialAccount>cbc:ID"`
	VAT           ublAmount     `xml:"cac:TaxTotal>cbc:TaxAmount"`
	Subtotals     []ublSubtotal `xml:"cac:TaxTotal>cac:TaxSubtotal"`
	LineTotal     ublAmount     `xml:"cac:LegalMonetaryTotal>cbc:LineExtensionAmount"`
	Net           ublAmount     `xml:"cac:LegalMonetaryTotal>cbc:TaxExclusiveAmount"`
	Gross         ublAmount     `xml:"cac:LegalMonetaryTotal>cbc:TaxInclusiveAmount"`
	Payable       ublAmount     `xml:"cac:LegalMonetaryTotal>cbc:PayableAmount"`
	Lines         []ublLine     `xml:"cac:InvoiceLine"`
}

type ublParty struct {
	Name     string  `xml:"cac:PartyName>cbc:Name"`
	Street   string  `xml:"cac:PostalAddress>cbc:StreetName,omitempty"`
	City     string  `xml:"cac:PostalAddress>cbc:CityName,omitempty"`
	Postcode string  `xml:"cac:PostalAddress>cbc:PostalZone,omitempty"`
	Country  string  `xml:"cac:PostalAddress>cac:Country>cbc:IdentificationCode"`
	Tax      *ublTax `xml:"cac:PartyTaxScheme"`
	Legal    string  `xml:"cac:PartyLegalEntity>cbc:RegistrationName"`
}

type ublTax struct {
	Company string `xml:"cbc:CompanyID"`
	Scheme  string `xml:"cac:TaxScheme>cbc:ID"`
}

type ublAmount struct {
	Currency string `xml:"currencyID,attr"`
	Value    string `xml:",chardata"`
}

type ublQuantity struct {
	Unit  string `xml:"unitCode,attr"`
	Value int    `xml:",chardata"`
}

type ublCategory struct {
	ID      string `xml:"cbc:ID"`
	Percent int    `xml:"cbc:Percent"`
	Scheme  string `xml:"cac:TaxScheme>cbc:ID"`
}

type ublSubtotal struct {
	Net      ublAmount   `xml:"cbc:TaxableAmount"`
	VAT      ublAmount   `xml:"cbc:TaxAmount"`
	Category ublCategory `xml:"cac:TaxCategory"`
}

type ublLine struct {
	ID       string      `xml:"cbc:ID"`
	Quantity ublQuantity `xml:"cbc:InvoicedQuantity"`
	Net      ublAmount   `xml:"cbc:LineExtensionAmount"`
	Item     string      `xml:"cac:Item>cbc:Name"`
	Category ublCategory `xml:"cac:Item>cac:ClassifiedTaxCategory"`
	Price    ublAmount   `xml:"cac:Price>cbc:PriceAmount"`
}

// ubl writes an invoice as UBL 2.1.
func (v invoice) ubl() []byte {
	net, vat := v.totals()
	amount := func(c cents) ublAmount { return ublAmount{v.seller.currency, c.String()} }
	const ns = "urn:oasis:names:specification:ubl:schema:xsd:"
	u := ublInvoice{
		NS: ns + "Invoice-2", CAC: ns + "CommonAggregateComponents-2", CBC: ns + "CommonBasicComponents-2",
		Customization: "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
		Profile:       "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
		ID:            v.number, Type: "380", Currency: v.seller.currency, Reference: "Order " + v.number,
		Issued: v.issued.Format(time.DateOnly), Due: v.issued.AddDate(0, 0, 30).Format(time.DateOnly),
		Supplier: v.seller.party(), Customer: ublParty{Name: v.buyer, Country: v.seller.country, Legal: v.buyer},
		Means: "30", Account: v.seller.iban(),
		VAT: amount(vat), LineTotal: amount(net), Net: amount(net), Gross: amount(net + vat), Payable: amount(net + vat),
	}
	for _, s := range v.subtotals() {
		u.Subtotals = append(u.Subtotals, ublSubtotal{amount(s.net), amount(s.vat), category(s.rate)})
	}
	for i, l := range v.lines {
		u.Lines = append(u.Lines, ublLine{ID: strconv.Itoa(i + 1), Quantity: ublQuantity{"C62", l.count}, Net: amount(l.net()),
			Item: l.name, Category: category(l.rate), Price: amount(l.price)})
	}
	return marshal(u)
}

func category(rate int) ublCategory { return ublCategory{"S", rate, "VAT"} }

func (f firm) party() ublParty {
	return ublParty{Name: f.name, Street: f.street, City: f.city, Postcode: f.postcode, Country: f.country,
		Tax: &ublTax{f.vat, "VAT"}, Legal: f.name}
}

func (f firm) iban() string { return iban(f.country, f.bank, f.account) }

// marshal writes a document with its XML declaration.
func marshal(v any) []byte {
	out, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("demo: marshal %T: %v", v, err)) // our own types always marshal
	}
	return append([]byte(xml.Header), append(out, '\n')...)
}
