# What `./dev` measures and tries out at length (sourced by dev).
#
# Used of dev: say, die, do_build, configure, compile, build_option, other_pythons,
# $build, $root.
# shellcheck shell=sh disable=SC2154

do_bench() {
    do_build
    say "bench: $build"
    python3 tests/bench/bench.py --build="$root/$build" "$@"
    # These take long, or have little to do with the interpreter.
    case ${1:-} in --peers | --plots | instrument) return ;; esac
    for other in $(other_pythons "$(build_option python)"); do
        minor=${other%%=*}
        if [ -n "${other#*=}" ]; then
            configure "$build-$minor" "-Dpython=${other#*=}"
            compile "$build-$minor"
            say "bench: CPython $minor"
            python3 tests/bench/bench.py --build="$root/$build-$minor" "$@"
        else
            say "CPython $minor was not found: not measured"
        fi
    done
}

# Large programs and libraries that are only read; with what a system and its
# interpreters have, more than 20,000 files.
corpus_packages="libpython3.11-testsuite mercurial python3-django python3-ipython
    python3-matplotlib python3-networkx python3-nltk python3-numpy python3-pandas
    python3-scapy python3-scipy python3-sqlalchemy python3-sympy python3-twisted"

# Without a PLACE: everything here, and what is installed for it first.
do_corpus() {
    do_build
    missing=
    for package in $corpus_packages; do
        if ! dpkg-query -W "$package" >/dev/null 2>&1; then
            missing="$missing $package"
        fi
    done
    if [ $# -eq 0 ] && [ -n "$missing" ]; then
        # shellcheck disable=SC2086  # a list of words
        (install_packages $missing) || say "going on with what is here"
    fi
    HR_INSTRUMENT="$root/$build/src/cli/hr-instrument" \
        exec python3 tests/corpus/instrument_corpus.py "$@"
}

do_soak() {
    do_build
    HR_RUN="$root/$build/src/run/hr-run" exec python3 tests/soak/soak.py "$@"
}

# Each interpreter needs its package `test` (Debian: libpython3.11-testsuite).
do_proof() {
    do_build
    interpreter=$(build_option python)
    "$interpreter" -c 'import test.test_grammar' 2>/dev/null ||
        die "$interpreter has no CPython tests (Debian: libpython3.11-testsuite)"
    suite=cpython
    if [ "${1-}" = --packages ]; then
        suite=packages
        shift
    fi
    exec python3 "tests/proof/$suite.py" --run "$build/src/run/hr-run" \
        --python "$interpreter" "$@"
}
