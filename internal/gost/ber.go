package gost

import "errors"

// maxDepth of nested elements; a CMS needs about twelve.
const maxDepth = 32

var errBER = errors.New("gost: not BER")

// normalize turns BER as signers send it into what encoding/asn1 reads: indefinite lengths become definite, long ones
// minimal, an octet string in pieces becomes one. DER comes back as it was, so signed parts keep their bytes. The order
// of sets and the forms of values are left alone.
func normalize(data []byte) ([]byte, error) {
	out, rest, err := normalizeOne(data, 0)
	if err == nil && len(rest) > 0 {
		err = errBER
	}
	return out, err
}

func normalizeOne(data []byte, depth int) (out, rest []byte, err error) {
	tag, length, rest, err := header(data)
	if err != nil || depth > maxDepth {
		return nil, nil, errBER
	}
	constructed := tag&0x20 != 0
	if length < 0 && !constructed || length > len(rest) {
		return nil, nil, errBER
	}
	if !constructed {
		return tlv(tag, rest[:length]), rest[length:], nil
	}
	after := []byte(nil)
	if length >= 0 {
		rest, after = rest[:length], rest[length:]
	}
	var parts [][]byte
	for length < 0 || len(rest) > 0 {
		if length < 0 && len(rest) >= 2 && rest[0] == 0 && rest[1] == 0 {
			after = rest[2:]
			break
		}
		var part []byte
		if part, rest, err = normalizeOne(rest, depth+1); err != nil {
			return nil, nil, err
		}
		parts = append(parts, part)
	}
	if tag == tagOctets|0x20 {
		return joinOctets(parts, after)
	}
	return tlv(tag, parts...), after, nil
}

// joinOctets makes one octet string of the pieces of a constructed one; they are normalized already.
func joinOctets(parts [][]byte, after []byte) (out, rest []byte, err error) {
	for i, p := range parts {
		tag, _, content, err := header(p)
		if err != nil || tag != tagOctets {
			return nil, nil, errBER
		}
		parts[i] = content
	}
	return tlv(tagOctets, parts...), after, nil
}

// header reads one tag of a single byte and a length, -1 meaning indefinite.
func header(data []byte) (tag byte, length int, rest []byte, err error) {
	if len(data) < 2 || data[0]&0x1F == 0x1F || data[0] == 0 {
		return 0, 0, nil, errBER
	}
	tag, first := data[0], data[1]
	rest = data[2:]
	switch size := int(first & 0x7F); {
	case first < 0x80:
		return tag, int(first), rest, nil
	case size == 0:
		return tag, -1, rest, nil
	case size > len(rest):
		return 0, 0, nil, errBER
	default:
		for _, b := range rest[:size] {
			if length > 1<<24 { // far above any signature; keeps the number from overflowing
				return 0, 0, nil, errBER
			}
			length = length<<8 | int(b)
		}
		return tag, length, rest[size:], nil
	}
}
