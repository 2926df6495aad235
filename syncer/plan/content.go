package plan

// Likeness is what is known of two contents.
type Likeness uint8

const (
	Unknown Likeness = iota
	Equal
	Different
)

// Compare tells whether both contents are the same bytes. Revisions mean something on one side only, so oneSide says whether both
// were seen there. It answers Unknown rather than guess.
func (c Content) Compare(d Content, oneSide bool) Likeness {
	switch {
	case oneSide && c.Rev != "" && c.Rev == d.Rev:
		return Equal
	case c.Hash != "" && d.Hash != "":
		if c.Hash == d.Hash {
			return Equal
		}
		return Different
	case c.Size >= 0 && d.Size >= 0 && c.Size != d.Size:
		return Different
	}
	return Unknown
}

// content is what the base says of one side. A digest learnt on either side holds for both.
func (b *Base) content(s Side) Content {
	c := b.Content[s]
	if c.Hash == "" {
		c.Hash = b.Content[s.Other()].Hash
	}
	return c
}

// edited tells whether a side's file is not known to be the base's: what cannot be told counts as changed.
func (b *Base) edited(s Side, v View) bool {
	return b.Kind == File && v.Content.Compare(b.content(s), true) != Equal
}
