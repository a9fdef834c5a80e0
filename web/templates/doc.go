// Package templates draws the shop's pages. Each page has a view struct at the top of its own file; every string in it
// is ready to be read by a person (sums with ₽ and non-breaking spaces, dates in Moscow time, right plurals): templates
// choose markup and nothing else. Pages know addresses only where the route is a fixed contract; others come in the view.
//
// A page is Page(frame, body): the frame is personal, a body may be cached when its view has nothing personal.
// Rendering writes straight to the given writer: callers render into a buffer first.
package templates

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Bytes is a body that was rendered before, e.g. a catalogue page kept per catalogue version.
func Bytes(html []byte) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := w.Write(html)
		return err
	})
}
