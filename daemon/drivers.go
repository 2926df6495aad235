package daemon

import (
	"dossier/config"
	"dossier/remote"
	"dossier/remote/rest"
)

// Drivers says how each kind of portal is spoken to. A kind that is not in it is not there yet.
type Drivers map[config.Kind]func(rest.Options) (remote.Driver, error)
