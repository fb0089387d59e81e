package stripefake

import (
	"encoding/json"
	"fmt"
)

// row is a stored object. Its key never changes.
type row interface{ key() string }

// table keeps objects in the order in which they were made.
type table[T row] struct {
	rows  []T
	index map[string]int
}

// add appends an object; a key that is there already is replaced in place.
func (t *table[T]) add(item T) {
	if t.index == nil {
		t.index = map[string]int{}
	}
	if at, ok := t.index[item.key()]; ok {
		t.rows[at] = item
		return
	}
	t.index[item.key()] = len(t.rows)
	t.rows = append(t.rows, item)
}

// get returns the object of that key.
func (t *table[T]) get(key string) (T, bool) {
	at, ok := t.index[key]
	if !ok {
		var none T
		return none, false
	}
	return t.rows[at], true
}

// at returns the object of that key where the stand-in itself stored the
// reference, so that it is known to be there.
func (t *table[T]) at(key string) T {
	item, _ := t.get(key)
	return item
}

// remove deletes the object of that key.
func (t *table[T]) remove(key string) {
	at, ok := t.index[key]
	if !ok {
		return
	}
	t.rows = append(t.rows[:at:at], t.rows[at+1:]...)
	delete(t.index, key)
	for i := at; i < len(t.rows); i++ {
		t.index[t.rows[i].key()] = i
	}
}

// MarshalJSON writes the objects as an array, oldest first.
func (t *table[T]) MarshalJSON() ([]byte, error) {
	if t.rows == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(t.rows)
}

// UnmarshalJSON reads that array.
func (t *table[T]) UnmarshalJSON(data []byte) error {
	var rows []T
	if err := json.Unmarshal(data, &rows); err != nil {
		return fmt.Errorf("read stored objects: %w", err)
	}
	*t = table[T]{}
	for _, item := range rows {
		t.add(item)
	}
	return nil
}
