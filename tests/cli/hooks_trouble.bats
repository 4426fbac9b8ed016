#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The hooks end with status 0 despite any trouble: bad settings, unusual environments, missing or broken programs,
# unusual names. Each test runs the hooks under every shell that can be /bin/sh, or with $QUICK under this machine's only.

load common

K=9.8.7-test

setup_file() {
	unpack_data
}

setup() {
	enter_work
	HOOKS=$(realpath "$BATS_TEST_DIRNAME/../../hooks")
	export REBTF_ROOT=$PWD/root
	mkdir -p root/etc/default
	install_kernel $K
	SHELLS=("$(command -v sh)")
	[ -z "${QUICK:-}" ] || return 0
	SHELLS+=("$(command -v bash) --posix")
	# Debian's sh is dash.
	! command -v dash > /dev/null || [ "$(command -v sh)" -ef "$(command -v dash)" ] || SHELLS+=("$(command -v dash)")
	! command -v busybox > /dev/null || SHELLS+=("$(command -v busybox) sh")
}

# install_kernel RELEASE: installs a kernel with a distilled module that fits and one that does not, and DKMS's build of
# both.
install_kernel() {
	rm -rf "root/lib/modules/$1" "root/var/lib/dkms/hello/1.0/$1"
	mkdir -p "root/boot" "root/lib/modules/$1/updates" "root/var/lib/dkms/hello/1.0/build"
	cp "$NEW" "root/boot/vmlinuz-$1"
	[ -d distilled ] || "$REBTF" distill --quiet --expects --base "$OLD" --out-dir distilled \
		"$DATA/ko/tcp_bbr.ko" "$DATA/ko/wmi-bmof.ko.gz"
	cp distilled/* "root/lib/modules/$1/updates"
	mkdir -p "root/var/lib/dkms/hello/1.0/$1/x86_64"
	cp -r distilled "root/var/lib/dkms/hello/1.0/$1/x86_64/module"
}

# both RELEASE: runs both hooks under $shell, as kernel packages and DKMS do, prefixed by the words of $WITH. Each must
# end with status 0. Sets $kernel_said and $dkms_said to their errors.
both() {
	catch ${WITH:-} $shell "$HOOKS/kernel-postinst" "$1" root/boot/vmlinuz
	exits 0 || return 1
	kernel_said=$stderr
	catch env -C root/var/lib/dkms/hello/1.0/build ${WITH:-} $shell "$HOOKS/dkms-post-build" "$1" x86_64
	exits 0 || return 1
	dkms_said=$stderr
}

# both_say TEXT: checks that both hooks printed this error.
both_say() {
	[[ $kernel_said == *"$1"* && $dkms_said == *"$1"* ]] && return
	echo "no '$1' in: $kernel_said -- $dkms_said"
	return 1
}

over_new() {
	"$REBTF" info --json --base "$NEW" "$1" | jq -e '.form == "split" and .fit.fits' > /dev/null
}

# all_over_new RELEASE: checks that both hooks relocated the module that fits.
all_over_new() {
	over_new "root/lib/modules/$1/updates/tcp_bbr.ko" &&
		over_new "root/var/lib/dkms/hello/1.0/$1/x86_64/module/tcp_bbr.ko"
}

# set_to TEXT: writes TEXT as the settings file.
set_to() {
	printf '%s\n' "$1" > root/etc/default/rebtf
}

@test "shellcheck finds no fault in the hooks" {
	command -v shellcheck > /dev/null || skip 'shellcheck is not installed'
	cd "$HOOKS/.."
	shellcheck -x hooks/common.sh hooks/kernel-postinst hooks/kernel-vmlinux hooks/kernel-carrier hooks/dkms-post-build hooks/called-by-kernels.in
}

@test "a line that is no setting is named and ignored, and the hooks do their work" {
	local text texts=(
		'REBTF_RELOCATE_OPTIONS=--on-mismatch local'
		'REBTF_RELOCATE_OPTIONS="--on-mismatch local'
		"REBTF_RELOCATE_OPTIONS='--on-mismatch"
		'REBTF_RELOCATE_OPTIONS="a"b'
		'REBTF_RELOCATE_OPTIONS=$UNSET'
		'REBTF_RELOCATE_OPTIONS="`touch pwned`"'
		'REBTF_RELOCATE_OPTIONS=$(touch pwned)'
		'REBTF_SIGN_KEY=~/key'
		'REBTF_SIGN_KEY=key; exit 3'
		'REBTF_SIGN_KEY'
		'REBTF_UNKNOWN=1'
		'PATH=/nonexistent'
		'exit 3'
		'set -e; false'
		'. /nonexistent/file'
		'exec false'
		'}'
		'<html>'
		$'\xff\xfe\x01'
	)
	for shell in "${SHELLS[@]}"; do
		for text in "${texts[@]}"; do
			printf '# settings\n\n%s\n' "$text" > root/etc/default/rebtf
			# A kernel without modules saves time.
			both 1.2.3-none
			both_say 'root/etc/default/rebtf: line 3: not a setting'
		done
		install_kernel $K
		printf '%s\n' "${texts[@]}" > root/etc/default/rebtf
		both $K
		all_over_new $K
	done
	[ -z "$(find . -name pwned)" ]
}

@test "settings may be quoted, exported, commented and end as in DOS" {
	local text texts=(
		'REBTF_RELOCATE_OPTIONS="--on-mismatch local"'
		"REBTF_RELOCATE_OPTIONS='--on-mismatch local'"
		'REBTF_RELOCATE_OPTIONS=--on-mismatch=local'
		'	export REBTF_RELOCATE_OPTIONS="--on-mismatch  local"	# "keep" them'
		$'REBTF_SIGN_KEY=\r\nREBTF_RELOCATE_OPTIONS=--on-mismatch=local\r'
		$'REBTF_RELOCATE_OPTIONS=--frobnicate\nREBTF_RELOCATE_OPTIONS=--on-mismatch=local'
	)
	for shell in "${SHELLS[@]}"; do
		for text in "${texts[@]}"; do
			install_kernel $K
			set_to "$text"
			both $K
			[ -z "$kernel_said$dkms_said" ]
			over_new root/lib/modules/$K/updates/wmi-bmof.ko.gz
			over_new root/var/lib/dkms/hello/1.0/$K/x86_64/module/wmi-bmof.ko.gz
		done
		# A file may lack its last newline. The shell must not expand the options.
		install_kernel $K
		printf 'REBTF_RELOCATE_OPTIONS="--on-mismatch local --trust *"' > root/etc/default/rebtf
		both $K
		over_new root/lib/modules/$K/updates/wmi-bmof.ko.gz
	done
}

@test "settings that are no readable file, or too long, are named and ignored" {
	for shell in "${SHELLS[@]}"; do
		for kind in directory fifo device long; do
			install_kernel $K
			rm -rf root/etc/default/rebtf
			case $kind in
			directory) mkdir root/etc/default/rebtf ;;
			fifo) mkfifo root/etc/default/rebtf ;;
			device) ln -s /dev/zero root/etc/default/rebtf ;;
			long) head -c 1000000 /dev/zero | tr '\0' '#' > root/etc/default/rebtf ;;
			esac
			WITH="timeout 60" both $K
			both_say 'root/etc/default/rebtf: '
			both_say 'so no settings apply'
			all_over_new $K
		done
	done
}

@test "hundreds of lines that are no settings are not hundreds of errors" {
	seq 500 > root/etc/default/rebtf
	for shell in "${SHELLS[@]}"; do
		both $K
		both_say 'line 1: not a setting'
		both_say 'more lines that are no settings'
		[ "$(printf '%s\n' "$kernel_said" | grep -c 'etc/default/rebtf')" -lt 10 ]
	done
}

@test "a hook whose common.sh is missing or broken says so" {
	cp -r "$HOOKS" hooks
	HOOKS=$PWD/hooks
	for shell in "${SHELLS[@]}"; do
		for kind in missing directory fifo; do
			rm -rf hooks/common.sh
			case $kind in
			directory) mkdir hooks/common.sh ;;
			fifo) mkfifo hooks/common.sh ;;
			esac
			WITH="timeout 60" both $K
			both_say "no common.sh beside this hook"
		done
		for text in 'if' 'exit 3' 'set -e; false' 'nonexistent_command' '. /nonexistent' 'readonly PATH; PATH='; do
			rm -rf hooks/common.sh
			printf '%s\n' "$text" > hooks/common.sh
			both $K
			both_say "the hook for kernel $K ended early"
		done
	done
}

@test "a hook takes common.sh from its own directory and from no other" {
	mkdir links broken postinst
	printf 'touch %s/pwned\n' "$PWD" | tee common.sh > postinst/common.sh
	cp common.sh root/var/lib/dkms/hello/1.0/build
	printf '#!/bin/sh\nexit 1\n' > broken/readlink
	chmod +x broken/readlink
	ln -s "$HOOKS/kernel-postinst" "$HOOKS/dkms-post-build" links
	for shell in "${SHELLS[@]}"; do
		install_kernel $K
		both $K
		all_over_new $K
		# The hooks also work without readlink if no link leads to them.
		install_kernel $K
		PATH=$PWD/broken:$PATH both $K
		all_over_new $K
		# A busybox with its own readlink does not use the broken one.
		if [[ $shell != *busybox* ]]; then
			HOOKS=$PWD/links PATH=$PWD/broken:$PATH both $K
			both_say "no common.sh beside this hook"
		fi
		# $0 without a slash: the hook is standard input, or in the current directory.
		run --separate-stderr $shell -s $K x86_64 < "$HOOKS/kernel-postinst"
		exits 0
		cp "$HOOKS/kernel-postinst" .
		run --separate-stderr $shell kernel-postinst $K
		exits 0
	done
	[ ! -e pwned ]
}

@test "an rebtf that crashes, cannot run or prints without end does not stop the installation" {
	mkdir bin
	for shell in "${SHELLS[@]}"; do
		for text in 'kill -SEGV $$' 'kill -KILL $$' 'exit 77' 'echo "1 module: 1 relocated" >&2; exit 1'; do
			printf '#!/bin/sh\n%s\n' "$text" > bin/rebtf
			chmod +x bin/rebtf
			REBTF=$PWD/bin/rebtf both $K
			both_say "not all modules for $K are ready"
		done
		# More than the shell's memory limit, in one line and in many.
		for text in 'head -c 300000000 /dev/zero' 'head -c 300000000 /dev/zero | tr "\0" x' 'yes module | head -c 300000000'; do
			for status in 0 1; do
				printf '#!/bin/sh\n%s\nexit %s\n' "$text" $status > bin/rebtf
				REBTF=$PWD/bin/rebtf WITH="prlimit --as=100000000" both $K
				[ ${#kernel_said} -lt 50000 ]
				[ $status -eq 0 ] || both_say "not all modules for $K are ready"
			done
		done
		printf '#!/nonexistent/interpreter\n' > bin/rebtf
		REBTF=$PWD/bin/rebtf both $K
		rm bin/rebtf
		REBTF=$PWD/bin/rebtf both $K
		[ -z "$kernel_said$dkms_said" ]
	done
}

@test "no environment keeps the hooks from their work" {
	local words environments=(
		'CDPATH=/usr:/tmp IFS=e/- ENV=/nonexistent BASH_ENV=/nonexistent GREP_OPTIONS=--frobnicate TMPDIR=/nonexistent'
		'LC_ALL=xx_XX.nonsense POSIXLY_CORRECT=1 SHELLOPTS=errexit:nounset HOME= PWD=/nonexistent'
		'newline=x root=/nonexistent hook=/nonexistent rebtf=/nonexistent REBTF_SIGN_KEY=/nonexistent'
		'PATH=' '-u PATH' '-i'
	)
	for shell in "${SHELLS[@]}" "$(command -v sh) -eu" "$(command -v bash) --posix -eu"; do
		for words in "${environments[@]}"; do
			install_kernel $K
			WITH="env $words REBTF=$REBTF REBTF_ROOT=$REBTF_ROOT" both $K
			all_over_new $K
		done
	done
}

@test "a hook that has no output, and no memory for another process, ends well" {
	for shell in "${SHELLS[@]}"; do
		install_kernel $K
		$shell "$HOOKS/kernel-postinst" $K > /dev/full 2> /dev/full
		install_kernel $K
		$shell "$HOOKS/kernel-postinst" $K >&- 2>&- <&-
		over_new root/lib/modules/$K/updates/tcp_bbr.ko
		$shell "$HOOKS/kernel-postinst" $K 2>&1 | true
		[ "${PIPESTATUS[0]}" -eq 0 ]
		[ "$(id -u)" -eq 0 ] || continue
		# The source tree may be where only root can read it.
		cp -r "$HOOKS" readable
		chmod -R a+rX readable
		run setpriv --reuid 65534 --clear-groups prlimit --nproc=0:0 $shell readable/kernel-postinst $K
		rm -r readable
		[ "$status" -eq 0 ] || [ "$status" -eq 127 ]
	done
}

@test "kernels may have odd names" {
	local release odd=('6.1 with spaces' '--help' "6.1'quoted" '6.1$HOME`x`' '6.1*')
	[ -n "${QUICK:-}" ] || odd+=('-6.1' '6.1"quoted"' '6.[1]' '6.1\n' '~')
	for shell in "${SHELLS[@]}"; do
		for release in "${odd[@]}"; do
			install_kernel "$release"
			both "$release"
			all_over_new "$release"
		done
		for release in '' . .. / ../../etc 6.1/x '../9.8.7-test'; do
			install_kernel $K
			remember root
			both "$release"
			both_say "'$release' is not the release of a kernel"
			unchanged root
		done
	done
}

@test "directories that are gone are no error of the installation" {
	mkdir gone
	for shell in "${SHELLS[@]}"; do
		install_kernel $K
		mkdir -p gone
		(
			cd gone
			rmdir ../gone
			exec $shell "$HOOKS/kernel-postinst" $K
		)
		over_new root/lib/modules/$K/updates/tcp_bbr.ko
		mkdir -p gone
		(
			cd gone
			rmdir ../gone
			exec $shell "$HOOKS/dkms-post-build" $K x86_64
		)
		mkdir -p root/lib/modules/1.2.3
		ln -sfn /nonexistent/tree root/lib/modules/1.2.4
		ln -sfn 1.2.5 root/lib/modules/1.2.5
		for release in 1.2.3 1.2.4 1.2.5 1.2.6; do
			both $release
		done
	done
}

@test "keys that cannot be used leave the modules as they were, and are named" {
	local key cert
	openssl req -new -x509 -nodes -newkey rsa:2048 -subj /CN=a/ -keyout a.key -out a.pem 2> /dev/null
	openssl req -new -x509 -nodes -newkey rsa:2048 -subj /CN=b/ -keyout b.key -out b.pem 2> /dev/null
	mkdir directory
	: > empty
	for shell in "${SHELLS[@]}"; do
		install_kernel $K
		remember root/lib/modules
		for pair in nonexistent:a.pem a.key:nonexistent a.key:b.pem a.pem:a.key empty:empty directory:directory a.key:; do
			key=${pair%:*} cert=${pair#*:}
			set_to "REBTF_SIGN_KEY='$PWD/$key'"$'\n'"REBTF_SIGN_CERT='${cert:+$PWD/$cert}'"
			both $K
			both_say "not all modules for $K are ready"
			unchanged root/lib/modules
		done
	done
}

@test "hooks that run at the same time do not disturb each other" {
	local i
	for shell in "${SHELLS[@]}"; do
		install_kernel $K
		for i in 1 2 3 4 5 6; do
			$shell "$HOOKS/kernel-postinst" $K > "said.$i" 2>&1 &
			env -C root/var/lib/dkms/hello/1.0/build $shell "$HOOKS/dkms-post-build" $K x86_64 > "built.$i" 2>&1 &
		done
		wait
		all_over_new $K
		[ "$(ls -A root/lib/modules/$K/updates | xargs)" = 'tcp_bbr.ko wmi-bmof.ko.gz' ]
		run ! grep -hE '^rebtf: .*: ' said.* built.*
	done
}

@test "what run-parts calls never fails, whatever became of the hook" {
	command -v run-parts > /dev/null || skip 'run-parts is not installed'
	mkdir 'share it' postinst.d
	sed "s,@HOOKS@,$PWD/share it,; s,@HOOK@,kernel-postinst," "$HOOKS/called-by-kernels.in" > postinst.d/dkms-rebtf
	chmod +x postinst.d/dkms-rebtf
	called() {
		run --separate-stderr run-parts --report --exit-on-error --arg=$K --arg=root/boot/vmlinuz-$K postinst.d
		exits 0
	}
	cp "$HOOKS/common.sh" "$HOOKS/kernel-postinst" 'share it'
	called
	over_new root/lib/modules/$K/updates/tcp_bbr.ko
	rm 'share it/common.sh'
	called
	for text in '#!/bin/sh
exit 3' '#!/nonexistent/interpreter' '#!/bin/sh
kill -KILL $$'; do
		printf '%s\n' "$text" > 'share it/kernel-postinst'
		called
	done
	chmod -x 'share it/kernel-postinst'
	called
	rm 'share it/kernel-postinst'
	called
	mkdir 'share it/kernel-postinst'
	called
}

@test "DKMS installs a module whatever stands in the settings" {
	command -v dkms > /dev/null || skip 'dkms is not installed'
	[ "$(id -u)" -eq 0 ] || skip 'dkms wants to be root'
	local tree=$PWD/root/var/lib/dkms source=$PWD/source line
	rm -rf root/var/lib/dkms root/lib/modules/$K/updates
	mkdir -p "$tree" "$source/hello-1.0" root/lib/modules/$K/build/include
	cp distilled/tcp_bbr.ko "$source/hello-1.0/built"
	line=$(grep '^POST_BUILD=' "$HOOKS/../docs/hooks.md" | sed "s,\.\./usr/share/rebtf/hooks,../../../../../../../../../..$HOOKS,")
	cat > "$source/hello-1.0/dkms.conf" <<-END
	PACKAGE_NAME=hello
	PACKAGE_VERSION=1.0
	BUILT_MODULE_NAME[0]=tcp_bbr
	DEST_MODULE_LOCATION[0]=/updates
	MAKE[0]="cp built tcp_bbr.ko"
	CLEAN=true
	$line
	END
	set_to 'exit 3'
	dkms install -m hello -v 1.0 -k $K --no-depmod --dkmstree "$tree" --sourcetree "$source" \
		--installtree "$PWD/root/lib/modules" --kernelsourcedir "$PWD/root/lib/modules/$K/build" > said 2>&1
	grep 'root/etc/default/rebtf: line 1: not a setting' said
	over_new root/lib/modules/$K/updates/dkms/tcp_bbr.ko
}
