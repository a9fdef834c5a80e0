package bankemu

import (
	"fmt"
	"time"
)

// Lives of what the bank gives out, by its own clock. Those that a setting may change are in defaultLives.
const (
	codeLife     = 2 * time.Minute
	accessLife   = time.Hour // also of a browser session at the bank
	refreshLife  = 180 * 24 * time.Hour
	reserveLife  = 2 * time.Hour // a used refresh token is kept so long
	replayWindow = time.Hour     // and may be repeated so long, in case the answer was lost
)

// lives are life spans as settings.
type lives struct {
	ConsentLife   lifespan `json:"consentLife"`   // of an offer signed from now on
	SecretLife    lifespan `json:"secretLife"`    // of every client secret; 0s = for ever
	SecretOverlap lifespan `json:"secretOverlap"` // how long a replaced client secret still works; the documents know no such time
}

func defaultLives() lives {
	return lives{ConsentLife: lifespan(365 * 24 * time.Hour), SecretLife: lifespan(40 * 24 * time.Hour)}
}

func (l lives) checkLives() error {
	if l.ConsentLife <= 0 {
		return fmt.Errorf("consentLife must be more than 0s")
	}
	if l.SecretLife < 0 || l.SecretOverlap < 0 {
		return fmt.Errorf("secretLife and secretOverlap must be 0s or more")
	}
	return nil
}

// lifespan is a duration that is written as in POST /api/clock: 40d, 12h.
type lifespan time.Duration

func (l lifespan) String() string { return time.Duration(l).String() }

func (l lifespan) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

func (l *lifespan) UnmarshalText(text []byte) error {
	d, err := parseSpan(string(text))
	*l = lifespan(d)
	return err
}
