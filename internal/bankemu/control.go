package bankemu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/shopspring/decimal"
)

func controlError(status int, err error) reply {
	return jsonReply(status, map[string]string{"error": err.Error()})
}

// strict decodes a control request; a misspelt field is an error, not a silent nothing. An empty body is {}.
func strict(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more than one value in the body")
	}
	return nil
}

func (b *Bank) controlState(c *call) reply {
	tokens := map[string]int{"active": 0, "reserve": 0, "dead": 0}
	for _, t := range b.st.refresh {
		tokens[t.state(c.now)]++
	}
	return jsonReply(http.StatusOK, map[string]any{
		"clock": c.now, "offset": b.st.offset.String(), "step": b.st.step.String(), "settings": b.st.settings,
		"companies": b.st.scenario.Companies, "offers": b.st.scenario.Offers, "documents": b.documentList(c.now),
		"faults": b.st.faults, "sessions": len(b.st.sessions), "refreshTokens": tokens,
	})
}

func (b *Bank) controlReset(c *call) reply {
	var in struct {
		Tokens bool `json:"tokens"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	b.reset(in.Tokens)
	b.journal.clear()
	return jsonReply(http.StatusOK, map[string]bool{"ok": true})
}

func (b *Bank) controlClock(c *call) reply {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	d, err := parseSpan(in.Advance)
	if err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	b.st.offset += d
	return jsonReply(http.StatusOK, map[string]any{"clock": b.now(), "offset": b.st.offset.String()})
}

func (b *Bank) controlSpeed(c *call) reply {
	var in struct {
		Step string `json:"step"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	d, err := time.ParseDuration(in.Step)
	if err != nil || d < 0 {
		return controlError(http.StatusBadRequest, fmt.Errorf("step must be a duration, 0s or more"))
	}
	b.setStep(d, c.now)
	return jsonReply(http.StatusOK, map[string]string{"step": d.String()})
}

func (b *Bank) controlSettings(c *call) reply {
	next := b.st.settings
	if err := strict(c.body, &next); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if msg := oneOf("", "dcb", "rpp-light")(next.SignPage); msg != "" {
		return controlError(http.StatusBadRequest, fmt.Errorf("signPage: %s", msg))
	}
	if err := next.checkLives(); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if err := next.check(); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if err := next.checkPayrolls(); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if err := next.checkJWT(); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	b.st.settings = next
	b.journal.setRecording(next.Record)
	return jsonReply(http.StatusOK, next)
}

// controlCompany changes what is named and leaves the rest. "contract" is the first contract, null takes it away;
// "contracts" replaces them all; balance is that of the first account.
func (b *Bank) controlCompany(c *call) reply {
	co := b.company(c.r.PathValue("id"))
	if co == nil {
		return controlError(http.StatusNotFound, errors.New("no such company"))
	}
	var in struct {
		BuyOnCredit   *bool            `json:"buyOnCreditMmb"`
		HasActiveLine *bool            `json:"hasActiveCreditLine"`
		LineAvailable json.RawMessage  `json:"creditLineAvailableSum"`
		Contract      json.RawMessage  `json:"contract"`
		Contracts     json.RawMessage  `json:"contracts"`
		Decision      *string          `json:"creditDecision"`
		Balance       *decimal.Decimal `json:"balance"`
		Signatures    *int             `json:"signatures"`
		Route         *string          `json:"route"`
		Incoming      *string          `json:"incoming"`
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	line, err := co.changedAvailable(in.LineAvailable)
	if err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if in.Route != nil {
		if err := knownRoute(*in.Route); err != nil {
			return controlError(http.StatusBadRequest, err)
		}
		co.Route = *in.Route
	}
	if in.Incoming != nil {
		if msg := oneOf(append(arrivalKinds, "")...)(*in.Incoming); msg != "" {
			return controlError(http.StatusBadRequest, fmt.Errorf("incoming: %s", msg))
		}
		co.Incoming = *in.Incoming
	}
	contracts, err := co.changedContracts(in.Contracts, in.Contract)
	if err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	if in.Decision != nil {
		if msg := oneOf(decisions...)(*in.Decision); msg != "" {
			return controlError(http.StatusBadRequest, fmt.Errorf("creditDecision: %s", msg))
		}
		co.Decision = *in.Decision
	}
	co.LineAvailable, co.Contracts = line, contracts
	if in.BuyOnCredit != nil {
		co.BuyOnCredit = *in.BuyOnCredit
	}
	if in.HasActiveLine != nil {
		co.HasActiveLine = *in.HasActiveLine
	}
	if in.Signatures != nil {
		co.Signatures = *in.Signatures
	}
	if in.Balance != nil && len(co.Accounts) > 0 {
		b.correctOpening(co.Accounts[0].Number, in.Balance.Sub(co.Accounts[0].Balance))
		co.Accounts[0].Balance = *in.Balance
		b.fundWaiting(co)
	}
	return jsonReply(http.StatusOK, co)
}

func (b *Bank) controlOffers(c *call) reply {
	var list []Offer
	if err := strict(c.body, &list); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	b.st.scenario.Offers[c.r.PathValue("lawForm")] = list
	return jsonReply(http.StatusOK, list)
}

func (b *Bank) controlForget(c *call) reply {
	if err := strict(c.body, &struct{}{}); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	n := len(b.st.sessions)
	b.st.sessions = map[string]*session{}
	return jsonReply(http.StatusOK, map[string]int{"forgotten": n})
}

func (b *Bank) controlFaults(*call) reply {
	return jsonReply(http.StatusOK, map[string]any{"faults": append([]*fault{}, b.st.faults...)})
}

func (b *Bank) controlAddFault(c *call) reply {
	f, err := decodeFault(c.body)
	if err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	b.st.faultSeq++
	f.ID = b.st.faultSeq
	b.st.faults = append(b.st.faults, f)
	return jsonReply(http.StatusCreated, f)
}

func (b *Bank) controlClearFaults(c *call) reply {
	if err := strict(c.body, &struct{}{}); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	b.st.faults = nil
	return reply{status: http.StatusNoContent}
}
