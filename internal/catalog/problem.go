package catalog

import (
	"fmt"
	"strings"
	"unicode"
)

// maxProblems is how many problems a FeedError lists; the rest are only counted.
const maxProblems = 50

// Problem is one thing that is wrong in a feed, said so that the merchant can find and mend it.
type Problem struct {
	// Line of the file, from 1.
	Line int
	// Offer is the offer's id, empty outside of offers.
	Offer string
	// Reason is in Russian.
	Reason string
}

// String is «строка 120, товар 210103: цена −5 меньше нуля».
func (p Problem) String() string {
	if p.Offer == "" {
		return fmt.Sprintf("строка %d: %s", p.Line, p.Reason)
	}
	return fmt.Sprintf("строка %d, товар %s: %s", p.Line, p.Offer, p.Reason)
}

// FeedError says that a feed was refused as a whole, and why.
type FeedError struct {
	// Problems in the order found, at most 50.
	Problems []Problem
	// More counts the problems beyond those listed.
	More int
}

// Report is for the people of the shop: how many problems there are, then those listed, one per line.
func (e *FeedError) Report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ошибок: %d", len(e.Problems)+e.More)
	for _, p := range e.Problems {
		b.WriteString("\n" + p.String())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nи ещё %d", e.More)
	}
	return b.String()
}

// Error is for logs; people are shown Report or Problems.
func (e *FeedError) Error() string {
	if len(e.Problems) == 0 {
		return "catalog: feed refused"
	}
	return fmt.Sprintf("catalog: feed refused, %d problem(s), the first: %s", len(e.Problems)+e.More, e.Problems[0])
}

func (e *FeedError) add(p Problem) {
	if len(e.Problems) >= maxProblems {
		e.More++
		return
	}
	e.Problems = append(e.Problems, p)
}

// quoted shows a piece of the feed in a reason: on one line, printable, at most 40 characters.
func quoted(s string) string {
	r := []rune(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.TrimSpace(s)))
	if len(r) > 40 {
		r = append(r[:40], '…')
	}
	return "«" + string(r) + "»"
}
