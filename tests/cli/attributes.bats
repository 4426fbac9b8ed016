#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Owner, mode, access control list and extended attributes of new files, as rebtf(1) defines them. Above all, a new file
# must not grant more rights than the old one.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
	[ "$(id -u)" = 0 ] || skip "needs root"
	cp "$DATA/ko/tcp_bbr.ko" x.ko
}

acl() {
	"$BATS_TEST_DIRNAME/acl.py" "$@"
}

# Sets an access control list by which user 1000 may write but group 1234 may not, although the mode 0660 suggests it.
give_acl() {
	chmod 600 "$1"
	chown 0:1234 "$1"
	acl "$1" u:6 u1000:6 g:0 m:6 o:0 2> /dev/null || skip "no access control lists here"
}

# attribute FILE NAME [VALUE]: sets an extended attribute, or prints it.
attribute() {
	python3 -c 'import os, sys
path, name, *value = sys.argv[1:]
if value: os.setxattr(path, name, value[0].encode())
else: print(os.getxattr(path, name).decode())' "$@"
}

names() {
	python3 -c 'import os, sys; print(*sorted(os.listxattr(sys.argv[1])))' "$1"
}

# failing CALL ERROR VERB...: runs the command and makes all its system calls CALL fail.
failing() {
	run --separate-stderr env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -o log -e "inject=$1:error=$2" "$REBTF" "${@:3}"
}

@test "an access control list is handed on, in place and with --out-dir" {
	give_acl x.ko
	rebtf distill --base "$OLD" --out-dir out x.ko
	exits 0
	rebtf distill --base "$OLD" x.ko
	exits 0
	for file in x.ko out/x.ko; do
		[ "$(acl $file)" = 'u:6 u1000:6 g:0 m:6 o:0' ]
		[ "$(stat -c '%a %u %g' $file)" = '660 0 1234' ]
	done
}

@test "set-id bits are handed on with an access control list" {
	give_acl x.ko
	chmod u+s,g+s x.ko
	rebtf distill --base "$OLD" x.ko
	exits 0
	[ "$(acl x.ko)" = 'u:6 u1000:6 g:0 m:6 o:0' ]
	[ "$(stat -c %a x.ko)" = 6660 ]
}

@test "raw BTF and all that is beside it have the access control list" {
	cp "$SPLIT/$FITTING" x.btf
	give_acl x.btf
	rebtf distill --expects --base "$OLD" x.btf
	exits 0
	for file in x.btf x.btf.base x.btf.expects; do
		[ "$(acl $file)" = 'u:6 u1000:6 g:0 m:6 o:0' ]
	done
	# A copy has the list of its original.
	acl x.btf.base u:6 u1001:4 g:0 m:4 o:0
	rebtf distill --base "$OLD" --out-dir out x.btf
	exits 0
	[ "$(acl out/x.btf)" = 'u:6 u1000:6 g:0 m:6 o:0' ]
	[ "$(acl out/x.btf.base)" = 'u:6 u1001:4 g:0 m:4 o:0' ]
}

@test "where a list cannot be set, nobody may do more than before" {
	command -v strace > /dev/null || skip "needs strace"
	give_acl x.ko
	while read -r mode list; do
		cp "$DATA/ko/tcp_bbr.ko" x.ko
		# shellcheck disable=SC2086 # entries
		acl x.ko $list
		failing fsetxattr EOPNOTSUPP distill --base "$OLD" x.ko
		exits 0
		[ "$(stat -c %a x.ko)" = "$mode" ] || { echo "$list: $(stat -c %a x.ko) instead of $mode"; return 1; }
		[ -z "$(names x.ko)" ]
	done <<-END
		600 u:6 u1000:6 g:0 m:6 o:0
		640 u:6 u1000:6 g:4 m:6 o:0
		640 u:6 u1000:6 g:6 m:4 o:0
		644 u:6 g1234:6 g:4 m:6 o:4
		600 u:6 u1000:0 g:4 m:6 o:4
		640 u:6 g1234:0 g:4 m:6 o:4
		606 u:6 u1000:6 g:0 m:7 o:7
		705 u:7 g1234:5 g:0 m:7 o:7
		604 u:6 u1000:7 g:0 m:4 o:7
	END
}

@test "what cannot be read of a file's attributes is an error, and the file stays" {
	command -v strace > /dev/null || skip "needs strace"
	mkdir sub
	mv x.ko sub
	give_acl sub/x.ko
	remember sub
	failing flistxattr EIO distill --base "$OLD" sub/x.ko
	exits 2
	complains x.ko 'cannot read the extended attributes'
	failing fgetxattr EIO distill --base "$OLD" sub/x.ko
	exits 2
	complains x.ko 'cannot read the extended attributes'
	failing fsetxattr EIO distill --base "$OLD" sub/x.ko
	exits 2
	complains x.ko 'access control list'
	unchanged sub
	# A command that only reads does not need the lists.
	failing flistxattr EIO info --base "$OLD" sub/x.ko
	exits 0
}

@test "a list that new files get from their directory gives nobody more rights" {
	mkdir sub
	cp x.ko sub
	chmod 660 sub/x.ko
	chown 0:1234 sub/x.ko
	acl --default sub u:7 u1000:7 g:7 m:7 o:7 2> /dev/null || skip "no access control lists here"
	rebtf distill --base "$OLD" sub
	exits 0
	[ -z "$(names sub/x.ko)" ]
	[ "$(stat -c '%a %g' sub/x.ko)" = '660 1234' ]
	# The same in another user's directory: that user could set its list at any time.
	cp x.ko sub
	chmod 660 sub/x.ko
	chown 1000 sub
	rebtf distill --base "$OLD" sub
	exits 0
	[ -z "$(names sub/x.ko)" ]
	[ "$(stat -c %a sub/x.ko)" = 660 ]
}

@test "a directory that hands its group on does not hand it to modules that have another one" {
	mkdir sub
	chown 0:1234 sub
	chmod g+s sub
	install -m 640 -g 0 x.ko sub/x.ko
	[ "$(stat -c %g sub/x.ko)" = 0 ]
	rebtf distill --base "$OLD" sub
	exits 0
	[ "$(stat -c '%a %u %g' sub/x.ko)" = '640 0 0' ]
	rebtf distill --base "$OLD" --out-dir sub/out x.ko
	exits 0
	[ "$(stat -c '%u %g' sub/out/x.ko)" = '0 0' ]
}

# As a user who cannot give files to other groups: runs the command, which makes its own group the file's.
as_nobody() {
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$REBTF" "$@"
	exits 0
}

@test "where the group cannot be set, neither the new nor the old one may do more than before" {
	mkdir sub
	# The test data may be where only root can read it.
	install -m 644 "$OLD" base.btf
	chmod 777 sub
	while read -r old new; do
		install -m "$old" -o 65534 -g 1234 x.ko sub/x.ko
		as_nobody distill --base base.btf sub/x.ko
		[ "$(stat -c '%a %u %g' sub/x.ko)" = "$new 65534 65534" ] ||
			{ echo "$old: $(stat -c '%a %u %g' sub/x.ko)"; return 1; }
	done <<-END
		664 644
		604 600
		646 644
	END
	acl sub/x.ko u:6 u1000:6 g:6 m:6 o:4 2> /dev/null || skip "no access control lists here"
	while IFS='|' read -r old new; do
		install -m 664 -o 65534 -g 1234 x.ko sub/x.ko
		# shellcheck disable=SC2086 # entries
		acl sub/x.ko $old
		as_nobody distill --base base.btf sub/x.ko
		[ "$(acl sub/x.ko)" = "$new" ] || { echo "$old: $(acl sub/x.ko)"; return 1; }
	done <<-END
		u:6 u1000:6 g:6 m:6 o:4|u:6 u1000:6 g:4 m:6 o:4
		u:6 u1000:6 g:0 m:6 o:4|u:6 u1000:6 g:0 m:6 o:0
		u:6 u1000:6 g:6 m:4 o:6|u:6 u1000:6 g:4 m:4 o:4
		u:6 g:6 g1235:0 m:6 o:4|u:6 g:0 g1235:0 m:6 o:4
	END
	# A group that the user belongs to can be set.
	install -m 604 -o 65534 -g 1234 x.ko sub/x.ko
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --groups 1234 "$REBTF" distill --base base.btf sub/x.ko
	exits 0
	[ "$(stat -c '%a %g' sub/x.ko)" = '604 1234' ]
}

@test "extended attributes are handed on, but not signatures of the old bytes" {
	attribute x.ko user.note mine 2> /dev/null || skip 'no such attributes here'
	attribute x.ko security.selinux system_u:object_r:modules_object_t:s0
	attribute x.ko security.custom any
	attribute x.ko trusted.other any
	for name in ima evm; do
		# The kernel may require its own format for these.
		attribute x.ko security.$name "$(printf '\4\4')" 2> /dev/null || true
	done
	rebtf distill --base "$OLD" --out-dir out x.ko
	exits 0
	rebtf distill --base "$OLD" x.ko
	exits 0
	[ "$(names x.ko)" = 'security.custom security.selinux user.note' ]
	[ "$(attribute x.ko security.selinux)" = system_u:object_r:modules_object_t:s0 ]
	[ "$(attribute x.ko user.note)" = mine ]
	# A security label belongs to the directory, not to the file.
	[ "$(names out/x.ko)" = 'security.custom user.note' ]
}

@test "capabilities of a file are handed on with its owner, and only then" {
	command -v setcap > /dev/null || PATH=$PATH:/usr/sbin:/sbin
	command -v setcap > /dev/null || skip "needs setcap"
	chown 0:0 x.ko
	setcap cap_net_raw=ep x.ko 2> /dev/null || skip "no capabilities here"
	rebtf distill --base "$OLD" x.ko
	exits 0
	[[ $(getcap x.ko) == *cap_net_raw* ]]
	chmod 777 .
	chown 1234 x.ko
	setcap cap_net_raw=ep x.ko
	run --separate-stderr setpriv --bounding-set=-chown,-fowner --inh-caps=-all "$REBTF" standalone --base "$OLD" x.ko
	exits 0
	[ -z "$(getcap x.ko)" ]
}
