package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"creditcart/scripts/rig"
)

// footprint starts the production program with 10 000 products and looks at it.
func footprint(ctx context.Context, _ bench) ([]measure, error) {
	binary, remove, err := program(ctx)
	if err != nil {
		return nil, err
	}
	defer remove()
	s, err := rig.Process(ctx, binary, strings.NewReader(largeFeed(10_000)))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	started, err := restarts(ctx, s, binary)
	if err != nil {
		return nil, err
	}
	for range 200 {
		if _, err := rig.Get(s.URL + "/"); err != nil {
			return nil, err
		}
	}
	time.Sleep(3 * time.Second) // idle
	memory, err := residentMB(s.Pid)
	return []measure{
		{name: "start to the first page, 10 000 products", unit: "s", value: started, goal: 0.5, atMost: true},
		{name: "idle memory, 10 000 products", unit: "MB", value: memory, goal: 60, atMost: true},
	}, err
}

// program builds what production runs.
func program(ctx context.Context) (binary string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return "", nil, err
	}
	binary = filepath.Join(dir, "shop")
	return binary, func() { _ = os.RemoveAll(dir) }, rig.Build(ctx, binary)
}

// restarts is the median time from the start of the program to its first page, in seconds, after clean stops.
func restarts(ctx context.Context, s *rig.Shop, binary string) (float64, error) {
	var times []float64
	for range 5 {
		s.Stop()
		start := time.Now()
		if err := s.Start(ctx, binary); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start).Seconds())
	}
	return median(times), nil
}

func residentMB(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kb float64
			_, err := fmt.Sscan(rest, &kb)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS")
}

// largeFeed invents n products in 40 categories.
func largeFeed(n int) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><yml_catalog date="2026-11-22T10:00:00+03:00"><shop><name>bench</name><categories>`)
	for c := range 40 {
		fmt.Fprintf(&b, `<category id="%d">Раздел %d</category>`, c+1, c+1)
	}
	b.WriteString(`</categories><offers>`)
	words := []string{"Кабель", "Лампа", "Стол", "Кресло", "Бумага", "Перчатки", "Принтер", "Монитор", "Стеллаж", "Дрель"}
	for i := range n {
		fmt.Fprintf(&b, `<offer id="%d"><name>%s модель %d</name><price>%d.50</price><currencyId>RUB</currencyId><categoryId>%d</categoryId><description>Описание товара %d.</description></offer>`,
			i+1, words[i%len(words)], i, 10+i%90000, i%40+1, i)
	}
	b.WriteString(`</offers></shop></yml_catalog>`)
	return b.String()
}

// processorTime is what a process has used of all cores, in seconds.
func processorTime(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // the name may have spaces
	fields := strings.Fields(rest)
	var user, system float64
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat: %q", raw)
	}
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		return 0, err
	}
	return (user + system) / 100, nil // USER_HZ is 100 on every Linux
}

// ownTime is what this process has used of all cores, in seconds.
func ownTime() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails for a wrong argument only
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
