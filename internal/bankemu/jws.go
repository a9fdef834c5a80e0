package bankemu

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"creditcart/internal/gost"
)

const joseType = "application/jose"

func clientOwner(id string) string { return "client " + id }

// jws lets a call come in JWS Compact Serialization, signed by the partner, and answers so to those who accept it. With
// the setting requireJWS a call with a body must come so. A call without a body has nothing to sign.
func (b *Bank) jws(act fintechAction) fintechAction {
	return func(c *call, g *grant, co *Company) reply {
		if media(c.r.Header.Get("Content-Type")) == joseType {
			payload, stop := b.openJWS(g.client, c.body, c.now)
			if stop != nil {
				return *stop
			}
			inner := *c
			inner.body, inner.r = payload, c.r.Clone(c.r.Context())
			inner.r.Header.Set("Content-Type", "application/json")
			c = &inner
		} else if b.st.settings.RequireJWS && c.r.Method != http.MethodGet {
			return fail(http.StatusUnsupportedMediaType, "JWS_EXCEPTED", "В соответствии с текущими настройками сервиса с clientId="+g.client+
				" необходимо использовать запрос в формате JWS Compact Serialization")
		}
		rep := act(c, g, co)
		for _, accepted := range strings.Split(c.r.Header.Get("Accept"), ",") {
			if media(accepted) == joseType {
				return b.signedReply(rep, c.now)
			}
		}
		return rep
	}
}

func media(header string) string {
	name, _, err := mime.ParseMediaType(strings.TrimSpace(header))
	if err != nil {
		return ""
	}
	return name
}

// signedReply is an answer as a JWS of the bank: gost34.10-2012 over base64url(header).base64url(payload).
func (b *Bank) signedReply(rep reply, now time.Time) reply {
	raw, bank := b.st.settings.JWTSignature == "raw", b.jwt.bank
	return reply{later: func() reply {
		input := jwsInput(rep.body)
		rep.contentType, rep.body = joseType, []byte(input+"."+b.signature(bank, []byte(input), raw, now))
		return rep
	}}
}

func jwsInput(payload []byte) string {
	enc := base64.RawURLEncoding
	return enc.EncodeToString([]byte(`{"alg":"gost34.10-2012"}`)) + "." + enc.EncodeToString(payload)
}

// openJWS gives the payload of a partner's JWS, whose signature is a detached CMS or the bare 64 bytes of the old form.
func (b *Bank) openJWS(client string, body []byte, now time.Time) ([]byte, *reply) {
	refuse := func(cause, message string) ([]byte, *reply) {
		r := fail(http.StatusBadRequest, cause, message)
		return nil, &r
	}
	parts := strings.Split(string(bytes.TrimSpace(body)), ".")
	var decoded [3][]byte
	for i, part := range parts {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || len(parts) != len(decoded) {
			return refuse("DESERIALIZATION_FAULT", "Неверный формат запроса")
		}
		decoded[i] = raw
	}
	var header struct {
		Alg  string          `json:"alg"`
		Crit json.RawMessage `json:"crit"` // what the signer insists on being understood: nothing is
	}
	if json.Unmarshal(decoded[0], &header) != nil || header.Alg != "gost34.10-2012" || header.Crit != nil {
		return refuse("DESERIALIZATION_FAULT", "Неверный формат запроса")
	}
	k, ok := b.keys[clientOwner(client)]
	if !ok || k.cert.ValidAt(now) != nil {
		return refuse("SIGN_CHECK_EXCEPTION", "Сертификат не обнаружен или не является активным")
	}
	if signed := []byte(parts[0] + "." + parts[1]); !k.cert.PublicKey.VerifyEither(signed, decoded[2]) {
		if _, err := gost.VerifyCMS(decoded[2], signed, []*gost.Certificate{k.cert}, now); err != nil {
			return refuse("SIGN_CHECK_EXCEPTION", "Подлинность подписи не установлена")
		}
	}
	return decoded[1], nil
}

// register remembers the certificate that a partner signs his requests with: one, PEM.
func (b *Bank) register(client string, pem []byte) error {
	certs, err := gost.ParseCertificatesPEM(pem)
	if err != nil {
		return err
	}
	b.keys[clientOwner(client)] = signingKey{cert: certs[0]}
	return nil
}

// controlSetClientCertificate registers the partner's own certificate instead of the one the box makes.
func (b *Bank) controlSetClientCertificate(c *call) reply {
	var in struct {
		Certificate string `json:"certificate"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	id := c.r.PathValue("id")
	if _, ok := b.clients[id]; !ok {
		return controlError(http.StatusNotFound, errors.New("no such client"))
	}
	if err := b.register(id, []byte(in.Certificate)); err != nil {
		return controlError(http.StatusBadRequest, fmt.Errorf("certificate: %w", err))
	}
	return b.controlClientCertificate(c)
}

// controlClientCertificate gives the partner's certificate; with the key when the box has made both.
func (b *Bank) controlClientCertificate(c *call) reply {
	id := c.r.PathValue("id")
	if _, ok := b.clients[id]; !ok {
		return controlError(http.StatusNotFound, errors.New("no such client"))
	}
	k, err := b.keyOf(clientOwner(id), c.now)
	if err != nil {
		return controlError(http.StatusInternalServerError, err)
	}
	out := map[string]string{"certificate": string(k.cert.PEM())}
	if k.key != nil {
		out["privateKey"] = string(k.key.PEM())
	}
	return jsonReply(http.StatusOK, out)
}

// controlSignJWS makes the JWS of a partner's request body: for those who have no GOST tools.
func (b *Bank) controlSignJWS(c *call) reply {
	var in struct {
		Client  string          `json:"client"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if _, ok := b.clients[in.Client]; !ok || len(in.Payload) == 0 {
		return controlError(http.StatusBadRequest, errors.New("client, one that is registered, and payload are required"))
	}
	k, err := b.keyOf(clientOwner(in.Client), c.now)
	if err != nil {
		return controlError(http.StatusInternalServerError, err)
	}
	if k.key == nil {
		return controlError(http.StatusConflict, errors.New("the client has registered a certificate of its own, and its key is not here"))
	}
	input := jwsInput(in.Payload)
	return jsonReply(http.StatusOK, map[string]string{
		"jws": input + "." + base64.RawURLEncoding.EncodeToString(gost.SignCMS([]byte(input), k.key, k.cert, nil, c.now))})
}
