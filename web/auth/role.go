package auth

import (
	"fmt"
	"slices"
)

// Role is what a person may do. Each role may do what those before it may.
type Role string

// The roles. Nobody's page is for everybody, signed in or not.
const (
	Nobody  Role = ""
	Viewer  Role = "viewer"  // figures that name nobody
	Finance Role = "finance" // what is known about donors, exports, refunds
	Admin   Role = "admin"   // staff, parked events
)

// Roles are those that a person can have, the least first.
func Roles() []Role { return []Role{Viewer, Finance, Admin} }

// May tells whether somebody with role r may open what is for role least.
func (r Role) May(least Role) bool {
	if least == Nobody {
		return true
	}
	have, need := slices.Index(Roles(), r), slices.Index(Roles(), least)
	return need >= 0 && have >= need
}

// ParseRole reads a role as a person writes it. The error says which there are.
func ParseRole(text string) (Role, error) {
	if r := Role(text); slices.Contains(Roles(), r) {
		return r, nil
	}
	return "", fmt.Errorf("%q is no role; write viewer (figures), finance (donors, exports, refunds) or admin (staff)", text)
}
