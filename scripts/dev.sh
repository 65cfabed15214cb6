#!/bin/sh
# Everything a developer does, from a machine that has only Python: sh scripts/dev.sh run (or: make run).
# Each word installs what it lacks, skips what a stamp says is done, and then does its work.
set -eu
cd "$(dirname "$0")/.."

RUN_PACKAGES="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 gettext"
TEST_PACKAGES="postgresql redis-server chromium poppler-utils"
VENV=.venv
PYTHON=$VENV/bin/python

say() { printf '%s\n' "$*" >&2; }

usage() {
    say "usage: sh scripts/dev.sh run|test|check|bench|lighthouse|screenshots|faults|format|messages|lock|clean [arguments]"
    exit 2
}

# --- system packages -------------------------------------------------------------------------------------

is_installed() {
    dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

install_system_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "Not a Debian: what stands in for these packages is yours to install: $*"
        return 0
    fi
    missing=""
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    if [ ! -x "$PYTHON" ] && ! python3 -c 'import ensurepip' 2>/dev/null; then
        missing="$missing python3-venv"
    fi
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        say "Packages are missing, and there is no root here to install them. Ask for:"
        say "    apt-get install --no-install-recommends$missing"
        return 0
    fi
    say "Installing:$missing"
    # A list of packages older than the archive names files that are gone: then it is fetched and tried again.
    apt_install "$as_root" "$missing" || { $as_root apt-get update -q >&2 && apt_install "$as_root" "$missing"; } ||
        say "They could not all be installed; going on without."
}

apt_install() {
    # shellcheck disable=SC2086  # both are lists of words
    $1 env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $2 >&2
}

# --- Python ----------------------------------------------------------------------------------------------

make_environment() {
    [ -x "$PYTHON" ] && return 0
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "Python 3.11 or newer is needed."; exit 1; }
    say "Making $VENV"
    python3 -m venv "$VENV"
    # So that a bare `pytest` finds the project as `python -m pytest` does.
    pwd >"$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"
}

install_uv() {
    [ -x "$VENV/bin/uv" ] || "$PYTHON" -m pip install -q --disable-pip-version-check uv 2>/dev/null ||
        say "uv could not be installed; pip does its work, slower."
}

install_requirements() {
    make_environment
    files=""
    for name in "$@"; do
        files="$files -r requirements/$name.txt"
    done
    for last in "$@"; do :; done
    stamp=$VENV/.installed-$last
    # shellcheck disable=SC2086  # a list of words
    sum=$(cat $(printf '%s' "$files" | sed 's/-r//g') | cksum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return 0
    install_uv
    say "Installing Python requirements ($*)"
    # shellcheck disable=SC2086
    if ! { [ -x "$VENV/bin/uv" ] &&
        "$VENV/bin/uv" pip install -q --system-certs --require-hashes --python "$PYTHON" $files; }; then
        "$PYTHON" -m pip install -q --disable-pip-version-check --require-hashes $files
    fi
    printf '%s\n' "$sum" >"$stamp"
}

# --- the project -----------------------------------------------------------------------------------------

compile_messages() {
    for po in locale/*/LC_MESSAGES/*.po locale_django/*/LC_MESSAGES/*.po; do
        [ -e "$po" ] || continue
        mo=${po%.po}.mo
        [ -e "$mo" ] && [ -z "$(find "$po" -newer "$mo")" ] && continue
        msgfmt -o "$mo.$$" "$po" && mv "$mo.$$" "$mo"
    done
}

prepare_to_run() {
    # shellcheck disable=SC2086
    install_system_packages $RUN_PACKAGES
    install_requirements run
    compile_messages
}

prepare_to_test() {
    # shellcheck disable=SC2086
    install_system_packages $RUN_PACKAGES $TEST_PACKAGES
    install_requirements run test
    compile_messages
}

install_node() {
    command -v npm >/dev/null 2>&1 || install_system_packages nodejs npm
}

prepare_to_check() {
    # shellcheck disable=SC2086
    install_system_packages $RUN_PACKAGES
    install_requirements run test dev
    compile_messages
}

load_development_environment() {
    # A developer's own .env is read by the settings; without one, keys are made once and stay on this machine.
    mkdir -p var
    [ ! -e .env ] || return 0
    [ -e var/development.env ] || (umask 077 && "$PYTHON" scripts/development_env.py >var/development.env)
    set -a
    . var/development.env
    set +a
}

run() {
    prepare_to_run
    PORT=${PORT:-8000}
    SITE_URL=${SITE_URL:-http://localhost:$PORT}
    export SITE_URL
    load_development_environment
    "$PYTHON" manage.py make_signing_key >/dev/null
    "$PYTHON" manage.py migrate --verbosity 0
    "$PYTHON" manage.py publish_offer "$(newest_offer)"
    "$PYTHON" manage.py demo_catalogue
    "$PYTHON" manage.py demo_banks
    say ""
    "$PYTHON" manage.py demo_staff
    say ""
    say "Site     $SITE_URL/"
    say "Admin    $SITE_URL/admin/"
    say "Kaspi    $SITE_URL/sandbox/kaspi/app/   the app, for paying by the order's code"
    say "Bank     $SITE_URL/sandbox/bank/   the internet bank, for a transfer and the statement that tells of it"
    say "Mailbox  $SITE_URL/dev/mail/   every letter the site sends, the codes to sign in with too"
    say ""
    exec "$PYTHON" manage.py runserver "127.0.0.1:$PORT"
}

newest_offer() {
    find enrollment/offer_texts -mindepth 1 -maxdepth 1 -type d | sort | tail -n 1
}

run_tests() {
    prepare_to_test
    # The whole suite uses every core, and two processes more, for tests also wait for other processes; a
    # choice of tests runs in one process, which is quicker to start.
    [ $# -gt 0 ] || set -- -n $(($(nproc) + 2))
    exec "$PYTHON" -m pytest "$@"
}

run_faults() {
    # What `make test` leaves out (docs/testing.md), and with more examples what it tries a few of.
    prepare_to_test
    export MACHINE_EXAMPLES="${MACHINE_EXAMPLES:-500}" MACHINE_ASKS="${MACHINE_ASKS:-after every step}"
    status=0
    "$PYTHON" -m pytest -m "" tests/faults tests/machine "$@" || status=1
    "$PYTHON" -m pytest -m faults tests --ignore tests/faults --ignore tests/machine "$@" || status=1
    exit $status
}

check() {
    prepare_to_check
    exec "$PYTHON" scripts/check.py
}

lock() {
    make_environment
    install_uv
    for name in run test dev; do
        (cd requirements && "../$VENV/bin/uv" pip compile -q --system-certs --python-version 3.11 \
            --generate-hashes --no-header "$name.in" -o "$name.txt" "$@")
    done
}

[ $# -gt 0 ] || usage
word=$1
shift
case $word in
    run) run ;;
    test) run_tests "$@" ;;
    check) check ;;
    bench) prepare_to_test && exec "$PYTHON" -m tests.bench "$@" ;;
    lighthouse) prepare_to_test && install_node && exec "$PYTHON" -m tests.lighthouse "$@" ;;
    screenshots) prepare_to_test && exec "$PYTHON" -m tests.browser.screenshots "$@" ;;
    faults) run_faults "$@" ;;
    format) install_requirements run test dev && "$VENV/bin/ruff" format . && "$VENV/bin/ruff" check --fix . ;;
    messages) prepare_to_run && "$PYTHON" manage.py makemessages -l kk -l ru --no-obsolete --no-wrap \
        --add-location file -i "$VENV" -i var -i tests ;;
    lock) lock "$@" ;;
    clean) rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis var "$VENV" ;;
    *) usage ;;
esac
