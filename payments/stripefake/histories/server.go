package histories

import "net/http"

// Server is the stand-in that the history is played over, for what asks Stripe
// itself: its lists, its events.
func (w *World) Server() http.Handler { return w.server }
