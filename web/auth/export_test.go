package auth

import (
	"context"
	"testing"
)

// Occupy takes a place among those that compute.
func (p *Passwords) Occupy(ctx context.Context, t *testing.T) (leave func()) {
	t.Helper()
	leave, err := p.enter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return leave
}
