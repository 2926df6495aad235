package mijnklantportaal

import (
	"context"

	"dossier/remote"
)

func (d *Driver) Check(ctx context.Context, folder remote.ID, write bool) ([]remote.Finding, error) {
	return nil, nil
}
