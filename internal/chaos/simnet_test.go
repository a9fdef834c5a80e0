package chaos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
)

// RoundTrip is the network of the bubble.
func (s *sim) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.URL.Scheme + "://" + r.URL.Host {
	case simShop:
		s.shopLock.RLock()
		shop := s.shop
		s.shopLock.RUnlock()
		defer s.stir()
		if shop == nil {
			return nil, errDown
		}
		return serve(shop.Handler(), r), nil
	case simBank, simControl:
		return s.bank.RoundTrip(r)
	}
	return nil, fmt.Errorf("chaos: no such host: %s", r.URL.Host)
}

var errDown = errors.New("chaos: the shop is down")

func serve(h http.Handler, r *http.Request) *http.Response {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r = r.Clone(r.Context())
	r.RemoteAddr, r.RequestURI, r.Host = "192.0.2.1:1234", r.URL.RequestURI(), r.URL.Host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// pipes is a server whose connections are pipes in memory, so that a fault can cut one.
type pipes struct {
	*http.Transport
	server   http.Server
	incoming chan net.Conn
}

func newPipes(h http.Handler) *pipes {
	p := &pipes{incoming: make(chan net.Conn)}
	p.server = http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)} //nolint:gosec // no stranger calls it
	p.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		here, there := net.Pipe()
		select {
		case p.incoming <- there:
			return here, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	go func() { _ = p.server.Serve(p) }()
	return p
}

// Accept, Close and Addr are net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	c, ok := <-p.incoming
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p *pipes) Close() error {
	close(p.incoming)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{} }

func (p *pipes) end() {
	_ = p.server.Close()
	p.CloseIdleConnections()
}
