package store

// SearchCap is how many products a search counts at most.
const SearchCap = 1000
