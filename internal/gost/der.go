package gost

import "encoding/asn1"

// Tags of the few types that are written here.
const (
	tagOctets   = 0x04
	tagSequence = 0x30
	tagSet      = 0x31
	tagContext  = 0xA0 // constructed, plus its number
)

// tlv is one DER element with the parts, already encoded, as its content.
func tlv(tag byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := append(make([]byte, 0, n+6), tag)
	if n < 0x80 {
		out = append(out, byte(n))
	} else {
		size := 1
		for n>>(8*size) > 0 {
			size++
		}
		out = append(out, 0x80|byte(size))
		for i := size - 1; i >= 0; i-- {
			out = append(out, byte(n>>(8*i)))
		}
	}
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func sequence(parts ...[]byte) []byte { return tlv(tagSequence, parts...) }

// der encodes a plain value (numbers, times, identifiers, names), which cannot fail.
func der(v any) []byte {
	out, err := asn1.Marshal(v)
	if err != nil {
		panic("gost: " + err.Error())
	}
	return out
}

// algorithm is an AlgorithmIdentifier without parameters.
func algorithm(oid asn1.ObjectIdentifier) []byte { return sequence(der(oid)) }

// unmarshal reads exactly one element.
func unmarshal(data []byte, into any) error {
	rest, err := asn1.Unmarshal(data, into)
	if err == nil && len(rest) > 0 {
		err = asn1.SyntaxError{Msg: "trailing data"}
	}
	return err
}
