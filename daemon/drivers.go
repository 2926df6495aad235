package daemon

import (
	"maps"
	"slices"
	"strings"

	"dossier/config"
	"dossier/remote"
	"dossier/remote/rest"
)

// Drivers says how each kind of portal is spoken to. A kind that is not in it is not there yet.
type Drivers map[config.Kind]Kind

// Kind is one kind of portal, as its driver tells of it.
type Kind struct {
	// Open makes the driver of one account. Nothing is sent yet.
	Open func(rest.Options) (remote.Driver, error)
	// Assumptions are what the driver assumes of its portal. Their settings are what may stand under `assume`.
	Assumptions []remote.Assumption
	// TrashVaries: whether there is a trash depends on the account, and its driver is told by the setting `trash`. dossier finds out once
	// (remote.Prober), unless the configuration says it.
	TrashVaries bool
	// Top is the id of the folder that holds all that an account sees.
	Top remote.ID
}

// Check is the drivers' part in checking a configuration: that what stands under `assume` are settings of the portal's driver.
func (d Drivers) Check(cfg *config.Config, fault func(key, text string)) {
	for _, name := range cfg.PortalNames() {
		p := cfg.Portals[name]
		kind, known := d[p.Kind]
		if !known {
			continue // a run says so
		}
		for _, setting := range slices.Sorted(maps.Keys(p.Assume)) {
			if err := (rest.Assume{setting: p.Assume[setting]}).Check(kind.Assumptions); err != nil {
				text := strings.TrimPrefix(err.Error(), "assume."+setting+": ")
				fault("portal."+name+".assume."+setting, text)
			}
		}
	}
}
