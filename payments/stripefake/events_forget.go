package stripefake

// forgotten is how many events are dropped at once: the rest is counted anew.
const forgotten = 10_000

// forgetEvents drops the oldest events where that is wanted. Stripe lists none of
// them any more.
func (s *Server) forgetEvents() {
	if !s.opts.ForgetEvents || len(s.st.Events.rows) <= forgotten {
		return
	}
	old := s.st.Events.rows[:forgotten]
	if old[forgotten-1].Created >= s.now().Add(-eventLife).Unix() {
		return
	}
	for _, e := range old {
		if e.pending() > 0 {
			return
		}
	}
	s.st.Events.dropFirst(forgotten)
}

// dropFirst removes the oldest n objects.
func (t *table[T]) dropFirst(n int) {
	for _, item := range t.rows[:n] {
		delete(t.index, item.key())
	}
	t.rows = append(make([]T, 0, len(t.rows)), t.rows[n:]...)
	for i, item := range t.rows {
		t.index[item.key()] = i
	}
}
