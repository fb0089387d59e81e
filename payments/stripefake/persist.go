package stripefake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// saveAfter is the shortest time between a change and the file: many changes of
// one payment become one write.
const saveAfter = 200 * time.Millisecond

// loadState reads the state file; without one it returns nil.
func loadState(path string) (*state, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the path is the developer's own option
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the Stripe stand-in's state: %w", err)
	}
	st := newState("")
	if err := json.Unmarshal(data, st); err != nil {
		return nil, fmt.Errorf("%s does not hold the Stripe stand-in's state (delete it to start afresh): %w", path, err)
	}
	if st.Format != stateFormat {
		return nil, fmt.Errorf("%s is of format %d, this build reads %d: delete it to start afresh", path, st.Format, stateFormat)
	}
	return st, nil
}

// saveNow writes the state file if anything changed since the last time. The
// new file replaces the old one in one step, so a crash leaves one of the two.
func (s *Server) saveNow() error {
	if s.opts.StatePath == "" {
		return nil
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	if !s.dirty {
		s.mu.Unlock()
		return nil
	}
	data, err := json.Marshal(s.st)
	s.dirty = err != nil
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encode the state: %w", err)
	}
	if err := replaceFile(s.opts.StatePath, data); err != nil {
		s.mu.Lock()
		s.dirty = true
		s.mu.Unlock()
		return fmt.Errorf("save the state: %w", err)
	}
	return nil
}

func replaceFile(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// keepSaved writes changes until the server stops. A large state is written
// more rarely, so that saving never takes more than a tenth of the time.
func (s *Server) keepSaved() {
	defer s.running.Done()
	pause := saveAfter
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.changedState:
		}
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(pause):
		}
		begin := time.Now()
		if err := s.saveNow(); err != nil {
			s.log.Error("stripe stand-in: state not saved", "error", err)
		}
		pause = max(saveAfter, 10*time.Since(begin))
	}
}
