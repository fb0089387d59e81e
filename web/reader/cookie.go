package reader

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// secure is whether readers come by HTTPS. Only on a machine of one's own they
// do not.
func (p *Pages) secure() bool { return strings.HasPrefix(p.BaseURL, "https://") }

// cookie is the value that a browser sent under a name; "" where it sent none.
func cookie(c *gin.Context, name string) string {
	found, err := c.Request.Cookie(name)
	if err != nil {
		return ""
	}
	return found.Value
}

// setCookie keeps a value in the browser, for the addresses below path; no life
// removes it.
func (p *Pages) setCookie(c *gin.Context, name, value, path string, life time.Duration) {
	age := int(life / time.Second)
	if age <= 0 {
		value, age = "", -1
	}
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure wherever readers come by HTTPS
		Name: name, Value: value, Path: path, MaxAge: age, Secure: p.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
