package catalog

// Terms are the search terms of a product.
func Terms(p Product) []string { return nil }

// QueryTerms are the search terms of what a buyer typed.
func QueryTerms(text string) []string { return nil }
