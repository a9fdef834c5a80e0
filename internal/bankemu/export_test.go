package bankemu

// ControlPatterns are the patterns of the management API's one list of routes.
func (b *Bank) ControlPatterns() []string {
	var out []string
	for _, r := range b.controlRoutes() {
		out = append(out, r.pattern)
	}
	return out
}
