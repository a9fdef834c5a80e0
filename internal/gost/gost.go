// Package gost knows the Russian signature: the digest Streebog-256 (GOST R 34.11-2012, RFC 6986), signatures of
// 256-bit keys (GOST R 34.10-2012, RFC 7091), their keys and certificates (RFC 9215) and detached CMS signatures
// (RFC 5652, with the attributes of CAdES-BES). It does not know JWTs, banks or files.
//
// Everything here was compared with OpenSSL and its gost engine: see testdata/make.sh.
//
// Not here: 512-bit keys, encryption, revocation, timestamps. Signing reads tables at places that depend on the secret
// number, so it leaks through caches: it is for tests and for the emulator, and no key of value belongs into it.
package gost

import (
	"encoding/asn1"
	"sync"
)

// ParamSet names a curve in keys and certificates. Several names share a curve.
type ParamSet string

// The parameter sets of 256-bit keys, as OpenSSL's -pkeyopt paramset calls them.
const (
	CryptoProA  ParamSet = "A"
	CryptoProB  ParamSet = "B"
	CryptoProC  ParamSet = "C"
	CryptoProXA ParamSet = "XA" // the curve of A
	CryptoProXB ParamSet = "XB" // the curve of C
	TC26A       ParamSet = "TCA"
	TC26B       ParamSet = "TCB" // the curve of A
	TC26C       ParamSet = "TCC" // the curve of B
	TC26D       ParamSet = "TCD" // the curve of C
)

// paramSet is a name with what it stands for.
type paramSet struct {
	name       ParamSet
	oid        asn1.ObjectIdentifier
	withDigest bool // keys name the digest too: demanded of the old sets, forbidden to tc26 A to D (RFC 9215, 4.3)
	curve      *curve
}

// sets is RFC 7836, appendix B, and RFC 4357, 11.4.
var sets = sync.OnceValue(func() []paramSet {
	a := newCurve(
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97",
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD94", "A6",
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893",
		"1", "8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14", 1)
	b := newCurve(
		"8000000000000000000000000000000000000000000000000000000000000C99",
		"8000000000000000000000000000000000000000000000000000000000000C96",
		"3E1AF419A269A5F866A7D3C25C3DF80AE979259373FF2B182F49D4CE7E1BBC8B",
		"800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198F",
		"1", "3FA8124359F96680B83D1C3EB2C070E5C545C9858D03ECFB744BF8D717717EFC", 1)
	c := newCurve(
		"9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D759B",
		"9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D7598", "805A",
		"9B9F605F5A858107AB1EC85E6B41C8AA582CA3511EDDFB74F02F3A6598980BB9",
		"0", "41ECE55743711A8C3CBF3783CD08C0EE4D4DC440D4641A8F366E550DFDB3BB67", 1)
	tc := newCurve(
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97",
		"C2173F1513981673AF4892C23035A27CE25E2013BF95AA33B22C656F277E7335",
		"295F9BAE7428ED9CCC20E7C359A9D41A22FCCD9108E17BF7BA9337A6F8AE9513",
		"400000000000000000000000000000000FD8CDDFC87B6635C115AF556C360C67",
		"91E38443A5E82C0D880923425712B2BB658B9196932E02C78B2582FE742DAA28",
		"32879423AB1A0375895786C4BB46E9565FDE0B5344766740AF268ADB32322E5C", 4)
	return []paramSet{
		{CryptoProA, asn1.ObjectIdentifier{1, 2, 643, 2, 2, 35, 1}, true, a},
		{CryptoProB, asn1.ObjectIdentifier{1, 2, 643, 2, 2, 35, 2}, true, b},
		{CryptoProC, asn1.ObjectIdentifier{1, 2, 643, 2, 2, 35, 3}, true, c},
		{CryptoProXA, asn1.ObjectIdentifier{1, 2, 643, 2, 2, 36, 0}, true, a},
		{CryptoProXB, asn1.ObjectIdentifier{1, 2, 643, 2, 2, 36, 1}, true, c},
		{TC26A, asn1.ObjectIdentifier{1, 2, 643, 7, 1, 2, 1, 1, 1}, false, tc},
		{TC26B, asn1.ObjectIdentifier{1, 2, 643, 7, 1, 2, 1, 1, 2}, false, a},
		{TC26C, asn1.ObjectIdentifier{1, 2, 643, 7, 1, 2, 1, 1, 3}, false, b},
		{TC26D, asn1.ObjectIdentifier{1, 2, 643, 7, 1, 2, 1, 1, 4}, false, c},
	}
})

func setNamed(name ParamSet) *paramSet {
	for i, s := range sets() {
		if s.name == name {
			return &sets()[i]
		}
	}
	return nil
}

func setOf(oid asn1.ObjectIdentifier) *paramSet {
	for i, s := range sets() {
		if s.oid.Equal(oid) {
			return &sets()[i]
		}
	}
	return nil
}

// Object identifiers of GOST algorithms.
var (
	oidDigest    = asn1.ObjectIdentifier{1, 2, 643, 7, 1, 1, 2, 2} // Streebog-256
	oidKey       = asn1.ObjectIdentifier{1, 2, 643, 7, 1, 1, 1, 1} // a key of 256 bits; also names a signature in CMS
	oidSignature = asn1.ObjectIdentifier{1, 2, 643, 7, 1, 1, 3, 2} // a signature of such a key over Streebog-256
)
