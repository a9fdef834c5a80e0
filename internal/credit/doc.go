// Package credit speaks the bank's language of «Кредит в корзине»: credit offers and contracts, credit requests,
// payment drafts and their state, the dictionary of statuses, the documented rules of sums, links to the signing pages,
// the VAT and the purpose of a payment, and the words a person reads about all that.
// One page of the bank's documents is one file here.
// It does not know orders, carts, storage or who is signed in: callers bring tokens, sums and identifiers.
package credit
