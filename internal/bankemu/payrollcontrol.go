package bankemu

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// controlDigest gives the text that signatures of a register are made over; a register the bank would refuse has none.
// The company is the one with the register's orgTaxNumber.
func (b *Bank) controlDigest(c *call) reply {
	p := &problems{}
	o := readObject(c, p)
	if rep := p.reply(); rep != nil {
		return *rep
	}
	i := slices.IndexFunc(b.st.scenario.Companies, func(co Company) bool {
		return string(o.raw["orgTaxNumber"]) == `"`+co.INN+`"` && len(co.Accounts) > 0
	})
	if i < 0 {
		return controlError(http.StatusBadRequest, errors.New("orgTaxNumber: no company with an account has this INN"))
	}
	d := parsePayroll(o, &b.st.scenario.Companies[i])
	if rep := p.reply(); rep != nil {
		return *rep
	}
	return jsonReply(http.StatusOK, map[string]string{"digest": d.digest(loanAsExample)})
}

func payrollRouteNames() string { return strings.Join(slices.Sorted(maps.Keys(payrollWalks)), ", ") }

// controlPayroll signs a register, chooses its way, sets what is said of employees, or pins its status.
func (b *Bank) controlPayroll(c *call, p *payroll) reply {
	var in struct {
		Person, Account, Status, Comment, Route string
		Results                                 []struct {
			Account string `json:"account"`
			salaryResult
		}
	}
	if err := strict(c.body, &in); err != nil {
		return controlError(http.StatusBadRequest, err)
	}
	co, err := b.company(p.company), error(nil)
	switch c.r.PathValue("action") {
	case "sign":
		err = eachSigner(co, p.signers, in.Person, func(person *Person) error { return b.signPayroll(p, co, person, c.now) })
	case "decline":
		err = errors.New("the table of a register has no status for a document the client deleted")
	case "route":
		if payrollWalks[in.Route] == nil {
			return controlError(http.StatusBadRequest, fmt.Errorf("route must be one of %s", payrollRouteNames()))
		}
		if !p.signed.IsZero() {
			err = errors.New("the register is signed and on its way; set settings.payrollRoute or the route before that")
		} else {
			p.route = in.Route
		}
	case "results":
		p.results = map[string]salaryResult{}
		for _, r := range in.Results {
			p.results[r.Account] = r.salaryResult
		}
	case "status":
		if in.Status == "" {
			p.pin = nil
		} else if _, ok := payrollRow(in.Status); !ok && !c.r.URL.Query().Has("unknown") {
			return controlError(http.StatusBadRequest, errors.New("not a documented status of a register; add ?unknown to set it anyway"))
		} else {
			p.pin = &pinned{in.Status, in.Comment, c.now}
		}
	default:
		return controlError(http.StatusNotFound, errors.New("no such action"))
	}
	if err != nil {
		return controlError(http.StatusConflict, err)
	}
	return jsonReply(http.StatusOK, b.payrollDocument(p, c.now))
}
