package stripefake

import (
	"regexp"
	"time"
)

// apiVersion is the version in which objects are rendered first and whose
// OpenAPI document validates requests. Every other version is told from it.
const apiVersion = "2023-10-16"

// The versions that changed something which a donation backend sees.
// https://docs.stripe.com/changelog
const (
	v2020March  = "2020-03-02"
	v2020August = "2020-08-27"
	v2022August = "2022-08-01"
	v2022Nov    = "2022-11-15"
	v2024April  = "2024-04-10"
	vAcacia     = "2024-10-28.acacia"
	vBasil      = "2025-03-31.basil"
	vClover     = "2025-09-30.clover"
	vDahlia     = "2026-03-25.dahlia"
	vEndive     = "2026-09-30.endive"
)

// releases are the shapes that are known, oldest first.
func releases() []string {
	return []string{
		v2020March, v2020August, v2022August, v2022Nov, apiVersion, v2024April, vAcacia, vBasil, vClover, vDahlia, vEndive,
	}
}

// releaseOf is the newest known shape that is not after a version: between two
// of them Stripe only added what nobody need read.
func releaseOf(version string) string {
	found := v2020March
	for _, known := range releases() {
		if !since(version, known) {
			break
		}
		found = known
	}
	return found
}

// since says whether a version is that other one or came after it. Only dates
// count: the names behind them are those of whole years' releases.
func since(version, other string) bool { return day(version) >= day(other) }

func day(version string) string { return version[:min(len(version), len(time.DateOnly))] }

var versionForm = regexp.MustCompile(`\A\d{4}-\d{2}-\d{2}(\.[a-z]+)?\z`)

// checkVersion refuses what is no version of Stripe's that the stand-in could
// speak. Past the newest it knows, it takes the further months of the same
// release, since these only add.
func checkVersion(param, version string) *apiError {
	_, err := time.Parse(time.DateOnly, day(version))
	further := len(version) > len(time.DateOnly) && version[len(time.DateOnly):] == vEndive[len(time.DateOnly):]
	switch {
	case err != nil || !versionForm.MatchString(version):
		return invalid(param, "", "Invalid Stripe API version: %s. A version is a date, since 2024 with a name, as in %s.", version, vEndive)
	case !since(version, v2020March):
		return invalid(param, "", "Invalid Stripe API version: %s. This stand-in speaks none older than %s.", version, v2020March)
	case day(version) > day(vEndive) && !further:
		return invalid(param, "", "Invalid Stripe API version: %s. The newest that this stand-in knows is %s.", version, vEndive)
	}
	return nil
}
