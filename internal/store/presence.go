package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrInUse says that another program has the SQLite file open, or keeps everybody out of it.
var ErrInUse = errors.New("another program uses the database")

// presence is how the programs of one SQLite file know of each other: a file beside it with a shared lock for as long as
// one has the database open, and a line when it opens and when it closes. A name that opened and never closed is a
// program that was killed, or a machine that lost its power.
type presence struct {
	file *os.File
	name string
	left []string // names of those who did not end well; known only to one that came when nobody else was here
}

// enterWithin is how long an opening program waits for one that has the database for itself.
const enterWithin = 2 * time.Second

func presencePath(database string) string { return database + "-open" }

// enter announces a program at a database.
func enter(database string) (*presence, error) {
	p, alone, err := openPresence(database)
	if err != nil {
		return nil, err
	}
	if alone {
		err = p.compact()
	} else {
		err = p.share()
	}
	if err == nil {
		err = p.note("open", p.name)
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = nil // with a full disk the shop still shows what it has; a kill now goes unnoticed
	}
	if err == nil && alone {
		err = p.share()
	}
	if err != nil {
		_ = p.file.Close()
		return nil, err
	}
	return p, nil
}

// occupy keeps every other program out of a database, or is ErrInUse. It writes nothing.
func occupy(database string) (*presence, error) {
	p, alone, err := openPresence(database)
	if err == nil && !alone {
		_ = p.file.Close()
		err = ErrInUse
	}
	return p, err
}

func openPresence(database string) (p *presence, alone bool, err error) {
	f, err := os.OpenFile(presencePath(database), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, false, err
	}
	if alone, err = flock(f, true); err != nil {
		_ = f.Close()
		return nil, false, err
	}
	return &presence{file: f, name: rand.Text()[:12]}, alone, nil
}

// share lets others in beside this program.
func (p *presence) share() error {
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		ok, err := flock(p.file, false)
		if ok || err != nil {
			return err
		}
		if time.Since(began) > enterWithin {
			return ErrInUse
		}
	}
}

// compact reads who did not end well and forgets all others.
func (p *presence) compact() error {
	text, err := os.ReadFile(p.file.Name())
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		switch word, name, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "open":
			p.left = append(p.left, name)
		case "close":
			p.left = slices.DeleteFunc(p.left, func(n string) bool { return n == name })
		}
	}
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	return p.note("open", p.left...)
}

// note writes lines that a power cut does not take away.
func (p *presence) note(word string, names ...string) error {
	var b strings.Builder
	for _, n := range names {
		fmt.Fprintf(&b, "%s %s\n", word, n)
	}
	_, err := p.file.WriteString(b.String())
	if err == nil {
		err = p.file.Sync()
	}
	return err
}

// forgive forgets those who did not end well: the database was found whole after them.
func (p *presence) forgive() error {
	if len(p.left) == 0 {
		return nil
	}
	return p.note("close", p.left...)
}

// leave says that this program ended well.
func (p *presence) leave() error {
	err := errors.Join(p.note("close", p.name), p.file.Close())
	if errors.Is(err, os.ErrClosed) {
		return nil // it left before
	}
	return err
}

// vanish ends the presence without a word.
func (p *presence) vanish() { _ = p.file.Close() }

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
