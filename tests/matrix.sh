# The rows of `./dev test` beyond the default build (sourced by dev).  Each prints
# what it runs, and what it does not: a row whose tool was not found says so.
#
# Used of dev: say, have, configure, compile, run_tests, other_pythons, build_option,
# $build, $python, $all, $root.
# shellcheck shell=sh disable=SC2154

# Leaks count in what is C alone; the interpreter keeps some of its own to the end.
test_sanitized() {
    configure "$build-asan" -Db_sanitize=address,undefined -Db_lundef=false \
        ${python:+"-Dpython=$python"}
    compile "$build-asan"
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 \
        run_tests sanitized "$build-asan" --suite unit --suite cli
    sessions='session-cycle_functions session-cycle_suspended session-scope'
    [ -z "$all" ] || sessions='--suite session --suite runtime'
    # Plain python loads the module, and so needs the sanitizer before all else.
    # shellcheck disable=SC2086  # lists of words
    ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:quarantine_size_mb=1 \
    LD_PRELOAD=$(cc -print-file-name=libasan.so) \
        run_tests sanitized-sessions "$build-asan" $sessions
    unset UBSAN_OPTIONS
}

test_other_pythons() {
    for other in $(other_pythons "$(build_option python)"); do
        minor=${other%%=*}
        path=${other#*=}
        if [ -z "$path" ]; then
            say "CPython $minor was not found: its part of the tests does not run"
            continue
        fi
        configure "$build-$minor" "-Dpython=$path"
        compile "$build-$minor"
        run_tests "python-$minor" "$build-$minor" --suite runtime --suite session --suite demo
    done
}

# An interpreter --with-pydebug: its own assertions, and a poisoned allocator.
test_debug_python() {
    debug=
    for minor in 3.11 3.12 3.13; do
        if [ -z "$debug" ] && have "python$minor-dbg"; then
            debug=$(command -v "python$minor-dbg")
        fi
    done
    if [ -z "$debug" ]; then
        say "no debug interpreter (Debian: python3.11-dbg) was found: not tested with one"
        return
    fi
    configure "$build-debug" "-Dpython=$debug" -Dbuildtype=debug
    compile "$build-debug"
    chosen='session-cycle_basic session-cycle_methods session-cycle_functions
        session-cycle_suspended session-scope runtime-loading runtime-clause'
    [ -z "$all" ] || chosen='--suite session --suite runtime'
    # shellcheck disable=SC2086
    run_tests "debug-$(basename "$debug")" "$build-debug" $chosen
}

# The compiler that the default build did not take; a warning is an error.
test_other_compiler() {
    other=clang
    case $(cc --version) in *clang*) other=gcc ;; esac
    if ! have "$other"; then
        say "$other was not found: built with one compiler only"
        return
    fi
    if [ ! -f "$build-$other/build.ninja" ]; then
        CC=$other configure "$build-$other" ${python:+"-Dpython=$python"}
    fi
    compile "$build-$other"
    # shellcheck disable=SC2046
    run_tests "$other" "$build-$other" --suite unit $(
        [ -z "$all" ] || echo --suite cli --suite runtime --suite session)
}

# What was installed, by itself: nothing of the build folder is used.
test_installed() {
    tree=$root/$build/installed
    rm -rf "$tree"
    meson install -C "$build" --no-rebuild --quiet --destdir "$tree" >/dev/null
    chosen='cli-golden session-cycle_basic session-api runtime-loading demo-demo'
    [ -z "$all" ] || chosen='--suite cli --suite session --suite runtime --suite demo'
    # shellcheck disable=SC2086
    HR_INSTALLED=$tree run_tests installed "$build" \
        --wrap="$root/tests/installed.py" $chosen
}
