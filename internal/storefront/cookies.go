package storefront

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
)

// The cookies of the shop. None holds anything but a random id or a word of ours.
const (
	cookieSession = "session"
	cookieSignIn  = "signin"  // binds a sign-in under way to this browser
	cookieCart    = "cart"    // 30 days
	cookieContour = "contour" // how this browser signed in last
	cookieFlash   = "flash"   // what to say on the next page
)

const cartDays = 30

// cookieJar writes and reads signed cookies. What is foreign, broken or forged reads as absent.
type cookieJar struct {
	codecs map[string]*securecookie.SecureCookie
	prefix string
	secure bool
}

func newCookieJar(key []byte, secure bool) (cookieJar, error) {
	j := cookieJar{codecs: map[string]*securecookie.SecureCookie{}, secure: secure}
	if secure {
		j.prefix = "__Host-"
	}
	for _, name := range []string{cookieSession, cookieSignIn, cookieCart, cookieContour, cookieFlash} {
		derived, err := hkdf.Key(sha256.New, key, nil, "cookie:"+name, 32)
		if err != nil {
			return j, fmt.Errorf("cookie keys: %w", err)
		}
		// Age is judged by the server's own records with its own clock, not by the cookie.
		j.codecs[name] = securecookie.New(derived, nil).MaxAge(0).SetSerializer(securecookie.JSONEncoder{})
	}
	return j, nil
}

// read gives the value of a cookie, empty when there is none that we wrote.
func (j cookieJar) read(r *http.Request, name string) string {
	c, err := r.Cookie(j.prefix + name)
	if err != nil {
		return ""
	}
	var value string
	if err := j.codecs[name].Decode(name, c.Value, &value); err != nil {
		return ""
	}
	return value
}

// has tells whether the browser sent such a cookie, ours or not.
func (j cookieJar) has(r *http.Request, name string) bool {
	_, err := r.Cookie(j.prefix + name)
	return err == nil
}

// write sets a cookie; age 0 lasts as long as the browser runs, a negative age removes it.
func (j cookieJar) write(w http.ResponseWriter, name, value string, age time.Duration) error {
	c := &http.Cookie{Name: j.prefix + name, Path: "/", HttpOnly: true, Secure: j.secure, SameSite: http.SameSiteLaxMode}
	if age < 0 {
		c.MaxAge = -1
	} else {
		encoded, err := j.codecs[name].Encode(name, value)
		if err != nil {
			return fmt.Errorf("storefront: cookie %s: %w", name, err)
		}
		c.Value, c.MaxAge = encoded, int(age/time.Second)
	}
	http.SetCookie(w, c)
	return nil
}

// newSecret draws 256 bits.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashed is the id under which the database keeps what a cookie holds: a stolen database opens no session.
func hashed(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
