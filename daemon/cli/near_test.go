package cli

import "testing"

func TestUnknownNamesSuggestTheNearOnes(t *testing.T) {
	known := []string{"Bakkerij Jansen", "Bakkerij Janssen", "Garage De Vries", "Popescu & Fiii SRL"}
	for _, c := range []struct {
		name  string
		known []string
		want  string
	}{
		{"bakerij jansen", known, `there is no client "bakerij jansen"; did you mean "Bakkerij Jansen" or "Bakkerij Janssen"?`},
		{"vries", known, `there is no client "vries"; did you mean "Garage De Vries"?`},
		{"Smit", known, `there is no client "Smit"; there is "Bakkerij Jansen", "Bakkerij Janssen", "Garage De Vries" or "Popescu & Fiii SRL"`},
		{"Smit", append(known, "a", "b"), "there is no client \"Smit\"; `dossier status` lists all 6"},
		{"Smit", nil, `there is no client "Smit"; there is none at all`},
	} {
		if got := unknownName("client", c.name, c.known).Error(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}
