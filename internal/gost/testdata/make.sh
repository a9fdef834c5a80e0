#!/bin/sh
# Makes the vectors of this directory with an independent implementation: OpenSSL 3.0 and Debian's gost engine 3.0.1
# (apt-get install openssl libengine-gost-openssl). The tests need neither. Keys and signatures are random,
# so another run makes other vectors of the same kinds: commit what it wrote, or nothing.
set -eu
cd "$(dirname "$0")"
gost() { cmd=$1; shift; openssl "$cmd" -engine gost "$@" 2>>make.log.tmp; }
: >make.log.tmp
printf 'eyJ0eXAiOiJKV1QiLCJhbGciOiJnb3N0MzQuMTAtMjAxMiJ9.e30' >message

# Digests: length of the run 0,1,2,… mod 251, then the digest.
: >digests.txt
for n in 0 1 31 32 55 56 63 64 65 127 128 129 1000 4277 100000; do
	python3 -c "import sys; sys.stdout.buffer.write(bytes(i % 251 for i in range($n)))" >input.tmp
	echo "$n $(gost dgst -md_gost12_256 -r input.tmp | cut -d' ' -f1)" >>digests.txt
done
python3 -c "import sys; sys.stdout.buffer.write(b'\\xff' * 192)" >input.tmp
gost dgst -md_gost12_256 -r input.tmp | cut -d' ' -f1 >digest-ff192.txt

# Keys, public keys, bare signatures, self-signed certificates and CMS of every parameter set.
for p in A B C XA XB TCA TCB TCC TCD; do
	gost genpkey -algorithm gost2012_256 -pkeyopt paramset:$p -out key-$p.pem
	gost pkey -in key-$p.pem -pubout -out public-$p.pem
	gost dgst -md_gost12_256 -sign key-$p.pem -out raw-$p.bin message
	gost req -new -x509 -md_gost12_256 -key key-$p.pem -subj "/CN=Signer $p" -days 36500 -out cert-$p.pem
	gost cms -sign -binary -in message -signer cert-$p.pem -inkey key-$p.pem -md md_gost12_256 -outform DER -out cms-$p.der
done

# A certificate authority with an intermediate one; a leaf, an expired leaf; CMS of each, and CMS with CAdES attributes.
gost req -new -x509 -md_gost12_256 -key key-A.pem -subj "/C=RU/O=Тест/CN=Root" -utf8 -days 36500 -set_serial 1 -out root.pem \
	-addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign
printf 'basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign\n' >ca.tmp
printf 'basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature,nonRepudiation\n' >leaf.tmp
issue() { # name key subject extensions issuer issuerkey serial
	gost req -new -md_gost12_256 -key "$2" -subj "$3" -out req.tmp
	gost x509 -req -md_gost12_256 -in req.tmp -CA "$5" -CAkey "$6" -set_serial "$7" -days "${DAYS:-36500}" -extfile "$4" -out "$1"
}
issue intermediate.pem key-C.pem "/CN=Intermediate" ca.tmp root.pem key-A.pem 2
issue leaf.pem key-TCA.pem "/CN=Bank signer" leaf.tmp intermediate.pem key-C.pem 3
issue notca.pem key-B.pem "/CN=Not an authority" leaf.tmp root.pem key-A.pem 4
issue undernotca.pem key-TCB.pem "/CN=Issued by a leaf" leaf.tmp notca.pem key-B.pem 5
DAYS=1 issue expired.pem key-TCB.pem "/CN=Expired signer" leaf.tmp root.pem key-A.pem 6
sign() { out=$1; shift; gost cms -sign -binary -in message -md md_gost12_256 -outform DER -out "$out" "$@"; }
sign chain.der -signer leaf.pem -inkey key-TCA.pem -certfile intermediate.pem -cades
sign undernotca.der -signer undernotca.pem -inkey key-TCB.pem -certfile notca.pem
sign expired.der -signer expired.pem -inkey key-TCB.pem
sign keyid.der -signer leaf.pem -inkey key-TCA.pem -keyid -certfile intermediate.pem
sign attached.der -signer leaf.pem -inkey key-TCA.pem -nodetach
sign noattributes.der -signer leaf.pem -inkey key-TCA.pem -noattr
sign stream.der -signer leaf.pem -inkey key-TCA.pem -certfile intermediate.pem -stream # indefinite lengths (BER), the content inside
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=RSA -days 36500 -out rsa.pem 2>>make.log.tmp
rm -f ./*.tmp
