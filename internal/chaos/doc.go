// Package chaos proves what the shop is trusted for: real shop processes on one database, a bank that misbehaves, buyers
// who click twice, SIGKILL at random, and an oracle that knows what the bank did. Every run prints the seed that repeats
// its choices. Nothing of it is in the shipped program.
//
// The invariants are those of the fault contract: I1 no acknowledged order is lost, I2 one form makes one order, I3 one
// signable document per order, I4 no two executed ones, I5 paid if and only if the bank executed, I6 no document without
// its payment, I7 the bank has what was frozen, I8 nothing stays unknown when faults stop, I9 paid is absorbing, I10 no
// forced sign-in, I12 the database is whole; P the bank's pace, T one refresh of a token at a time.
package chaos
