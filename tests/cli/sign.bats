#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf --sign: whether other tools accept the signatures. openssl and modinfo read them. The kernel's own sign-file, if
# it is installed or named by $SIGN_FILE, must produce the same signatures.

load common

setup_file() {
	unpack_data
	export KEYS=$BATS_FILE_TMPDIR/keys
	mkdir "$KEYS"
	make_key rsa rsa:2048
	make_key ec ec -pkeyopt ec_paramgen_curve:P-256
	openssl rsa -in "$KEYS/rsa.pem" -aes256 -passout pass:secret -out "$KEYS/encrypted.pem"
}

setup() {
	enter_work
	unset KBUILD_SIGN_PIN
}

# make_key NAME KIND...: creates a key and its certificate.
make_key() {
	openssl req -x509 -days 9 -subj "/O=rebtf/CN=test of $1" -nodes -newkey "${@:2}" -keyout "$KEYS/$1.pem" \
		-out "$KEYS/$1.crt"
}

# sign KEY VERB ARGUMENT...: runs VERB with a key of $KEYS and its certificate.
sign() {
	rebtf "$2" --sign "$KEYS/$1.pem" --cert "$KEYS/$1.crt" --base "$OLD" "${@:3}"
}

# signature_length FILE: prints the signature's length, from the four big-endian bytes before the marker.
signature_length() {
	local bytes
	read -r -a bytes < <(tail -c 32 "$1" | head -c 4 | od -An -t u1)
	echo $((bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]))
}

# take_apart FILE: writes the signature to "signature", and the bytes before it to "content".
take_apart() {
	local length
	[ "$(tail -c 28 "$1")" = '~Module signature appended~' ]
	length=$(signature_length "$1")
	tail -c $((length + 40)) "$1" | head -c "$length" > signature
	head -c -$((length + 40)) "$1" > content
}

# verify KEY: checks with openssl that "signature" is that key's signature of "content".
verify() {
	openssl cms -verify -binary -inform DER -in signature -content content -nointern \
		-certfile "$KEYS/$1.crt" -noverify -out verified && cmp verified content
}

# flip FILE OFFSET: changes one bit.
flip() {
	local byte
	byte=$(od -An -t u1 -j "$2" -N 1 "$1")
	printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "openssl takes the signature of a module for good, and of a changed one for bad" {
	for key in rsa ec; do
		sign $key distill --out-dir $key "$DATA/ko/tcp_bbr.ko"
		exits 0
		take_apart $key/tcp_bbr.ko
		verify $key
		flip content $(($(stat -c %s content) / 2))
		run ! verify $key
	done
	# Another key does not verify it either.
	take_apart ec/tcp_bbr.ko
	run ! verify rsa
}

@test "what is signed is what would have been written without a signature" {
	rebtf distill --base "$OLD" --strip-signature --out-dir unsigned "$DATA/ko/crc16-signed.ko"
	exits 0
	sign rsa distill --out-dir signed "$DATA/ko/crc16-signed.ko"
	exits 0
	take_apart signed/crc16-signed.ko
	cmp content unsigned/crc16-signed.ko
	[ "$(grep -c '~Module signature appended~' content)" = 0 ]
}

@test "what says that there is a signature is as the kernel wants it" {
	sign rsa distill --out-dir . "$DATA/ko/tcp_bbr.ko"
	exits 0
	# Algorithm and hash 0, id type 2 (PKCS#7), no signer, no key id, padding.
	[ "$(tail -c 40 tcp_bbr.ko | head -c 8 | od -An -t x1)" = ' 00 00 02 00 00 00 00 00' ]
	take_apart tcp_bbr.ko
	[ "$(stat -c %s signature)" = "$(signature_length tcp_bbr.ko)" ]
	# Without certificates and attributes, and with the hash of the module itself.
	openssl cms -cmsout -print -inform DER -in signature > printed
	grep -A 1 'certificates:' printed | grep -q '<ABSENT>'
	grep -A 1 'signedAttrs:' printed | grep -q '<ABSENT>'
	grep -A 1 'unsignedAttrs:' printed | grep -q '<ABSENT>'
	grep -A 2 'encapContentInfo:' printed | grep -q 'eContent: <ABSENT>'
	grep -q 'algorithm: sha256 ' printed
}

@test "a compressed module is signed inside its compression" {
	sign rsa distill --out-dir . "$DATA/ko/nls_utf8.ko.xz" "$DATA/ko/tcp_dctcp.ko.zst"
	exits 0
	xz -dc nls_utf8.ko.xz > x.ko
	take_apart x.ko
	verify rsa
	zstd -qdc tcp_dctcp.ko.zst > x.ko
	take_apart x.ko
	verify rsa
}

@test "relocate signs, too, with several threads and the hash that is asked for" {
	rebtf distill --base "$OLD" --out-dir in "$DATA/ko/"{crc-itu-t.ko,tcp_bbr.ko,nls_utf8.ko.xz}
	exits 0
	mkdir tree
	for i in 1 2 3 4 5 6 7 8; do
		cp -r in "tree/$i"
	done
	sign rsa relocate --jobs 8 --sign-hash sha512 tree
	exits 0
	says '24 modules: 24 relocated'
	while read -r module; do
		xz -dcf "$module" > x.ko
		take_apart x.ko
		verify rsa
		openssl cms -cmsout -print -inform DER -in signature | grep -q 'algorithm: sha512 '
	done < <(find tree -type f)
}

@test "standalone and renumber sign, too" {
	sign rsa standalone --out-dir . "$DATA/ko/tcp_bbr.ko"
	exits 0
	take_apart tcp_bbr.ko
	verify rsa
	sign ec renumber tcp_bbr.ko
	exits 0
	take_apart tcp_bbr.ko
	verify ec
}

@test "encode signs, too, and refuses a signed file that it would not sign again" {
	echo 'struct own { int x; }; int f(struct own *o) { return o->x; }' > module.c
	gcc -g -c module.c -o plain.o
	gcc -g -shared -fPIC module.c -o linked.so
	for file in plain.o linked.so; do
		cp $file x.o
		rebtf encode --base "$OLD" --out-dir unsigned x.o
		exits 0
		sign rsa encode x.o
		exits 0
		take_apart x.o
		verify rsa
		cmp content unsigned/x.o
		cp x.o before.o
		for how in '' --dry-run; do
			# shellcheck disable=SC2086 # one word or none
			rebtf encode --base "$OLD" $how x.o
			exits 2
			complains x.o 'the module is signed' --strip-signature --sign
			cmp x.o before.o
		done
		sign ec encode x.o
		exits 0
		take_apart x.o
		verify ec
		rebtf encode --base "$OLD" unsigned/x.o
		cmp content unsigned/x.o
		rebtf encode --base "$OLD" --strip-signature x.o
		exits 0
		rebtf encode --base "$OLD" unsigned/x.o
		cmp x.o unsigned/x.o
	done
	xz --check=crc32 -c plain.o > x.ko.xz
	sign rsa encode --compress-level 1 x.ko.xz
	exits 0
	xz -dc x.ko.xz > x.o
	take_apart x.o
	verify rsa
}

@test "dedup signs modules, too" {
	sign rsa standalone --out-dir . "$DATA/ko/crc-itu-t.ko"
	exits 0
	cp crc-itu-t.ko before.ko
	rebtf dedup --in-place --base "$OLD" crc-itu-t.ko
	exits 2
	complains crc-itu-t.ko 'the module is signed' --strip-signature --sign
	cmp crc-itu-t.ko before.ko
	rebtf dedup --base "$OLD" --strip-signature --out-dir unsigned crc-itu-t.ko
	exits 0
	sign ec dedup --in-place crc-itu-t.ko
	exits 0
	take_apart crc-itu-t.ko
	verify ec
	cmp content unsigned/crc-itu-t.ko
	# A module without equal types is left alone, with its signature.
	cp crc-itu-t.ko before.ko
	sign rsa dedup --in-place crc-itu-t.ko
	exits 0
	cmp crc-itu-t.ko before.ko
}

@test "modinfo shows the signer" {
	sign rsa distill --out-dir . "$DATA/ko/tcp_bbr.ko"
	exits 0
	[ "$(modinfo --field signer ./tcp_bbr.ko)" = 'test of rsa' ]
	[ "$(modinfo --field sig_hashalgo ./tcp_bbr.ko)" = sha256 ]
}

@test "sign-file makes the same" {
	local tool
	tool=${SIGN_FILE:-$(printf '%s\n' /usr/lib/linux-kbuild-*/scripts/sign-file \
		/lib/modules/*/build/scripts/sign-file | xargs ls 2> /dev/null | tail -n 1)} || true
	[ "$tool" ] || skip "no sign-file here"
	for hash in sha256 sha512; do
		sign rsa distill --sign-hash $hash --out-dir rsa "$DATA/ko/tcp_bbr.ko"
		exits 0
		take_apart rsa/tcp_bbr.ko
		"$tool" $hash "$KEYS/rsa.pem" "$KEYS/rsa.crt" content
		cmp content rsa/tcp_bbr.ko
	done
	# With elliptic curves no two signatures are equal, but their structure is.
	structure() {
		openssl asn1parse -inform DER -in signature | sed -E '$d; s/^ *[0-9]+:(d=[0-9]+ +hl=[0-9]+) +l= *[0-9]+/\1/'
	}
	sign ec distill --out-dir ec "$DATA/ko/tcp_bbr.ko"
	exits 0
	take_apart ec/tcp_bbr.ko
	structure > ours
	"$tool" sha256 "$KEYS/ec.pem" "$KEYS/ec.crt" content
	mv content theirs.ko
	take_apart theirs.ko
	structure > theirs
	diff ours theirs
}

@test "the passphrase of a key comes from the environment alone" {
	cp "$KEYS/rsa.crt" "$KEYS/encrypted.crt"
	sign encrypted distill --out-dir out "$DATA/ko/tcp_bbr.ko" < /dev/null
	exits 2
	complains encrypted.pem KBUILD_SIGN_PIN
	[ ! -e out ]
	KBUILD_SIGN_PIN=wrong sign encrypted distill --out-dir out "$DATA/ko/tcp_bbr.ko"
	exits 2
	complains encrypted.pem
	[ ! -e out ]
	KBUILD_SIGN_PIN=secret sign encrypted distill --out-dir out "$DATA/ko/tcp_bbr.ko"
	exits 0
	take_apart out/tcp_bbr.ko
	verify rsa
}

@test "a key that cannot be had, or is not that of the certificate, is one error, and nothing is written" {
	refused() {
		rebtf distill --base "$OLD" --out-dir out "${@:2}" "$DATA/ko/tcp_bbr.ko" "$DATA/ko/crc-itu-t.ko"
		exits 2
		complains "$1"
		[ ! -e out ]
	}
	refused 'none.pem: ' --sign none.pem --cert "$KEYS/rsa.crt"
	refused 'none.crt: ' --sign "$KEYS/rsa.pem" --cert none.crt
	refused 'not a private key' --sign "$KEYS/rsa.crt" --cert "$KEYS/rsa.crt"
	refused 'not an X.509 certificate' --sign "$KEYS/rsa.pem" --cert "$KEYS/rsa.pem"
	refused 'certificate belongs to another key' --sign "$KEYS/rsa.pem" --cert "$KEYS/ec.crt"
	refused "does not support hash 'md17'" --sign "$KEYS/rsa.pem" --cert "$KEYS/rsa.crt" --sign-hash md17
	refused 'PKCS#11' --sign 'pkcs11:token=x' --cert "$KEYS/rsa.crt"
}

@test "options that need each other are asked for" {
	for verb in distill relocate standalone renumber encode dedup; do
		for options in "--sign=$KEYS/rsa.pem" "--cert=$KEYS/rsa.crt" --sign-hash=sha256 '--sign= --cert='; do
			# shellcheck disable=SC2086 # several words
			rebtf $verb --base "$OLD" $options "$DATA/ko/tcp_bbr.ko"
			exits 2
			[[ ${stderr_lines[0]} == "rebtf $verb: --"* ]]
		done
	done
}

@test "raw BTF cannot be signed" {
	cp "$SPLIT/$FITTING" x.btf
	sign rsa distill x.btf
	exits 2
	complains x.btf sign
	sign rsa dedup -o out.btf x.btf
	exits 2
	complains 'raw BTF cannot be signed'
	sign rsa encode --detached out.btf "$DATA/ko/tcp_bbr.ko"
	exits 2
	complains --detached --sign
	cmp x.btf "$SPLIT/$FITTING"
	[ "$(ls)" = x.btf ]
}
