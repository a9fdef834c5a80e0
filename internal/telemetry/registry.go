// Package telemetry shows what the shop is doing: metrics in Prometheus' text form and traces over OTLP. It is told of
// requests and bank calls when they are over and reads the rest when it is asked. Nothing in it is secret or personal:
// labels are routes, operations and outcomes, never people, orders or addresses.
package telemetry

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Metric is one line of the documentation of metrics.
type Metric struct{ Name, Kind, Labels, Help string }

// family is a metric with all its label values: a counter, a gauge or a histogram of seconds or of counts.
type family struct {
	Metric
	bounds []float64 // upper bounds of a histogram, ascending

	mu     sync.Mutex
	series map[string]*series // by rendered labels
}

type series struct {
	value  float64  // of a counter or gauge; the sum of a histogram
	counts []uint64 // of a histogram, one per bound and one above
}

func (f *family) at(values []string) *series {
	key := f.labels(values)
	s := f.series[key]
	if s == nil {
		s = &series{counts: make([]uint64, len(f.bounds)+1)}
		f.series[key] = s
	}
	return s
}

// add raises a counter.
func (f *family) add(n float64, labels ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at(labels).value += n
}

// set replaces the value of a gauge or, for what somebody else counts, of a counter.
func (f *family) set(v float64, labels ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at(labels).value = v
}

// observe adds a value to a histogram.
func (f *family) observe(v float64, labels ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.at(labels)
	s.value += v
	i, _ := slices.BinarySearch(f.bounds, v)
	s.counts[i]++
}

// labels renders names and values as they stand between the braces.
func (f *family) labels(values []string) string {
	names := strings.Fields(f.Labels)
	if len(names) != len(values) {
		panic(f.Name + ": wrong number of label values") // a mistake of ours that the first scrape shows
	}
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(name + `="` + escape.Replace(values[i]) + `"`)
	}
	return b.String()
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// write prints the family in the text form, version 0.0.4.
func (f *family) write(w io.Writer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.series) == 0 {
		return
	}
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", f.Name, f.Help, f.Name, f.Kind)
	for _, labels := range slices.Sorted(maps.Keys(f.series)) {
		s := f.series[labels]
		if f.Kind != histogram {
			fmt.Fprintf(w, "%s%s %s\n", f.Name, braces(labels), number(s.value))
			continue
		}
		var sum uint64
		for i, n := range s.counts {
			bound := math.Inf(1)
			if i < len(f.bounds) {
				bound = f.bounds[i]
			}
			sum += n
			fmt.Fprintf(w, "%s_bucket%s %d\n", f.Name, braces(join(labels, `le="`+number(bound)+`"`)), sum)
		}
		fmt.Fprintf(w, "%s_sum%s %s\n%s_count%s %d\n", f.Name, braces(labels), number(s.value), f.Name, braces(labels), sum)
	}
}

func join(labels, more string) string {
	if labels == "" {
		return more
	}
	return labels + "," + more
}

func braces(labels string) string {
	if labels == "" {
		return ""
	}
	return "{" + labels + "}"
}

func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Kinds of metrics, as the text form names them.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

// registry is all families.
type registry struct{ families []*family }

func (r *registry) new(kind, name, labels, help string, bounds ...float64) *family {
	f := &family{Metric: Metric{Name: name, Kind: kind, Labels: labels, Help: help}, bounds: bounds, series: map[string]*series{}}
	r.families = append(r.families, f)
	return f
}

func (r *registry) write(w io.Writer) {
	for _, f := range slices.SortedFunc(slices.Values(r.families), func(a, b *family) int { return cmp.Compare(a.Name, b.Name) }) {
		f.write(w)
	}
}
