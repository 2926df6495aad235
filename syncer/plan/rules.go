package plan

// Rules, by which the record says why an operation was done.
const (
	RuleSame     = "same-item"             // one item seen twice
	RuleAgreed   = "agreed"                // both sides have it so
	RuleGone     = "gone-on-both"          // deleted on both sides
	RuleNew      = "new"                   // on one side, and not known before
	RuleBack     = "comes-back"            // gone on one side, where that is no deletion
	RuleChange   = "change-beats-deletion" // deleted on one side, changed or moved on the other
	RuleFolder   = "folder-moved"          // deleted with its folder, which was moved on the other side
	RuleNeeded   = "needed"                // a folder that was deleted, for what is in it
	RuleChanged  = "changed"               // content changed on one side
	RuleKept     = "copy-is-there"         // content changed on both sides, and what loses is kept already
	RuleMoved    = "moved"                 // moved or renamed on one side
	RuleBoth     = "moved-on-both"         // to different places
	RuleReturn   = "goes-back"             // mode: its place here is the portal's
	RuleSwap     = "swap"                  // on the way to a name that another one has as yet
	RuleCycle    = "cycle"                 // each side moved one folder into the other
	RuleClash    = "name-clash"            // two items for one name
	RuleDeleted  = "deleted"               // deleted on one side, unchanged on the other
	RuleConflict = "changed-on-both"       // to different contents
	RuleTwice    = "new-on-both"           // with different contents
	RuleAdopt    = "adopt"                 // different, and the base is not to be trusted
	RuleUnsent   = "unsent-copy"           // mode: what was changed here stays here
	RuleCompare  = "not-comparable"        // without looking into both
)

// ruleOf names the rule that decided an operation.
func (p *planner) ruleOf(x *item, o Op) string {
	switch o.Kind {
	case Record:
		if o.Twin != 0 {
			return RuleSame
		}
		return RuleAgreed
	case Forget:
		return RuleGone
	case Delete:
		return RuleDeleted
	case Compare:
		return RuleCompare
	case MakeFolder, Send:
		return p.ruleOfMaking(x)
	case Move:
		return p.ruleOfMove(x, o)
	case Aside:
		if x.aside {
			return RuleClash
		}
		return RuleUnsent
	}
	return p.ruleOfContent(x, o)
}

func (p *planner) ruleOfMaking(x *item) string {
	switch {
	case x.base == nil:
		return RuleNew
	case x.kept:
		return RuleFolder
	case x.changed() || x.shifted[Local] || x.shifted[Remote]:
		return RuleChange
	case p.Adopt || p.Mode == Down:
		return RuleBack
	}
	return RuleNeeded
}

func (p *planner) ruleOfMove(x *item, o Op) string {
	switch {
	case o.Park:
		return RuleSwap
	case x.shifted[Local] && x.shifted[Remote]:
		return RuleBoth
	case p.Mode == Down && x.shifted[Local]:
		return RuleReturn
	}
	return RuleMoved
}

func (p *planner) ruleOfContent(x *item, o Op) string {
	both := x.edited[Local] && x.edited[Remote]
	switch {
	case o.Kind == Update && both:
		return RuleKept
	case o.Kind == Update:
		return RuleChanged
	case x.base == nil:
		return RuleTwice
	case both:
		return RuleConflict
	}
	return RuleAdopt
}
