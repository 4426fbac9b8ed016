# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# To be sourced: package lists of Debian's archive, separate from the machine's own. They give access to packages of
# other suites and architectures without changing the installed system. The mirror is taken from the machine's apt
# configuration. A mirror that lags behind the archive does no harm here.

DEBIAN_SUITES=${DEBIAN_SUITES:-trixie forky sid}

# archive_open DIR ARCHITECTURE...: creates package lists below DIR for $DEBIAN_SUITES and the machine's own suites.
# Lists younger than a day are reused.
archive_open() {
	archive=$(mkdir -p "$1" && cd "$1" && pwd)
	shift
	mkdir -p "$archive/lists/partial" "$archive/cache/archives/partial" "$archive/state"
	architectures=$(echo "$*" | tr ' ' ,)
	cat > "$archive/conf" <<-END
		Dir::State "$archive/state";
		Dir::State::lists "$archive/lists";
		Dir::State::status "/dev/null";
		Dir::Cache "$archive/cache";
		Dir::Etc::sourcelist "$archive/sources.list";
		Dir::Etc::sourceparts "-";
		APT::Architecture "$1";
		APT::Architectures "$architectures";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Check-Valid-Until "false";
	END
	apt-get indextargets --format '$(ORIGIN) $(CREATED_BY) $(REPO_URI) $(CODENAME)' |
		sed -n 's/^Debian Packages //p' | sort -u > "$archive/own"
	mirror=$(grep -v -e -security "$archive/own" | cut -d' ' -f1 | head -n 1)
	[ "$mirror" ] || { echo "apt knows of no Debian archive on this machine" >&2; return 1; }
	# A minimal system may lack security updates, which have the newest kernels.
	if ! grep -q -e -security "$archive/own"; then
		codename=$(sed -n "s,^$mirror ,,p" "$archive/own" | head -n 1)
		echo "${mirror%debian/}debian-security/ ${codename%%-*}-security" >> "$archive/own"
	fi
	{
		cat "$archive/own"
		for suite in $DEBIAN_SUITES; do
			echo "$mirror $suite"
		done
	} | sort -u | sed "s|^|deb [arch=$architectures signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] |
		s|\$| main|" > "$archive/sources.new"
	# If one suite is not available (a mirror during an update), the others are still used.
	if ! cmp -s "$archive/sources.new" "$archive/sources.list" ||
	   [ -z "$(find "$archive/updated" -mtime -1 2>/dev/null)" ]; then
		mv "$archive/sources.new" "$archive/sources.list"
		APT_CONFIG=$archive/conf apt-get -qq update >&2 || echo "going on without the lists above" >&2
		touch "$archive/updated"
	else
		rm "$archive/sources.new"
	fi
}

# archive_has PACKAGE: whether the lists contain the package.
archive_has() {
	APT_CONFIG=$archive/conf apt-cache madison "$1" 2> /dev/null | grep -q .
}

# archive_unpack DIR PACKAGE...: downloads and unpacks packages without installing them. PACKAGE is as for apt-get:
# name, name/suite or name:arch.
archive_unpack() (
	mkdir -p "$1" "$archive/debs"
	target=$(cd "$1" && pwd)
	shift
	for package; do
		name=${package%%[:/]*}
		cd "$archive/debs"
		rm -f "${name}_"*.deb
		APT_CONFIG=$archive/conf apt-get -qq download "$package"
		dpkg-deb -x "${name}_"*.deb "$target"
		rm -f "${name}_"*.deb
	done
)
