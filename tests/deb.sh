# The Debian packages: `./dev deb`, and the row of `./dev test` that does the same
# (sourced by dev).
#
# Used of dev: say, die, have, setup, configure, install_packages, $build, $python,
# $root, $logs.
# shellcheck shell=sh disable=SC2154

# What debian/control wants; a part of `./dev setup --all`.
install_deb_needs() {
    lacking=$(dpkg-checkbuilddeps debian/control 2>&1 | sed 's/.*: //; s/([^)]*)//g')
    # shellcheck disable=SC2086  # a list of words
    [ -z "$lacking" ] || (install_packages $lacking) ||
        say "could not be installed, for the Debian packages: $lacking"
}

# From the tarball of a release, with the grammar's packages put in: no network.
do_deb() {
    for tool in dpkg-buildpackage dh dh_python3 lintian; do
        have "$tool" || die "$tool was not found (./dev setup --all installs it)"
    done
    [ -e .git ] || die "this is no git checkout; run: dpkg-buildpackage -b"
    setup
    [ -f "$build/build.ninja" ] || configure "$build" ${python:+"-Dpython=$python"}
    [ -z "$(git status --porcelain)" ] || say "what is not committed is not in the packages"
    place=$build/deb
    rm -rf "$place" "$build/meson-dist"
    mkdir -p "$place"
    meson dist -C "$build" --allow-dirty --no-tests --formats gztar >"$place/dist.log" 2>&1 ||
        { tail -n 20 "$place/dist.log" >&2; die "meson dist failed"; }
    tar -xzf "$build"/meson-dist/hot-restart-*.tar.gz -C "$place"
    source=$(echo "$place"/hot-restart-*)
    cp -R grammar/node_modules "$source/grammar/"
    say "building in $source"
    (cd "$source" && DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS-nocheck} \
        dpkg-buildpackage -b -us -uc -rtrue) >"$place/build.log" 2>&1 ||
        { tail -n 30 "$place/build.log" >&2; die "dpkg-buildpackage failed"; }
    lintian --allow-root --fail-on error,warning,info --display-info "$place"/*.changes ||
        die "lintian found something"
    deb_installed "$place"
    say "built, checked and tried:"
    ls "$place"/*.deb
}

# The packages of folder $1, in a root of their own and at work there.
deb_installed() {
    tree=$root/$1/root
    mkdir -p "$tree/var/lib/dpkg/info" "$tree/var/lib/dpkg/updates"
    touch "$tree/var/lib/dpkg/status"
    dpkg --root="$tree" --force-not-root --force-depends --log=/dev/null \
        -i "$1"/hot-restart_*.deb "$1"/python3-hot-restart_*.deb >"$1/install.log" 2>&1 ||
        { cat "$1/install.log" >&2; die "dpkg -i failed"; }
    /usr/bin/python3 debian/tests/session "$tree"
}

test_deb() {
    for tool in git dpkg-buildpackage dh dh_python3 lintian; do
        have "$tool" || { say "$tool was not found: no Debian packages built"; return; }
    done
    lacking=$(dpkg-checkbuilddeps debian/control 2>&1) || {
        say "$lacking: no Debian packages built"
        return
    }
    say "testing: deb"
    code=0
    begun=$(date +%s)
    ./dev deb --build-dir="$build" >"$build/deb-output.txt" 2>&1 || code=$?
    python3 tests/summary.py log deb "$code" $(($(date +%s) - begun)) \
        <"$build/deb-output.txt" >"$build/tested-deb.json"
    python3 tests/summary.py show "$build/tested-deb.json"
    logs="$logs deb=$build/tested-deb.json"
}
