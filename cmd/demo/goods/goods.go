// Package goods holds the catalogue of the demonstration shop «Снабжение и сервис»: invented goods of invented brands.
package goods

import _ "embed"

// Feed is the catalogue in YML, ready for catalog.ReadFeed. The first offer is the most popular one.
//
//go:embed goods.yml
var Feed []byte
