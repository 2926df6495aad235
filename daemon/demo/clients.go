// Package demo shows dossier at work: three sample clients with believable papers, and a story told with them in which every
// step is checked.
package demo

import (
	"math/rand/v2"
	"time"
)

// File is one paper of a sample client.
type File struct {
	Path     string // slash-separated, within the client's folder
	Data     []byte
	Modified time.Time // whole seconds, UTC
}

// Client is a sample client with all its papers.
type Client struct {
	Name  string
	Files []File
}

// Clients makes the three sample clients. The same seed makes the same bytes, on every machine.
func Clients(seed uint64) []Client {
	clients := make([]Client, len(firms))
	for i, f := range firms {
		clients[i] = Client{Name: f.name, Files: papers(f, rand.New(rand.NewPCG(seed, uint64(i))))}
	}
	return clients
}

// firm is a client's business: what its papers are about.
type firm struct {
	name, street, city, postcode, country string
	vat, bank, account                    string // VAT number; the bank's code and the account within it
	currency                              string
	wares                                 []ware
	buyers                                []string
}

// ware is something that a firm sells.
type ware struct {
	name  string
	price cents // without VAT
	rate  int   // VAT, percent
}

var firms = []firm{
	{
		name: "Bakkerij Jansen", street: "Lindelaan 12", city: "Utrecht", postcode: "3511 AB", country: "NL",
		vat: "NL004495445B01", bank: "INGB", account: "0417164300", currency: "EUR",
		wares: []ware{{"Bread, weekly delivery", 18450, 9}, {"Pastry platter", 4250, 9}, {"Lunch catering", 32500, 9},
			{"Baking workshop", 49500, 21}, {"Hire of display case", 7500, 21}},
		buyers: []string{"Hotel De Gracht B.V.", "Café Zonnig", "Basisschool De Vlieger", "Kantoor Verhoeven"},
	},
	{
		name: "Garage De Vries", street: "Industrieweg 4", city: "Breda", postcode: "4814 CD", country: "NL",
		vat: "NL001234567B01", bank: "RABO", account: "0300065264", currency: "EUR",
		wares: []ware{{"Annual service", 28900, 21}, {"Set of winter tyres", 41600, 21}, {"Brake overhaul", 36250, 21},
			{"Diagnosis, per hour", 8950, 21}, {"Bicycle repair", 4500, 9}},
		buyers: []string{"Koeriersdienst Snel", "Familie Bakker", "Taxi Centrale Breda", "Bouwbedrijf Peters"},
	},
	{
		name: "Popescu & Fiii SRL", street: "Strada Lipscani 25", city: "București", postcode: "030031", country: "RO",
		vat: "RO14399840", bank: "BTRL", account: "RONCRT0V12345601", currency: "RON",
		wares: []ware{{"Wooden furniture, made to measure", 385000, 21}, {"Restoration of chairs", 92500, 21},
			{"Technical drawing", 61000, 21}, {"Catalogue, printed", 4500, 11}, {"Transport in the city", 25000, 21}},
		buyers: []string{"Hotel Carpați SA", "Librăria Veche SRL", "Cabinet Dr. Ionescu", "Muzeul Orașului"},
	},
}

// cents is an amount of money in hundredths.
type cents int64
