package gost

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"
)

var (
	oidData                 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256               = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
)

// SignCMS makes a detached CMS SignedData over content, DER, with the signed attributes of CAdES-BES: contentType,
// signingTime, messageDigest, signingCertificateV2. It carries cert, which belongs to key, and others.
func SignCMS(content []byte, key *PrivateKey, cert *Certificate, others []*Certificate, at time.Time) []byte {
	digest, certHash := Sum256(content), Sum256(cert.Raw)
	attribute := func(oid asn1.ObjectIdentifier, value []byte) []byte { return sequence(der(oid), tlv(tagSet, value)) }
	attrs := [][]byte{
		attribute(oidContentType, der(oidData)),
		attribute(oidSigningTime, der(at.UTC())),
		attribute(oidMessageDigest, tlv(tagOctets, digest[:])),
		attribute(oidSigningCertificateV2, sequence(sequence(sequence(algorithm(oidDigest), tlv(tagOctets, certHash[:]))))),
	}
	slices.SortFunc(attrs, bytes.Compare) // a set in DER
	sig := key.Sign(tlv(tagSet, attrs...))
	info := sequence(der(1), sequence(cert.x509.RawIssuer, der(cert.x509.SerialNumber)), algorithm(oidDigest),
		tlv(tagContext, attrs...), algorithm(oidKey), tlv(tagOctets, sig[:]))
	certs := [][]byte{cert.Raw}
	for _, o := range others {
		certs = append(certs, o.Raw)
	}
	slices.SortFunc(certs, bytes.Compare)
	signed := sequence(der(1), tlv(tagSet, algorithm(oidDigest)), sequence(der(oidData)), tlv(tagContext, certs...), tlv(tagSet, info))
	return sequence(der(oidSignedData), tlv(tagContext, signed))
}

// signedData is SignedData of RFC 5652, 5.1; signerInfo is 5.3.
type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      contentInfo
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"optional,explicit,tag:0"`
}

type signerInfo struct {
	Version   int
	ID        asn1.RawValue // issuer and serial number, or [0] key identifier
	Digest    pkix.AlgorithmIdentifier
	Attrs     asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm pkix.AlgorithmIdentifier
	Signature []byte
	Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
}

// VerifyCMS checks a CMS SignedData, BER or DER, over content, which it may also contain, and returns the signer's certificate: one of
// trusted, or issued by one of them (see Certificate.Verify; the certificates in the CMS serve as links), valid at now.
//
// There must be one signer, with signed attributes that name the content's type and digest once. A certificate named
// by signingCertificateV2 must be the signer's. The signing time is not looked at: the signer may write what he likes.
func VerifyCMS(cms, content []byte, trusted []*Certificate, now time.Time) (*Certificate, error) {
	sd, err := parseCMS(cms)
	if err != nil {
		return nil, err
	}
	if err := sd.checkContent(content); err != nil {
		return nil, err
	}
	info := sd.Signers[0]
	if !info.Digest.Algorithm.Equal(oidDigest) || !info.Algorithm.Algorithm.Equal(oidKey) && !info.Algorithm.Algorithm.Equal(oidSignature) {
		return nil, fmt.Errorf("gost: CMS: %w: digest %s, signature %s", ErrUnsupported, info.Digest.Algorithm, info.Algorithm.Algorithm)
	}
	enclosed := certificatesIn(sd.Certificates.Bytes)
	signer := info.signer(append(slices.Clip(trusted), enclosed...))
	if signer == nil {
		return nil, fmt.Errorf("gost: CMS: the signer's certificate is neither enclosed nor trusted: %w", ErrNotIssued)
	}
	if err := info.checkAttributes(sd.Content.Type, content, signer); err != nil {
		return nil, err
	}
	signed := bytes.Clone(info.Attrs.FullBytes)
	signed[0] = tagSet // the signature is over the attributes as a set, not as [0]
	if !signer.PublicKey.Verify(signed, info.Signature) {
		return nil, ErrSignature
	}
	if !signer.MaySign() {
		return nil, errors.New("gost: CMS: the signer's key is not for signatures")
	}
	if err := signer.Verify(trusted, enclosed, now); err != nil {
		return nil, err
	}
	return signer, nil
}

// ErrSignature is a signature that does not belong to the key or to the content.
var ErrSignature = errors.New("gost: wrong signature")

func parseCMS(cms []byte) (*signedData, error) {
	data, err := normalize(cms)
	if err != nil {
		return nil, err
	}
	var outer contentInfo
	if err := unmarshal(data, &outer); err != nil {
		return nil, fmt.Errorf("gost: CMS: %w", err)
	}
	if !outer.Type.Equal(oidSignedData) {
		return nil, fmt.Errorf("gost: CMS: not SignedData but %s", outer.Type)
	}
	var sd signedData
	if err := unmarshal(outer.Content.Bytes, &sd); err != nil {
		return nil, fmt.Errorf("gost: CMS: %w", err)
	}
	if len(sd.Signers) != 1 {
		return nil, fmt.Errorf("gost: CMS: %d signers instead of one", len(sd.Signers))
	}
	return &sd, nil
}

// checkContent: a CMS that is not detached must contain what it is checked against.
func (sd *signedData) checkContent(content []byte) error {
	if len(sd.Content.Content.FullBytes) == 0 {
		return nil
	}
	var inside []byte
	if err := unmarshal(sd.Content.Content.Bytes, &inside); err != nil {
		return fmt.Errorf("gost: CMS: content: %w", err)
	}
	if !bytes.Equal(inside, content) {
		return fmt.Errorf("%w: another content inside", ErrSignature)
	}
	return nil
}

// maxEnclosed bounds the work a CMS can make: every certificate in it may have to be tried as an issuer of every other.
const maxEnclosed = 8

// certificatesIn leaves out what is not a certificate of a GOST key: it cannot be of use, and may do no harm.
func certificatesIn(set []byte) (out []*Certificate) {
	for len(set) > 0 && len(out) < maxEnclosed {
		var one asn1.RawValue
		rest, err := asn1.Unmarshal(set, &one)
		if err != nil {
			return out
		}
		if c, err := ParseCertificate(one.FullBytes); err == nil {
			out = append(out, c)
		}
		set = rest
	}
	return out
}

// signer finds the certificate the signer names: by issuer and serial number, or by key identifier.
func (i *signerInfo) signer(certs []*Certificate) *Certificate {
	for _, c := range certs {
		byKey := i.ID.Class == asn1.ClassContextSpecific && i.ID.Tag == 0 && len(i.ID.Bytes) > 0 && bytes.Equal(i.ID.Bytes, c.x509.SubjectKeyId)
		if byKey || bytes.Equal(i.ID.FullBytes, sequence(c.x509.RawIssuer, der(c.x509.SerialNumber))) {
			return c
		}
	}
	return nil
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

// checkAttributes is RFC 5652, 5.4 and 11, and RFC 5035, 3.
func (i *signerInfo) checkAttributes(contentType asn1.ObjectIdentifier, content []byte, signer *Certificate) error {
	values := map[string][]byte{} // by type; every attribute we look at has one value
	for rest := i.Attrs.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return fmt.Errorf("gost: CMS: signed attributes: %w", err)
		}
		if _, twice := values[a.Type.String()]; twice || len(a.Values) != 1 {
			return fmt.Errorf("gost: CMS: signed attribute %s has not one value", a.Type)
		}
		values[a.Type.String()] = a.Values[0].FullBytes
	}
	if !bytes.Equal(values[oidContentType.String()], der(contentType)) {
		return errors.New("gost: CMS: the signed content type is absent or another")
	}
	digest := Sum256(content)
	if !bytes.Equal(values[oidMessageDigest.String()], tlv(tagOctets, digest[:])) {
		return fmt.Errorf("%w: another content", ErrSignature)
	}
	if v, ok := values[oidSigningCertificateV2.String()]; ok {
		return checkSigningCertificate(v, signer)
	}
	return nil
}

// checkSigningCertificate compares the first certificate named, which is the signer's, when its digest is one we have.
func checkSigningCertificate(value []byte, signer *Certificate) error {
	var in struct {
		Certs []struct {
			Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
			Hash      []byte
			Serial    asn1.RawValue `asn1:"optional"`
		}
		Policies asn1.RawValue `asn1:"optional"`
	}
	if err := unmarshal(value, &in); err != nil {
		return fmt.Errorf("gost: CMS: signingCertificateV2: %w", err)
	}
	if len(in.Certs) == 0 {
		return errors.New("gost: CMS: signingCertificateV2 is empty")
	}
	var hash [32]byte
	switch first := in.Certs[0].Algorithm.Algorithm; {
	case first.Equal(oidDigest):
		hash = Sum256(signer.Raw)
	case len(first) == 0 || first.Equal(oidSHA256):
		hash = sha256.Sum256(signer.Raw)
	default:
		return fmt.Errorf("gost: CMS: signingCertificateV2: %w: digest %s", ErrUnsupported, first)
	}
	if !bytes.Equal(hash[:], in.Certs[0].Hash) {
		return fmt.Errorf("%w: signingCertificateV2 names another certificate", ErrSignature)
	}
	return nil
}
